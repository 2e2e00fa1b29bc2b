import type { Result } from 'neverthrow';
import { afterThisTurn, type Clock } from '../clock.ts';
import { resultNow } from '../journal/known.ts';
import type { Append, Appended, Journal, JournalError } from '../journal.ts';

/**
 * Group commit: all that the runs of a runner have to say in one turn of the event loop goes to the journal as one
 * transaction, and so does all that came up while the last one was under way.
 */
export interface Writing {
  /** Kept by the writer: the run has something to append. */
  isMarked: boolean;
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
  private readonly isInstant: boolean;
  private marked: Writing[] = [];
  private readonly idle: (() => void)[] = [];
  private isBusy = false;
  private isScheduled = false;
  private failures = 0;
  private inThisTurn = 0;

  constructor(journal: Journal, clock: Clock) {
    this.journal = journal;
    this.clock = clock;
    this.isInstant = journal.isInstant === true;
  }

  /** This run has something to append. */
  mark(run: Writing): void {
    if (!run.isMarked) {
      run.isMarked = true;
      this.marked = longer(this.marked, run);
    }
    this.schedule();
  }

  forget(run: Writing): void {
    run.isMarked = false;
  }

  /** Does something with the journal while no append is under way. */
  async exclusive<T>(work: () => PromiseLike<T>): Promise<T> {
    while (this.isBusy) await new Promise<void>((resolve) => this.idle.push(resolve));
    this.isBusy = true;
    try {
      return await work();
    } finally {
      this.free();
      this.schedule();
    }
  }

  private schedule(): void {
    if (this.isBusy || this.isScheduled || this.marked.length === 0 || this.failures > 0) return;
    this.isScheduled = true;
    // Where commits cost nothing there is nothing to collect; but the loop gets its turn all the same.
    if (this.isInstant && this.inThisTurn < commitsATurn) queueMicrotask(this.turn);
    else {
      this.inThisTurn = 0;
      afterThisTurn(this.turn);
    }
  }

  private readonly turn = (): void => {
    this.isScheduled = false;
    if (this.isBusy) return;
    // What an instant commit led to at once needs no turn of its own; what others wait for comes first.
    do {
      this.inThisTurn++;
      this.flush();
    } while (this.isInstant && this.mayGoOn());
    if (!this.isBusy) this.schedule();
  };

  private mayGoOn(): boolean {
    const isFree = !this.isBusy && this.idle.length === 0 && this.failures === 0;
    return isFree && this.marked.length > 0 && this.inThisTurn < commitsATurn;
  }

  private flush(): void {
    let runs: Writing[] = [];
    let batches: Append[] = [];
    const { marked } = this;
    this.marked = [];
    for (const run of marked) {
      if (!run.isMarked) continue;
      run.isMarked = false;
      const batch = run.takeBatch();
      if (batch === undefined) continue;
      runs = longer(runs, run);
      batches = longer(batches, batch);
    }
    if (batches.length === 0) return;
    this.isBusy = true;
    const answer = this.journal.append(batches);
    const result = resultNow(answer);
    if (result !== undefined) this.flushed(runs, result);
    else
      void answer.then((later) => {
        this.flushed(runs, later);
        this.schedule();
      });
  }

  private flushed(runs: readonly Writing[], result: Result<readonly Appended[], JournalError>): void {
    if (result.isOk()) {
      this.failures = 0;
      for (let i = 0; i < runs.length; i++) runs[i]?.committed(result.value[i] ?? 'fenced-out');
    } else {
      this.failures++;
      for (const run of runs) {
        this.mark(run);
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

  /** Whoever waits for the journal is let at it, and schedules what was marked when it is done. */
  private free(): void {
    this.isBusy = false;
    this.idle.shift()?.();
  }
}

/** Most lists here have one member, and one that grows from nothing takes room for many. */
function longer<T>(list: T[], item: T): T[] {
  if (list.length === 0) return [item];
  list.push(item);
  return list;
}
