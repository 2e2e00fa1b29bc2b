// The shop with its data on two disks, one mounted within the other.

import type { Workload } from '@belay/planner';
import { good, type Scene } from './shop.ts';

export const inner = { mountPoint: '/data/logs', filesystemUuid: '5b1f7a52-5f0c-4d8b-9d6a-3a1b7c0de001' };

/** Gives the server a second disk, and the workload that names both. */
export async function addDisk({ sim, shop, until, workload }: Scene): Promise<TwoDisks> {
  const { volumes } = sim.cloud;
  const host = sim.hosts.get({ ...shop.at, id: shop.instanceId });
  const spec = { name: 'web12-logs', zone: shop.zone, sizeGiB: 50, diskType: shop.diskType };
  const second = good(await until(volumes.create(spec, { key: 'second' })));
  const pair = { volumeId: second.id, instanceId: shop.instanceId };
  const { disk } = good(await until(volumes.attach(pair, { key: 'attach' })));
  const filesystem = { disk, filesystemType: 'ext4' as const, filesystemUuid: inner.filesystemUuid };
  good(await until(host.disks.format(filesystem, { key: 'format' })));
  good(await until(host.mounts.mount({ disk, ...inner }, { key: 'mount' })));
  if (!sim.world.writeFile(second.id, 'error.log', 'line 1\n')) throw new Error('the log cannot be written');
  const both: Workload = { ...workload, moreVolumes: [{ volumeId: second.id, ...inner }] };
  return { secondId: second.id, workload: both };
}

export interface TwoDisks {
  readonly secondId: string;
  readonly workload: Workload;
}
