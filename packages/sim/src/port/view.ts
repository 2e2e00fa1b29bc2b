import type {
  Attachment,
  CapacityReservation,
  FloatingIp,
  Image,
  Instance,
  InstanceState,
  Snapshot,
  StorageVolume,
  VolumeState,
} from '@belay/cloud';
import { guestDisk } from '../guest-disk.ts';
import type { InstanceDisk } from '../instance-disks.ts';
import type {
  AttachmentRecord,
  FloatingIpRecord,
  ImageRecord,
  InstanceRecord,
  ReservationRecord,
  SnapshotRecord,
  VolumeRecord,
} from '../state.ts';
import type { Family } from '../traits.ts';
import { visibleTags } from './keyed.ts';

/** From the provider's records to the port's words; fields that are not known are left out. */
export function instanceView(
  instance: InstanceRecord,
  disks: readonly InstanceDisk[],
  addresses: readonly FloatingIpRecord[],
  family: Family,
): Instance {
  const floating = addresses
    .filter(({ instanceId }) => instanceId === instance.id)
    .map(({ address }) => address);
  const own = instance.publicAddress === undefined || floating.length > 0 ? [] : [instance.publicAddress];
  return {
    id: instance.id,
    name: instance.name,
    state: instanceStates[instance.state],
    providerState: instanceWord(instance, family),
    zone: instance.zone,
    instanceType: instance.instanceType,
    imageId: instance.imageId,
    privateAddresses: [instance.privateAddress],
    publicAddresses: [...floating, ...own],
    volumes: disks.map(({ volumeId, isRoot, deleteOnTermination }) => ({
      volumeId,
      isRoot,
      deleteOnTermination,
    })),
    deletionProtected: instance.deletionProtected,
    tags: visibleTags(instance.tags),
    createdAt: iso(instance.createdAtMs),
  };
}

export function volumeView(volume: VolumeRecord, family: Family): StorageVolume {
  return {
    id: volume.id,
    name: volume.name,
    state: volume.shownAs === undefined ? volumeState(volume) : 'unknown',
    providerState: volume.shownAs ?? volumeWord(volume, family),
    zone: volume.zone,
    sizeGiB: volume.sizeGiB,
    diskType: volume.diskType,
    multiAttach: volume.multiAttach,
    attachments: volume.attachments.map((one) => attachmentView(volume, one, family)),
    ...(volume.snapshotId === undefined ? {} : { snapshotId: volume.snapshotId }),
    ...(volume.encrypted === undefined ? {} : { encrypted: volume.encrypted }),
    tags: visibleTags(volume.tags),
    createdAt: iso(volume.createdAtMs),
  };
}

export function attachmentView(
  volume: VolumeRecord,
  attachment: AttachmentRecord,
  family: Family,
): Attachment {
  const { instanceId, state } = attachment;
  return {
    volumeId: volume.id,
    instanceId,
    state: attachmentStates[state],
    disk: guestDisk(volume.id, family),
  };
}

export function snapshotView(snapshot: SnapshotRecord, family: Family, nowMs: number): Snapshot {
  const { takenAtMs, dueAtMs, readyAtMs, state } = snapshot;
  const share = (nowMs - takenAtMs) / Math.max(1, dueAtMs - takenAtMs);
  return {
    id: snapshot.id,
    name: snapshot.name,
    state: snapshotStates[state],
    providerState: family === 'ec2' ? state : cinderSnapshotWords[state],
    volumeId: snapshot.volumeId,
    sizeGiB: snapshot.sizeGiB,
    takenAt: iso(takenAtMs),
    ...(readyAtMs === undefined ? {} : { readyAt: iso(readyAtMs) }),
    progress: state === 'completed' ? 1 : Math.min(0.99, Math.max(0, share)),
    tags: visibleTags(snapshot.tags),
  };
}

export function floatingIpView(address: FloatingIpRecord): FloatingIp {
  const { id, instanceId } = address;
  return {
    id,
    address: address.address,
    ...(instanceId === undefined ? {} : { instanceId }),
    tags: visibleTags(address.tags),
  };
}

