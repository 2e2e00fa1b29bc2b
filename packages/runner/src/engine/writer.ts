import type { Result } from 'neverthrow';
import { afterThisTurn, type Clock } from '../clock.ts';
import type { Append, Appended, Journal, JournalError } from '../journal.ts';

/**
 * Group commit: all that the runs of a runner have to say in one turn of the event loop goes to the journal as one
 * transaction, and so does all that came up while the last one was under way.
 */
export interface Writing {
  /** What is to be appended now, if anything. */
  takeBatch(): Append | undefined;
  /** The batch is durable, or refused because somebody else owns the run. */
  committed(result: Appended): void;
  /** The journal could not take it. The batch is asked for again when the journal may have recovered. */
  refused(error: JournalError): void;
}

/** So many commits may follow one another before timers and I/O are looked at. */
const commitsATurn = 32;

export class Writer {
  private readonly journal: Journal;
  private readonly clock: Clock;
  private readonly dirty = new Set<Writing>();
  private readonly idle: (() => void)[] = [];
  private isBusy = false;
  private isScheduled = false;
  private failures = 0;
  private inThisTurn = 0;

  constructor(journal: Journal, clock: Clock) {
    this.journal = journal;
    this.clock = clock;
  }

  /** This run has something to append. */
  mark(run: Writing): void {
    this.dirty.add(run);
    this.schedule();
  }

  forget(run: Writing): void {
    this.dirty.delete(run);
  }

  /** Does something with the journal while no append is under way. */
  async exclusive<T>(work: () => PromiseLike<T>): Promise<T> {
    while (this.isBusy) await new Promise<void>((resolve) => this.idle.push(resolve));
    this.isBusy = true;
    try {
      return await work();
    } finally {
      this.free();
    }
  }

  private schedule(): void {
    if (this.isBusy || this.isScheduled || this.dirty.size === 0 || this.failures > 0) return;
    this.isScheduled = true;
    // Where commits cost nothing there is nothing to collect; but the loop gets its turn all the same.
    if (this.journal.isInstant === true && ++this.inThisTurn < commitsATurn) queueMicrotask(this.turn);
    else {
      this.inThisTurn = 0;
      afterThisTurn(this.turn);
    }
  }

  private readonly turn = (): void => {
    this.isScheduled = false;
    if (!this.isBusy) this.flush();
  };

  private flush(): void {
    const runs: Writing[] = [];
    const batches: Append[] = [];
    for (const run of this.dirty) {
      const batch = run.takeBatch();
      if (batch === undefined) continue;
      runs.push(run);
      batches.push(batch);
    }
    this.dirty.clear();
    if (batches.length === 0) return;
    this.isBusy = true;
    void this.journal.append(batches).then((result) => this.flushed(runs, result));
  }

  private flushed(runs: readonly Writing[], result: Result<readonly Appended[], JournalError>): void {
    if (result.isOk()) {
      this.failures = 0;
      runs.forEach((run, i) => run.committed(result.value[i] ?? 'fenced-out'));
    } else {
      this.failures++;
      for (const run of runs) {
        this.dirty.add(run);
        run.refused(result.error);
      }
      this.clock.after(Math.min(10_000, 125 * 2 ** this.failures), () => this.retry());
    }
    this.free();
  }

  private retry(): void {
    this.failures = 0;
    this.schedule();
  }

  private free(): void {
    this.isBusy = false;
    const next = this.idle.shift();
    if (next !== undefined) next();
    else this.schedule();
  }
}
