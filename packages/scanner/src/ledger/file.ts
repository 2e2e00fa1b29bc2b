/**
 * The ledger's file: how it is opened, and what is in it. The lines of `log` are what happened; the other tables are
 * where things stand, changed in the same transaction as the line that tells of it.
 */

import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { failureOf } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { inOneTransaction } from '../one-transaction.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';

/** "bels", in the file's header. */
const applicationId = 0x62656c73;
const format = 1;

const flagColumns = `
    key BLOB PRIMARY KEY, class TEXT NOT NULL, kind TEXT NOT NULL, owner TEXT, version TEXT NOT NULL,
    size_bytes REAL NOT NULL, modified_at TEXT NOT NULL, verified INTEGER NOT NULL, environment TEXT,
    ended_at TEXT, first_scan INTEGER NOT NULL, prefix TEXT NOT NULL`;

/** The table in which a scan under this fence puts its flags. It counts only when the scan is believed. */
export function flagTable(fence: number): string {
  return `flag_${fence}`;
}

/** Makes that table anew. */
export function makeFlagTable(db: DatabaseSync, fence: number): void {
  const name = flagTable(fence);
  db.exec(`DROP TABLE IF EXISTS ${name}; CREATE TABLE ${name} (${flagColumns}) STRICT, WITHOUT ROWID;`);
}

/** Makes that table the one that counts, and drops those of scans before it. Within the scan's last transaction. */
export function adoptFlagTable(db: DatabaseSync, fence: number): void {
  writeMeta(db, 'flags', fence);
  const tables = prepared(db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'flag_%'");
  for (const { name } of tables.all()) {
    if (Number(String(name).slice('flag_'.length)) < fence) db.exec(`DROP TABLE ${name}`);
  }
}

/** The table whose flags count. Of a new ledger it is empty. */
export function currentFlagTable(db: DatabaseSync): string {
  return flagTable(Number(readMeta(db, 'flags') ?? 0));
}

const tables = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE log (
    seq INTEGER PRIMARY KEY, at_ms REAL NOT NULL, kind TEXT NOT NULL, run TEXT, event TEXT NOT NULL, hash TEXT NOT NULL
  ) STRICT;
  CREATE INDEX log_by_kind ON log (kind, seq);
  CREATE INDEX log_by_run ON log (run, seq) WHERE run IS NOT NULL;
  CREATE TABLE fence (one INTEGER PRIMARY KEY CHECK (one = 1), fence INTEGER NOT NULL) STRICT;
  INSERT INTO fence VALUES (1, 0);
  CREATE TABLE flag_0 (${flagColumns}) STRICT, WITHOUT ROWID;
  CREATE TABLE tally (
    side TEXT NOT NULL, prefix TEXT NOT NULL, kind TEXT NOT NULL, owner TEXT,
    count REAL NOT NULL, bytes REAL NOT NULL, verified REAL NOT NULL
  ) STRICT;
  CREATE TABLE ended_owner (owner TEXT PRIMARY KEY, ended_at TEXT) STRICT, WITHOUT ROWID;
  CREATE TABLE missing (owner TEXT, count REAL NOT NULL, sample TEXT NOT NULL) STRICT;
  CREATE TABLE trash (
    run TEXT NOT NULL, key BLOB NOT NULL, kind TEXT NOT NULL, owner TEXT, prefix TEXT NOT NULL, class TEXT NOT NULL,
    version TEXT NOT NULL, size_bytes REAL NOT NULL, verified INTEGER NOT NULL, token TEXT, state TEXT NOT NULL,
    at_ms REAL NOT NULL, until_ms REAL NOT NULL,
    PRIMARY KEY (run, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX trash_by_state ON trash (state, until_ms);
  CREATE INDEX trash_by_key ON trash (key);
  INSERT INTO meta (name, value) VALUES ('format', ${format});
  PRAGMA application_id = ${applicationId};
`;

/** Opens the file or makes it, with `id` as the name of a new one. `:memory:` keeps nothing. */
export function openFile(path: string, id: string): Result<DatabaseSync, ScannerError> {
  return attempt(`open ${path}`, () => {
    const db = new DatabaseSync(path, { timeout: 5_000 });
    try {
      // Before anything is written: somebody else's database is left as it was.
      if (!isNew(db)) mustBeOurs(db);
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON;');
      inOneTransaction(db, () => {
        if (isNew(db)) {
          db.exec(tables);
          db.prepare("INSERT INTO meta (name, value) VALUES ('ledger', ?)").run(id);
        }
        // Files of earlier days have it not.
        db.exec(
          'CREATE TABLE IF NOT EXISTS claimed (run TEXT, key BLOB, PRIMARY KEY (run, key)) STRICT, WITHOUT ROWID',
        );
      });
      return db;
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  });
}

/** A sentence to the file, prepared once for as long as the file is open. Not for rows that are read one at a time. */
export function prepared(db: DatabaseSync, sql: string): StatementSync {
  const known = statements.get(db) ?? new Map<string, StatementSync>();
  statements.set(db, known);
  const statement = known.get(sql) ?? db.prepare(sql);
  known.set(sql, statement);
  return statement;
}

const statements = new WeakMap<DatabaseSync, Map<string, StatementSync>>();

/** What the file says of itself under this name. */
export function readMeta(db: DatabaseSync, name: string): unknown {
  return prepared(db, 'SELECT value FROM meta WHERE name = ?').get(name)?.['value'];
}

/** Sets it. */
export function writeMeta(db: DatabaseSync, name: string, value: string | number): void {
  prepared(db, 'INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)').run(name, value);
}

/** Does something with the file; what SQLite throws becomes an error that says what was tried. */
export function attempt<T>(what: string, act: () => T): Result<T, ScannerError> {
  try {
    return ok(act());
  } catch (thrown) {
    const cause = failureOf(thrown, 'ledger');
    return err(scannerError('ledger', `The ledger could not ${what}: ${cause.message}`, { cause }));
  }
}

function isNew(db: DatabaseSync): boolean {
  return db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'] === 0;
}

function mustBeOurs(db: DatabaseSync): void {
  const found = db.prepare('SELECT application_id AS n FROM pragma_application_id').get()?.['n'];
  if (found !== applicationId) throw new Error('the file is a database of something else');
  const version = db.prepare("SELECT value AS n FROM meta WHERE name = 'format'").get()?.['n'];
  if (typeof version !== 'number' || version > format) throw new Error(`the file has format ${version}`);
}
