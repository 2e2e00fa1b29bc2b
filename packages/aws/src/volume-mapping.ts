import type { Volume as Ec2Volume, VolumeAttachment } from '@aws-sdk/client-ec2';
import type { Attachment, GuestDisk, StorageVolume, VolumeState } from '@belay/cloud';
import { nameOf, tagsOf } from './tags.ts';

/** EC2's volume as the port's. A state that is not known is `unknown`, never an error. */
export function volumeOf(volume: Ec2Volume): StorageVolume {
  const { SnapshotId, Encrypted: encrypted, CreateTime } = volume;
  const snapshotId = SnapshotId === '' ? undefined : SnapshotId;
  return {
    id: volume.VolumeId ?? '',
    name: nameOf(volume.Tags),
    state: volumeState(volume),
    providerState: volume.State ?? 'unknown',
    zone: volume.AvailabilityZone ?? '',
    sizeGiB: volume.Size ?? 0,
    diskType: volume.VolumeType ?? '',
    multiAttach: volume.MultiAttachEnabled ?? false,
    attachments: attachmentsOf(volume).map(attachmentOf),
    ...(snapshotId === undefined ? {} : { snapshotId }),
    ...(encrypted === undefined ? {} : { encrypted }),
    tags: tagsOf(volume.Tags),
    ...(CreateTime === undefined ? {} : { createdAt: CreateTime.toISOString() }),
  };
}

/** Those that stand between the volume and somebody else: a detached one that is still listed does not. */
export function attachmentsOf({ Attachments = [] }: Ec2Volume): readonly VolumeAttachment[] {
  return Attachments.filter(({ State }) => State !== 'detached');
}

const states: Readonly<Record<string, VolumeState>> = {
  creating: 'creating',
  available: 'available',
  deleting: 'deleting',
  deleted: 'gone',
  error: 'failed',
};

/** EC2 says `in-use` from the first moment of an attach to the last of a detach; the attachment says which. */
function volumeState(volume: Ec2Volume): VolumeState {
  if (volume.State !== 'in-use') return states[volume.State ?? ''] ?? 'unknown';
  const found = attachmentsOf(volume).map(({ State }) => State);
  if (found.length > 0 && found.every((state) => state === 'attaching')) return 'attaching';
  if (found.length > 0 && found.every(isLeaving)) return 'detaching';
  return 'in-use';
}

/** `busy`: a detach was asked for, and the guest still holds the disk. */
function isLeaving(state: string | undefined): boolean {
  return state === 'detaching' || state === 'busy';
}

const attachmentStates: Readonly<Record<string, Attachment['state']>> = {
  attaching: 'attaching',
  attached: 'attached',
  detaching: 'detaching',
  busy: 'detaching',
};

export function attachmentOf({ VolumeId = '', InstanceId = '', State }: VolumeAttachment): Attachment {
  return {
    volumeId: VolumeId,
    instanceId: InstanceId,
    state: attachmentStates[State ?? ''] ?? 'unknown',
    disk: diskOf(VolumeId),
  };
}

/** Nitro shows a volume as an NVMe disk whose serial is the volume's id without the dash. */
function diskOf(volumeId: string): GuestDisk {
  const serial = volumeId.replace('-', '');
  return { serial, byId: [`nvme-Amazon_Elastic_Block_Store_${serial}`] };
}
