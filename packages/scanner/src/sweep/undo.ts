/**
 * Brings back what a run has taken away. It works with the breaker open, with every registry dead and with nobody to be
 * told: bringing back is always safe.
 */

import { err, ok, safeTry } from 'neverthrow';
import type { Call, SideResult } from '../call.ts';
import type { ItemKey, RunId } from '../key.ts';
import { attempt } from '../ledger/file.ts';
import { scannerError } from '../scanner-error.ts';
import { actOn } from './act.ts';
import { markEnd, takeOver } from './begin.ts';
import { type Acting, batchItems, type SweepEngine } from './options.ts';
import { settleSpending } from './spend.ts';
import { claimAll, releaseAll } from './verify.ts';

/** Who asks for it, and why; it stays in the ledger. */
export interface Asking {
  readonly by: string;
  readonly reason: string;
}

/** What came back. */
export interface UndoReport {
  readonly run: RunId;
  readonly restored: readonly string[];
  /** Still in quarantine, with the store's reason: call again when it has passed. */
  readonly notYet: readonly { readonly key: string; readonly why: string }[];
  /** Its window was over before: it is gone. */
  readonly gone: readonly string[];
}

/** Undoes one run, as far as its window goes. May be called again. */
export function undoRun(engine: SweepEngine, run: RunId, asking: Asking, call: Call): SideResult<UndoReport> {
  const { ledger, clock } = engine;
  return safeTry(async function* () {
    if (asking.by.trim() === '' || asking.reason.trim() === '') {
      return err(scannerError('invalid', 'An undo takes a name and a reason.'));
    }
    const acting = yield* takeOver(engine, call);
    yield* ledger.log.append(
      { kind: 'undo-asked', run, ...asking },
      { atMs: clock.now(), fence: acting.fence },
    );
    const rows = yield* attempt('be read', () => ledger.trash.ofRun(run));
    const there = rows.filter(({ state }) => state === 'quarantined');
    const restored: string[] = [];
    const notYet: { key: string; why: string }[] = [];
    for (let start = 0; start < there.length; start += batchItems) {
      const batch = there.slice(start, start + batchItems);
      const keys = batch.map(({ key }) => key);
      await claimIfPossible(engine, keys, run, acting);
      const done = await actOn(engine, { run, act: 'restore', rows: batch }, acting);
      await releaseAll(engine, keys, run, acting);
      const acted = yield* done;
      restored.push(...acted.done.map(({ key }) => key));
      notYet.push(
        ...acted.untouched.map(({ row, message }) => ({ key: row.key, why: message })),
        ...acted.inDoubt.map(({ key }) => ({ key, why: 'The store does not say what became of it.' })),
      );
    }
    const gone = rows
      .filter(({ state }) => state === 'deleted' || state === 'lost')
      .map(({ key }): string => key);
    await settleSpending(engine, run, rows[0]?.atMs ?? 0);
    await markEnd(engine, acting);
    return ok({ run, restored, notYet, gone });
  });
}

/**
 * Whoever restores takes the claim, and so does an undo, that nobody refers to a key while it is on its way. But a
 * registry that is dead, or silent, or somebody else's claim never keep a thing from coming back.
 */
async function claimIfPossible(
  engine: SweepEngine,
  keys: readonly ItemKey[],
  run: RunId,
  acting: Acting,
): Promise<void> {
  const ending = new AbortController();
  const end = engine.clock.after(patienceMs, () => ending.abort());
  const claimed = await claimAll(engine, keys, run, { ...acting, signal: ending.signal });
  end();
  if (claimed.isErr()) return;
}

const patienceMs = 10_000;
