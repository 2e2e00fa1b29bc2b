import { type Clock, systemClock } from '@belay/cloud';

/**
 * Real time, made faster: with a factor of 60, a simulated minute takes a second. Simulated time is tied to wall time
 * by an anchor, so that it goes on while no process runs; a world that is kept in a file keeps the anchor too.
 */
export interface ScaledClock extends Clock {
  readonly factor: number;
  /** At this real time it was that simulated time. */
  readonly anchor: ClockAnchor;
  /** Takes over the anchor that another process began with. */
  reanchor(anchor: ClockAnchor): void;
}

/** One moment by two clocks. */
export interface ClockAnchor {
  /** Milliseconds since the epoch, by the base clock. */
  readonly realMs: number;
  /** Milliseconds since the epoch, simulated. */
  readonly simulatedMs: number;
}

/** A clock that runs `factor` times as fast as its base, from the base's present on. */
export function scaledClock(factor: number, base: Clock = systemClock): ScaledClock {
  if (!(factor > 0)) throw new Error(`scaledClock: the factor must be above 0, not ${factor}`);
  const startMs = base.now();
  let anchor: ClockAnchor = { realMs: startMs, simulatedMs: startMs };
  return {
    factor,
    get anchor() {
      return anchor;
    },
    reanchor(other) {
      anchor = other;
    },
    now: () => Math.floor(anchor.simulatedMs + (base.now() - anchor.realMs) * factor),
    after: (delayMs, callback) => base.after(Math.max(0, delayMs) / factor, callback),
  };
}
