import type { Clock } from '@belay/cloud';
import { type ApiOptions, openApi } from '../api.ts';
import { insideOf, type Sim } from '../sim.ts';
import type { Service } from './action.ts';
import type { AdjustableClock } from './adjustable-clock.ts';

/** A world as it is served: from above for those who watch and meddle, from inside for the protocol. */
export interface ServedWorld extends Omit<Service, 'isAllowed'> {
  readonly sim: Sim<Clock>;
  /** Where its pace can be changed. */
  readonly clock: AdjustableClock | undefined;
}

/** Throws where the world is no EC2: that is the mistake of whoever hands it in. */
export function serveWorld(
  sim: Sim<Clock>,
  clock: AdjustableClock | undefined,
  options: ApiOptions,
): ServedWorld {
  const world = insideOf(sim);
  if (world.profile.family !== 'ec2')
    throw new Error("startEc2 needs a sim that was made with traits: 'ec2'.");
  return { sim, clock, world, api: openApi(world, { ...options, rightsAreChecked: true }) };
}
