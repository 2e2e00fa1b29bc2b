import type { Clock } from '../src/index.ts';

/** A clock that a test turns by hand. `run` turns it from timer to timer until the work is done. */
export interface VirtualClock extends Clock {
  /** Timers that have neither fired nor been taken back. */
  pending(): number;
  advance(durationMs: number): Promise<void>;
  run<T>(work: PromiseLike<T>): Promise<T>;
}

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

export function virtualClock(): VirtualClock {
  let nowMs = 0;
  const timers = new Set<Timer>();
  const next = (): Timer | undefined => [...timers].sort((a, b) => a.atMs - b.atMs)[0];
  const fire = (timer: Timer): void => {
    timers.delete(timer);
    nowMs = Math.max(nowMs, timer.atMs);
    timer.callback();
  };
  return {
    now: () => nowMs,
    after(delayMs, callback) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    pending: () => timers.size,
    async advance(durationMs) {
      const untilMs = nowMs + durationMs;
      await settle();
      for (let timer = next(); timer !== undefined && timer.atMs <= untilMs; timer = next()) {
        fire(timer);
        await settle();
      }
      nowMs = untilMs;
    },
    async run(work) {
      let done = false;
      const finished = Promise.resolve(work).finally(() => {
        done = true;
      });
      // A rejection is the caller's: it is passed on below and must not count as unhandled meanwhile.
      finished.catch(() => {});
      for (;;) {
        await settle();
        if (done) return await finished;
        const timer = next();
        if (timer === undefined) throw new Error('The work waits for something that is not a timer.');
        fire(timer);
      }
    },
  };
}

/** Lets everything run that needs no timer. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
