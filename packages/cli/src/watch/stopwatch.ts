/** Measures for how long nobody serves, from the moments at which it changed who does. */

/** Who answers the workload's users. */
export type Serving = 'source' | 'nobody' | 'target';

/** From then on this one serves. */
export interface ServingChange {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly serving: Serving;
}

/** Time in which nobody served. */
export interface Stopwatch {
  /** Somebody else serves from now on. The same as before changes nothing. */
  change(change: ServingChange): void;
  readonly serving: Serving;
  /** For so long it has been as it is now. */
  sinceMs(nowMs: number): number;
  /** All the time together in which nobody served, up to now. */
  downtimeMs(nowMs: number): number;
}

/** Runs from this first moment on. */
export function stopwatch(first: ServingChange): Stopwatch {
  let current = first;
  let downMs = 0;
  return {
    change(next) {
      if (next.serving === current.serving) return;
      if (current.serving === 'nobody') downMs += next.atMs - current.atMs;
      current = next;
    },
    get serving() {
      return current.serving;
    },
    sinceMs: (nowMs) => Math.max(0, nowMs - current.atMs),
    downtimeMs: (nowMs) => downMs + (current.serving === 'nobody' ? Math.max(0, nowMs - current.atMs) : 0),
  };
}
