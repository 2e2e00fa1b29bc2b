// The machine's clock, which can be made to jump: timers whose time has come by then ring at once, in order.

import type { Clock } from '../../src/clock.ts';

export interface JumpingClock extends Clock {
  readonly jump: (byMs: number) => void;
}

interface Timer {
  readonly dueMs: number;
  readonly ring: () => void;
  handle: NodeJS.Timeout;
}

export function jumpingClock(): JumpingClock {
  let aheadMs = 0;
  const timers = new Set<Timer>();
  const now = () => Date.now() + aheadMs;
  const arm = (timer: Timer) => setTimeout(() => ring(timer), Math.max(0, timer.dueMs - now()));
  const ring = (timer: Timer) => {
    clearTimeout(timer.handle);
    if (timers.delete(timer)) timer.ring();
  };
  return {
    now,
    after: (delayMs, callback) => {
      const timer: Timer = { dueMs: now() + delayMs, ring: callback, handle: setTimeout(() => {}) };
      timers.add(timer);
      clearTimeout(timer.handle);
      timer.handle = arm(timer);
      return () => {
        clearTimeout(timer.handle);
        timers.delete(timer);
      };
    },
    jump: (byMs) => {
      aheadMs += byMs;
      for (const timer of [...timers].sort((a, b) => a.dueMs - b.dueMs)) {
        clearTimeout(timer.handle);
        if (timer.dueMs <= now()) ring(timer);
        else timer.handle = arm(timer);
      }
    },
  };
}
