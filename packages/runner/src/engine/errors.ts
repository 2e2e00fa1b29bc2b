import { err, ResultAsync } from 'neverthrow';
import type { JournalError, JournalErrorKind, KeyHolder, RunRow } from '../journal.ts';
import type { RunnerError, RunnerErrorKind } from '../outcome.ts';

/** The runner's errors, each made in one place. */
export function runnerError(kind: RunnerErrorKind, message: string, runId?: string): RunnerError {
  return runId === undefined ? { kind, message } : { kind, message, runId };
}

export function fail<T>(kind: RunnerErrorKind, message: string, runId?: string): ResultAsync<T, RunnerError> {
  return new ResultAsync(Promise.resolve(err(runnerError(kind, message, runId))));
}

export function journalTrouble(error: JournalError, runId?: string): RunnerError {
  const advice = adviceOn[error.kind];
  const message = `journal ${error.journal}: ${error.message}${advice === undefined ? '' : `; ${advice}`}`;
  return { ...runnerError('journal', message, runId), applied: error.applied ?? 'unknown', cause: error };
}

/** What a person can do about it, where the journal does not say so itself. */
const adviceOn: Readonly<Partial<Record<JournalErrorKind, string>>> = {
  corrupt: 'keep the file, and put back a copy that backupTo made',
  busy: 'try again when it is free',
  'read-only': 'give this user the right to write to the file and its folder',
  'disk-full': 'make room: what is under way goes on by itself',
};

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

export function lostError(runId: string): RunnerError {
  return runnerError(
    'fenced-out',
    `run ${runId} was taken over by another process, and goes on there`,
    runId,
  );
}

/** Of a run that has ended and whose events are gone: only its id and its end are left. */
export function prunedError(row: RunRow): RunnerError | undefined {
  const isFinal = row.state === 'success' || row.state === 'reverted' || row.state === 'abandoned';
  if (!isFinal || row.lastSeq > 0) return undefined;
  return runnerError('refused', `run ${row.runId} ended as ${row.state} and was pruned`, row.runId);
}

export function closedError(runId?: string): RunnerError {
  return runnerError('closed', 'this runner was closed', runId);
}
