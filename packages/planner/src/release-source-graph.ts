/**
 * The release of a source, a run of its own at the end of the soak. It checks everything again, may wait for a person,
 * and ends the first run's right to be reverted before it deletes anything. Until that seal it goes back like any run,
 * and the source is untouched.
 */

import type { GraphBuilder, StepGraph } from '@belay/runner';
import { stepGraph } from '@belay/runner';
import { gateOfRelease } from './gate/release-gate.ts';
import type { World } from './move/move-input.ts';
import { checkRelease, findTarget } from './release/checks.ts';
import {
  deleteSnapshots,
  deleteSource,
  deleteVolumes,
  forgetSource,
  restoreTtl,
  sealFirstRun,
} from './release/give-up.ts';
import type { ReleaseInput } from './release/release-input.ts';
import { type Slots, slotsFor } from './slots.ts';

/** The release, with sets of slots of one's own that inputs may name. */
export function releaseSourceWith<S>(
  sets: readonly Slots<World & S>[],
): StepGraph<World & S, ReleaseInput, undefined> {
  return stepGraph('release-source', (g: GraphBuilder<World & S>, input: ReleaseInput) => {
    const slots = slotsFor(sets, { ...input.move, slots: input.slots });
    const first = checkRelease(g, input, [], 'check-release');
    const seen =
      input.hold === true
        ? checkRelease(
            g,
            input,
            [g.hold('release', { after: [first], ask: askOf(input) })],
            'check-release-again',
          )
        : first;
    const target = findTarget(g, input, seen);
    const settled = slots.fill(g, 'afterSoak', target, gateOfRelease(g, input, [target]));
    const sealed = sealFirstRun(g, input, settled);
    const deleted = deleteSource(g, input, sealed);
    deleteVolumes(g, input, deleted);
    deleteSnapshots(g, input, sealed);
    forgetSource(g, input, seen, sealed);
    restoreTtl(g, input, sealed);
  });
}

/** The release, without slots. */
export const releaseSource: StepGraph<World, ReleaseInput, undefined> = releaseSourceWith<unknown>([]);

function askOf({ move: { source }, volumes }: ReleaseInput): string {
  const disks = volumes.length === 0 ? '' : ` with ${volumes.join(', ')}`;
  return `${source.id} has been replaced and rests. Delete it${disks}? Afterwards there is no way back to it.`;
}
