/**
 * The move by rsync, between any two servers that can be reached: also between two clouds, and to a smaller disk. Its
 * price is the final pass, which looks at every file while nobody serves.
 */

import type { GraphBuilder, StepGraph } from '@belay/runner';
import { stepGraph } from '@belay/runner';
import type { CopyOutput, RsyncInput } from './copy/copy-input.ts';
import { copyMove } from './copy/copy-move.ts';
import type { World } from './move/move-input.ts';
import { type Slots, slotsFor } from './slots.ts';

/** The move by rsync, with sets of slots of one's own that inputs may name. */
export function rsyncWith<S>(
  sets: readonly Slots<World & S>[],
): StepGraph<World & S, RsyncInput, CopyOutput> {
  return stepGraph('rsync', (g: GraphBuilder<World & S>, input: RsyncInput) =>
    copyMove<S>(g, input, slotsFor(sets, input)),
  );
}

/** The move by rsync, without slots. */
export const rsync: StepGraph<World, RsyncInput, CopyOutput> = rsyncWith<unknown>([]);
