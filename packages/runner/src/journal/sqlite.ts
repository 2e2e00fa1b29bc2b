/**
 * The journal of one machine: an SQLite file in WAL mode, written on the main thread. What `append` and `create`
 * acknowledge has been synced to the disk; with `synchronous: 'normal'` it survives the process and not the machine.
 * Several processes may use one file at once, on a local file system: a network one has no locks to rely on.
 *
 * A call that meets another process's commit waits without holding up the event loop. After an error the journal can
 * be used again as soon as the cause is gone. Beside the file lie SQLite's own `-wal` and `-shm`, which belong to it, and
 * a folder `.owners` with a lock for each process that has it open: nobody else should open what is in there.
 */

import { err, ok, okAsync, type Result } from 'neverthrow';
import type { StoredEvent } from '../event.ts';
import type {
  Append,
  Appended,
  Claimed,
  Created,
  Journal,
  JournalError,
  JournalResult,
  KeysTaken,
  NewRun,
  OwnerOptions,
  Request,
  RowFilter,
  RunRow,
  StoredRequest,
} from '../journal.ts';
import type { Json } from '../json.ts';
import { Patience } from './patience.ts';
import { newRunProblem, ownerProblem, Refusal, refused } from './rules.ts';
import { copyTo } from './sqlite-backup.ts';
import { explain } from './sqlite-error.ts';
import { openSession, type Session } from './sqlite-session.ts';

/** How a journal in SQLite writes, waits and grows. */
export interface SqliteJournalOptions {
  /** `full` where absent: a commit that was acknowledged survives a power cut. */
  readonly synchronous?: 'full' | 'normal';
  /** How long a call waits for another process that holds the file; 5 s where absent. */
  readonly busyTimeoutMs?: number;
  /** The file grows no further than this; beyond it writes fail as on a full disk. No bound where absent. */
  readonly maxSizeMiB?: number;
}

/** A journal in a file, which is made where there is none. Its folder must be there. */
export function sqliteJournal(path: string, options: SqliteJournalOptions = {}): Journal {
  return new SqliteJournal(path, options);
}

class SqliteJournal implements Journal {
  readonly name: string;
  readonly #path: string;
  readonly #options: SqliteJournalOptions;
  readonly #patience: Patience;
  #session: Session | undefined;
  #closed = false;

  constructor(path: string, options: SqliteJournalOptions) {
    this.name = `sqlite ${path}`;
    this.#path = path;
    this.#options = options;
    this.#patience = new Patience(options.busyTimeoutMs ?? 5_000);
  }

  open(owner: OwnerOptions): JournalResult<void> {
    if (this.#closed) return refused(this.name, 'closed', 'the journal was closed');
    const problem = this.#session === undefined ? ownerProblem(owner) : 'the journal is open already';
    if (problem !== undefined) return refused(this.name, 'misuse', problem);
    return this.#patience.attempt(() =>
      this.#settle(() => {
        if (this.#session !== undefined) throw new Refusal('misuse', 'the journal is open already');
        this.#session = openSession(this.#path, this.#options, owner);
      }),
    );
  }

  create(run: NewRun): JournalResult<Created> {
    return this.#with((session) => session.runs.create(run), newRunProblem(run));
  }

  append(batches: readonly Append[]): JournalResult<readonly Appended[]> {
    return this.#with((session) => session.runs.append(batches));
  }

  read(runId: string, fromSeq: number, limit: number): JournalResult<readonly StoredEvent[]> {
    return this.#with((session) => session.runs.read(runId, fromSeq, limit));
  }

  row(runId: string): JournalResult<RunRow | undefined> {
    return this.#with((session) => session.runs.row(runId));
  }

  rows(filter: RowFilter): JournalResult<readonly RunRow[]> {
    return this.#with((session) => session.runs.rows(filter));
  }

  claim(runId: string, seenFence: number): JournalResult<Claimed> {
    return this.#with((session) => session.runs.claim(runId, seenFence));
  }

  takeKeys(runId: string, fence: number): JournalResult<KeysTaken> {
    return this.#with((session) => session.runs.takeKeys(runId, fence));
  }

  transfer(from: string, run: NewRun, by: string, reason: string): JournalResult<Created> {
    return this.#with((session) => session.runs.transfer(from, run, by, reason), newRunProblem(run));
  }

  request(runId: string, request: Request): JournalResult<number> {
    return this.#with((session) => session.mail.add(runId, request));
  }

  pending(_runIds: 'owned'): JournalResult<readonly StoredRequest[]> {
    return this.#with((session) => session.mail.pending());
  }

  answer(requestId: number, answer: Json): JournalResult<void> {
    return this.#with((session) => session.mail.answer(requestId, answer));
  }

  answerOf(requestId: number): JournalResult<Json | undefined> {
    return this.#with((session) => session.mail.answerOf(requestId));
  }

  heartbeat(): JournalResult<void> {
    return this.#with((session) => session.owners.beat());
  }

  prune(endedBeforeMs: number): JournalResult<number> {
    return this.#with((session) => session.runs.prune(endedBeforeMs));
  }

  backupTo(path: string): JournalResult<void> {
    return this.#with((session) => session.path).andThen((from) => copyTo(from, path, this.name));
  }

  close(): JournalResult<void> {
    if (this.#closed) return okAsync(undefined);
    this.#closed = true;
    return this.#patience.attempt(() =>
      this.#settle(() => {
        this.#session?.close();
        this.#session = undefined;
      }),
    );
  }

  #with<T>(work: (session: Session) => T, problem?: string): JournalResult<T> {
    if (this.#closed) return refused(this.name, 'closed', 'the journal was closed');
    if (problem !== undefined) return refused(this.name, 'misuse', problem);
    return this.#patience.attempt(() =>
      this.#settle(() => {
        if (this.#session === undefined) throw new Refusal('misuse', 'the journal was not opened');
        return work(this.#session);
      }),
    );
  }

  #settle<T>(work: () => T): Result<T, JournalError> {
    if (this.#session !== undefined) this.#session.file.committing = false;
    try {
      return ok(work());
    } catch (thrown) {
      const committing = this.#session?.file.committing ?? false;
      return err(explain(thrown, { journal: this.name, path: this.#path, committing }));
    }
  }
}
