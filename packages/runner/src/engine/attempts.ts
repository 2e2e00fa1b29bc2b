import { err, ok, type Result } from 'neverthrow';
import pRetry from 'p-retry';
import pTimeout from 'p-timeout';
import type { Clock } from '../clock.ts';
import { type Failure, failureOf } from '../failure.ts';
import type { RetryPolicy } from '../step.ts';

/**
 * Calls a step's function until it succeeds or its policy gives up. p-retry decides whether there is another try, our
 * clock decides when; each try has a signal of its own, and none begins before the one before has settled or its grace
 * is over. A failure whose effect is in doubt ends the tries at once: it must be looked into first.
 */
export interface Attempts extends Limits {
  readonly policy: RetryPolicy | undefined;
  /** The number of the first try. */
  readonly first: number;
  readonly call: (attempt: number, signal: AbortSignal) => unknown;
  /** Another try will follow this failure. */
  readonly onRetry: (attempt: number, error: Failure) => void;
  /** Failures in doubt are tried again like all others: for probes and reverts, which bear being called twice. */
  readonly repeatable: boolean;
  /** The step may be done twice under one key. */
  readonly idempotent: boolean;
}

/** What bounds one try. */
export interface Limits {
  readonly clock: Clock;
  readonly timeoutMs: number | undefined;
  readonly graceMs: number;
  /** Fires when no more is wanted: the try in flight is told, and after its grace given up. */
  readonly stop: Stop;
}

/** Says once that no more is wanted: to all attempts of a step, of which each has a signal of its own. */
export class Stop {
  isStopped = false;
  private hearers: Set<() => void> | undefined;

  fire(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    for (const hear of this.hearers ?? []) hear();
    this.hearers = undefined;
  }

  /** Calls back when it fires, at once if it has; the returned function takes it back. */
  on(hear: () => void): () => void {
    if (this.isStopped) hear();
    else {
      this.hearers ??= new Set();
      this.hearers.add(hear);
    }
    return () => this.hearers?.delete(hear);
  }
}

export type Ended = Result<
  unknown,
  { readonly error: Failure; readonly attempt: number; readonly again: boolean }
>;

const defaultGraceMs = 10_000;
export const graceOf = (graceMs: number | undefined): number => graceMs ?? defaultGraceMs;

export async function attempts(of: Attempts): Promise<Ended> {
  const allowed = Math.max(1, of.policy?.attempts ?? 1);
  const left = Math.max(0, allowed - of.first);
  let attempt = of.first;
  try {
    const value = await pRetry(
      async (turn) => {
        attempt = of.first + turn - 1;
        const result = await oneAttempt(of, attempt);
        if (result.isErr()) throw new Refusal(result.error);
        return result.value;
      },
      {
        retries: left,
        minTimeout: 0,
        maxTimeout: 0,
        onFailedAttempt: async ({ error, retriesLeft }) => {
          if (retriesLeft === 0 || !worthAnother(of, failureIn(error))) return;
          of.onRetry(attempt, failureIn(error));
          await pause(of, delayMs(of.policy, attempt));
        },
        shouldRetry: ({ error }) => worthAnother(of, failureIn(error)),
      },
    );
    return ok(value);
  } catch (thrown) {
    const error = failureIn(thrown);
    const again = attempt < allowed && wants(of.policy, error);
    return err({ error, attempt, again });
  }
}

/** Carries a failure through p-retry, which speaks in exceptions. */
class Refusal extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

function failureIn(thrown: unknown): Failure {
  return thrown instanceof Refusal ? thrown.failure : failureOf(thrown);
}

function worthAnother(of: Attempts, error: Failure): boolean {
  if (of.stop.isStopped) return false;
  // In doubt it is looked into first; what did happen, and must not happen twice, is not tried again.
  if (error.applied === 'unknown' && !of.repeatable) return false;
  if (error.applied === 'yes' && !of.repeatable && !of.idempotent) return false;
  return wants(of.policy, error);
}

/** A policy that throws when it is asked does not care for another try. */
function wants(policy: RetryPolicy | undefined, error: Failure): boolean {
  try {
    return policy?.when?.(error) ?? true;
  } catch {
    return false;
  }
}

function delayMs(policy: RetryPolicy | undefined, attempt: number): number {
  const growing = (policy?.delayMs ?? 1_000) * (policy?.factor ?? 2) ** (attempt - 1);
  return Math.min(growing, policy?.maxDelayMs ?? 30_000);
}

/** Waits on our clock, no longer than until the stop. */
function pause(of: Attempts, forMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = of.clock.after(forMs, resolve);
    of.stop.on(() => {
      cancel();
      resolve();
    });
  });
}

