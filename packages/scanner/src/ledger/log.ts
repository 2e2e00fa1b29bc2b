/**
 * The lines of the ledger and their chain. A line is added only under the fence that the writer holds, in the same
 * transaction that looks at the fence: whoever was overtaken writes nothing more.
 */

import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { err, ok, type Result } from 'neverthrow';
import { canonicalJson } from '../canonical.ts';
import type { RunId } from '../key.ts';
import { inOneTransaction } from '../one-transaction.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { LedgerEvent, LedgerLine } from './event.ts';
import { attempt, prepared } from './file.ts';
import { type Head, notSealed, type Seal } from './seal.ts';

/** The chain of lines. */
export interface Log {
  /** Adds a line; `within` changes the tables with it, or neither happens. `fenced-out` where the fence is higher. */
  append(event: LedgerEvent, at: WriteAt, within?: () => void): Result<void, ScannerError>;
  /** The newest line of these kinds. */
  last<K extends LedgerEvent['kind']>(
    ...kinds: readonly K[]
  ): Result<(LedgerLine & { event: Extract<LedgerEvent, { kind: K }> }) | undefined, ScannerError>;
  /** All lines of one kind that are not older than this, oldest first. */
  since<K extends LedgerEvent['kind']>(
    kind: K,
    atMs: number,
  ): Result<readonly (LedgerLine & { event: Extract<LedgerEvent, { kind: K }> })[], ScannerError>;
  /** All lines of one run, oldest first. */
  ofRun(run: RunId): Result<readonly LedgerLine[], ScannerError>;
  /** Every line, oldest first. */
  all(): Result<readonly LedgerLine[], ScannerError>;
  /** Raises the fence and holds it. */
  takeFence(holder: string, atMs: number): Result<number, ScannerError>;
  /** Reads the whole chain; an error where a line was changed, taken out or put in. Gives the number of lines. */
  verify(): Result<number, ScannerError>;
  /** The last line; `undefined` of a new ledger. */
  head(): Result<Head | undefined, ScannerError>;
  /** Is this a line of the chain? */
  holds(head: Head): Result<boolean, ScannerError>;
}

/** When and under which fence a line is written. */
export interface WriteAt {
  readonly atMs: number;
  readonly fence: number;
}

/**
 * The chain in a file, of the ledger with this id. With a seal every line is sealed before anybody acts on it, and none
 * is added to a chain that is not the sealed one.
 */
export function openLog(db: DatabaseSync, id: string, seal?: Seal): Log {
  const head = db.prepare('SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1');
  const insert = db.prepare('INSERT INTO log (seq, at_ms, kind, run, event, hash) VALUES (?, ?, ?, ?, ?, ?)');
  const fenceNow = db.prepare('SELECT fence FROM fence');
  const setFence = db.prepare('UPDATE fence SET fence = ? WHERE fence = ?');
  const hashAt = db.prepare('SELECT hash FROM log WHERE seq = ?');

  const headNow = (): Head | undefined => {
    const row = head.get();
    return row === undefined ? undefined : { seq: Number(row['seq']), hash: String(row['hash']) };
  };
  const isHeld = ({ seq, hash }: Head): boolean => hashAt.get(seq)?.['hash'] === hash;

  /** Writes under the chain's own lock, and seals what was written. */
  const sealing = <T>(what: string, act: () => T): Result<T, ScannerError> =>
    (seal?.read() ?? ok(undefined)).andThen((sealed) =>
      sealed !== undefined && !isHeld(sealed)
        ? err(notSealed(sealed))
        : transaction(what, act).andThen((value) => {
            const last = headNow();
            return seal === undefined || last === undefined
              ? ok(value)
              : seal.advance(last, isHeld).map(() => value);
          }),
    );

  const add = (event: LedgerEvent, atMs: number): void => {
    const before = head.get();
    const seq = Number(before?.['seq'] ?? 0) + 1;
    const text = canonicalJson(event);
    const hash = hashOf(String(before?.['hash'] ?? id), seq, atMs, text);
    insert.run(seq, atMs, event.kind, 'run' in event ? (event.run ?? null) : null, text, hash);
  };

  const transaction = <T>(what: string, act: () => T): Result<T, ScannerError> =>
    attempt(what, () => inOneTransaction(db, act));

  const select = (where: string, ...values: readonly (string | number)[]): readonly LedgerLine[] =>
    prepared(db, `SELECT seq, at_ms, event, hash FROM log ${where}`)
      .all(...values)
      .map(lineOf);

  return {
    append: (event, { atMs, fence }, within) =>
      sealing(`write "${event.kind}"`, () => {
        if (Number(fenceNow.get()?.['fence']) !== fence) return false;
        within?.();
        add(event, atMs);
        return true;
      }).andThen((isOurs) => (isOurs ? ok(undefined) : err(overtaken(fence)))),
    // The kinds asked for are the kinds that come back; SQLite's types do not know that.
    last: (...kinds) =>
      attempt('be read', () => {
        const marks = kinds.map(() => '?').join(', ');
        return select(`WHERE kind IN (${marks}) ORDER BY seq DESC LIMIT 1`, ...kinds)[0] as never;
      }),
    since: (kind, atMs) =>
      attempt('be read', () => select('WHERE kind = ? AND at_ms >= ? ORDER BY seq', kind, atMs) as never),
    ofRun: (run) => attempt('be read', () => select('WHERE run = ? ORDER BY seq', run)),
    all: () => attempt('be read', () => select('ORDER BY seq')),
    takeFence: (holder, atMs) =>
      sealing('raise its fence', () => {
        const was = Number(fenceNow.get()?.['fence']);
        setFence.run(was + 1, was);
        add({ kind: 'fence-raised', fence: was + 1, holder }, atMs);
        return was + 1;
      }),
    verify: () =>
      attempt('be read', () => firstBroken(db, id)).andThen(({ lines, broken }) =>
        broken === undefined
          ? ok(lines)
          : err(scannerError('ledger', `The chain of the ledger is broken at line ${broken}.`)),
      ),
    head: () => attempt('be read', headNow),
    holds: (one) => attempt('be read', () => isHeld(one)),
  };
}

function overtaken(fence: number): ScannerError {
  return scannerError('fenced-out', `Another scanner has taken over: the fence is above ${fence}.`);
}

function hashOf(before: string, seq: number, atMs: number, text: string): string {
  return createHash('sha256').update(`${before}\n${seq}\n${atMs}\n${text}`).digest('hex');
}

function lineOf(row: Record<string, unknown>): LedgerLine {
  // Written by `add` above, and guarded by the chain.
  const event = JSON.parse(String(row['event'])) as LedgerEvent;
  return { seq: Number(row['seq']), atMs: Number(row['at_ms']), event, hash: String(row['hash']) };
}

function firstBroken(db: DatabaseSync, id: string): { lines: number; broken: number | undefined } {
  let before = id;
  let lines = 0;
  for (const row of db.prepare('SELECT seq, at_ms, kind, event, hash FROM log ORDER BY seq').iterate()) {
    const [seq, text] = [Number(row['seq']), String(row['event'])];
    const hash = hashOf(before, seq, Number(row['at_ms']), text);
    // The number of a line is in its hash: none can be renumbered, taken out or put in.
    const isWhole = hash === row['hash'] && lineOf(row).event.kind === row['kind'];
    if (!isWhole) return { lines, broken: lines + 1 };
    before = hash;
    lines += 1;
  }
  return { lines, broken: undefined };
}
