/**
 * How every verb of every port is called: what a side throws, at once or later, is an error like any other, and the
 * caller's signal ends the waiting even where the side does not hear it.
 */

import { err, errAsync, type Result, ResultAsync } from 'neverthrow';
import type { Alerts } from './alerts.ts';
import type { Call, SideResult, SideStream } from './call.ts';
import { type ScannerError, scannerError } from './scanner-error.ts';

/** One call. */
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

/** A stream that begins when it is first asked, so that a side which throws at once throws there. */
export async function* guardedStream<B>(begin: () => SideStream<B>): SideStream<B> {
  return yield* begin();
}

/** Alerts of which every verb is called so. */
export function guardedAlerts(alerts: Alerts): Alerts {
  return {
    raise: (alert, call) => guarded('alerts', () => alerts.raise(alert, call), call),
    resolve: (cause, call) => guarded('alerts', () => alerts.resolve(cause, call), call),
    standing: (call) => guarded('alerts', () => alerts.standing(call), call),
  };
}
