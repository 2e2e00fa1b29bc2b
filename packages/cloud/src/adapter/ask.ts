import { err, type Result, ResultAsync } from 'neverthrow';
import type { CloudResult } from '../call.ts';
import type { CloudError } from '../cloud-error.ts';
import { fail, leftMs, pause, type Span } from './span.ts';

/**
 * One request, sent once. The signal fires when the verb is over; whoever sends need not hear it, for the verb ends
 * with its signal and its deadline all the same.
 */
export type Send<T> = (stop: AbortSignal) => PromiseLike<Result<T, CloudError>>;

/** A request that changes something leaves `applied: 'unknown'` where its answer does not come in time. */
export interface AskOptions {
  readonly changes: boolean;
}

/** Sends one request of a verb. What is cancelled already, or has no time left, is not sent. */
export function ask<T>(span: Span, { changes }: AskOptions, send: Send<T>): CloudResult<T> {
  return new ResultAsync(sendInTime(span, changes, send));
}

/**
 * Sends a change that names its object and may therefore be repeated without harm: one whose answer was lost is sent
 * again, three times in all.
 */
export function askAgain<T>(span: Span, send: Send<T>): CloudResult<T> {
  return new ResultAsync(sendAgain(span, send));
}

/** After an answer was lost, a later error cannot say for sure that nothing happened: it speaks of the last try only. */
export function stillInDoubt(error: CloudError, inDoubt: boolean): CloudError {
  return inDoubt && error.applied === 'no' ? { ...error, applied: 'unknown' } : error;
}

const maxSends = 3;

async function sendAgain<T>(span: Span, send: Send<T>): Promise<Result<T, CloudError>> {
  let inDoubt = false;
  for (let sent = 1; ; sent++) {
    const answer = (await sendInTime(span, true, send)).mapErr((error) => stillInDoubt(error, inDoubt));
    if (answer.isOk() || answer.error.kind !== 'transient' || sent === maxSends) return answer;
    inDoubt ||= answer.error.applied !== 'no';
    await pause(span, sent);
  }
}

async function sendInTime<T>(span: Span, changes: boolean, send: Send<T>): Promise<Result<T, CloudError>> {
  const { signal, operation, clock } = span;
  if (signal?.aborted === true)
    return err(fail(span, 'cancelled', `${operation} was cancelled before it was sent.`));
  if (leftMs(span) === 0) return err(fail(span, 'timeout', `${operation} had no time left to be sent.`));
  const stop = new AbortController();
  const { promise: stopped, resolve } = Promise.withResolvers<Result<T, CloudError>>();
  const end = (kind: 'timeout' | 'cancelled', how: string): void => {
    resolve(err(fail(span, kind, `${operation} ${how}.`, { applied: changes ? 'unknown' : 'no' })));
    stop.abort();
  };
  const onAbort = (): void => end('cancelled', 'was cancelled while it waited for an answer');
  signal?.addEventListener('abort', onAbort, { once: true });
  const cancelDeadline = clock.after(leftMs(span), () => end('timeout', 'got no answer before its deadline'));
  const answer = await Promise.race([stopped, send(stop.signal)]);
  cancelDeadline();
  signal?.removeEventListener('abort', onAbort);
  return answer;
}
