/** Watches one run for the screen: its events as they come, who serves meanwhile, and for how long nobody did. */

import type { Shape, StoredEvent } from '@belay/runner';
import { type Progress, progressOf } from './progress.ts';
import type { Screen, Status } from './screen.ts';
import type { Stage } from './stage.ts';
import { type Serving, type Stopwatch, stopwatch } from './stopwatch.ts';

export interface Watch {
  readonly progress: Progress;
  readonly stopwatch: Stopwatch;
  /** All events up to now, each once. */
  readonly events: readonly StoredEvent[];
  take(stored: StoredEvent): void;
  serving(serving: Serving, atMs: number): void;
  /** Follows what the world of a stage shows; the returned function ends that. */
  follow(stage: Stage): () => void;
  status(): Status;
}

export function watch(run: string, shape: Shape, screen: Screen, now: () => number): Watch {
  const progress = progressOf(shape);
  const time = stopwatch({ atMs: now(), serving: 'source' });
  const beganMs = now();
  const events: StoredEvent[] = [];

  const serving = (next: Serving, atMs: number): void => {
    if (next === time.serving) return;
    time.change({ atMs, serving: next });
    screen.serving(next, { run, atMs });
    screen.record({ run, at: iso(atMs), kind: 'serving', serving: next });
  };
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
    serving,
    follow: ({ sim, shop }) =>
      sim.world.onServing(shop.name, ({ instanceId }, atMs) => {
        serving(whoIs(instanceId, shop.instanceId), atMs);
      }),
    status: () => ({
      active: progress.active,
      done: progress.done,
      total: progress.total,
      goesBack: progress.goesBack,
      serving: time.serving,
      servingForMs: time.sinceMs(now()),
      nowMs: now(),
      elapsedMs: now() - beganMs,
    }),
  };
}

export function whoIs(instanceId: string | undefined, sourceId: string): Serving {
  if (instanceId === undefined) return 'nobody';
  return instanceId === sourceId ? 'source' : 'target';
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
