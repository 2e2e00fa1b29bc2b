import { err, ok, type Result } from 'neverthrow';
import type { Outcome, RunnerError } from '../outcome.ts';
import { stoppedWaiting } from './errors.ts';

/** Those who wait for a run's outcome, and those who wait for their word to be durable. */
export class Waiters {
  private readonly runId: string;
  private readonly waiters = new Set<Waiter>();

  constructor(runId: string) {
    this.runId = runId;
  }

  get isEmpty(): boolean {
    return this.waiters.size === 0;
  }

  /** `ended`: a run that went to the background is awaited further. */
  wait(
    until: 'settled' | 'ended',
    signal: AbortSignal | undefined,
  ): Promise<Result<Outcome<unknown>, RunnerError>> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve(err(stoppedWaiting(this.runId)));
      const settle = (result: Result<Outcome<unknown>, RunnerError>): void => {
        this.waiters.delete(waiter);
        signal?.removeEventListener('abort', stop);
        resolve(result);
      };
      const stop = (): void => settle(err(stoppedWaiting(this.runId)));
      const waiter: Waiter = { until, settle };
      signal?.addEventListener('abort', stop, { once: true });
      this.waiters.add(waiter);
    });
  }

  /** For who waits until something is written: `done` is to be called when it is. */
  forWriting(): { readonly written: Promise<Result<void, RunnerError>>; readonly done: () => void } {
    let done = (): void => {};
    const written = new Promise<Result<void, RunnerError>>((resolve) => {
      const waiter: Waiter = { until: 'written', settle: (result) => resolve(result.map(() => undefined)) };
      this.waiters.add(waiter);
      done = () => {
        this.waiters.delete(waiter);
        resolve(ok(undefined));
      };
    });
    return { written, done };
  }

  tell(outcome: Outcome<unknown>): void {
    for (const waiter of [...this.waiters]) {
      if (waiter.until === 'written' || (waiter.until === 'ended' && outcome.state === 'background'))
        continue;
      this.waiters.delete(waiter);
      waiter.settle(ok(outcome));
    }
  }

  settleAll(result: Result<Outcome<unknown>, RunnerError>): void {
    const all = [...this.waiters];
    this.waiters.clear();
    for (const waiter of all) waiter.settle(result);
  }
}

interface Waiter {
  readonly until: 'settled' | 'ended' | 'written';
  readonly settle: (result: Result<Outcome<unknown>, RunnerError>) => void;
}
