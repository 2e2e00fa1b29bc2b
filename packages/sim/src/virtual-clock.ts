import type { Clock } from '@belay/cloud';

/**
 * Time that moves only when it is told to, by whole milliseconds. Callbacks fire in the order of their times, and those of one time in the
 * order in which they were set; between two of them everything that became possible is let run to its end. The same
 * program sees the same times in every run.
 */
export interface VirtualClock extends Clock {
  /** Lets so many milliseconds pass, and all that falls due within them happen. */
  advance(ms: number): Promise<void>;
  /** Goes from one callback to the next until none is left, or `limitMs` have passed. */
  run(limitMs?: number): Promise<void>;
  /** Lets time pass until this promise settles, and gives its value. The usual way to wait in a test. */
  until<T>(promise: PromiseLike<T>): Promise<T>;
  /** Callbacks that wait for their time. */
  readonly waiting: number;
  /** Jumps to a time that is not in the past, firing nothing: how a saved world finds its time again. */
  rebase(nowMs: number): void;
}

/** When it begins, and how patient it is with work that waits for no time. */
export interface VirtualClockOptions {
  /** Where time begins, in milliseconds since the epoch. 2026-11-22, 08:00 UTC where absent. */
  readonly startMs?: number;
  /** How many turns of the event loop are left to pending work before time moves. 6 where absent. */
  readonly turns?: number;
}

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** With no timer left, so many turns go by before `until` decides that its promise waits for nothing. */
const hopelessTurns = 200_000;

/** A clock that stands still until it is told to move. `until` throws where its promise can never settle. */
export function virtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const turns = options.turns ?? 6;
  let nowMs = options.startMs ?? Date.UTC(2026, 10, 22, 8);
  let order = 0;
  const timers = new Set<Timer>();

  const fire = (timer: Timer): void => {
    timers.delete(timer);
    nowMs = Math.max(nowMs, timer.atMs);
    timer.callback();
  };
  const passUntil = async (endMs: number): Promise<void> => {
    for (;;) {
      await idle(turns);
      const next = earliest(timers);
      if (next === undefined || next.atMs > endMs) return;
      fire(next);
    }
  };

  return {
    now: () => nowMs,
    after(delayMs, callback) {
      // Whole milliseconds, as a machine's clock gives them: never before the time that was asked for.
      const timer: Timer = { atMs: nowMs + Math.ceil(Math.max(0, delayMs)), order: order++, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const endMs = nowMs + ms;
      await passUntil(endMs);
      nowMs = Math.max(nowMs, endMs);
    },
    run: (limitMs = Number.POSITIVE_INFINITY) => passUntil(nowMs + limitMs),
    async until(promise) {
      let settled = false;
      const settle = (): void => {
        settled = true;
      };
      promise.then(settle, settle);
      for (let hopeless = 0; !settled; ) {
        await idle(turns);
        if (settled) break;
        const next = earliest(timers);
        if (next !== undefined) fire(next);
        hopeless = next === undefined ? hopeless + turns : 0;
        if (hopeless > hopelessTurns) {
          throw new Error('clock.until: nothing is left on the clock and the promise has not settled');
        }
      }
      return promise;
    },
    get waiting() {
      return timers.size;
    },
    rebase(toMs) {
      nowMs = Math.max(nowMs, toMs);
    },
  };
}

function earliest(timers: ReadonlySet<Timer>): Timer | undefined {
  let first: Timer | undefined;
  for (const timer of timers) {
    if (
      first === undefined ||
      timer.atMs < first.atMs ||
      (timer.atMs === first.atMs && timer.order < first.order)
    ) {
      first = timer;
    }
  }
  return first;
}

/** Lets promises, and work that is queued on the event loop, go as far as they can. */
async function idle(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
