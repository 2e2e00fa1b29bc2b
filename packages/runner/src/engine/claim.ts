import type { Clock } from '../clock.ts';

/**
 * Whether a run is still this process's to carry on. What the journal took last from here proves that it was ours when
 * that was sent; for a part of the lease nobody else can have taken it since. After that the journal is asked: a
 * process may have been stopped, swapped out or frozen with its machine for longer than it knows.
 */
export class Claim {
  /** The next word to the journal has to be said, be it an empty one. */
  isInDoubt = false;
  private readonly clock: Clock;
  private readonly sureForMs: number;
  private readonly ask: (then: () => void) => void;
  private sentAtMs = never;
  private sentElapsedMs = never;
  private provenAtMs = never;
  private provenElapsedMs = never;
  private isOver = false;
  private asking: ((isOurs: boolean) => void)[] = [];

  /** `ask` calls back when the journal has taken one more word of the run, and not at all where it takes none. */
  constructor(clock: Clock, sureForMs: number, ask: (then: () => void) => void) {
    this.clock = clock;
    this.sureForMs = sureForMs;
    this.ask = ask;
  }

  /** Nobody can have taken it over yet, however long this process slept since the journal was told. */
  isSure(): boolean {
    if (this.isOver) return false;
    // A clock that is set back says too little, one that stands still while its machine does says nothing: both count.
    const sinceMs = this.clock.now() - this.provenAtMs;
    if (sinceMs < 0 || sinceMs >= this.sureForMs) return false;
    return this.elapsedMs() - this.provenElapsedMs < this.sureForMs;
  }

  /**
   * As steps and adapters ask it, just before they do something: `true` at once where there is no doubt, else when the
   * journal has answered; `false` where another process carries the run on, or nobody here does any more.
   */
  readonly stillOurs = (): boolean | Promise<boolean> => this.isSure() || (!this.isOver && this.settle());

  /** The journal is told something now. Returns the time. */
  tells(): number {
    this.isInDoubt = false;
    this.sentAtMs = this.clock.now();
    this.sentElapsedMs = this.elapsedMs();
    return this.sentAtMs;
  }

  /** It took what it was told last. */
  wasTaken(): void {
    this.provenAtMs = this.sentAtMs;
    this.provenElapsedMs = this.sentElapsedMs;
  }

  /** The run is over here, or somebody else's, or was given up so that anybody may take it. */
  end(): void {
    this.isOver = true;
    for (const tell of this.asking.splice(0)) tell(false);
  }

  private elapsedMs(): number {
    return this.clock.elapsedMs === undefined ? this.clock.now() : this.clock.elapsedMs();
  }

  private async settle(): Promise<boolean> {
    while (!this.isSure()) {
      if (this.isOver || !(await this.heard())) return false;
    }
    return true;
  }

  private heard(): Promise<boolean> {
    return new Promise((resolve) => {
      this.asking.push(resolve);
      if (this.asking.length > 1) return;
      this.ask(() => {
        for (const tell of this.asking.splice(0)) tell(true);
      });
    });
  }
}

const never: number = Number.NEGATIVE_INFINITY;
