/**
 * The scanner's memory: one SQLite file with a chain of lines that tell what happened and on what evidence, and the
 * tables that say where things stand. A ledger that was lost is noticed, because the store carries the mark of the old
 * one; a ledger that was edited is noticed, because its chain breaks; one whose end was cut off, or that an older copy
 * has replaced, is noticed, because its seal and the store's mark remember where it ended.
 */

import type { DatabaseSync } from 'node:sqlite';
import { err, ok, type Result, safeTry } from 'neverthrow';
import { type Baseline, readBaseline } from './ledger/baseline.ts';
import { attempt, openFile, readMeta, writeMeta } from './ledger/file.ts';
import { type Log, openLog } from './ledger/log.ts';
import { notSealed, openSeal, type Seal } from './ledger/seal.ts';
import { openTrash, type Trash } from './ledger/trash.ts';
import { type ScannerError, scannerError } from './scanner-error.ts';

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
  /**
   * Where its last line is kept a second time: the path with `.seal` behind it where left out, better a file on another
   * disk. Not for `:memory:`.
   */
  readonly seal?: string | undefined;
  /** A named person says that this ledger is the right one although its seal says otherwise, or is lost. */
  readonly reseal?: { readonly by: string; readonly reason: string; readonly atMs: number } | undefined;
}

/** Opens a ledger and reads its chain through; one that is broken, or is not the one that was sealed, is not opened. */
export function openLedger(options: LedgerOptions): Result<Ledger, ScannerError> {
  const { path, id: nameOfNew, seal: sealPath = `${path}.seal` } = options;
  return openFile(path, nameOfNew).andThen((db) =>
    attempt('be read', () =>
      String(db.prepare("SELECT value FROM meta WHERE name = 'ledger'").get()?.['value']),
    )
      .andThen((id) =>
        sealOf(path === ':memory:' ? undefined : sealPath, id).andThen((seal) =>
          openSealed(db, id, seal, options)
            .map((log) => ledgerOf(db, id, log, seal))
            .mapErr((error) => {
              seal?.close();
              return error;
            }),
        ),
      )
      .mapErr((error) => {
        db.close();
        return error;
      }),
  );
}

function sealOf(path: string | undefined, id: string): Result<Seal | undefined, ScannerError> {
  return path === undefined ? ok(undefined) : openSeal(path, id);
}

/** The chain, read through and held against its seal. */
function openSealed(
  db: DatabaseSync,
  id: string,
  seal: Seal | undefined,
  { reseal }: LedgerOptions,
): Result<Log, ScannerError> {
  const log = openLog(db, id, seal);
  return safeTry(function* () {
    yield* log.verify();
    if (seal === undefined) return ok(log);
    const sealed = yield* seal.read();
    const wasSealed = yield* attempt('be read', () => readMeta(db, 'sealed') !== undefined);
    const isNew = (yield* log.head()) === undefined;
    const isKnown = sealed === undefined ? isNew || !wasSealed : yield* log.holds(sealed);
    if (reseal !== undefined) {
      if (reseal.by.trim() === '' || reseal.reason.trim() === '') {
        return err(scannerError('invalid', 'Sealing a ledger anew takes a name and a reason.'));
      }
      const { by, reason, atMs } = reseal;
      const fence = yield* attempt('be read', () => fenceIn(db));
      // Past the seal, which is set anew to this very line.
      yield* openLog(db, id).append({ kind: 'ledger-resealed', by, reason }, { atMs, fence });
      const line = yield* log.head();
      if (line !== undefined) yield* seal.replace(line);
    } else if (!isKnown) {
      return err(sealed === undefined ? sealIsLost() : notSealed(sealed));
    }
    const last = yield* log.head();
    if (last !== undefined) yield* seal.advance(last, (one) => log.holds(one).unwrapOr(false));
    yield* attempt('be written', () => writeMeta(db, 'sealed', 1));
    return ok(log);
  });
}

function sealIsLost(): ScannerError {
  return scannerError(
    'ledger',
    'The seal of the ledger is gone, so nobody can tell whether its end is the end. Find it, or say by name and with a reason that this ledger is the right one.',
  );
}

function ledgerOf(db: DatabaseSync, id: string, log: Log, seal: Seal | undefined): Ledger {
  return {
    id,
    log,
    trash: openTrash(db),
    db,
    fence: () => attempt('be read', () => fenceIn(db)),
    baseline: () => attempt('be read', () => readBaseline(db)),
    close: () => {
      seal?.close();
      db.close();
    },
  };
}

function fenceIn(db: DatabaseSync): number {
  return Number(db.prepare('SELECT fence FROM fence').get()?.['fence']);
}
