/**
 * Reads all clocks at about the same moment: the scanner's two, the store's, and every registry's.
 */

import { ok, safeTry } from 'neverthrow';
import type { Call, SideResult } from '../call.ts';
import type { Doubt } from '../doubt.ts';
import { guarded } from '../guarded.ts';
import type { Engine } from '../options.ts';
import { clockDoubts } from '../rules/clocks.ts';
import { heldAgainstMs } from './before.ts';

/** What time it is, and what speaks against it. */
export interface TimeOfDay {
  readonly storeMs: number;
  /** By side. */
  readonly sides: Readonly<Record<string, number>>;
  readonly doubts: readonly Doubt[];
}

/** Asks everybody. An error where somebody could not be asked. */
export function timeOfDay(engine: Engine, call: Call): SideResult<TimeOfDay> {
  const { inventory, registries, clock, ledger, policy, openedAt } = engine;
  return safeTry(async function* () {
    const sides: Record<string, number> = {};
    for (const side of [inventory, ...registries]) {
      sides[side.name] = Date.parse(yield* guarded(side.name, () => side.now(call), call));
    }
    const lastStoreMs = yield* heldAgainstMs({ ledger });
    const storeMs = sides[inventory.name] ?? Number.NaN;
    const doubts = clockDoubts({
      wallMs: clock.now(),
      wallPassedMs: clock.now() - openedAt.wallMs,
      steadyPassedMs: clock.monotonicMs() - openedAt.steadyMs,
      sides,
      lastStoreMs,
      storeMs,
      toleranceMs: policy.belief.clockToleranceMs,
    });
    return ok({ storeMs, sides, doubts });
  });
}
