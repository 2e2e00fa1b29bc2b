/**
 * How a sweep takes its part of the budget: what it is about to take is written down, if nobody else has written since
 * the limits were looked at, and corrected to what it has really taken when it has ended.
 */

import { err, ok, okAsync, type Result, safeTry } from 'neverthrow';
import type { Budget, Spending } from '../budget.ts';
import type { SideResult } from '../call.ts';
import { guarded } from '../guarded.ts';
import type { RunId } from '../key.ts';
import { attempt } from '../ledger/file.ts';
import type { TrashRow } from '../ledger/trash.ts';
import type { OrphanClass } from '../policy.ts';
import { othersOf } from '../review.ts';
import type { Others } from '../rules/limits.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { Acting, SweepEngine } from './options.ts';

/** A run, what it is about to take, and the store's time. */
export interface Taking {
  readonly run: RunId;
  readonly items: readonly Sized[];
  readonly storeMs: number;
}

interface Sized {
  readonly class: OrphanClass;
  readonly sizeBytes: number;
}

const mostTries = 50;

/** Asks `approve` with what the others have taken, and writes this run's part down before anybody else writes theirs. */
export function spending<T>(
  engine: SweepEngine,
  { run, items, storeMs }: Taking,
  { signal }: Acting,
  approve: (others: Others) => Result<T, ScannerError>,
): SideResult<T> {
  const { budget, ledger } = engine;
  if (budget === undefined) return okAsync(undefined).andThen(() => approve({ spendings: [] }));
  return safeTry(async function* () {
    // A run that goes on after a crash has taken something before.
    const before = yield* goneOf(engine, run);
    const mine = spendingsOf([...before, ...items], { ledger: ledger.id, run, atMs: storeMs });
    for (let n = 0; n < mostTries; n += 1) {
      const others = yield* othersOf(engine, storeMs, { signal });
      const approved = yield* approve(others);
      const { turn = 0 } = others;
      const write = () => budget.write(turn, { ledger: ledger.id, run }, mine, { signal });
      if (yield* guarded(budget.name, write, { signal })) return ok(approved);
    }
    return err(
      scannerError('unavailable', `The ${budget.name} is in use all the time.`, { source: budget.name }),
    );
  });
}

/**
 * What a run has really taken, once it has ended or was undone. Where the budget cannot be reached the larger figure
 * stays, and the others take less than they might.
 */
export async function settleSpending(
  { budget, ledger }: SweepEngine,
  run: RunId,
  storeMs: number,
): Promise<void> {
  if (budget === undefined) return;
  const gone = goneOf({ ledger }, run);
  if (gone.isErr()) return;
  const mine = spendingsOf(gone.value, { ledger: ledger.id, run, atMs: gone.value[0]?.atMs ?? storeMs });
  for (let n = 0; n < mostTries; n += 1) {
    const written = await writeOnce(budget, { ledger: ledger.id, run }, mine, storeMs);
    if (written.isErr() || written.value) return;
  }
}

function goneOf(
  { ledger }: Pick<SweepEngine, 'ledger'>,
  run: RunId,
): Result<readonly TrashRow[], ScannerError> {
  return attempt('be read', () =>
    ledger.trash.ofRun(run).filter(({ state }) => state !== 'restored' && state !== 'untouched'),
  );
}

function spendingsOf(
  items: readonly Sized[],
  of: Pick<Spending, 'ledger' | 'run' | 'atMs'>,
): readonly Spending[] {
  return [...Map.groupBy(items, (one) => one.class)].map(([orphan, some]) => ({
    ...of,
    class: orphan,
    items: some.length,
    bytes: some.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  }));
}

function writeOnce(
  budget: Budget,
  of: { readonly ledger: string; readonly run: RunId },
  mine: readonly Spending[],
  storeMs: number,
): SideResult<boolean> {
  return guarded(budget.name, () => budget.read(storeMs, {}), {}).andThen(({ turn }) =>
    guarded(budget.name, () => budget.write(turn, of, mine, {}), {}),
  );
}
