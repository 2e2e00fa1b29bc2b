/**
 * A bigger or faster disk under a running server: nobody has to stop. A disk does not shrink, so the change of its size
 * is the point of no return; where only its type changes there is none, and the revert puts the old type back.
 */

import type { GraphBuilder, StepGraph } from '@belay/runner';
import { stepGraph } from '@belay/runner';
import { gateOfGrowth } from './gate/window-gate.ts';
import { changeSize, changeType, confirmSize, growFilesystem, lookAtDisk } from './grow/disk.ts';
import type { GrowInput, GrowOutput } from './grow/grow-input.ts';
import type { World } from './move/move-input.ts';

export const growOnline: StepGraph<World, GrowInput, GrowOutput> = stepGraph(
  'grow-online',
  (g: GraphBuilder<World>, input: GrowInput) => {
    const seen = lookAtDisk(g, input);
    const { instance, volume, from, to } = input;
    const released =
      input.hold === true
        ? g.hold('grow', {
            after: [seen],
            ask: `Change ${volume.id} of ${instance.name} from ${from.sizeGiB} GiB ${from.diskType} to ${to.sizeGiB} GiB ${to.diskType}? A disk does not shrink.`,
          })
        : seen;
    const [ready = released] = gateOfGrowth(g, input, [released]);
    if (to.sizeGiB === from.sizeGiB) return confirmSize(g, input, changeType(g, input, ready));
    const changed = changeSize(g, input, ready);
    return confirmSize(g, input, growFilesystem(g, input, changed));
  },
);
