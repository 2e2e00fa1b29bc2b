import type { ResultAsync } from 'neverthrow';
import type { Resolution } from '../event.ts';
import type { Journal, JournalResult, Request } from '../journal.ts';
import type { Json } from '../json.ts';
import type { Outcome, RunnerError } from '../outcome.ts';
import type { Word } from '../runner.ts';

/** What people can ask of the journal, and of a run by its id: each verb is one request, which the run's owner grants or refuses. */
export abstract class Verbs {
  protected abstract ask(runId: string, request: Request): ResultAsync<void, RunnerError>;
  protected abstract usable<T>(work: () => JournalResult<T>): ResultAsync<T, RunnerError>;
  abstract readonly journal: Journal;
  abstract wait(runId: string): ResultAsync<Outcome<unknown>, RunnerError>;

  cancel(runId: string, word: Word): ResultAsync<void, RunnerError> {
    return this.ask(runId, { verb: 'cancel', by: word.by, reason: word.reason });
  }

  pause(runId: string, word: Word): ResultAsync<void, RunnerError> {
    return this.ask(runId, { verb: 'pause', by: word.by, reason: word.reason });
  }

  resume(runId: string, word: { readonly by: string }): ResultAsync<void, RunnerError> {
    return this.ask(runId, { verb: 'resume', by: word.by });
  }

  release(runId: string, hold: string, word: Word): ResultAsync<void, RunnerError> {
    return this.ask(runId, { verb: 'release', hold, by: word.by, reason: word.reason });
  }

  resolve(
    runId: string,
    step: string,
    how: Resolution,
    word: Word & { readonly output?: Json },
  ): ResultAsync<void, RunnerError> {
    const output = word.output === undefined ? {} : { output: word.output };
    return this.ask(runId, { verb: 'resolve', step, how, by: word.by, reason: word.reason, ...output });
  }

  abandon(runId: string, word: Word): ResultAsync<void, RunnerError> {
    return this.ask(runId, { verb: 'abandon', by: word.by, reason: word.reason });
  }

  seal(runId: string, word: Word): ResultAsync<void, RunnerError> {
    return this.ask(runId, { verb: 'seal', by: word.by, reason: word.reason });
  }

  revert(runId: string, word: Word): ResultAsync<Outcome<unknown>, RunnerError> {
    return this.ask(runId, { verb: 'revert', by: word.by, reason: word.reason }).andThen(() =>
      this.wait(runId),
    );
  }

  prune(options: { readonly endedBefore: Date }): ResultAsync<number, RunnerError> {
    return this.usable(() => this.journal.prune(options.endedBefore.getTime()));
  }

  backupTo(path: string): ResultAsync<void, RunnerError> {
    return this.usable(() => this.journal.backupTo(path));
  }
}
