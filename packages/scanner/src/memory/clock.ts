/**
 * A clock that stands until it is moved. The wall's hands can be set apart from time itself, as happens to servers.
 */

import type { Clock } from '../clock.ts';

/** A clock in a test's hand. */
export interface StillClock extends Clock {
  /** Lets time pass: both clocks go on, and what is due is called back in order. */
  pass(ms: number): void;
  /** Sets the wall clock alone, forward or back. */
  jump(ms: number): void;
}

/** Stands at this moment, milliseconds since the epoch; at the beginning of 2026 where left out. */
export function stillClock(startMs: number = Date.UTC(2026, 0, 1)): StillClock {
  let passedMs = 0;
  let setMs = 0;
  let timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  return {
    now: () => startMs + passedMs + setMs,
    monotonicMs: () => passedMs,
    after(delayMs, callback) {
      const timer = { atMs: passedMs + Math.max(0, delayMs), callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    pass(ms) {
      const untilMs = passedMs + ms;
      for (;;) {
        const due = timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (due === undefined) break;
        timers = timers.filter((one) => one !== due);
        passedMs = due.atMs;
        due.callback();
      }
      passedMs = untilMs;
    },
    jump(ms) {
      setMs += ms;
    },
  };
}
