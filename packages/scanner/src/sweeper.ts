/**
 * The sweeper: the only object that takes things away. It is opened with credentials of its own, takes a plan and never
 * a query, and brings back what it took.
 */

import { err, ok, type Result, safeTry } from 'neverthrow';
import type { Approval } from './approval.ts';
import type { Call, SideResult } from './call.ts';
import { guarded } from './guarded.ts';
import type { RunId } from './key.ts';
import { engineOf } from './options.ts';
import type { Plan } from './plan.ts';
import { type ScannerError, scannerError } from './scanner-error.ts';
import { markOf } from './sweep/begin.ts';
import type { SweepEngine, SweeperOptions } from './sweep/options.ts';
import { type PurgeReport, purgeDue } from './sweep/purge.ts';
import { type SweepReport, sweepPlan } from './sweep/sweep.ts';
import { type Asking, type UndoReport, undoRun } from './sweep/undo.ts';

/** A sweeper, open. */
export interface Sweeper {
  /**
   * Puts a plan's items into quarantine. Beyond a limit it takes signatures over exactly this plan. `not-approved`,
   * `breaker-open`, `unheard`, `clock`, `fenced-out` or `not-believed` where it may not begin.
   */
  sweep(plan: Plan, approvals: readonly Approval[], call?: Call): SideResult<SweepReport>;
  /** Deletes what has been in quarantine for the whole undo window. */
  purge(call?: Call): SideResult<PurgeReport>;
  /** Brings back what a run has taken. Works with the breaker open. */
  undo(run: RunId, asking: Asking, call?: Call): SideResult<UndoReport>;
  /** The store is marked by a ledger that is lost: a named person makes it ours. */
  adopt(asking: Asking, call?: Call): SideResult<void>;
}

/** Opens a sweeper. */
export function openSweeper(options: SweeperOptions): Result<Sweeper, ScannerError> {
  return engineOf(options).map((opened): Sweeper => {
    const engine: SweepEngine = { ...opened, remover: options.remover };
    return {
      sweep: (plan, approvals, call = {}) => sweepPlan(engine, plan, approvals, call),
      purge: (call = {}) => purgeDue(engine, call),
      undo: (run, asking, call = {}) => undoRun(engine, run, asking, call),
      adopt: (asking, call = {}) => adoptStore(engine, asking, call),
    };
  });
}

function adoptStore(engine: SweepEngine, { by, reason }: Asking, call: Call): SideResult<void> {
  const { ledger, remover, clock, name } = engine;
  return safeTry(async function* () {
    if (by.trim() === '' || reason.trim() === '') {
      return err(scannerError('invalid', 'Adopting a store takes a name and a reason.'));
    }
    const mark = yield* guarded(remover.name, () => remover.fence(call), call);
    const fence = yield* ledger.log.takeFence(name, clock.now());
    yield* ledger.log.append({ kind: 'ledger-adopted', by, reason }, { atMs: clock.now(), fence });
    const to = yield* markOf(ledger, fence);
    yield* guarded(remover.name, () => remover.raiseFence(mark, to, call), call);
    return ok(undefined);
  });
}
