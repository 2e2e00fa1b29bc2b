import type { Attachment, GuestDisk, StorageVolume, Tags, VolumeState } from '@belay/cloud';
import { flagAt, listAt, numberAt, tableAt, textAt, timeAt, type Wire } from './wire.ts';

/** A volume as Cinder shows it: the fields that are used, and no others. */
export interface CinderVolume {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly zone: string;
  readonly sizeGiB: number;
  readonly type: string;
  readonly multiAttach: boolean;
  /** Only those that are complete: while it attaches, Cinder tells nobody to what. */
  readonly serverIds: readonly string[];
  readonly snapshotId: string | undefined;
  readonly sourceId: string | undefined;
  readonly encrypted: boolean | undefined;
  readonly metadata: Tags;
  readonly createdAt: string | undefined;
}

export function cinderVolumeOf(wire: Wire): CinderVolume {
  return {
    id: textAt(wire, 'id') ?? '',
    name: textAt(wire, 'name') ?? '',
    status: textAt(wire, 'status') ?? 'unknown',
    zone: textAt(wire, 'availability_zone') ?? '',
    sizeGiB: numberAt(wire, 'size') ?? 0,
    type: textAt(wire, 'volume_type') ?? '',
    multiAttach: flagAt(wire, 'multiattach') ?? false,
    serverIds: listAt(wire, 'attachments').flatMap((one) => textAt(one, 'server_id') ?? []),
    snapshotId: textAt(wire, 'snapshot_id'),
    sourceId: textAt(wire, 'source_volid'),
    encrypted: flagAt(wire, 'encrypted'),
    metadata: tableAt(wire, 'metadata'),
    createdAt: timeAt(wire, 'created_at'),
  };
}

/** Cinder's volume as the port's. A state that is not known is `unknown`, never an error. */
export function volumeOf(volume: CinderVolume): StorageVolume {
  const { snapshotId, encrypted, createdAt } = volume;
  return {
    id: volume.id,
    name: volume.name,
    state: volumeState(volume),
    providerState: volume.status,
    zone: volume.zone,
    sizeGiB: volume.sizeGiB,
    diskType: volume.type,
    multiAttach: volume.multiAttach,
    attachments: volume.serverIds.map((serverId) => attachmentOf(volume, serverId)),
    ...(snapshotId === undefined ? {} : { snapshotId }),
    ...(encrypted === undefined ? {} : { encrypted }),
    tags: volume.metadata,
    ...(createdAt === undefined ? {} : { createdAt }),
  };
}

const states: Readonly<Record<string, VolumeState>> = {
  creating: 'creating',
  downloading: 'creating',
  available: 'available',
  reserved: 'attaching',
  attaching: 'attaching',
  'in-use': 'in-use',
  detaching: 'detaching',
  deleting: 'deleting',
  deleted: 'gone',
  error: 'failed',
  error_deleting: 'failed',
  error_managing: 'failed',
  error_extending: 'failed',
  error_restoring: 'failed',
};

/** Work on a volume that goes on while it is attached: `extending`, `retyping`, `backing-up`. */
const atWork = /^(?:extending|retyping|backing-up|uploading)$/;

export function volumeState({ status, serverIds }: CinderVolume): VolumeState {
  if (atWork.test(status) && serverIds.length > 0) return 'in-use';
  return states[status] ?? 'unknown';
}

export function isGone({ status }: CinderVolume): boolean {
  return status === 'deleting' || status === 'deleted';
}

export function attachmentOf({ id, status }: CinderVolume, serverId: string): Attachment {
  const state =
    status === 'detaching'
      ? 'detaching'
      : status === 'in-use' || atWork.test(status)
        ? 'attached'
        : 'unknown';
  return { volumeId: id, instanceId: serverId, state, disk: diskOf(id) };
}

/** Of virtio disks the serial number has room for 20 characters. */
const serialLength = 20;

/**
 * QEMU gives the disk the volume's id as its serial number, cut short on virtio-blk and whole on virtio-scsi. Which of
 * the links there is depends on the bus that the image asks for and on the age of udev's rules.
 */
function diskOf(id: string): GuestDisk {
  const serial = id.slice(0, serialLength);
  return {
    serial,
    byId: [
      `virtio-${serial}`,
      `virtio-${id}`,
      `scsi-0QEMU_QEMU_HARDDISK_${serial}`,
      `scsi-0QEMU_QEMU_HARDDISK_${id}`,
      `scsi-SQEMU_QEMU_HARDDISK_${id}`,
      `wwn-0x${id.replaceAll('-', '')}`,
    ],
  };
}
