import type { Clock } from '../src/index.ts';

/** Time that stands until the test lets it pass. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #timers: { readonly atMs: number; readonly callback: () => void }[] = [];

  constructor(start: string) {
    this.#nowMs = Date.parse(start);
  }

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Lets time pass, timer by timer; all that follows from one has happened before the next. */
  async pass(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    await calm();
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
      await calm();
    }
    this.#nowMs = endMs;
    await calm();
  }

  /** What an administrator, or a broken time server, does: timers that run are not moved. */
  jump(byMs: number): void {
    this.#nowMs += byMs;
    this.#timers = this.#timers.map((timer) => ({ ...timer, atMs: timer.atMs + byMs }));
  }
}

/** Until all promises that can go on have gone on. */
async function calm(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A clock that knows how many of its timers still run. */
export function countingClock(clock: Clock): { readonly clock: Clock; waiting(): number } {
  const timers = new Set<object>();
  return {
    clock: {
      now: () => clock.now(),
      after: (delayMs, callback) => {
        const timer = {};
        timers.add(timer);
        const cancel = clock.after(delayMs, () => {
          timers.delete(timer);
          callback();
        });
        return () => {
          timers.delete(timer);
          cancel();
        };
      },
    },
    waiting: () => timers.size,
  };
}
