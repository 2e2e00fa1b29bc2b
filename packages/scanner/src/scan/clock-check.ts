/**
 * Reads all clocks at about the same moment: the scanner's two, the store's, and every registry's.
 */

import { err, errAsync, ok, type Result, ResultAsync, safeTry } from 'neverthrow';
import type { Call, SideResult } from '../call.ts';
import type { Doubt } from '../doubt.ts';
import type { Engine } from '../options.ts';
import { clockDoubts } from '../rules/clocks.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';

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
    const last = yield* ledger.log.last('scan-completed');
    const storeMs = sides[inventory.name] ?? Number.NaN;
    const doubts = clockDoubts({
      wallMs: clock.now(),
      wallPassedMs: clock.now() - openedAt.wallMs,
      steadyPassedMs: clock.monotonicMs() - openedAt.steadyMs,
      sides,
      lastStoreMs: last?.event.storeAtMs,
      storeMs,
      toleranceMs: policy.belief.clockToleranceMs,
    });
    return ok({ storeMs, sides, doubts });
  });
}

/** A call to a side, whatever it throws, and ended by the caller's signal even where the side does not hear it. */
export function guarded<T>(
  side: string,
  ask: () => PromiseLike<Result<T, ScannerError>>,
  { signal }: Call,
): SideResult<T> {
  const cancelled = scannerError('cancelled', 'The caller has cancelled.', { source: side });
  if (signal?.aborted === true) return errAsync(cancelled);
  return new ResultAsync(
    (async (): Promise<Result<T, ScannerError>> => {
      const asked = (async () => await ask())();
      // Where the signal wins, what comes later is of no interest, and no unhandled rejection either.
      asked.catch(() => undefined);
      const ended = Promise.withResolvers<'cancelled'>();
      const onAbort = (): void => ended.resolve('cancelled');
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        const answer = await Promise.race([asked, ended.promise]);
        return answer === 'cancelled' ? err(cancelled) : answer;
      } catch (thrown) {
        const message = thrown instanceof Error ? thrown.message : String(thrown);
        return err(scannerError('unavailable', `${side} failed: ${message}`, { source: side }));
      } finally {
        signal?.removeEventListener('abort', onAbort);
      }
    })(),
  );
}
