import { type CloudError, waitFor } from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { pause } from '../api.ts';
import type { Task } from './task.ts';

/**
 * How the adapter brings a resource into a state: look, act only where it is needed, look until it is reached and
 * seen. An answer that was lost is never repeated blindly: the next look tells what became of it.
 */
export interface Ensure<T> {
  readonly look: () => Promise<Result<T, CloudError>>;
  /** Judges what was seen. `actedMs` is how long ago the change was accepted; absent: it was not sent yet. */
  readonly judge: (seen: T, actedMs: number | undefined) => Verdict;
  readonly act: (seen: T) => Promise<Result<unknown, CloudError>>;
  /** A refusal that no waiting will turn, though it is called busy. */
  readonly isFinal?: (error: CloudError) => boolean;
  readonly stateOf?: (seen: T) => string | undefined;
  readonly resourceId?: string;
}

export type Verdict = 'done' | 'wait' | 'act' | CloudError;

/** Reads that are late: a change that was accepted counts as taken back only where it is not seen after this time. */
export function shownAfterMs({ world }: Task): number {
  return world.profile.visibilityMs + badDayMs;
}

/** By so much reads may lag behind what their provider usually keeps to. */
const badDayMs = 4_000;

/** A change whose answer was lost is sent so often in all. */
const lostTries = 3;

export async function ensure<T>(task: Task, options: Ensure<T>): Promise<Result<T, CloudError>> {
  let actedAtMs: number | undefined;
  let lost = 0;
  for (;;) {
    let acts = false;
    const seen = await waitFor<T>({
      observe: () => new ResultAsync(options.look()),
      until(value) {
        const verdict = options.judge(
          value,
          actedAtMs === undefined ? undefined : task.clock.now() - actedAtMs,
        );
        acts = verdict === 'act';
        if (verdict === 'wait') return 'not-yet';
        return verdict === 'act' || verdict === 'done' ? 'yes' : verdict;
      },
      stateOf: options.stateOf,
      clock: task.clock,
      chance: task.chance,
      signal: task.signal,
      timeoutMs: task.leftMs(),
      provider: task.world.at.provider,
      operation: task.operation,
      resourceId: options.resourceId,
      applied: actedAtMs === undefined ? 'no' : 'unknown',
    });
    if (seen.isErr() || !acts) return seen;
    const done = await options.act(seen.value);
    if (done.isOk()) {
      actedAtMs = task.clock.now();
      continue;
    }
    const { error } = done;
    if (isLost(error)) {
      lost += 1;
      if (lost >= lostTries) return err(error);
      // It may have happened, and reads may not show it yet: do not act again before they would.
      await pause(task.clock, task.world.profile.visibilityMs, task.signal);
      continue;
    }
    // Somebody else's operation is in the way: look again in a while, until the deadline.
    if (error.kind !== 'busy' || options.isFinal?.(error) === true) return err(error);
    if (!(await pause(task.clock, 1_000, task.signal))) {
      return err(task.fail('cancelled', error.message, { cause: error, lastState: error.lastState }));
    }
  }
}

/** Nobody knows what became of it: not refused, and not done for all that was heard. */
function isLost({ kind }: CloudError): boolean {
  return kind === 'transient' || kind === 'timeout';
}

/** What is seen of something that may not be there. */
export type Maybe<T> = { readonly found: T } | { readonly found: undefined; readonly error: CloudError };

/** Turns `not-found` into a thing that can be judged like any state. */
export function maybe<T>(answer: Result<T, CloudError>): Result<Maybe<T>, CloudError> {
  if (answer.isOk()) return ok({ found: answer.value });
  return answer.error.kind === 'not-found'
    ? ok({ found: undefined, error: answer.error })
    : err(answer.error);
}
