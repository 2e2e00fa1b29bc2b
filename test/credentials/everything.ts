// Every verb that credentials can open or fail at. What comes back is for whoever searches it: values and errors alike.

import type { Cloud, CloudResult } from '@belay/cloud';

export interface Surroundings {
  /** Part of every key: another one makes everything anew. */
  readonly run: string;
  readonly zone: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly diskType: string;
  /** With a secret of the guest in it. */
  readonly userData: string;
  readonly recordName: string;
  /** For each call. */
  readonly timeoutMs: number;
}

export async function useEverything(cloud: Cloud, around: Surroundings): Promise<readonly unknown[]> {
  const { run, zone, imageId, instanceType, diskType, userData, recordName, timeoutMs } = around;
  const seen: unknown[] = [];
  const keep = async <T>(result: CloudResult<T>): Promise<T | undefined> => {
    const answer = await result;
    seen.push(answer.isOk() ? answer.value : answer.error);
    return answer.isOk() ? answer.value : undefined;
  };
  const call = (part: string) => ({ key: `${run}/${part}`, timeoutMs });
  const spec = { name: 'web12', zone, instanceType, imageId, userData };
  const disk = { name: 'data', zone, sizeGiB: 1, diskType };
  const record = { name: recordName, type: 'A', values: ['192.0.2.1'], ttlSeconds: 60 } as const;
  const [instance, volume] = await Promise.all([
    keep(cloud.instances.create(spec, call('server'))),
    keep(cloud.volumes.create(disk, call('data'))),
    keep(cloud.floatingIps.create({}, call('address'))),
    keep(cloud.dns.change({ from: undefined, to: record }, call('dns'))),
    keep(cloud.permissions.check([{ verb: 'instances.create', instance: spec }], { timeoutMs })),
    keep(cloud.instances.get('i-0123456789abcdef0', { timeoutMs })),
  ]);
  const pairing = { instanceId: instance?.id ?? 'i-00000000', volumeId: volume?.id ?? 'vol-00000000' };
  await keep(cloud.volumes.attach(pairing, call('attach')));
  await keep(cloud.volumes.detach(pairing, call('detach')));
  await keep(cloud.snapshots.create({ name: 's', volumeId: pairing.volumeId }, call('snapshot')));
  // At AWS its request carries a second one, presigned.
  await keep(cloud.snapshots.copy({ name: 'c', from: { ...cloud.at, id: 'snap-00000000' } }, call('copy')));
  for await (const one of cloud.volumes.list({}, { timeoutMs })) seen.push(one);
  return seen;
}
