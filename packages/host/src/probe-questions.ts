import { holdersScript } from './holders.ts';
import type { Question } from './sections.ts';
import { storageQuestions } from './storage.ts';

/**
 * The questions of a probe. Their arguments: how many seconds writes are watched, how many seconds old a change may be,
 * the number of mount points, these, and the words that list the units of the init system.
 */
const points = 'sample=$1 young=$2 count=$3; shift 3';
/** The mount points alone, as arguments. */
const onlyPoints = `${points}
kept=0
for word; do
  [ "$kept" -lt "$count" ] || break
  [ "$kept" -gt 0 ] || set --
  set -- "$@" "$word"
  kept=$((kept + 1))
done
[ "$count" -gt 0 ] || set --`;

export const probeQuestions: readonly Question[] = [
  { name: 'identity', script: 'cat /proc/sys/kernel/random/boot_id; uname -n' },
  { name: 'os', script: 'cat /etc/os-release' },
  {
    name: 'kernel',
    script: 'uname -r && uname -m && if [ -d /sys/firmware/efi ]; then echo uefi; else echo bios; fi',
  },
  ...storageQuestions,
  { name: 'memory', script: 'grep -E "^(Dirty|Writeback):" /proc/meminfo' },
  { name: 'users', script: 'getent passwd | cut -d : -f 1,3' },
  { name: 'groups', script: 'getent group | cut -d : -f 1,3' },
  { name: 'units', script: `${points}\nshift "$count"\n"$@"` },
  {
    name: 'writes',
    script: `${points}
[ "$sample" != 0 ] || exit 41
cut -d ' ' -f 1 /proc/uptime; cat /proc/diskstats
sleep "$sample"
echo then
cut -d ' ' -f 1 /proc/uptime; cat /proc/diskstats`,
  },
  { name: 'open', script: `${onlyPoints}\n${holdersScript}` },
  {
    name: 'changes',
    script: `${onlyPoints}
for point; do
  printf 'point %s\\n' "$point"
  cut -d ' ' -f 1 /proc/uptime
  find "$point" -xdev -type f -newermt "$young seconds ago" -printf '%s %p\\n' |
    awk '{ files += 1; bytes += $1; print "file " $0 } END { printf "total %d %.0f\\n", files, bytes }' |
    sort -k 1,1r -k 2,2rn | head -n 21
  cut -d ' ' -f 1 /proc/uptime
done`,
  },
  {
    name: 'databases',
    script: `${onlyPoints}
sqlite() { [ "$(head -c 15 -- "$1" 2>/dev/null | tr -d '\\0')" = 'SQLite format 3' ]; }
size() { stat -L -c %s -- "$1"; }
for point; do
  printf 'point %s\\n' "$point"
  find "$point" -xdev -type f '(' -name '*.db' -o -name '*.sqlite' -o -name '*.sqlite3' ')' -print | head -n 1000 |
    while read -r file; do if sqlite "$file"; then printf 'sqlite\\t%s\\t%s\\n' "$(size "$file")" "$file"; fi; done
  find "$point" -xdev -type f -name PG_VERSION -print | while read -r file; do
    if [ -d "\${file%/*}/global" ]; then
      printf 'postgres\\t%s\\t%s\\n' "$(cat -- "$file")" "\${file%/*}"
    fi
  done
  find "$point" -xdev -type f -name ibdata1 -printf 'mysql\\t\\t%h\\n'
  find "$point" -xdev -type f -name '*.rdb' -print | while read -r file; do
    if [ "$(head -c 5 -- "$file")" = REDIS ]; then printf 'redis\\t%s\\t%s\\n' "$(size "$file")" "$file"; fi
  done
  device=$(stat -c %d -- "$point")
  find -L /proc/[0-9]*/fd -mindepth 1 -maxdepth 1 -type f -printf '%D %p\\n' 2>/dev/null | sed -n "s/^$device //p" | head -n 2000 |
    while read -r link; do
      if sqlite "$link"; then printf 'sqlite\\t%s\\t%s\\n' "$(size "$link")" "$(readlink -- "$link")"; fi
    done | sort -u
done
true`,
  },
  {
    name: 'versions',
    script: `
for program in mysqld mariadbd; do
  if command -v "$program" >/dev/null; then printf 'mysql %s\\n' "$("$program" --version)"; break; fi
done
if command -v sqlite3 >/dev/null; then printf 'sqlite %s\\n' "$(sqlite3 --version)"; fi
if command -v redis-server >/dev/null; then printf 'redis %s\\n' "$(redis-server --version)"; fi
true`,
  },
];
