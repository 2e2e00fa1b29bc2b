/**
 * The move by a clone: the target's disk begins as a picture of the source's, taken while it serves, and passes bring
 * it up to date. Within one cloud; another zone, kind of disk or a bigger one is fine. The source keeps its disk.
 */

import type { GraphBuilder, StepGraph } from '@belay/runner';
import { stepGraph } from '@belay/runner';
import type { CloneInput, CloneOutput } from './copy/copy-input.ts';
import { copyMove } from './copy/copy-move.ts';
import { pictureReady, takePicture } from './copy/picture.ts';
import type { World } from './move/move-input.ts';
import { type Slots, slotsFor } from './slots.ts';

/** The move by a clone, with sets of slots of one's own that inputs may name. */
export function snapshotCloneWith<S>(
  sets: readonly Slots<World & S>[],
): StepGraph<World & S, CloneInput, CloneOutput> {
  return stepGraph('snapshot-clone', (g: GraphBuilder<World & S>, input: CloneInput) => {
    const isSnapshot = input.disk.from.kind === 'snapshot';
    const picture = isSnapshot ? pictureReady(g, input, takePicture(g, input, [])) : undefined;
    const moved = copyMove<S>(g, input, slotsFor(sets, input), picture);
    return picture === undefined ? moved : { ...moved, picture };
  });
}

/** The move by a clone, without slots. */
export const snapshotClone: StepGraph<World, CloneInput, CloneOutput> = snapshotCloneWith<unknown>([]);
