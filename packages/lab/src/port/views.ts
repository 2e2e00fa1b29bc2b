import type { FloatingIp, Instance, Snapshot, StorageVolume, VolumeState } from '@belay/cloud';
import { guestDisk } from '../guest-disk.ts';
import type { AddressRecord, InstanceRecord, SnapshotRecord, VolumeRecord } from '../records.ts';
import { addressOf, type Site, sixOf } from '../site.ts';

/** Records as the port shows them. */

export function toVolume(record: VolumeRecord): StorageVolume {
  const { id, attachment, state } = record;
  return {
    id,
    name: record.name,
    state: volumeStates.has(state) ? state : 'unknown',
    providerState: state,
    zone: record.zone,
    sizeGiB: record.sizeGiB,
    diskType: record.diskType,
    multiAttach: false,
    attachments:
      attachment === undefined
        ? []
        : [
            {
              volumeId: id,
              instanceId: attachment.instanceId,
              state: attachmentStates.get(state) ?? 'unknown',
              disk: guestDisk(id),
            },
          ],
    snapshotId: record.snapshotId,
    encrypted: false,
    tags: record.tags,
    createdAt: record.createdAt,
  };
}

/** What the file may say; a word of a later version is none of these. */
const volumeStates: ReadonlySet<VolumeState> = new Set([
  'creating',
  'available',
  'attaching',
  'in-use',
  'detaching',
  'deleting',
]);

const attachmentStates = new Map<string, 'attaching' | 'attached' | 'detaching'>([
  ['attaching', 'attaching'],
  ['in-use', 'attached'],
  ['detaching', 'detaching'],
]);

export function toInstance(
  site: Site,
  record: InstanceRecord,
  volumes: readonly VolumeRecord[],
  addresses: readonly AddressRecord[],
): Instance {
  const { id, number, state } = record;
  return {
    id,
    name: record.name,
    state: state === 'deleting' ? 'stopping' : state,
    providerState: state,
    zone: record.zone,
    instanceType: record.instanceType,
    imageId: record.imageId,
    privateAddresses: [addressOf(site, number), sixOf(site, number)],
    publicAddresses: addresses.filter(({ instanceId }) => instanceId === id).map(({ address }) => address),
    volumes: volumes.flatMap(({ id: volumeId, attachment }) =>
      attachment?.instanceId === id
        ? [{ volumeId, isRoot: false, deleteOnTermination: attachment.dieWithInstance }]
        : [],
    ),
    deletionProtected: record.deletionProtected,
    tags: record.tags,
    createdAt: record.createdAt,
  };
}

export function toSnapshot(record: SnapshotRecord): Snapshot {
  return {
    id: record.id,
    name: record.name,
    state: record.state,
    providerState: record.state,
    volumeId: record.volumeId,
    sizeGiB: record.sizeGiB,
    takenAt: record.takenAt,
    readyAt: record.readyAt,
    progress: record.state === 'ready' ? 1 : 0,
    tags: record.tags,
  };
}

export function toFloatingIp({ id, address, instanceId, tags }: AddressRecord): FloatingIp {
  return { id, address, instanceId, tags };
}
