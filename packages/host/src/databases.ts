import type { DatabaseCopy, DatabaseCopySpec, Databases, HostError } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { type FarSide, saidBy } from './call.ts';
import type { OpenCall } from './host.ts';

/**
 * Databases copied by themselves. A copy is made beside its place, read back, written out, and only then put there; a
 * write-ahead log that belonged to an older copy under that name goes first, as it would spoil the new one.
 */
export function databasesOf(open: OpenCall): Databases {
  return { copy: (spec, call) => open('databases.copy', call, (far) => copy(far, spec), hoursMs) };
}

const hoursMs = 6 * 3_600_000;

/** 41: no such database; 42: it was copied and cannot be read back; 43: its program is not here. */
const frame = (make: string): string => `
database=$1 to=$2 extra=$3
new=$to.belay-new
umask 077
rm -f -- "$new" "$new-wal" "$new-shm" "$new-journal"
${make}
sync -- "$new" || exit
rm -f -- "$to-wal" "$to-shm" "$to-journal"
mv -f -- "$new" "$to" && sync -f -- "$to" || exit
printf '%s %s %s\\n' "$(stat -c %s -- "$to")" "$(sha256sum <"$to" | cut -d ' ' -f 1)" "$check"
`;

const scripts: Readonly<Record<DatabaseCopySpec['kind'], string>> = {
  sqlite: frame(`
command -v sqlite3 >/dev/null || exit 43
[ -f "$database" ] || exit 41
sqlite3 -batch -bail "$database" '.timeout 60000' "$extra" || { code=$?; rm -f -- "$new"; exit "$code"; }
check=$(sqlite3 -batch -bail "$new" 'PRAGMA integrity_check') && [ "$check" = ok ] || { rm -f -- "$new"; exit 42; }
chown --reference="$database" -- "$new" && chmod --reference="$database" -- "$new" || exit
check="integrity_check: ok"`),
  postgres: frame(`
command -v pg_dump >/dev/null || exit 43
runuser -u "$extra" -- pg_dump --no-password --format=custom --dbname="$database" >"$new" </dev/null || { code=$?; rm -f -- "$new"; exit "$code"; }
pg_restore --list <"$new" >/dev/null || { rm -f -- "$new"; exit 42; }
check="pg_restore lists it"`),
  mysql: frame(`
command -v mysqldump >/dev/null || exit 43
mysqldump --single-transaction --quick --routines --triggers --events --hex-blob -- "$database" >"$new" </dev/null || { code=$?; rm -f -- "$new"; exit "$code"; }
tail -n 1 "$new" | grep -q '^-- Dump completed' || { rm -f -- "$new"; exit 42; }
check="dump completed"`),
};

async function copy(far: FarSide, spec: DatabaseCopySpec): Promise<Result<DatabaseCopy, HostError>> {
  const { kind, to } = spec;
  const database = kind === 'sqlite' ? spec.file : spec.database;
  const path = [to, ...(kind === 'sqlite' ? [spec.file] : [])].find((one) => !one.startsWith('/'));
  if (path !== undefined) return err(far.fail('invalid', `${path} is no absolute path.`));
  // libpq takes a name with these for a whole connection string.
  if (database === '' || (kind === 'postgres' && /=|:\/\//.test(database))) {
    return err(far.fail('invalid', `${database} is no name of a database.`));
  }
  const beganMs = far.nowMs();
  const extra =
    kind === 'sqlite'
      ? `.backup ${sqliteWord(`${to}.belay-new`)}`
      : kind === 'postgres'
        ? (spec.account ?? 'postgres')
        : '';
  const done = await far.script(scripts[kind], [database, to, extra], { changes: true });
  return done.andThen(({ code, stdout, stderr }) => {
    const [, bytes, sha256, check] = /^(\d+) ([0-9a-f]{64}) (.+)\n$/.exec(stdout) ?? [];
    if (code === 41) return err(far.fail('not-found', `There is no database ${database} on ${far.at.id}.`));
    if (code === 42) return err(far.fail('failed', `The copy of ${database} cannot be read back.`));
    if (code === 43)
      return err(far.fail('unsupported', `Nothing on ${far.at.id} can copy a database of ${kind}.`));
    if (code !== 0 || bytes === undefined || sha256 === undefined || check === undefined) {
      return err(far.fail('failed', saidBy([kind], code, stderr)));
    }
    return ok({ to, bytes: Number(bytes), sha256, check, tookMs: far.nowMs() - beganMs });
  });
}

/** A word of a dot command of sqlite3: between double quotes it reads bytes as three octal digits. */
export function sqliteWord(text: string): string {
  const bytes = [...Buffer.from(text)].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[\w./-]/.test(character) ? character : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${bytes.join('')}"`;
}
