import { err, type Result, ResultAsync } from 'neverthrow';
import type { CloudResult } from '../call.ts';
import type { CloudError } from '../cloud-error.ts';
import { isStillOurs } from '../still-ours.ts';
import { askBeforeLeaving, type Leave } from './may-leave.ts';
import { fail, leftMs, pause, type Span } from './span.ts';

/**
 * One request, sent once. The signal fires when the verb is over; whoever sends need not hear it, for the verb ends
 * with its signal and its deadline all the same. Whoever sends a change asks `mayLeave` with it just before it leaves.
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
  let applied: CloudError['applied'] = 'no';
  const end = (kind: 'timeout' | 'cancelled', how: string): void => {
    resolve(err(fail(span, kind, `${operation} ${how}.`, { applied })));
    stop.abort();
  };
  const onAbort = (): void => end('cancelled', 'was cancelled while it waited for an answer');
  signal?.addEventListener('abort', onAbort, { once: true });
  const cancelDeadline = clock.after(leftMs(span), () => end('timeout', 'got no answer before its deadline'));
  const refuse = (neverLeft = true): void => {
    if (neverLeft) applied = 'no';
    end('cancelled', 'was not sent: it is no longer for its caller to do');
  };
  const dispatch = (): ReturnType<Send<T>> => {
    // From here on the client has it, and only the client knows when it is on its way.
    if (changes) applied = 'unknown';
    if (changes && span.stillOurs !== undefined)
      askBeforeLeaving(stop.signal, leaveOf(span, stop.signal, refuse));
    return send(stop.signal);
  };
  const isOurs = changes ? isStillOurs(span, stop.signal) : true;
  const asked = async (): Promise<Result<T, CloudError>> => {
    if (!(await isOurs)) refuse();
    return stop.signal.aborted ? stopped : dispatch();
  };
  const answer = await Promise.race([stopped, isOurs === true ? dispatch() : asked()]);
  cancelDeadline();
  signal?.removeEventListener('abort', onAbort);
  return answer;
}

/** Asked before each time that the request leaves. `refused` hears whether it had never left before. */
function leaveOf(span: Span, stop: AbortSignal, refused: (isFirst: boolean) => void): Leave {
  let isFirst = true;
  const heard = (isOurs: boolean): boolean => {
    if (isOurs) isFirst = false;
    else refused(isFirst);
    return isOurs;
  };
  return () => {
    const isOurs = isStillOurs(span, stop);
    if (isOurs !== true) return isOurs.then(heard);
    isFirst = false;
    return true;
  };
}
