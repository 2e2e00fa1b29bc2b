// The work during which a process of test:lab dies: `work.ts <folder>` does it, and so does whoever comes after it.

import type { Lab } from '@belay/lab';
import { must, openTestLab } from './open.ts';

/** The same keys each time: done twice, it is done once. */
export async function work({ cloud, imageId }: Lab): Promise<void> {
  const { instances, volumes, floatingIps, snapshots } = cloud;
  const spec = (name: string) => ({ name, zone: 'a', instanceType: 'lab.small', imageId });
  const a = await must(instances.create(spec('a'), { key: 'work/a' }));
  const data = await must(
    volumes.create({ name: 'data', zone: 'a', sizeGiB: 1, diskType: 'xfs' }, { key: 'work/data' }),
  );
  const read = await must(volumes.get(data.id));
  const b = await must(instances.create(spec('b'), { key: 'work/b' }));
  if (!read.attachments.some(({ instanceId }) => instanceId === b.id)) {
    await must(volumes.attach({ volumeId: data.id, instanceId: a.id }, { key: 'work/attach' }));
    await must(volumes.detach({ volumeId: data.id, instanceId: a.id }, { key: 'work/detach' }));
  }
  await must(snapshots.create({ name: 'before', volumeId: data.id }, { key: 'work/snapshot' }));
  await must(volumes.attach({ volumeId: data.id, instanceId: b.id }, { key: 'work/attach-b' }));
  const ip = await must(floatingIps.create({}, { key: 'work/ip' }));
  const { instanceId: from } = await must(floatingIps.get(ip.id));
  await must(floatingIps.move(ip.id, { from, to: b.id }, { key: 'work/move' }));
  await must(instances.stop(a.id, { key: 'work/stop' }));
  await must(instances.start(a.id, { key: 'work/start' }));
}

const [, script, folder] = process.argv;
if (script?.endsWith('work.ts') === true && folder !== undefined) await work(await openTestLab(folder));
