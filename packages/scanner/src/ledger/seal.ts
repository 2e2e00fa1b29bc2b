/**
 * The last line of the ledger, kept a second time in a small file of its own. A chain that is whole says nothing about
 * lines that were cut off its end, nor about an older copy that was put in its place: only somebody who remembers where
 * it ended can tell. The file is moved on by compare-and-set after each line, so that two copies of one ledger, both in
 * use, part company at the first line that they do not share. Put it on another disk than the ledger, if there is one.
 */

import { DatabaseSync } from 'node:sqlite';
import { err, ok, type Result } from 'neverthrow';
import { inOneTransaction } from '../one-transaction.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import { attempt } from './file.ts';

/** Where a chain ends. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** Does the chain hold this line? */
type Holds = (head: Head) => boolean;

/** The second memory of a ledger. */
export interface Seal {
  /** Where the chain ended when it was last written to; `undefined` where nothing was ever sealed. */
  read(): Result<Head | undefined, ScannerError>;
  /** Moves on to `head`, if what is sealed is a line of this chain. `ledger` where it is not. */
  advance(head: Head, holds: Holds): Result<void, ScannerError>;
  /** Sets it whatever it was: a person has said so. */
  replace(head: Head): Result<void, ScannerError>;
  close(): void;
}

/** Opens the seal of the ledger with this name, or makes it. */
export function openSeal(path: string, ledger: string): Result<Seal, ScannerError> {
  return attempt(`open its seal ${path}`, () => {
    const db = new DatabaseSync(path, { timeout: 5_000 });
    try {
      db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE IF NOT EXISTS seal (ledger TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL) STRICT`);
      return sealIn(db, ledger);
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  }).andThen((seal) =>
    seal
      .read()
      .map(() => seal)
      .mapErr((error) => {
        seal.close();
        return error;
      }),
  );
}

/** The error of a chain that does not hold what was sealed. */
export function notSealed({ seq }: Head): ScannerError {
  return scannerError(
    'ledger',
    `The ledger does not hold line ${seq} as it was sealed: its end was cut off, an older copy was put in its place, or another copy is in use. Find the right one, or say by name and with a reason that this is it.`,
  );
}

function sealIn(db: DatabaseSync, ledger: string): Seal {
  const select = db.prepare('SELECT ledger, seq, hash FROM seal');
  const write = db.prepare(
    'INSERT INTO seal (ledger, seq, hash) VALUES (?, ?, ?) ON CONFLICT (ledger) DO UPDATE SET seq = excluded.seq, hash = excluded.hash',
  );
  const stands = (): Head | undefined => {
    const rows = select.all();
    const other = rows.find((row) => row['ledger'] !== ledger);
    if (other !== undefined) throw new Error(`it is the seal of the ledger ${other['ledger']}`);
    const [row] = rows;
    return row === undefined ? undefined : { seq: Number(row['seq']), hash: String(row['hash']) };
  };
  const exclusively = <T>(act: () => T): Result<T, ScannerError> =>
    attempt('use its seal', () => inOneTransaction(db, act));
  return {
    read: () => attempt('read its seal', stands),
    advance: (head, holds) =>
      exclusively(() => {
        const sealed = stands();
        if (sealed !== undefined && !holds(sealed)) return sealed;
        // Another process of the same file may have come further meanwhile.
        if (sealed === undefined || sealed.seq < head.seq) write.run(ledger, head.seq, head.hash);
        return undefined;
      }).andThen((foreign) => (foreign === undefined ? ok(undefined) : err(notSealed(foreign)))),
    replace: (head) => exclusively(() => void write.run(ledger, head.seq, head.hash)),
    close: () => db.close(),
  };
}
