import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Alert, AlertLine } from './alert.ts';
import { type AlertsError, alertsError } from './alerts-error.ts';
import { type AlertStore, type Changed, clockSlackMs } from './store.ts';

/**
 * A store in one SQLite file on a local disk. Every change is synced before it is answered: what was raised is raised
 * after a power cut, too. Several processes may have the file open, such as a scanner and somebody's `acknowledge`.
 */
export function sqliteStore(path: string): Result<AlertStore, AlertsError> {
  return attempt(path, () => open(path)).map((db) => storeOf(path, db));
}

/** "bela", in the file's header. */
const applicationId = 0x62656c61;
const format = 1;

const tables = `
  CREATE TABLE alert (
    cause TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    changed_at_ms INTEGER NOT NULL,
    due_at_ms INTEGER,
    resolved_at_ms INTEGER,
    data TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX alert_by_due ON alert (due_at_ms) WHERE due_at_ms IS NOT NULL;
  CREATE TABLE line (
    id INTEGER PRIMARY KEY,
    cause TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX line_by_cause ON line (cause, id);
  CREATE INDEX line_by_time ON line (at_ms);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${format};
`;

type Row = Record<string, SQLOutputValue>;

function open(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 2_000 });
  try {
    const found = number(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get());
    const id = number(db.prepare('SELECT application_id AS n FROM pragma_application_id').get());
    if (found > 0 && id !== applicationId) throw new Error('it is a database of something else');
    const version = number(db.prepare('SELECT user_version AS n FROM pragma_user_version').get());
    if (found > 0 && version > format) throw new Error(`it was written by a newer belay (format ${version})`);
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    inTransaction(db, () => {
      const tableCount = number(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get());
      if (tableCount === 0) db.exec(tables);
    });
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

function storeOf(path: string, db: DatabaseSync): AlertStore {
  const ask = <T>(work: () => T): ResultAsync<T, AlertsError> => answer(attempt(path, work));
  const get = db.prepare('SELECT data FROM alert WHERE cause = ?');
  const put = db.prepare(`
    INSERT OR REPLACE INTO alert (cause, state, changed_at_ms, due_at_ms, resolved_at_ms, data)
    VALUES (?, ?, ?, ?, ?, ?)`);
  const add = db.prepare('INSERT INTO line (cause, at_ms, data) VALUES (?, ?, ?)');
  const due = db.prepare(`
    SELECT cause FROM alert WHERE due_at_ms <= ?1 OR (due_at_ms IS NOT NULL AND changed_at_ms > ?2)
    ORDER BY due_at_ms LIMIT ?3`);
  const next = db.prepare('SELECT min(due_at_ms) AS n FROM alert');
  const all = db.prepare('SELECT data FROM alert ORDER BY changed_at_ms DESC, cause');
  const lines = db.prepare('SELECT data FROM line WHERE cause = ? ORDER BY id');
  const forget = db.prepare('DELETE FROM alert WHERE resolved_at_ms < ?');
  const forgetLines = db.prepare('DELETE FROM line WHERE at_ms < ?');
  const write = ({ alert, lines: added }: Changed): void => {
    const dueAtMs = alert.dueAtMs ?? null;
    const resolvedAtMs = alert.resolved?.atMs ?? null;
    put.run(alert.cause, alert.state, alert.changedAtMs, dueAtMs, resolvedAtMs, JSON.stringify(alert));
    for (const line of added) add.run(line.cause, line.atMs, JSON.stringify(line));
  };
  return {
    change: (cause, change) =>
      answer(
        attempt(path, () =>
          inTransaction(db, () => {
            const changed = change(alertOf(get.get(cause)));
            if (changed.isOk()) write(changed.value);
            return changed;
          }),
        ).andThen((changed) => changed),
      ),
    due: (nowMs, limit) =>
      ask(() => due.all(nowMs, nowMs + clockSlackMs, limit).map((row) => text(row, 'cause'))),
    nextDueMs: () =>
      ask(() => {
        const value = next.get()?.['n'];
        return typeof value === 'number' ? value : undefined;
      }),
    get: (cause) => ask(() => alertOf(get.get(cause))),
    list: (states) =>
      ask(() =>
        all
          .all()
          .flatMap((row) => alertOf(row) ?? [])
          .filter(({ state }) => states.includes(state)),
      ),
    lines: (cause) => ask(() => lines.all(cause).map((row): AlertLine => JSON.parse(text(row, 'data')))),
    prune: (beforeMs) =>
      ask(() =>
        inTransaction(db, () => {
          forgetLines.run(beforeMs);
          return Number(forget.run(beforeMs).changes);
        }),
      ),
    close: () =>
      ask(() => {
        if (db.isOpen) db.close();
      }),
  };
}

function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const done = work();
    db.exec('COMMIT');
    return done;
  } catch (thrown) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw thrown;
  }
}

/** What SQLite throws becomes an error that names the file. */
function attempt<T>(path: string, work: () => T): Result<T, AlertsError> {
  try {
    return ok(work());
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    return err(alertsError('store', `${path} could not be used: ${said}`));
  }
}

function answer<T>(result: Result<T, AlertsError>): ResultAsync<T, AlertsError> {
  return new ResultAsync(Promise.resolve(result));
}

function alertOf(row: Row | undefined): Alert | undefined {
  // Only `change` writes there, under this format's number.
  return row === undefined ? undefined : JSON.parse(text(row, 'data'));
}

function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new Error(`${column} is not a text`);
  return value;
}

function number(row: Row | undefined): number {
  const value = row?.['n'];
  if (typeof value !== 'number') throw new Error('a count is not a number');
  return value;
}