/** One call of the function, with a signal of its own, its time limit and its grace. */
async function oneAttempt(of: Attempts, attempt: number): Promise<Result<unknown, Failure>> {
  const told = new AbortController();
  const answer = settle(() => of.call(attempt, told.signal));
  const off = of.stop.on(() => tell(told, stopWord));
  try {
    const bounded = giveUpAfterStop(of, answer);
    const result = await (of.timeoutMs === undefined ? bounded : timed(of, of.timeoutMs, bounded, told));
    return result.mapErr((error) => (told.signal.aborted ? inDoubt(error) : error));
  } finally {
    off();
  }
}

/** An answer of a step that has neither retries nor a time limit: it hears the stop, and then has its grace. */
export async function awaitAnswer(
  of: Omit<Limits, 'timeoutMs'>,
  answer: unknown,
  told: AbortController,
): Settling {
  of.stop.on(() => tell(told, stopWord));
  const result = await giveUpAfterStop(
    of,
    settle(() => answer),
  );
  return result.mapErr((error) => (told.signal.aborted ? inDoubt(error) : error));
}

const stopWord = 'the step was told to stop';

function tell(told: AbortController, why: string): void {
  told.abort(new DOMException(why, 'AbortError'));
}

/** An error that came after the signal says nothing about the effect unless it says so itself. */
function inDoubt(error: Failure): Failure {
  return error.applied === undefined ? { ...error, applied: 'unknown' } : error;
}

/** Whatever the function does: a result. */
async function settle(call: () => unknown): Promise<Result<unknown, Failure>> {
  try {
    return resultOf(await call());
  } catch (thrown) {
    return err(failureOf(thrown));
  }
}

/** Reads an answer; what is neither Ok nor Err is a programmer's mistake, said as a failure. */
function resultOf(answer: unknown): Result<unknown, Failure> {
  if (isResult(answer)) return answer.isOk() ? ok(answer.value) : err(plainFailure(answer.error));
  return err({
    kind: 'no-result',
    message: 'the function gave neither ok(…) nor err(…)',
    applied: 'unknown',
  });
}

/** True for an Ok or an Err that is here already. By shape: two copies of neverthrow may be installed. */
export function isResult(answer: unknown): answer is Result<unknown, unknown> {
  return typeof answer === 'object' && answer !== null && 'isOk' in answer;
}

/** The JSON part of an error value, so that what is seen now is what will be read from the journal. */
export function plainFailure(error: unknown): Failure {
  const failure = failureOf(error);
  // However little of an error can be kept, whether its effect took place is kept.
  const { applied } = failure;
  const core = {
    kind: failure.kind.slice(0, 256),
    message: failure.message.slice(0, 8_192),
    ...(applied !== undefined && { applied }),
  };
  try {
    const text = JSON.stringify(failure);
    return text.length > 65_536 ? core : JSON.parse(text);
  } catch {
    return core;
  }
}

type Settling = Promise<Result<unknown, Failure>>;

/** After the stop the answer is awaited for the grace only. */
function giveUpAfterStop(of: Omit<Limits, 'timeoutMs'>, answer: Settling): Settling {
  return new Promise((resolve) => {
    let cancel: (() => void) | undefined;
    const off = of.stop.on(() => {
      cancel = of.clock.after(of.graceMs, () => resolve(err(gaveUp('it was told to stop', of.graceMs))));
    });
    void answer.then((result) => {
      off();
      cancel?.();
      resolve(result);
    });
  });
}

function timed(of: Limits, timeoutMs: number, answer: Settling, told: AbortController): Settling {
  const customTimers = timersOf(of.clock);
  const late = (): Settling =>
    pTimeout(answer, {
      milliseconds: Math.max(1, of.graceMs),
      customTimers,
      fallback: () => err(gaveUp(`its ${timeoutMs} ms were over`, of.graceMs)),
    });
  return pTimeout(answer, {
    milliseconds: timeoutMs,
    customTimers,
    fallback: () => {
      tell(told, `timed out after ${timeoutMs} ms`);
      return late();
    },
  });
}

function gaveUp(why: string, graceMs: number): Failure {
  return {
    kind: 'timeout',
    message: `${why} and it did not settle within ${graceMs} ms`,
    applied: 'unknown',
  };
}

/** p-timeout's timers, on our clock. */
function timersOf(clock: Clock): { setTimeout: typeof setTimeout; clearTimeout: typeof clearTimeout } {
  const cancels = new Map<number, () => void>();
  let last = 0;
  const set = (callback: () => void, delay = 0): number => {
    const id = ++last;
    cancels.set(id, clock.after(delay, callback));
    return id;
  };
  const clear = (id: unknown): void => cancels.get(Number(id))?.();
  return { setTimeout: set as unknown as typeof setTimeout, clearTimeout: clear as typeof clearTimeout };
}
