/**
 * The journal's file: how it is opened, what is in it, and how one knows that it is ours. A file that is not a journal,
 * or was written by a newer belay, is closed again as it was found.
 */

import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { Refusal } from './rules.ts';

export interface FileOptions {
  /** `full`: a commit survives the machine. `normal`: it survives the process, and is several times faster. */
  readonly synchronous: 'full' | 'normal';
  /** How long one try may stand still for another process's commit. */
  readonly blockMs: number;
  /** The file grows no further than this: beyond it writes fail as on a full disk. */
  readonly maxSizeMiB: number | undefined;
}

/** Of the tables below. It grows when an older belay could no longer read them. */
const format = 1;
/** "belj", in the file's header: `file belay.db` shows it. */
const applicationId = 0x62656c6a;
const pageBytes = 4096;

/**
 * Runs are numbered, so that an event's key is two small integers. A run's row changes when its state, owner or keys do,
 * and not when an event is added: the usual commit touches one page. The kind of an event is read out of its JSON.
 */
const tables = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    fence INTEGER NOT NULL,
    owner TEXT,
    keys_held INTEGER NOT NULL,
    pruned INTEGER NOT NULL DEFAULT 0,
    created_at_ms INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL,
    graph TEXT NOT NULL,
    keys TEXT NOT NULL,
    input TEXT NOT NULL
  ) STRICT;
  CREATE INDEX run_by_state ON run (state);
  CREATE INDEX run_by_owner ON run (owner) WHERE owner IS NOT NULL;
  CREATE TABLE event (
    run INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    data TEXT NOT NULL,
    kind TEXT GENERATED ALWAYS AS (data ->> 'kind') VIRTUAL,
    PRIMARY KEY (run, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE key (key TEXT PRIMARY KEY, run INTEGER NOT NULL, since_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE waiting (ticket INTEGER PRIMARY KEY, run INTEGER NOT NULL UNIQUE, since_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE request (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL,
    request TEXT NOT NULL,
    answer TEXT
  ) STRICT;
  CREATE INDEX request_by_run ON request (run);
  CREATE INDEX request_open ON request (id) WHERE answer IS NULL;
  CREATE TABLE owner (
    owner TEXT PRIMARY KEY,
    lock_file TEXT NOT NULL,
    beat_at_ms INTEGER NOT NULL,
    lease_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO meta (name, value) VALUES ('format', ${format});
  PRAGMA application_id = ${applicationId};
`;

/** Opens the file, or makes it. Throws what SQLite says, or a `Refusal`. */
export function openFile(path: string, options: FileOptions): DatabaseSync {
  lookBeforeWriting(path, options.blockMs);
  const db = new DatabaseSync(path, { timeout: options.blockMs });
  try {
    prepareFile(db, path, options);
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/** A file that is there is first looked at in a way that leaves no trace. */
function lookBeforeWriting(path: string, blockMs: number): void {
  if (!existsSync(path)) return;
  const found = statSync(path);
  if (!found.isFile()) throw new Refusal('unavailable', `${path} is not a file`);
  if (found.size === 0) return;
  const log = `${path}-wal`;
  const inUse = existsSync(log);
  try {
    look(path, blockMs, inUse);
  } catch (thrown) {
    // Somebody began to use it under our eyes, so what we saw may have been half of a change.
    if (inUse || !existsSync(log)) throw thrown;
    look(path, blockMs, true);
  }
}

/** A file that is in use is read as everybody reads it; one that is not, without even the log's files beside it. */
function look(path: string, blockMs: number, inUse: boolean): void {
  const url = pathToFileURL(path);
  if (!inUse) url.searchParams.set('immutable', '1');
  const db = new DatabaseSync(url, { readOnly: true, timeout: blockMs });
  try {
    mustBeOurs(db, path);
  } finally {
    db.close();
  }
}

function prepareFile(db: DatabaseSync, path: string, { synchronous, maxSizeMiB }: FileOptions): void {
  db.exec(`PRAGMA page_size = ${pageBytes}`);
  const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
  if (mode !== 'wal') {
    throw new Refusal(
      'unavailable',
      `${path} lies on a file system that cannot share memory: use a local one`,
    );
  }
  // On macOS a plain sync stops at the disk's own cache.
  const flush = synchronous === 'full' ? 'ON' : 'OFF';
  db.exec(`PRAGMA synchronous = ${synchronous}; PRAGMA fullfsync = ${flush}; PRAGMA cell_size_check = ON`);
  if (maxSizeMiB !== undefined) {
    db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor((maxSizeMiB * 1024 * 1024) / pageBytes))};`);
  }
  db.exec('BEGIN IMMEDIATE');
  try {
    // Asked again under the lock: two processes may be making the file at once.
    if (mustBeOurs(db, path) === 'empty') db.exec(tables);
    db.exec('COMMIT');
  } catch (thrown) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw thrown;
  }
}

function mustBeOurs(db: DatabaseSync, path: string): 'empty' | 'ours' {
  const tableCount = number(db, 'SELECT count(*) AS n FROM sqlite_schema');
  if (tableCount === 0) return 'empty';
  if (number(db, 'SELECT application_id AS n FROM pragma_application_id') !== applicationId) {
    throw new Refusal(
      'corrupt',
      `${path} is a database of something else, not a journal; it was left as it is`,
    );
  }
  const found = number(db, "SELECT value AS n FROM meta WHERE name = 'format'");
  if (found > format) {
    throw new Refusal(
      'newer-format',
      `${path} has format ${found} and this belay knows ${format}: use a newer one; the file was left as it is`,
    );
  }
  return 'ours';
}

function number(db: DatabaseSync, sql: string): number {
  const value = db.prepare(sql).get()?.['n'];
  if (typeof value !== 'number')
    throw new Refusal('corrupt', `“${sql}” gave no number: this is not a journal`);
  return value;
}
