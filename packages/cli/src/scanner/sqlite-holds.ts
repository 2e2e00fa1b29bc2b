/**
 * Holds in the table `belay_hold` of an SQLite registry. Whoever holds a key takes a claim on it in the same transaction:
 * where a sweep has one at this moment, the hold comes too late for that moment, and says so.
 */

import { DatabaseSync } from 'node:sqlite';
import { failureOf } from '@belay/cloud';
import { type Held, type HoldKeeper, type ScannerError, scannerError } from '@belay/scanner';
import { err, ok, type Result, ResultAsync } from 'neverthrow';

/** Where the registry lies. */
export interface SqliteHoldOptions {
  readonly name: string;
  readonly path: string;
  readonly timeoutMs?: number | undefined;
}

/** Keeps the holds of a registry. */
export function sqliteHolds(options: SqliteHoldOptions): HoldKeeper {
  const { name } = options;
  return {
    name,
    add: ({ key, by, reason }) =>
      inFile(options, (db) => {
        const claim = db.prepare('SELECT holder FROM belay_claim WHERE key = ?').get(key);
        if (claim !== undefined) {
          const message = `${name}: ${claim['holder']} has a claim on ${key} at this moment: look where it is afterwards.`;
          return err(scannerError('needed', message, { source: name }));
        }
        const put = db
          .prepare('INSERT OR IGNORE INTO belay_hold (key, by, reason) VALUES (?, ?, ?)')
          .run(key, by, reason);
        return ok(Number(put.changes) === 1 ? ('added' as const) : ('was-held' as const));
      }),
    remove: (key) =>
      inFile(options, (db) => {
        const was = db.prepare('SELECT key, by, reason FROM belay_hold WHERE key = ?').get(key);
        db.prepare('DELETE FROM belay_hold WHERE key = ?').run(key);
        return ok(was === undefined ? undefined : heldIn(was));
      }),
    list: () =>
      inFile(options, (db) =>
        ok(db.prepare('SELECT key, by, reason FROM belay_hold ORDER BY key').all().map(heldIn)),
      ),
  };
}

function inFile<T>(
  { path, name, timeoutMs = 5_000 }: SqliteHoldOptions,
  work: (db: DatabaseSync) => Result<T, ScannerError>,
): ResultAsync<T, ScannerError> {
  let db: DatabaseSync | undefined;
  try {
    // Read first: it is never made where it is missing, for a new file would hold nothing back.
    new DatabaseSync(path, { readOnly: true }).close();
    db = new DatabaseSync(path, { timeout: timeoutMs });
    db.exec('BEGIN IMMEDIATE');
    const done = work(db);
    db.exec(done.isOk() ? 'COMMIT' : 'ROLLBACK');
    return new ResultAsync(Promise.resolve(done));
  } catch (thrown) {
    const cause = failureOf(thrown, 'sqlite');
    const error = scannerError('unavailable', `${name}: ${cause.message}`, { source: name, cause });
    return new ResultAsync(Promise.resolve(err(error)));
  } finally {
    db?.close();
  }
}

function heldIn(row: Readonly<Record<string, unknown>>): Held {
  return { key: String(row['key']), by: String(row['by']), reason: String(row['reason']) };
}
