import { type Result, ResultAsync } from 'neverthrow';

/** One after the other for the same run; side by side for different ones. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  once<T, E>(runId: string, work: () => Promise<Result<T, E>>): ResultAsync<T, E> {
    const before = this.last.get(runId);
    const turn = before === undefined ? work() : before.then(work, work);
    this.last.set(runId, turn);
    const done = (): void => {
      if (this.last.get(runId) === turn) this.last.delete(runId);
    };
    void turn.then(done, done);
    return new ResultAsync(turn);
  }

  /** Resolves when nothing is under way. */
  async allOver(): Promise<void> {
    await Promise.allSettled(this.last.values());
  }
}
