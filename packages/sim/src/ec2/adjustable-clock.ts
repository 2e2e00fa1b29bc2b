import { type Clock, systemClock } from '@belay/cloud';
import type { ClockAnchor, ScaledClock } from '../scaled-clock.ts';

/**
 * Real time made faster, whose pace can be changed while it runs. Time never jumps: a new pace counts from the moment
 * at which it is set. What already waits keeps its old pace.
 */
export interface AdjustableClock extends ScaledClock {
  setFactor(factor: number): void;
}

export function adjustableClock(factor: number, base: Clock = systemClock): AdjustableClock {
  if (!(factor > 0)) throw new Error(`adjustableClock: the factor must be above 0, not ${factor}`);
  let pace = factor;
  let anchor: ClockAnchor = { realMs: base.now(), simulatedMs: base.now() };
  const now = (): number => Math.floor(anchor.simulatedMs + (base.now() - anchor.realMs) * pace);
  return {
    get factor() {
      return pace;
    },
    get anchor() {
      return anchor;
    },
    reanchor(other) {
      anchor = other;
    },
    setFactor(next) {
      if (!(next > 0)) throw new Error(`adjustableClock: the factor must be above 0, not ${next}`);
      anchor = { realMs: base.now(), simulatedMs: now() };
      pace = next;
    },
    now,
    after: (delayMs, callback) => base.after(Math.max(0, delayMs) / pace, callback),
  };
}
