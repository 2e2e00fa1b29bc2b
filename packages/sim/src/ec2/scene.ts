import type { Clock } from '@belay/cloud';
import { createSim, type Sim, type SimOptions } from '../sim.ts';
import { volumeTypes } from './volume-types.ts';

/**
 * The world that is there where nobody brings one: a region with two zones, a few instance types and an image, by the
 * names that people know from EC2. The images have fixed ids, so that a script can name them.
 */
const simulatedRegion = 'us-east-1';

export function ec2Sim<C extends Clock>(options: SimOptions<C> & { readonly clock: C }): Sim<C> {
  const region = options.region ?? simulatedRegion;
  const sim = createSim<C>({
    provider: 'aws',
    account: '123456789012',
    region,
    zones: [`${region}a`, `${region}b`],
    ...options,
    traits: 'ec2',
  });
  furnish(sim);
  return sim;
}

/** Puts there what every region of EC2 has, where the world has none of its own. */
export function furnish({ world }: Pick<Sim, 'world'>): void {
  const { instanceTypes, images } = world.state();
  for (const diskType of Object.keys(volumeTypes)) world.seed.diskType(diskType);
  if (Object.keys(instanceTypes).length === 0) {
    for (const [name, type] of Object.entries(types)) world.seed.instanceType(name, type);
  }
  if (Object.keys(images).length === 0) {
    world.seed.image({
      name: 'debian-12-amd64',
      guest: { os: 'debian 12', kernel: '6.1.0-41', services: [] },
    });
  }
}

const types = {
  't3.micro': { vcpus: 2, memoryMiB: 1_024, volumeSlots: 26 },
  't3.small': { vcpus: 2, memoryMiB: 2_048, volumeSlots: 26 },
  't3.medium': { vcpus: 2, memoryMiB: 4_096, volumeSlots: 26 },
  't3.large': { vcpus: 2, memoryMiB: 8_192, volumeSlots: 26 },
  'm5.large': { vcpus: 2, memoryMiB: 8_192, volumeSlots: 26 },
  'm5.xlarge': { vcpus: 4, memoryMiB: 16_384, volumeSlots: 26 },
  'm5.2xlarge': { vcpus: 8, memoryMiB: 32_768, volumeSlots: 26 },
  'm7i.large': { vcpus: 2, memoryMiB: 8_192, volumeSlots: 31 },
  'm7i.xlarge': { vcpus: 4, memoryMiB: 16_384, volumeSlots: 31 },
} as const;
