/**
 * The scripts that stand between ssh and a command. They are constant: what differs from call to call comes to them
 * as arguments. Each says on its standard error where it begins, with its process group, and how the command ended, so
 * that a line that broke is never taken for a command that failed.
 */

/** Says who answers: the version of this greeting, the boot and the name. Then stays until the line is let go. */
export const greeting: string = `
read -r boot </proc/sys/kernel/random/boot_id
printf 'belay 1 %s %s\\n' "$boot" "$(uname -n)"
exec cat >/dev/null
`;

const surroundings = `
LC_ALL=C TZ=UTC PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL TZ PATH
read -r stat </proc/$$/stat
group=\${stat##*) } group=\${group#* } group=\${group#* } group=\${group%% *}
`;

/**
 * Runs a command that reads nothing. The end of standard input means that nobody waits for it any more: then its
 * whole process group is told to end, and two seconds later made to.
 */
export const watched: string = `${surroundings}
exec 3<&0 </dev/null
printf 'belay-start %s\\n' "$group" >&2
{
  trap '' TERM HUP
  while read -r _; do :; done
  kill -s TERM -- "-$group"
  sleep 2
  kill -s KILL -- "-$group"
} <&3 3<&- >/dev/null 2>&1 &
watch=$!
exec 3<&-
"$@"
code=$?
kill -s KILL "$watch" 2>/dev/null
printf '\\nbelay-end %s\\n' "$code" >&2
`;

/** Runs a command whose standard input is ours. */
export const fed: string = `${surroundings}
printf 'belay-start %s\\n' "$group" >&2
"$@"
code=$?
printf '\\nbelay-end %s\\n' "$code" >&2
`;

/** Ends a process group of an earlier command: what the end of its input did not reach. */
export const endGroup: string = `
kill -s TERM -- "-$1" 2>/dev/null || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  kill -s 0 -- "-$1" 2>/dev/null || exit 0
  sleep 0.1
done
kill -s KILL -- "-$1" 2>/dev/null
exit 0
`;

/** The beginning and the end of a command, in what it wrote to its standard error. */
export interface Marks {
  readonly group?: number | undefined;
  readonly code?: number | undefined;
  /** Without the marks. */
  readonly rest: string;
}

export function readMarks(text: string): Marks {
  const start = /^belay-start (\d+)\n/.exec(text);
  const body = start === null ? text : text.slice(start[0].length);
  const end = /\nbelay-end (\d+)\n$/.exec(body);
  const rest = end === null ? body : body.slice(0, end.index);
  return {
    group: start?.[1] === undefined ? undefined : Number(start[1]),
    code: end?.[1] === undefined ? undefined : Number(end[1]),
    rest,
  };
}
