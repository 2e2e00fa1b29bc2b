import { rootDevice } from '../devices.ts';
import { listAddresses } from '../floating-ips.ts';
import { disksOf, type InstanceDisk } from '../instance-disks.ts';
import type { FloatingIpRecord, InstanceRecord } from '../state.ts';
import type { World } from '../world.ts';
import { ownerId, time, zoneId } from './account.ts';
import { booksOf } from './books.ts';
import type { FilterTable } from './filters.ts';
import { allTags, tagSet } from './tags.ts';
import type { XmlFields } from './xml.ts';

/** An instance as EC2 shows it, and what it can be looked for by. */
export interface ShownInstance {
  readonly instance: InstanceRecord;
  readonly disks: readonly InstanceDisk[];
  readonly address: FloatingIpRecord | undefined;
}

/** Instances with what reads show of their disks and addresses at this moment. */
export function withTheirs(world: World, instances: readonly InstanceRecord[]): readonly ShownInstance[] {
  const addresses = listAddresses(world);
  return instances.map((instance) => ({
    instance,
    disks: disksOf(world, instance.id),
    address: addresses.find(({ instanceId }) => instanceId === instance.id),
  }));
}

/** Launches, each with its instances: the form in which EC2 lists them. */
export function launchFields(world: World, shown: readonly ShownInstance[]): readonly XmlFields[] {
  const launches = Map.groupBy(shown, ({ instance }) => launchOf(world, instance));
  return [...launches].map(([reservationId, instances]) => ({
    reservationId,
    ownerId: ownerId(world),
    groupSet: [],
    instancesSet: instances.map((one) => instanceFields(world, one)),
  }));
}

export function launchOf(world: World, { id }: InstanceRecord): string {
  return booksOf(world).instances[id]?.launchId ?? `r-${id.slice('i-'.length)}`;
}

function instanceFields(world: World, { instance, disks, address }: ShownInstance): XmlFields {
  const { id, state, zone, imageId } = instance;
  const book = booksOf(world).instances[id];
  const isGone = state === 'gone';
  const publicAddress = address?.address ?? instance.publicAddress;
  return {
    instanceId: id,
    imageId,
    instanceState: stateFields(state),
    privateDnsName: isGone ? '' : `ip-${instance.privateAddress.replaceAll('.', '-')}.ec2.internal`,
    dnsName:
      publicAddress === undefined ? '' : `ec2-${publicAddress.replaceAll('.', '-')}.compute.amazonaws.com`,
    reason: instance.fault ?? '',
    stateReason:
      instance.fault === undefined
        ? undefined
        : { code: 'Server.InternalError', message: `Server.InternalError: ${instance.fault}` },
    keyName: book?.keyName,
    amiLaunchIndex: 0,
    instanceType: instance.instanceType,
    launchTime: time(instance.createdAtMs),
    placement: { availabilityZone: zone, availabilityZoneId: zoneId(world, zone), tenancy: 'default' },
    monitoring: { state: 'disabled' },
    subnetId: isGone ? undefined : book?.subnetId,
    privateIpAddress: isGone ? undefined : instance.privateAddress,
    ipAddress: isGone ? undefined : publicAddress,
    groupSet: (book?.securityGroups ?? []).map((groupId) => ({ groupId, groupName: groupId })),
    architecture: world.state.images[imageId]?.architecture ?? 'x86_64',
    rootDeviceType: 'ebs',
    rootDeviceName: rootDevice(world),
    blockDeviceMapping: disks.map(mappingFields),
    virtualizationType: 'hvm',
    hypervisor: 'xen',
    clientToken: instance.clientToken ?? '',
    tagSet: tagSet(allTags(instance)),
    capacityReservationId: instance.reservationId,
    capacityReservationSpecification:
      instance.reservationId === undefined
        ? { capacityReservationPreference: 'open' }
        : { capacityReservationTarget: { capacityReservationId: instance.reservationId } },
  };
}

export function mappingFields(disk: InstanceDisk): XmlFields {
  const { device: deviceName, volumeId, state: status, sinceMs, deleteOnTermination } = disk;
  return { deviceName, ebs: { volumeId, status, attachTime: time(sinceMs), deleteOnTermination } };
}

export function stateFields(state: InstanceRecord['state']): XmlFields {
  const { code, name } = words[state];
  return { code, name };
}

/** The world's states in EC2's words. Those that only other clouds have are shown as what they come to. */
const words: Readonly<Record<InstanceRecord['state'], { readonly code: number; readonly name: string }>> = {
  pending: { code: 0, name: 'pending' },
  running: { code: 16, name: 'running' },
  'shutting-down': { code: 32, name: 'shutting-down' },
  gone: { code: 48, name: 'terminated' },
  failed: { code: 48, name: 'terminated' },
  stopping: { code: 64, name: 'stopping' },
  stopped: { code: 80, name: 'stopped' },
  resizing: { code: 0, name: 'pending' },
  resized: { code: 16, name: 'running' },
};

export function stateName(state: InstanceRecord['state']): string {
  return words[state].name;
}

export function instanceFilters(world: World): FilterTable<ShownInstance> {
  const own =
    <T>(read: (instance: InstanceRecord) => T) =>
    ({ instance }: ShownInstance): readonly T[] => [read(instance)];
  const each =
    <T>(read: (disk: InstanceDisk) => T) =>
    ({ disks }: ShownInstance): readonly T[] =>
      disks.map(read);
  return {
    architecture: own(({ imageId }) => world.state.images[imageId]?.architecture ?? 'x86_64'),
    'availability-zone': own(({ zone }) => zone),
    'availability-zone-id': own(({ zone }) => zoneId(world, zone)),
    'block-device-mapping.delete-on-termination': each((one) => one.deleteOnTermination),
    'block-device-mapping.device-name': each(({ device }) => device),
    'block-device-mapping.status': each(({ state }) => state),
    'block-device-mapping.volume-id': each(({ volumeId }) => volumeId),
    'capacity-reservation-id': own(({ reservationId }) => reservationId),
    'client-token': own(({ clientToken }) => clientToken),
    'image-id': own(({ imageId }) => imageId),
    'instance-id': own(({ id }) => id),
    'instance-state-code': own(({ state }) => words[state].code),
    'instance-state-name': own(({ state }) => stateName(state)),
    'instance-type': own(({ instanceType }) => instanceType),
    'ip-address': ({ instance, address }) => [address?.address ?? instance.publicAddress],
    'key-name': own(({ id }) => booksOf(world).instances[id]?.keyName),
    'launch-time': own(({ createdAtMs }) => time(createdAtMs)),
    'owner-id': () => [ownerId(world)],
    'private-ip-address': own(({ privateAddress }) => privateAddress),
    'reservation-id': own((instance) => launchOf(world, instance)),
    'root-device-name': () => [rootDevice(world)],
    'root-device-type': () => ['ebs'],
    'subnet-id': own(({ id }) => booksOf(world).instances[id]?.subnetId),
  };
}
