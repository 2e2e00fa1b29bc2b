/** Watches one run for a screen: its events as they come, who serves meanwhile, and for how long nobody did. */

import type { Shape, StoredEvent } from '@belay/runner';
import { type Progress, progressOf } from './progress.ts';
import type { Outlook, Screen, Status } from './screen.ts';
import { type Serving, type Stopwatch, stopwatch } from './stopwatch.ts';

/** One run that is watched. */
export interface Watch {
  readonly progress: Progress;
  readonly stopwatch: Stopwatch;
  /** All events up to now, each once. */
  readonly events: readonly StoredEvent[];
  /** An event of the run, shown where it changes something. One that was there before is left out. */
  take(stored: StoredEvent): void;
  /** Who serves from then on, however that is known. */
  serving(serving: Serving, atMs: number): void;
  /** The run at this moment. */
  status(): Status;
}

/** What is known of a run before it is watched. */
export interface WatchOptions {
  readonly run: string;
  readonly shape: Shape;
  readonly screen: Screen;
  /** The run's own time, in milliseconds since the epoch. */
  readonly now: () => number;
  /** Who serves before the first event; `source` where absent. */
  readonly first?: Serving | undefined;
  readonly outlook?: Outlook | undefined;
}

/** Begins to watch: events are handed in one by one. */
export function watch({ run, shape, screen, now, first = 'source', outlook = {} }: WatchOptions): Watch {
  const progress = progressOf(shape);
  const beganMs = now();
  const time = stopwatch({ atMs: beganMs, serving: first });
  const events: StoredEvent[] = [];
  return {
    progress,
    stopwatch: time,
    events,
    take(stored) {
      // A run that is taken over is read again from its beginning.
      if (stored.seq <= events.length) return;
      events.push(stored);
      const line = progress.take(stored);
      if (line !== undefined) screen.step(line, { run, atMs: stored.atMs, stored });
      screen.record({ run, at: iso(stored.atMs), seq: stored.seq, serving: time.serving, ...stored.event });
    },
    serving(next, atMs) {
      if (next === time.serving) return;
      time.change({ atMs, serving: next });
      screen.serving(next, { run, atMs });
      screen.record({ run, at: iso(atMs), kind: 'serving', serving: next });
    },
    status: () => {
      const nowMs = now();
      const startedMs = progress.firstMs === 0 ? beganMs : progress.firstMs;
      return {
        active: progress.active,
        done: progress.done,
        total: progress.total,
        goesBack: progress.goesBack,
        serving: time.serving,
        servingForMs: time.sinceMs(nowMs),
        downtimeMs: time.downtimeMs(nowMs),
        nowMs,
        elapsedMs: nowMs - startedMs,
        outlook,
      };
    },
  };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
