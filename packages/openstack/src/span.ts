import {
  type CloudError,
  type CloudResult,
  cloudError,
  pollDelayMs,
  type ReadOptions,
  type WaitOptions,
  waitFor,
} from '@belay/cloud';
import { err, type Result, ResultAsync } from 'neverthrow';
import type { CallArgs, Reply } from './api.ts';
import type { CallName } from './calls.ts';
import { provider } from './errors.ts';
import { persist } from './retry.ts';
import type { Stack } from './stack.ts';

/** One verb under way: its name for errors, and until when it may take. */
export interface Span {
  readonly stack: Stack;
  readonly provider: string;
  readonly operation: string;
  readonly resourceId?: string | undefined;
  /** Does the verb change anything? */
  readonly changes: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs: number;
}

/** Where the caller gave no time. A change waits for the cloud to finish; a read is one or a few calls. */
const changeTimeoutMs = 300_000;
const readTimeoutMs = 60_000;

export function beginRead(
  stack: Stack,
  operation: string,
  options: ReadOptions | undefined,
  resourceId?: string,
): Span {
  return begin(stack, operation, false, options ?? {}, readTimeoutMs, resourceId);
}

export function beginChange(
  stack: Stack,
  operation: string,
  options: ReadOptions,
  resourceId?: string,
): Span {
  return begin(stack, operation, true, options, changeTimeoutMs, resourceId);
}

function begin(
  stack: Stack,
  operation: string,
  changes: boolean,
  { signal, timeoutMs }: ReadOptions,
  otherwiseMs: number,
  resourceId: string | undefined,
): Span {
  const deadlineMs = stack.clock.now() + (timeoutMs ?? otherwiseMs);
  return { stack, provider, operation, changes, resourceId, signal, deadlineMs };
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

/** Sends a read. It ends with the verb's signal and deadline, whatever the service does. */
export function read(span: Span, name: CallName, args: CallArgs = {}): CloudResult<Reply> {
  return new ResultAsync(ask(span, name, args, false));
}

/** Sends a change, once: an answer that is missing leaves `applied: 'unknown'`. */
export function change(span: Span, name: CallName, args: CallArgs = {}): CloudResult<Reply> {
  return new ResultAsync(ask(span, name, args, true));
}

/**
 * Sends a change that names its object and may therefore be repeated without harm: a lost answer is asked for again,
 * three times in all.
 */
export function repeat(span: Span, name: CallName, args: CallArgs = {}): CloudResult<Reply> {
  return new ResultAsync(askAgain(span, name, args));
}

async function askAgain(span: Span, name: CallName, args: CallArgs): Promise<Result<Reply, CloudError>> {
  let inDoubt = false;
  for (let sent = 1; ; sent++) {
    const answer = (await ask(span, name, args, true)).mapErr((error) => stillInDoubt(error, inDoubt));
    if (answer.isOk() || answer.error.kind !== 'transient' || sent === 3) return answer;
    inDoubt ||= answer.error.applied !== 'no';
    await pause(span, sent);
  }
}

/** After an answer was lost, a later error cannot say for sure that nothing happened: it speaks of its own try only. */
export function stillInDoubt(error: CloudError, inDoubt: boolean): CloudError {
  return inDoubt && error.applied === 'no' ? { ...error, applied: 'unknown' } : error;
}

/** A pause before the same is tried again: short at first, two seconds in the end. */
export async function pause({ stack: { clock, chance } }: Span, tries: number): Promise<void> {
  const delayMs = Math.min(2_000, pollDelayMs(0, chance) * tries);
  await new Promise<void>((wake) => {
    clock.after(delayMs, wake);
  });
}

async function ask(
  span: Span,
  name: CallName,
  args: CallArgs,
  changes: boolean,
): Promise<Result<Reply, CloudError>> {
  const { stack, signal, operation, resourceId } = span;
  const { api, clock, chance } = stack;
  if (signal?.aborted === true)
    return err(fail(span, 'cancelled', `${operation} was cancelled before it was sent.`));
  if (leftMs(span) === 0) return err(fail(span, 'timeout', `${operation} had no time left to be sent.`));
  const stop = new AbortController();
  const { promise: stopped, resolve } = Promise.withResolvers<Result<Reply, CloudError>>();
  const end = (kind: 'timeout' | 'cancelled', how: string): void => {
    resolve(err(fail(span, kind, `${operation} ${how}.`, { applied: changes ? 'unknown' : 'no' })));
    stop.abort();
  };
  const onAbort = (): void => end('cancelled', 'was cancelled while it waited for an answer');
  signal?.addEventListener('abort', onAbort, { once: true });
  const cancelDeadline = clock.after(leftMs(span), () => end('timeout', 'got no answer before its deadline'));
  const answered = persist(() => api.send(name, args, { operation, changes, resourceId }, stop.signal), {
    clock,
    chance,
    signal: stop.signal,
    changes,
  });
  const answer = await Promise.race([stopped, answered]);
  cancelDeadline();
  signal?.removeEventListener('abort', onAbort);
  return answer;
}

/** What is left of the verb's time, in milliseconds. */
export function leftMs({ stack, deadlineMs }: Span): number {
  return Math.max(0, deadlineMs - stack.clock.now());
}

/** Waits within the verb's deadline. */
export function wait<T>(
  span: Span,
  how: Pick<WaitOptions<T>, 'observe' | 'until' | 'stateOf' | 'applied'>,
): CloudResult<T> {
  const { stack, operation, resourceId, signal } = span;
  const { clock, chance } = stack;
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
