// A small workload to be moved: a server with a data disk and an address that follows it. All of it is made for the
// example, under keys of its own, and taken away again at the end.

import type { Call, Cloud, CloudError, CloudResult, Tags } from '@belay/cloud';
import type { SwapInput } from '@belay/planner';
import { okAsync, ResultAsync } from 'neverthrow';
import type { PaperHosts } from './paper-hosts.ts';

export interface Wanted {
  /** Part of every key and tag: another one makes another workload. */
  readonly name: string;
  readonly zone: string;
  readonly imageId: string;
  readonly instanceType: string;
  /** What the target shall be. */
  readonly newInstanceType: string;
  readonly diskType: string;
  /** Where the cloud does not choose one by itself. */
  readonly networkId?: string | undefined;
}

export interface Workload {
  readonly input: SwapInput;
  readonly tags: Tags;
  readonly sourceId: string;
  readonly volumeId: string;
  readonly floatingIpId: string;
}

export const services: readonly string[] = ['shop', 'postgresql'];
const mountPoint = '/srv';
const filesystemUuid = '5e0c7f8a-3c5b-4c1e-9d55-4f3f2f6b7a10';

/** Makes the server, its disk and its address, and has it serve. Called again it finds what it made. */
export function setUp(cloud: Cloud, hosts: PaperHosts, wanted: Wanted): CloudResult<Workload> {
  const { name, zone, imageId, instanceType, diskType, networkId } = wanted;
  const tags = { 'belay:example': name };
  const call = (what: string): Call => ({ key: `${name}/set-up/${what}` });
  return ResultAsync.combine([
    cloud.instances.create({ name, zone, instanceType, imageId, networkId, tags }, call('source')),
    cloud.volumes.create({ name: `${name}-data`, zone, sizeGiB: 8, diskType, tags }, call('data')),
    cloud.floatingIps.create({ tags }, call('address')),
  ]).andThen(([source, volume, address]) =>
    cloud.volumes
      .attach({ volumeId: volume.id, instanceId: source.id }, call('attach'))
      .andThen((attachment) =>
        cloud.floatingIps
          .move(address.id, { from: undefined, to: source.id }, call('bind'))
          .map(() => attachment.disk.serial),
      )
      .map((diskSerial) => {
        hosts.write(source.id, {
          services: Object.fromEntries(services.map((service) => [service, 'active' as const])),
          mounts: { [mountPoint]: { filesystemUuid, diskSerial } },
          acts: [],
        });
        const input = swapInput(cloud, wanted, tags, source.id, volume.id, address.id);
        return { input, tags, sourceId: source.id, volumeId: volume.id, floatingIpId: address.id };
      }),
  );
}

function swapInput(
  { at }: Cloud,
  { name, zone, imageId, newInstanceType, networkId }: Wanted,
  tags: Tags,
  sourceId: string,
  volumeId: string,
  floatingIpId: string,
): SwapInput {
  return {
    at,
    source: { id: sourceId, name },
    volume: { id: volumeId, mountPoint, filesystemUuid },
    services,
    probe: { name: 'shop.example' },
    floatingIps: [floatingIpId],
    names: [],
    zones: [zone],
    target: { name, instanceType: newInstanceType, imageId, tags, ...(networkId && { networkId }) },
    mayKeepVolume: true,
  };
}

/** Takes away all that carries the example's tag: servers first, for with them the disk comes free. */
export async function tearDown(
  cloud: Cloud,
  { tags, volumeId, floatingIpId }: Omit<Workload, 'input'>,
): Promise<readonly CloudError[]> {
  const errors: CloudError[] = [];
  const call = (what: string): Call => ({ key: `${tags['belay:example']}/tear-down/${what}` });
  const done = async (result: CloudResult<unknown>): Promise<void> => {
    const settled = await result;
    if (settled.isErr()) errors.push(settled.error);
  };
  await done(
    cloud.floatingIps
      .get(floatingIpId)
      .andThen(({ instanceId }) =>
        instanceId === undefined
          ? okAsync(undefined)
          : cloud.floatingIps
              .move(floatingIpId, { from: instanceId, to: undefined }, call('unbind'))
              .map(() => undefined),
      )
      .andThen(() => cloud.floatingIps.delete(floatingIpId, call('address'))),
  );
  const servers: string[] = [];
  for await (const listed of cloud.instances.list({ tags })) {
    if (listed.isErr()) errors.push(listed.error);
    else if (listed.value.state !== 'gone') servers.push(listed.value.id);
  }
  await Promise.all(servers.map((id) => done(cloud.instances.delete(id, call(id)))));
  await done(cloud.volumes.delete(volumeId, call('data')));
  return errors;
}
