import { err, ResultAsync } from 'neverthrow';
import type { JournalError, KeyHolder } from '../journal.ts';
import type { RunnerError, RunnerErrorKind } from '../outcome.ts';

/** The runner's errors, each made in one place. */
export function runnerError(kind: RunnerErrorKind, message: string, runId?: string): RunnerError {
  return runId === undefined ? { kind, message } : { kind, message, runId };
}

export function fail<T>(kind: RunnerErrorKind, message: string, runId?: string): ResultAsync<T, RunnerError> {
  return new ResultAsync(Promise.resolve(err(runnerError(kind, message, runId))));
}

export function journalTrouble(error: JournalError, runId?: string): RunnerError {
  const message = `journal ${error.journal}: ${error.message}`;
  return { ...runnerError('journal', message, runId), applied: error.applied ?? 'unknown', cause: error };
}

export function lockedError(runId: string, holder: KeyHolder): RunnerError {
  const since = new Date(holder.sinceMs).toISOString();
  const message = `run ${runId} needs the key ${holder.key}, which run ${holder.runId} holds since ${since}`;
  return { ...runnerError('locked', message, runId), holder, applied: 'no' };
}

export function stoppedWaiting(runId: string): RunnerError {
  return runnerError(
    'stopped-waiting',
    `the caller stopped waiting for run ${runId}; the run goes on`,
    runId,
  );
}

export function closedError(runId?: string): RunnerError {
  return runnerError('closed', 'this runner was closed', runId);
}
