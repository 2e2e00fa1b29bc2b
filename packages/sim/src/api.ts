import { type CloudError, type CloudErrorKind, cloudError } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { FaultEffect } from './faults.ts';
import { newRequestId } from './names.ts';
import type { Operation } from './operations.ts';
import { permitted } from './policy.ts';
import { type Refusal, rulingOf } from './refusal.ts';
import type { World } from './world.ts';

/**
 * The provider's API, as strict and as unreliable as the real one: each call takes its time on the way, may be
 * throttled, refused, lost before its effect or after it. It repeats nothing and remembers nothing for its caller;
 * keeping promises on top of it is the adapter's work.
 */
export interface Api {
  /** A call that changes nothing. */
  read<T>(
    operation: Operation,
    signal: AbortSignal,
    look: (world: World) => Result<T, Refusal>,
  ): ApiAnswer<T>;
  /** A call that changes something: either wholly, at one moment, or not at all. */
  change<T>(
    operation: Operation,
    signal: AbortSignal,
    effect: (world: World) => Result<T, Refusal>,
  ): ApiAnswer<T>;
}

export type ApiAnswer<T> = Promise<Result<T, CloudError>>;

/** How the provider treats an account, all its callers together. */
export interface ApiOptions {
  /** How many calls an account may make; no limit where absent. */
  readonly throttle?: { readonly perSecond: number; readonly burst: number } | undefined;
  /** True where the callers check rights themselves, because they know the actions better than the operation does. */
  readonly rightsAreChecked?: boolean | undefined;
}

/** How long it takes until a gateway gives up on a provider that does not answer. */
const hungMs = 30_000;

/** Longer than any caller waits. */
const foreverMs = 7 * 86_400_000;

export function openApi(world: World, options: ApiOptions = {}): Api {
  const isThrottled = throttleOf(world, options);

  const call = async <T>(
    operation: Operation,
    signal: AbortSignal,
    effect: (world: World) => Result<T, Refusal>,
    isChange: boolean,
  ): ApiAnswer<T> => {
    const { faults, clock } = world;
    const requestId = newRequestId(world);
    const fail = (
      kind: CloudErrorKind,
      message: string,
      more: Partial<CloudError>,
    ): Result<never, CloudError> =>
      err(cloudError(kind, { provider: world.at.provider, operation }, message, { requestId, ...more }));
    const unsure = isChange ? 'unknown' : 'no';
    const cancelled = (applied: CloudError['applied']): Result<never, CloudError> =>
      fail('cancelled', `${operation} was cancelled on its way.`, { applied });

    if (signal.aborted) return cancelled('no');
    const strike = faults.strike(operation, 'api', isChange);
    const travelMs = (world.sampleMs(isChange ? 'write' : 'read') * strike.slowBy) / 2;
    if (!(await pause(clock, travelMs, signal))) return cancelled(unsure);
    if (faults.isOut('api')) return fail('transient', 'The API does not answer.', { applied: unsure });
    if (strike.hangs === true) {
      if (!(await pause(clock, foreverMs, signal))) return cancelled(unsure);
      return fail('timeout', 'No answer came.', { applied: unsure });
    }
    if (strike.error !== undefined) {
      const { error } = strike;
      if (error.kind === 'timeout' && !(await pause(clock, hungMs, signal))) return cancelled(unsure);
      return fail(kindOf(error), error.message ?? `${operation}: a fault of kind ${error.kind}.`, {
        applied: error.kind === 'transient' || error.kind === 'timeout' ? unsure : 'no',
        code: error.code,
      });
    }
    const answer = world.change((): Result<T, Refusal> => {
      if (isThrottled()) return err({ rule: 'throttled', message: 'Too many requests.' });
      const right = options.rightsAreChecked === true ? ok() : permitted(world, operation);
      const result = right.andThen(() => effect(world));
      if (isChange && result.isOk()) faults.landed.set(operation, () => effect(world));
      if (isChange) world.emit(`api ${operation}`, { answer: result.isOk() ? 'ok' : result.error.rule });
      return result;
    });
    if (!(await pause(clock, travelMs, signal))) return cancelled(unsure);
    if (strike.loseReply === true) return fail('transient', 'The connection was lost.', { applied: unsure });
    return answer.mapErr(({ rule, message, resourceId, lastState, ...own }) => {
      const { kind, code: usual } = rulingOf(rule, world.profile.family);
      const code = own.code ?? usual;
      const at = { provider: world.at.provider, operation };
      return cloudError(kind, at, message, { code, requestId, resourceId, lastState });
    });
  };

  return {
    read: (operation, signal, look) => call(operation, signal, look, false),
    change: (operation, signal, effect) => call(operation, signal, effect, true),
  };
}

/** Waits so long; false where the signal fired first. */
export function pause(clock: World['clock'], delayMs: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const stop = clock.after(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve(true);
    });
    const onAbort = (): void => {
      stop();
      resolve(false);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** A rule may name any kind; one that only servers have shows as `failed` here. */
function kindOf({ kind }: Extract<FaultEffect, { what: 'fails' }>): CloudErrorKind {
  const isOfHosts =
    kind === 'unreachable' || kind === 'wrong-disk' || kind === 'rebooted' || kind === 'incomplete';
  return isOfHosts ? 'failed' : kind;
}

/** What an account may still do at once, by its world: all adapters and protocols draw from one. */
const buckets = new WeakMap<World, { left: number; filledMs: number }>();

/** A bucket of calls that fills up with time. */
function throttleOf(world: World, { throttle }: ApiOptions): () => boolean {
  if (throttle === undefined) return () => false;
  const bucket = buckets.get(world) ?? { left: throttle.burst, filledMs: world.nowMs };
  buckets.set(world, bucket);
  return () => {
    const gained = ((world.nowMs - bucket.filledMs) / 1000) * throttle.perSecond;
    bucket.left = Math.min(throttle.burst, bucket.left + gained);
    bucket.filledMs = world.nowMs;
    if (bucket.left < 1) return true;
    bucket.left -= 1;
    return false;
  };
}
