/**
 * The scanner's memory: one SQLite file with a chain of lines that tell what happened and on what evidence, and the
 * tables that say where things stand. A ledger that was lost is noticed, because the store carries the mark of the old
 * one; a ledger that was edited is noticed, because its chain breaks.
 */

import type { DatabaseSync } from 'node:sqlite';
import type { Result } from 'neverthrow';
import { type Baseline, readBaseline } from './ledger/baseline.ts';
import { attempt, openFile } from './ledger/file.ts';
import { type Log, openLog } from './ledger/log.ts';
import { openTrash, type Trash } from './ledger/trash.ts';
import type { ScannerError } from './scanner-error.ts';

/** An open ledger. */
export interface Ledger {
  /** Its name, for the mark in the store. */
  readonly id: string;
  readonly log: Log;
  /** @internal */
  readonly trash: Trash;
  /** @internal */
  readonly db: DatabaseSync;
  /** The fence as it stands. */
  fence(): Result<number, ScannerError>;
  /** What the last complete scan saw. */
  baseline(): Result<Baseline, ScannerError>;
  /** Closes the file. Nothing that was opened on it works any more. */
  close(): void;
}

/** How a ledger is opened. */
export interface LedgerOptions {
  /** The file, or `:memory:` for one that ends with the process. */
  readonly path: string;
  /** The name of a new ledger, never used before. A file that is there keeps its own. */
  readonly id: string;
}

/** Opens a ledger and reads its chain through; a broken one is not opened. */
export function openLedger({ path, id: nameOfNew }: LedgerOptions): Result<Ledger, ScannerError> {
  return openFile(path, nameOfNew).andThen((db) =>
    attempt('be read', () =>
      String(db.prepare("SELECT value FROM meta WHERE name = 'ledger'").get()?.['value']),
    )
      .andThen((id) => {
        const log = openLog(db, id);
        return log.verify().map(
          (): Ledger => ({
            id,
            log,
            trash: openTrash(db),
            db,
            fence: () =>
              attempt('be read', () => Number(db.prepare('SELECT fence FROM fence').get()?.['fence'])),
            baseline: () => attempt('be read', () => readBaseline(db)),
            close: () => db.close(),
          }),
        );
      })
      .mapErr((error) => {
        db.close();
        return error;
      }),
  );
}
