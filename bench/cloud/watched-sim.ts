/**
 * The simulated cloud as the onlooker sees it: its events, and the calls that arrived at its API.
 */

import type { Clock } from '@belay/cloud';
import type { Operation, Sim, WorldEvent } from '@belay/sim';
import { type Kind, type Wait, type Watched, waits } from './watch.ts';

export function watchedSim({ world, clock }: Sim<Clock>): Watched {
  return {
    clock,
    onReached: (hear) =>
      world.onEvent((event) => {
        for (const wait of waits) {
          const id = idIn(event, wait);
          if (id !== undefined) hear(wait, id, event.atMs);
        }
      }),
    calls: (kind) => ({
      byId: world.calls(describing[kind].byId),
      byTag: world.calls(describing[kind].byTag),
    }),
  };
}

const reached: Readonly<Record<Wait, { readonly event: string; readonly names: string }>> = {
  'instance-running': { event: 'instance.running', names: 'instanceId' },
  'volume-available': { event: 'volume.detached', names: 'volumeId' },
  'volume-attached': { event: 'volume.attached', names: 'volumeId' },
};

const describing: Readonly<Record<Kind, { readonly byId: Operation; readonly byTag: Operation }>> = {
  instances: { byId: 'instances.get', byTag: 'instances.list' },
  volumes: { byId: 'volumes.get', byTag: 'volumes.list' },
};

function idIn({ what, details }: WorldEvent, wait: Wait): string | undefined {
  const { event, names } = reached[wait];
  const id = details[names];
  return what === event && typeof id === 'string' ? id : undefined;
}
