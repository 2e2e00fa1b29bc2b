/**
 * The word from a later run to an earlier one: the run that releases a source ends the right to revert the run that
 * moved away from it. The runner that knows the earlier run is opened after its services are, so it is named by a
 * function:
 *
 * ```ts
 * const services = { clouds, hosts, releases: firstRunsOf(() => runner) };
 * const runner = await openRunner({ graphs: planner.graphs, services, journal });
 * ```
 */

import type { Failure, Runner, RunState, Word } from '@belay/runner';
import { err, ok, okAsync, type Result, ResultAsync } from 'neverthrow';

/** The service that the release of a source asks for. */
export interface Releases {
  readonly releases: FirstRuns;
}

/** What is asked of the runner that knows the earlier run. */
export interface FirstRuns {
  /** As it stands. */
  get(runId: string, options?: { readonly signal?: AbortSignal }): ResultAsync<FirstRun, Failure>;
  /** Ends the right to revert it. Sealed already is fine. */
  seal(runId: string, word: Word): ResultAsync<void, Failure>;
}

/** An earlier run. */
export interface FirstRun {
  readonly state: RunState;
  readonly sealed: boolean;
}

/** The earlier runs of a runner, which may be the one that runs the release. */
export function firstRunsOf(runner: () => Pick<Runner, 'get' | 'seal' | 'events'>): FirstRuns {
  return {
    get: (runId, options = {}) =>
      runner()
        .get(runId)
        .mapErr((error): Failure => error)
        .andThen(({ row: { state } }): ResultAsync<FirstRun, Failure> => {
          // Only one that ended well can be sealed, and of such a one the events have an end.
          if (state !== 'success') return okAsync({ state, sealed: false });
          return new ResultAsync(isSealed(runner(), runId, options.signal)).map((sealed) => ({
            state,
            sealed,
          }));
        }),
    seal: (runId, word) =>
      runner()
        .seal(runId, word)
        .mapErr((error): Failure => error),
  };
}

async function isSealed(
  runner: Pick<Runner, 'events'>,
  runId: string,
  signal: AbortSignal | undefined,
): Promise<Result<boolean, Failure>> {
  let trouble: Failure | undefined;
  let sealed = false;
  // Without a signal the stream would wait for a journal that does not answer.
  const stop = new AbortController();
  const onTrouble = (error: Failure): void => {
    trouble = error;
    stop.abort();
  };
  const until = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  for await (const { event } of runner.events(runId, { signal: until, onTrouble })) {
    if (event.kind === 'sealed') sealed = true;
  }
  if (trouble !== undefined) return err(trouble);
  return until.aborted
    ? err({ kind: 'cancelled', message: `reading ${runId} was cancelled`, applied: 'no' })
    : ok(sealed);
}
