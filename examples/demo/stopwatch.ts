/**
 * Measures for how long nobody serves, from what the world shows: a name is looked up and asked, again and again, and
 * the moments at which the answer changed are kept. Nothing of this comes from the plan.
 */

export type Serving = 'source' | 'nobody' | 'target';

export interface ServingChange {
  /** Milliseconds of simulated time. */
  readonly atMs: number;
  readonly serving: Serving;
}

export interface Stopwatch {
  change(change: ServingChange): void;
  readonly serving: Serving;
  /** For so long it has been as it is now. */
  sinceMs(nowMs: number): number;
  /** All the time together in which nobody served, up to now. */
  downtimeMs(nowMs: number): number;
}

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
