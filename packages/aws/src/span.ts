import {
  type CloudError,
  type CloudResult,
  cloudError,
  type DescribeBatch,
  keyTag,
  pollDelayMs,
  type ReadOptions,
  type WaitOptions,
  waitFor,
} from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Ec2 } from './ec2.ts';
import type { Ec2Api } from './ec2-api.ts';
import { provider, readError } from './errors.ts';
import type { KeyLook } from './key-looks.ts';

/** One verb under way: its name for errors, and until when it may take. */
export interface Span {
  readonly ec2: Ec2;
  readonly provider: string;
  readonly operation: string;
  readonly resourceId?: string | undefined;
  /** Does the verb change anything? */
  readonly changes: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs: number;
}

/** Where the caller gave no time. A change waits for EC2 to finish; a read is one or a few calls. */
const changeTimeoutMs = 300_000;
const readTimeoutMs = 60_000;

export function beginRead(
  ec2: Ec2,
  operation: string,
  options: ReadOptions | undefined,
  resourceId?: string,
): Span {
  return begin(ec2, operation, false, options ?? {}, readTimeoutMs, resourceId);
}

export function beginChange(ec2: Ec2, operation: string, options: ReadOptions, resourceId?: string): Span {
  return begin(ec2, operation, true, options, changeTimeoutMs, resourceId);
}

function begin(
  ec2: Ec2,
  operation: string,
  changes: boolean,
  { signal, timeoutMs }: ReadOptions,
  otherwiseMs: number,
  resourceId: string | undefined,
): Span {
  return {
    ec2,
    provider,
    operation,
    changes,
    resourceId,
    signal,
    deadlineMs: ec2.clock.now() + (timeoutMs ?? otherwiseMs),
  };
}

/** An error of this verb. */
export function fail(
  span: Span,
  kind: CloudError['kind'],
  message: string,
  more: Partial<CloudError> = {},
): CloudError {
  return cloudError(kind, span, message, { resourceId: span.resourceId, ...more });
}

/** Sends a read. It ends with the verb's signal and deadline, whatever the client does. */
export function read<T>(span: Span, send: (api: Ec2Api, signal: AbortSignal) => Promise<T>): CloudResult<T> {
  return new ResultAsync(ask(span, send, false));
}

/** Sends a change: an answer that is missing leaves `applied: 'unknown'`. */
export function change<T>(
  span: Span,
  send: (api: Ec2Api, signal: AbortSignal) => Promise<T>,
): CloudResult<T> {
  return new ResultAsync(ask(span, send, true));
}

/**
 * Sends a change that names its object and may therefore be repeated without harm: a lost answer is asked for again,
 * three times in all.
 */
export function repeat<T>(
  span: Span,
  send: (api: Ec2Api, signal: AbortSignal) => Promise<T>,
): CloudResult<T> {
  return new ResultAsync(askAgain(span, send));
}

async function askAgain<T>(
  span: Span,
  send: (api: Ec2Api, signal: AbortSignal) => Promise<T>,
): Promise<Result<T, CloudError>> {
  let inDoubt = false;
  for (let sent = 1; ; sent++) {
    const answer = (await ask(span, send, true)).mapErr((error) => stillInDoubt(error, inDoubt));
    if (answer.isOk() || answer.error.kind !== 'transient' || sent === 3) return answer;
    inDoubt = answer.error.applied !== 'no';
    await pause(span, sent);
  }
}

/** After an answer was lost, a later error cannot say for sure that nothing happened: it speaks of its own try only. */
export function stillInDoubt(error: CloudError, inDoubt: boolean): CloudError {
  return inDoubt && error.applied === 'no' ? { ...error, applied: 'unknown' } : error;
}

/** A pause before the same is tried again: short at first, two seconds in the end. */
export async function pause({ ec2: { clock, chance } }: Span, tries: number): Promise<void> {
  const delayMs = Math.min(2_000, pollDelayMs(0, chance) * tries);
  await new Promise<void>((wake) => {
    clock.after(delayMs, wake);
  });
}

async function ask<T>(
  span: Span,
  send: (api: Ec2Api, signal: AbortSignal) => Promise<T>,
  changes: boolean,
): Promise<Result<T, CloudError>> {
  const { ec2, signal, operation, resourceId } = span;
  if (signal?.aborted === true)
    return err(fail(span, 'cancelled', `${operation} was cancelled before it was sent.`));
  const stop = new AbortController();
  const { promise: stopped, resolve } = Promise.withResolvers<Result<T, CloudError>>();
  const end = (kind: 'timeout' | 'cancelled', how: string): void => {
    resolve(err(fail(span, kind, `${operation} ${how}.`, { applied: changes ? 'unknown' : 'no' })));
    stop.abort();
  };
  const onAbort = (): void => end('cancelled', 'was cancelled while it waited for an answer');
  signal?.addEventListener('abort', onAbort, { once: true });
  const cancelDeadline = ec2.clock.after(leftMs(span), () =>
    end('timeout', 'got no answer before its deadline'),
  );
  const answered = ResultAsync.fromPromise(send(ec2.api, stop.signal), (thrown) =>
    readError(thrown, { operation, changes, resourceId }),
  );
  const answer = await Promise.race([stopped, answered]);
  cancelDeadline();
  signal?.removeEventListener('abort', onAbort);
  return answer;
}

export function leftMs({ ec2, deadlineMs }: Span): number {
  return Math.max(0, deadlineMs - ec2.clock.now());
}

/** Waits within the verb's deadline. */
export function wait<T>(
  span: Span,
  how: Pick<WaitOptions<T>, 'observe' | 'until' | 'stateOf' | 'applied'>,
): CloudResult<T> {
  const { ec2, operation, resourceId, signal } = span;
  const { clock, chance } = ec2;
  return waitFor({
    ...how,
    // The shared reads do not know for whom they are made.
    observe: (stop) => how.observe(stop).mapErr((error) => ({ ...error, operation })),
    clock,
    chance,
    signal,
    timeoutMs: leftMs(span),
    provider,
    operation,
    resourceId,
  });
}

/**
 * All that carry the key's tag, in whatever state. One look, shared with all that look at the same time. One that
 * fails in passing is made again.
 */
export function lookByKey<T>(span: Span, looks: KeyLook<T>, key: string): CloudResult<readonly T[]> {
  return wait<readonly T[] | undefined>(span, {
    observe: (signal) => looks.get(keyTag(key), { signal }),
    until: () => 'yes',
    applied: 'no',
  }).map((found = []) => found);
}

/**
 * Reads one resource, and believes that there is none only after several looks over the window of visibility: right
 * after a create EC2 may deny what it made.
 */
export function lookUp<T>(span: Span, batch: DescribeBatch<T>, id: string): CloudResult<T | undefined> {
  let empty = 0;
  return wait<T | undefined>(span, {
    observe: (signal) => batch.get(id, { signal }),
    until(seen, elapsedMs) {
      if (seen !== undefined) return 'yes';
      empty += 1;
      return empty >= 3 && elapsedMs >= span.ec2.visibilityMs ? 'yes' : 'not-yet';
    },
    applied: 'no',
  });
}

/** As {@link lookUp}; what is not there is `not-found`. */
export function mustExist<T>(span: Span, batch: DescribeBatch<T>, id: string): CloudResult<T> {
  return lookUp(span, batch, id).andThen((found) =>
    found === undefined
      ? err(fail(span, 'not-found', `${span.operation}: ${id} does not exist.`, { resourceId: id }))
      : ok(found),
  );
}
