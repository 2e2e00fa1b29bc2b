/**
 * The move by a clone: the target's disks begin as pictures of the source's, taken while it serves, and passes bring
 * them up to date. Within one cloud; another zone, kind of disk or a bigger one is fine. The source keeps its disks.
 */

import type { GraphBuilder, StepGraph } from '@belay/runner';
import { stepGraph } from '@belay/runner';
import type { CloneInput, CloneOutput } from './copy/copy-input.ts';
import { copyMove } from './copy/copy-move.ts';
import { takePictures } from './copy/picture.ts';
import type { World } from './move/move-input.ts';
import { type Slots, slotsFor } from './slots.ts';

/** The move by a clone, with sets of slots of one's own that inputs may name. */
export function snapshotCloneWith<S>(
  sets: readonly Slots<World & S>[],
): StepGraph<World & S, CloneInput, CloneOutput> {
  return stepGraph('snapshot-clone', (g: GraphBuilder<World & S>, input: CloneInput) => {
    const isSnapshot = input.disk.from.kind === 'snapshot';
    const pictures = isSnapshot ? takePictures(g, input) : undefined;
    const moved = copyMove<S>(g, input, slotsFor(sets, input), pictures);
    return pictures === undefined ? moved : { ...moved, picture: pictures.all };
  });
}

/** The move by a clone, without slots. */
export const snapshotClone: StepGraph<World, CloneInput, CloneOutput> = snapshotCloneWith<unknown>([]);