export function imageView({ id, name, state, architecture, minDiskGiB, tags }: ImageRecord): Image {
  return { id, name, state, architecture, minDiskGiB, tags };
}

export function reservationView(reservation: ReservationRecord, free: number): CapacityReservation {
  const { id, state, instanceType, zone, count, endsAtMs, tags } = reservation;
  return {
    id,
    state: reservationStates[state],
    providerState: state,
    instanceType,
    zone,
    count,
    free,
    ...(endsAtMs === undefined ? {} : { endsAt: iso(endsAtMs) }),
    tags: visibleTags(tags),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

const instanceStates: Readonly<Record<InstanceRecord['state'], InstanceState>> = {
  pending: 'pending',
  running: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  // The port has no word for "on its way to be gone": it is not gone yet.
  'shutting-down': 'stopping',
  gone: 'gone',
  failed: 'failed',
  resizing: 'resizing',
  resized: 'resized',
};

const ec2Words: Readonly<Record<InstanceRecord['state'], string>> = {
  pending: 'pending',
  running: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  'shutting-down': 'shutting-down',
  gone: 'terminated',
  failed: 'terminated',
  resizing: 'pending',
  resized: 'running',
};

const novaWords: Readonly<Record<InstanceRecord['state'], string>> = {
  pending: 'BUILD',
  running: 'ACTIVE',
  stopping: 'ACTIVE/powering-off',
  stopped: 'SHUTOFF',
  'shutting-down': 'ACTIVE/deleting',
  gone: 'DELETED',
  failed: 'ERROR',
  resizing: 'RESIZE',
  resized: 'VERIFY_RESIZE',
};

/** Nova has one word for the way there and another for the way back. */
function instanceWord({ state, resizedFrom }: InstanceRecord, family: Family): string {
  if (family === 'ec2') return ec2Words[state];
  return state === 'resizing' && resizedFrom !== undefined ? 'REVERT_RESIZE' : novaWords[state];
}

const attachmentStates: Readonly<Record<AttachmentRecord['state'], Attachment['state']>> = {
  reserved: 'attaching',
  attaching: 'attaching',
  attached: 'attached',
  detaching: 'detaching',
  busy: 'detaching',
};

const reservationStates: Readonly<Record<ReservationRecord['state'], CapacityReservation['state']>> = {
  pending: 'pending',
  active: 'active',
  cancelled: 'ended',
  expired: 'ended',
  failed: 'failed',
};

function volumeState(volume: VolumeRecord): VolumeState {
  const { state, attachments } = volume;
  if (state === 'error') return 'failed';
  if (state !== 'in-use') return state;
  if (attachments.some((one) => one.state === 'attached')) return 'in-use';
  const isComing = attachments.some(({ state }) => state === 'attaching' || state === 'reserved');
  return isComing ? 'attaching' : 'detaching';
}

/** EC2 says `in-use` from the first moment of an attach to the last of a detach; Cinder has a word for each. */
function volumeWord(volume: VolumeRecord, family: Family): string {
  const { state, modification, attachments } = volume;
  if (family === 'ec2') return state;
  if (state === 'error') return volume.errorWord ?? 'error';
  if (modification?.state === 'modifying') {
    return modification.diskType === modification.fromDiskType ? 'extending' : 'retyping';
  }
  if (attachments.some((one) => one.state === 'reserved')) return 'reserved';
  return state === 'in-use' ? volumeState(volume) : state;
}

const snapshotStates: Readonly<Record<SnapshotRecord['state'], Snapshot['state']>> = {
  pending: 'creating',
  completed: 'ready',
  error: 'failed',
  gone: 'gone',
};

const cinderSnapshotWords: Readonly<Record<SnapshotRecord['state'], string>> = {
  pending: 'creating',
  completed: 'available',
  error: 'error',
  gone: 'deleted',
};
