/**
 * The wish of somebody at the keyboard that a run hold before its cut-over. What comes before goes on; then the run is
 * paused, while the source serves. Until then the wish can be taken back.
 */

import type { StoredEvent } from '@belay/runner';
import type { Call } from '../command.ts';
import { holdPointOf } from '../watch/hold-point.ts';
import type { Watch } from '../watch/watch.ts';
import type { Followable, Following } from './follow.ts';

/** A wish that follows the run. */
export interface HoldWish {
  take(stored: StoredEvent): void;
  /** Somebody pressed the key. */
  ask(): void;
}

export function holdWish(
  { user }: Pick<Call, 'user'>,
  { runner }: Followable,
  { runId, shape, screen, held }: Following,
  seen: Watch,
): HoldWish {
  const point = holdPointOf(held);
  const holdsAnyway = shape.nodes.some(({ kind }) => kind === 'hold');
  let isWanted = false;
  let isPaused = false;
  const pause = (): void => {
    if (isPaused) return;
    isPaused = true;
    const word = { by: user, reason: 'h was pressed, to hold before the cut-over' };
    void runner?.pause(runId, word).mapErr(({ message }) => screen.text(message));
  };
  const isNear = (): boolean => point === undefined || point.isReached;
  return {
    take(stored) {
      point?.take(stored);
      if (isWanted && isNear()) pause();
    },
    ask() {
      if (seen.stopwatch.serving === 'nobody')
        return screen.text('Nobody serves: it is not held now. a takes everything back.');
      if (holdsAnyway && !isNear()) return screen.text('It holds before the cut-over by itself.');
      isWanted = !isWanted;
      if (!isWanted) return screen.text('It goes on without a hold.');
      if (isNear()) return pause();
      screen.text('It will hold before anything is stopped. h once more takes that back.');
    },
  };
}
