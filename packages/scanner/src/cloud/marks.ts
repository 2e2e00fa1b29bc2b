/**
 * What lies in the quarantine of a cloud. A cloud has no place to put a volume aside, and the port no verb to tag one, so
 * what is in quarantine stays where it is and is marked here, in a small file of this machine. A file that is lost only
 * means that everything in it counts as stored again.
 */

import { DatabaseSync } from 'node:sqlite';
import { failureOf } from '@belay/cloud';
import { err, errAsync, ok, type Result, ResultAsync } from 'neverthrow';
import type { Call, SideResult } from '../call.ts';
import { type ItemKey, itemKey } from '../key.ts';
import { inOneTransaction } from '../one-transaction.ts';
import type { FenceMark } from '../remover.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';

/** One thing in quarantine. */
export interface CloudMark {
  readonly key: ItemKey;
  readonly run: string;
  /** As it was judged. */
  readonly version: string;
}

/** The marks of one account and region, shared by its inventories and removers. */
export interface CloudMarks {
  /** All of them. */
  all(call: Call): SideResult<readonly CloudMark[]>;
  /** Marks one that carries no mark; `false` where it does. */
  put(mark: CloudMark, call: Call): SideResult<boolean>;
  /** Takes exactly this mark away; `false` where it is not there. */
  take(mark: CloudMark, call: Call): SideResult<boolean>;
  /** Which sweeper may act. */
  fence(call: Call): SideResult<FenceMark | undefined>;
  /** Sets that, if it is still `from`; `false` where it is not. */
  raiseFence(from: FenceMark | undefined, to: FenceMark, call: Call): SideResult<boolean>;
  /** Closes the file. */
  close(): void;
}

/** Opens the file of the marks, or makes it. */
export function cloudMarks({ path }: { readonly path: string }): Result<CloudMarks, ScannerError> {
  return tried(path, () => {
    const db = new DatabaseSync(path, { timeout: 5_000 });
    try {
      if (isOfAnother(db)) throw new Error('it is a database of something else');
      db.exec(tables);
      return marksIn(db, path);
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  });
}

function isOfAnother(db: DatabaseSync): boolean {
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  return names.length > 0 && !names.some(({ name }) => name === 'mark');
}

const tables = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS mark (key TEXT PRIMARY KEY, run TEXT NOT NULL, version TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS fence (one INTEGER PRIMARY KEY CHECK (one = 1), mark TEXT NOT NULL) STRICT;
`;

function marksIn(db: DatabaseSync, path: string): CloudMarks {
  const using = <T>({ signal }: Call, work: () => T): SideResult<T> => {
    if (signal?.aborted === true) return errAsync(scannerError('cancelled', `${path} was not asked.`));
    const used = tried(path, () => inOneTransaction(db, work));
    return new ResultAsync(Promise.resolve(used));
  };
  const fenceNow = (): FenceMark | undefined => {
    const row = db.prepare('SELECT mark FROM fence').get();
    // Written below from a mark.
    return row === undefined ? undefined : (JSON.parse(String(row['mark'])) as FenceMark);
  };
  return {
    all: (call) => using(call, () => db.prepare('SELECT * FROM mark ORDER BY key').all().map(markOf)),
    put: ({ key, run, version }, call) =>
      using(call, () => {
        const put = db.prepare('INSERT OR IGNORE INTO mark (key, run, version) VALUES (?, ?, ?)');
        return put.run(key, run, version).changes === 1;
      }),
    take: ({ key, run, version }, call) =>
      using(call, () => {
        const take = db.prepare('DELETE FROM mark WHERE key = ? AND run = ? AND version = ?');
        return take.run(key, run, version).changes === 1;
      }),
    fence: (call) => using(call, fenceNow),
    raiseFence: (from, to, call) =>
      using(call, () => {
        const now = fenceNow();
        if (now?.ledger !== from?.ledger || now?.fence !== from?.fence) return false;
        db.prepare('INSERT OR REPLACE INTO fence (one, mark) VALUES (1, ?)').run(JSON.stringify(to));
        return true;
      }),
    close: () => db.close(),
  };
}

function markOf(row: Record<string, unknown>): CloudMark {
  const key = itemKey(String(row['key']));
  if (key.isErr()) throw new Error(key.error.message);
  return { key: key.value, run: String(row['run']), version: String(row['version']) };
}

function tried<T>(path: string, work: () => T): Result<T, ScannerError> {
  try {
    return ok(work());
  } catch (thrown) {
    const cause = failureOf(thrown, 'marks');
    return err(
      scannerError('unavailable', `The marks in ${path} could not be used: ${cause.message}`, { cause }),
    );
  }
}
