import type { LiveRun } from './live-run.ts';
import type { StepWork } from './step-work.ts';

/** What follows once what was said is durable. */
export type Effect = StepWork | (() => void);

/**
 * Work on steps begins, all else is called. A process may have slept since the journal was told: then others may own
 * the run by now, and work waits until the journal has been asked.
 */
export function follow(effects: readonly Effect[], run: LiveRun): void {
  const isOurs = run.claim.isSure();
  for (const effect of effects) {
    if (typeof effect === 'function') effect();
    else if (isOurs) effect.begin();
    else run.afterAsking(effect);
  }
}
