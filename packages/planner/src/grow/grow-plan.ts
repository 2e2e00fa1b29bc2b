/** Turns facts and a target into the input of a change of the disk. */

import type { Facts } from '../facts.ts';
import { type RunOptions, servedOf } from '../move/move-plan.ts';
import type { Target } from '../target.ts';
import type { GrowInput } from './grow-input.ts';

export function growInputOf(facts: Facts, target: Target, options: RunOptions): GrowInput | undefined {
  const served = servedOf(facts, target, options);
  if (served === undefined || !facts.volume.known) return undefined;
  const { sizeGiB, diskType } = facts.volume.value;
  const { at, source, volume, probe, hold, gate } = served;
  return {
    at,
    instance: { id: source.id, name: source.name },
    volume,
    from: { sizeGiB, diskType },
    to: { sizeGiB: target.sizeGiB, diskType: target.diskType },
    probe,
    ...(hold === true && { hold }),
    ...(gate !== undefined && { gate }),
  };
}
