// The stories of the graphs over the simulated clouds, in the manners of EC2 and of OpenStack and in virtual time. They
// meet real services in `npm run test:aws` and `npm run test:openstack`.

import { createSim, shopScenario } from '@belay/sim';
import { describe, expect, test } from 'vitest';
import type { Change, Stage } from './scene.ts';
import { playScene } from './scene.ts';
import type { Seen } from './seen.ts';
import { graphStories } from './stories.ts';

const operations = {
  moveAddress: 'floatingIps.move',
  renameServer: 'instances.rename',
  startServer: 'instances.start',
  modifyVolume: 'volumes.modify',
} as const satisfies Record<Change, string>;

function openStage(traits: 'ec2' | 'openstack') {
  const sim = createSim({ traits, latencies: { 'snapshots.create': [1000, 1000, 1000] } });
  const { zone, imageId, diskType } = shopScenario(sim);
  const stage: Stage = {
    cloud: sim.cloud,
    wanted: { zone, imageId, diskType, instanceType: 'eagle-xl', newInstanceType: 'eagle-2xl' },
    refuse: (change) => sim.faults.next(operations[change], { kind: 'forbidden' }),
    look: () => Promise.resolve(seenIn(sim.world.state())),
    clock: sim.clock,
    reserves: traits === 'ec2',
  };
  return { sim, stage };
}

function seenIn({ instances, volumes, snapshots, floatingIps }: ReturnType<WorldState>): Seen {
  const servers = Object.values(instances).filter(({ state }) => state !== 'gone');
  const disks = Object.values(volumes).filter(({ state }) => state !== 'gone');
  const roots = new Set(servers.map(({ rootVolumeId }) => rootVolumeId));
  return {
    servers: servers.map(({ id, name, state, instanceType }) => ({ id, name, state, type: instanceType })),
    volumes: disks
      .filter(({ id }) => !roots.has(id))
      .map(({ id, sizeGiB, attachments }) => ({
        id,
        sizeGiB,
        on: attachments.map(({ instanceId }) => instanceId),
        dies: attachments.some(({ deleteOnTermination }) => deleteOnTermination),
      })),
    snapshots: Object.values(snapshots)
      .filter(({ state }) => state !== 'gone')
      .map(({ id, volumeId }) => ({ id, volumeId })),
    addresses: Object.values(floatingIps).map(({ id, instanceId }) => ({ id, on: instanceId })),
    strays: [],
  };
}
type WorldState = ReturnType<typeof createSim>['world']['state'];

describe.each(['ec2', 'openstack'] as const)('at %s', (traits) => {
  const { stage: any } = openStage(traits);
  for (const { name, title, tell } of graphStories.filter(({ isFor }) => isFor?.(any) ?? true)) {
    test(title, async () => {
      const { sim, stage } = openStage(traits);
      expect(await sim.clock.until(playScene(stage, name, tell))).toEqual([]);
    });
  }
});
