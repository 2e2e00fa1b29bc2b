import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { CloudResult } from './call.ts';
import type { Clock } from './clock.ts';
import { type CloudError, cloudError } from './cloud-error.ts';
import type { Applied } from './failure.ts';
import { type Chance, pollDelayMs } from './poll.ts';
import { usualDurationMs } from './usual-duration.ts';

/**
 * Waits until the cloud says that a state is reached. It looks at once and then again and again; an end state from
 * which the wanted one is never reached fails at once; anything else, a state that nobody knows included, is "not
 * yet" until the deadline. Reads that fail in passing are waited over. Nothing stays behind: no timer, no listener.
 *
 * The pauses of `pollDelayMs` are from the beginning of one look to that of the next: what the look itself takes, the
 * wait for a shared call included, is not added to them. After a look that failed the whole pause is kept.
 */
export interface WaitOptions<T> {
  /** One look. The signal fires when the wait is over, whatever ended it. */
  readonly observe: (signal: AbortSignal) => CloudResult<T>;
  /** Judges what was seen. An error ends the wait with that error. */
  readonly until: (seen: T, elapsedMs: number) => 'yes' | 'not-yet' | CloudError;
  /** The state in the provider's word, for the message of a timeout. */
  readonly stateOf?: ((seen: T) => string | undefined) | undefined;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly provider: string;
  /** The port's verb; what is known of how long it takes decides for how long the looks stay frequent. */
  readonly operation: string;
  readonly resourceId?: string | undefined;
  /** What a timeout, an abort or a read that fails says of the effect that is waited for. `unknown` where absent. */
  readonly applied?: Applied | undefined;
}

/** Waits; see {@link WaitOptions}. Resolves with what was seen when the state was reached. */
export function waitFor<T>(options: WaitOptions<T>): CloudResult<T> {
  return new ResultAsync(look(options));
}

async function look<T>(options: WaitOptions<T>): Promise<Result<T, CloudError>> {
  const { clock, chance, observe, until } = options;
  const usualMs = usualDurationMs(options.operation);
  const startedMs = clock.now();
  const seen: Seen = {};
  const end = endOf(options, seen);
  try {
    while (!end.over()) {
      const lookedAtMs = clock.now();
      const answer = await Promise.race([end.reached, observe(end.signal)]);
      if (end.over()) break;
      const elapsedMs = clock.now() - startedMs;
      const verdict = answer.match(
        (value) => judge(value, until(value, elapsedMs), options, seen),
        (error) => overlook(error, options.applied ?? 'unknown', seen),
      );
      if (verdict !== 'not-yet') return verdict;
      const lookTookMs = answer.isOk() ? clock.now() - lookedAtMs : 0;
      await end.pause(Math.max(0, pollDelayMs(elapsedMs, chance, usualMs) - lookTookMs));
    }
    return await end.reached;
  } finally {
    end.close();
  }
}

/** What is remembered of earlier looks, for the message. */
interface Seen {
  state?: string | undefined;
  readError?: CloudError;
}

function judge<T>(
  value: T,
  verdict: 'yes' | 'not-yet' | CloudError,
  options: WaitOptions<T>,
  seen: Seen,
): Result<T, CloudError> | 'not-yet' {
  seen.state = options.stateOf?.(value);
  delete seen.readError;
  if (verdict === 'not-yet') return 'not-yet';
  return verdict === 'yes' ? ok(value) : err(verdict);
}

/** A read that may work the next time says nothing about the state: it is remembered and waited over. */
function overlook(error: CloudError, applied: Applied, seen: Seen): Result<never, CloudError> | 'not-yet' {
  // A read changes nothing and says so; whether what is waited for took place is another matter.
  if (error.kind !== 'transient' && error.kind !== 'throttled' && error.kind !== 'timeout') {
    return err({ ...error, applied });
  }
  seen.readError = error;
  return 'not-yet';
}

interface End {
  /** Settles when the deadline passes or the caller's signal fires. */
  readonly reached: Promise<Result<never, CloudError>>;
  readonly signal: AbortSignal;
  over(): boolean;
  /** Ends early when the wait does. */
  pause(delayMs: number): Promise<void>;
  close(): void;
}

function endOf<T>(options: WaitOptions<T>, seen: Seen): End {
  const { clock, signal, timeoutMs } = options;
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<Result<never, CloudError>>();
  let over = false;
  let endPause: () => void = () => {};
  const finish = (error: CloudError): void => {
    over = true;
    resolve(err(error));
    controller.abort();
    endPause();
  };
  const onAbort = (): void => finish(stopped('cancelled', 'was cancelled', options, seen));
  const cancelDeadline = clock.after(timeoutMs, () =>
    finish(stopped('timeout', `did not end within ${timeoutMs} ms`, options, seen)),
  );
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  return {
    reached: promise,
    signal: controller.signal,
    over: () => over,
    pause: (delayMs) =>
      new Promise((wake) => {
        const cancelTimer = clock.after(delayMs, wake);
        endPause = () => {
          cancelTimer();
          wake();
        };
      }),
    close() {
      cancelDeadline();
      signal?.removeEventListener('abort', onAbort);
      controller.abort();
    },
  };
}

function stopped<T>(
  kind: 'timeout' | 'cancelled',
  how: string,
  options: WaitOptions<T>,
  seen: Seen,
): CloudError {
  const { resourceId, operation, applied = 'unknown' } = options;
  const of = resourceId === undefined ? '' : ` of ${resourceId}`;
  const state = seen.state === undefined ? 'no state was seen' : `last seen: ${seen.state}`;
  return cloudError(kind, options, `${operation}${of} ${how}; ${state}.`, {
    applied,
    resourceId,
    lastState: seen.state,
    cause: seen.readError,
  });
}
