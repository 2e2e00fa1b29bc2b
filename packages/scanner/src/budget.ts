/**
 * What the shards of one store may take together. Each shard has prefixes, a ledger and a plan of its own, and the caps
 * of the policy are meant for all of them: ten shards that each stay below a cap would take ten times as much. So a
 * sweep first writes down here what it is about to take, by compare-and-set, and counts what the others have written.
 */

import { DatabaseSync } from 'node:sqlite';
import { failureOf } from '@belay/cloud';
import { err, errAsync, ok, type Result, ResultAsync } from 'neverthrow';
import type { Call, SideResult } from './call.ts';
import type { RunId } from './key.ts';
import { inOneTransaction } from './one-transaction.ts';
import { type OrphanClass, orphanClasses } from './policy.ts';
import { type ScannerError, scannerError } from './scanner-error.ts';

/** What one run of one ledger has taken of one class, or is about to take. */
export interface Spending {
  readonly ledger: string;
  readonly run: RunId;
  readonly class: OrphanClass;
  readonly items: number;
  readonly bytes: number;
  /** By the store's clock. */
  readonly atMs: number;
}

/** What stands written, with the turn at which it was read. */
export interface Spent {
  readonly turn: number;
  readonly spendings: readonly Spending[];
}

/** The one account of several shards. Where it cannot be asked, nothing is swept. */
export interface Budget {
  /** For people and errors. */
  readonly name: string;
  /** All that was written down since then, by all ledgers. */
  read(sinceMs: number, call: Call): SideResult<Spent>;
  /**
   * Writes what a run takes in the place of what was written for it, if nobody has written anything since `turn`;
   * `false` where somebody has. No spendings: the run has taken nothing.
   */
  write(
    turn: number,
    of: { readonly ledger: string; readonly run: RunId },
    spendings: readonly Spending[],
    call: Call,
  ): SideResult<boolean>;
}

/** A budget in a file. */
export interface SqliteBudget extends Budget {
  /** Closes the file. */
  close(): void;
}

/** A budget in an SQLite file, for shards on one machine. Shards on several bring a {@link Budget} of their own. */
export function sqliteBudget({ path }: { readonly path: string }): Result<SqliteBudget, ScannerError> {
  const name = `budget ${path}`;
  return tried(name, () => {
    const db = new DatabaseSync(path, { timeout: 5_000 });
    try {
      db.exec(tables);
      return { ...budgetIn(db, name), close: () => db.close() };
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  });
}

const tables = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS turn (one INTEGER PRIMARY KEY CHECK (one = 1), turn INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO turn VALUES (1, 0);
  CREATE TABLE IF NOT EXISTS spending (
    ledger TEXT NOT NULL, run TEXT NOT NULL, class TEXT NOT NULL, items REAL NOT NULL, bytes REAL NOT NULL,
    at_ms REAL NOT NULL, PRIMARY KEY (ledger, run, class)
  ) STRICT;
`;

function budgetIn(db: DatabaseSync, name: string): Budget {
  const turnNow = db.prepare('SELECT turn FROM turn');
  const raise = db.prepare('UPDATE turn SET turn = turn + 1');
  const select = db.prepare('SELECT * FROM spending WHERE at_ms > ? ORDER BY ledger, run, class');
  const clear = db.prepare('DELETE FROM spending WHERE ledger = ? AND run = ?');
  const insert = db.prepare('INSERT INTO spending VALUES (?, ?, ?, ?, ?, ?)');
  const using = <T>({ signal }: Call, work: () => T): SideResult<T> => {
    if (signal?.aborted === true) {
      return errAsync(scannerError('cancelled', `The ${name} was not asked.`, { source: name }));
    }
    const used = tried(name, () => inOneTransaction(db, work));
    return new ResultAsync(Promise.resolve(used));
  };
  return {
    name,
    read: (sinceMs, call) =>
      using(call, () => ({
        turn: Number(turnNow.get()?.['turn']),
        spendings: select.all(sinceMs).flatMap(spendingOf),
      })),
    write: (turn, { ledger, run }, spendings, call) =>
      using(call, () => {
        if (Number(turnNow.get()?.['turn']) !== turn) return false;
        raise.run();
        clear.run(ledger, run);
        for (const one of spendings) insert.run(ledger, run, one.class, one.items, one.bytes, one.atMs);
        return true;
      }),
  };
}

function tried<T>(name: string, work: () => T): Result<T, ScannerError> {
  try {
    return ok(work());
  } catch (thrown) {
    const cause = failureOf(thrown, 'budget');
    const message = `The ${name} could not be used: ${cause.message}`;
    return err(scannerError('unavailable', message, { source: name, cause }));
  }
}

function spendingOf(row: Record<string, unknown>): readonly Spending[] {
  const orphan = orphanClasses.find((one) => one === row['class']);
  if (orphan === undefined) throw new Error(`it knows of a class ${row['class']}`);
  return [
    {
      ledger: String(row['ledger']),
      // Written above from a run's id.
      run: String(row['run']) as RunId,
      class: orphan,
      items: Number(row['items']),
      bytes: Number(row['bytes']),
      atMs: Number(row['at_ms']),
    },
  ];
}
