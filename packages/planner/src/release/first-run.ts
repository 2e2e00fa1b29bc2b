/**
 * The word from a later run to an earlier one: the run that releases a source ends the right to revert the run that
 * moved away from it. A runner has these verbs; it is opened after its services are, so they are handed in by way of
 * it:
 *
 * ```ts
 * const releases = { seal: (id, word) => runner.seal(id, word), get: (id) => runner.get(id) };
 * ```
 */

import type { RunInfo, RunnerError, Word } from '@belay/runner';
import type { ResultAsync } from 'neverthrow';

/** The service that the release of a source asks for. */
export interface Releases {
  readonly releases: FirstRuns;
}

/** What is asked of the runner that knows the earlier run. */
export interface FirstRuns {
  /** As it stands. */
  get(runId: string): ResultAsync<RunInfo, RunnerError>;
  /** Ends the right to revert it. */
  seal(runId: string, word: Word): ResultAsync<void, RunnerError>;
}
