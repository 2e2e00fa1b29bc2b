/**
 * What a swap needs: a server with a data disk, and what its successor is launched from.
 */

import type { Clock } from '@belay/cloud';
import type { Sim } from '@belay/sim';

export interface Pair {
  /** Unique among the pairs: for keys and names. */
  readonly name: string;
  readonly sourceId: string;
  readonly volumeId: string;
  readonly zone: string;
  readonly instanceType: string;
  readonly imageId: string;
}

const instanceType = 'm5.large';

/** Puts so many servers with a data disk each into the world, as if they had always been there. */
export function seedPairs({ world }: Sim<Clock>, count: number): readonly Pair[] {
  const { zones, diskTypes } = world.state();
  const [zone = 'a'] = Object.keys(zones);
  const [diskType = 'gp3'] = Object.keys(diskTypes);
  world.seed.instanceType(instanceType, { vcpus: 2, memoryMiB: 8_192, volumeSlots: 26 });
  const imageId = world.seed.image({
    name: 'bench',
    guest: { os: 'debian 12', kernel: '6.1', services: [] },
  });
  return Array.from({ length: count }, (_, index) => {
    const name = `pair-${index + 1}`;
    const volumeId = world.seed.volume({ name: `${name}-data`, zone, sizeGiB: 100, diskType });
    const sourceId = world.seed.server({ name, zone, instanceType, imageId, volumes: [{ volumeId }] });
    return { name, sourceId, volumeId, zone, instanceType, imageId };
  });
}
