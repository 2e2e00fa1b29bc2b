import { ResultAsync } from 'neverthrow';
import type { StoredEvent } from '../event.ts';
import type {
  Append,
  Appended,
  Claimed,
  Created,
  Journal,
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

/**
 * A journal that numbers the calls that change a run, and dies at one of them: before it is durable, or after it is
 * and before anybody has heard. Those are all the moments at which the death of a process can make a difference to a
 * run. Heartbeats, looks and housekeeping pass uncounted.
 */
export interface KillableJournal extends Journal {
  /** The calls that were counted so far. */
  readonly points: readonly JournalPoint[];
}

/** One place at which a run can be killed. */
export interface JournalPoint {
  /** 1 for the first. */
  readonly at: number;
  readonly call: PointCall;
  /** What it wrote, for people: `done copy · started verify`. */
  readonly says: string;
}

/** The calls that are counted. */
export type PointCall = 'create' | 'append' | 'claim' | 'takeKeys' | 'transfer' | 'request' | 'answer';

/** When to strike, and how. */
export interface Kill {
  /** At which of the points, from 1 on. */
  readonly at: number;
  /** `before` it is durable, or `after` that and before its answer. */
  readonly when: 'before' | 'after';
  /**
   * SIGKILL to this process where absent. Where it comes back, the journal gives no answer from then on, to this call
   * nor to any other, as if the process were gone: with `memoryStore().kill(owner)` a death can be played without one.
   */
  readonly how?: () => unknown;
}

/** Counts the points of a journal, and strikes at one of them if told to. */
export function killJournal(journal: Journal, kill?: Kill): KillableJournal {
  return new PointedJournal(journal, kill);
}

class PointedJournal implements KillableJournal {
  readonly name: string;
  readonly points: JournalPoint[] = [];
  private readonly journal: Journal;
  private readonly kill: Kill | undefined;
  private isDead = false;

  constructor(journal: Journal, kill: Kill | undefined) {
    this.name = journal.name;
    this.journal = journal;
    this.kill = kill;
  }

  create(run: NewRun): JournalResult<Created> {
    return this.point('create', wordsOf(run.events), () => this.journal.create(run));
  }

  append(batches: readonly Append[]): JournalResult<readonly Appended[]> {
    const says = batches.map((batch) => wordsOf(batch.events) || (batch.state ?? 'released')).join(' | ');
    return this.point('append', says, () => this.journal.append(batches));
  }

  claim(runId: string, seenFence: number): JournalResult<Claimed> {
    return this.point('claim', `${runId} after fence ${seenFence}`, () =>
      this.journal.claim(runId, seenFence),
    );
  }

  takeKeys(runId: string, fence: number): JournalResult<KeysTaken> {
    return this.point('takeKeys', runId, () => this.journal.takeKeys(runId, fence));
  }

  transfer(from: string, run: NewRun, by: string, reason: string): JournalResult<Created> {
    return this.point('transfer', `${from} to ${run.runId}`, () =>
      this.journal.transfer(from, run, by, reason),
    );
  }

  request(runId: string, request: Request): JournalResult<number> {
    return this.point('request', `${request.verb} ${runId}`, () => this.journal.request(runId, request));
  }

  answer(requestId: number, answer: Json): JournalResult<void> {
    return this.point('answer', `request ${requestId}`, () => this.journal.answer(requestId, answer));
  }

  open(owner: OwnerOptions): JournalResult<void> {
    return this.pass(() => this.journal.open(owner));
  }

  read(runId: string, fromSeq: number, limit: number): JournalResult<readonly StoredEvent[]> {
    return this.pass(() => this.journal.read(runId, fromSeq, limit));
  }

  row(runId: string): JournalResult<RunRow | undefined> {
    return this.pass(() => this.journal.row(runId));
  }

  rows(filter: RowFilter): JournalResult<readonly RunRow[]> {
    return this.pass(() => this.journal.rows(filter));
  }

  pending(runIds: 'owned'): JournalResult<readonly StoredRequest[]> {
    return this.pass(() => this.journal.pending(runIds));
  }

  answerOf(requestId: number): JournalResult<Json | undefined> {
    return this.pass(() => this.journal.answerOf(requestId));
  }

  heartbeat(): JournalResult<void> {
    return this.pass(() => this.journal.heartbeat());
  }

  prune(endedBeforeMs: number): JournalResult<number> {
    return this.pass(() => this.journal.prune(endedBeforeMs));
  }

  backupTo(path: string): JournalResult<void> {
    return this.pass(() => this.journal.backupTo(path));
  }

  close(): JournalResult<void> {
    return this.pass(() => this.journal.close());
  }

  private pass<T>(work: () => JournalResult<T>): JournalResult<T> {
    return this.isDead ? silence() : work();
  }

  private point<T>(call: PointCall, says: string, work: () => JournalResult<T>): JournalResult<T> {
    if (this.isDead) return silence();
    const at = this.points.length + 1;
    this.points.push({ at, call, says });
    if (this.kill?.at !== at) return work();
    if (this.kill.when === 'after') return new ResultAsync(this.dieAfter(work()));
    this.die(this.kill);
    return silence();
  }

  private async dieAfter<T>(written: JournalResult<T>): Promise<Awaited<JournalResult<T>>> {
    const result = await written;
    // What was refused was not durable: there is nothing to die after.
    if (result.isErr() || this.kill === undefined) return result;
    this.die(this.kill);
    return await silence<T>();
  }

  private die(kill: Kill): void {
    this.isDead = true;
    if (kill.how === undefined) process.kill(process.pid, 'SIGKILL');
    else kill.how();
  }
}

/** The answer of a journal whose process is gone. */
function silence<T>(): JournalResult<T> {
  return new ResultAsync(new Promise(() => {}));
}

function wordsOf(events: Append['events']): string {
  return events
    .map((event) => {
      if ('step' in event) return `${event.kind} ${event.step}`;
      if ('scope' in event) return `${event.kind} ${event.scope}`;
      return 'hold' in event ? `${event.kind} ${event.hold}` : event.kind;
    })
    .join(' · ');
}
