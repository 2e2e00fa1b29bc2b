import type { AttachmentRecord, VolumeRecord } from '../state.ts';
import type { World } from '../world.ts';
import { time, zoneId } from './account.ts';
import { booksOf } from './books.ts';
import type { FilterTable } from './filters.ts';
import { allTags, tagSet } from './tags.ts';
import type { XmlFields } from './xml.ts';

/** A volume as EC2 shows it, and what it can be looked for by. */
export function volumeFields(world: World, volume: VolumeRecord): XmlFields {
  const book = booksOf(world).volumes[volume.id];
  const { iops, throughputMiB } = (volume.modification?.state === 'modifying' ? book?.before : book) ?? {};
  return {
    volumeId: volume.id,
    size: volume.sizeGiB,
    snapshotId: volume.snapshotId ?? '',
    availabilityZone: volume.zone,
    availabilityZoneId: zoneId(world, volume.zone),
    status: volume.shownAs ?? volume.state,
    createTime: time(volume.createdAtMs),
    attachmentSet: volume.attachments.map((one) => attachmentFields(volume.id, one)),
    tagSet: tagSet(allTags(volume)),
    volumeType: volume.diskType,
    iops,
    throughput: throughputMiB,
    encrypted: volume.encrypted ?? false,
    kmsKeyId: book?.kmsKeyId,
    sourceVolumeId: volume.sourceVolumeId,
    multiAttachEnabled: volume.multiAttach,
  };
}

/** One attachment; in the words of EC2 its states are the world's. */
export function attachmentFields(volumeId: string, attachment: AttachmentRecord): XmlFields {
  return {
    volumeId,
    instanceId: attachment.instanceId,
    device: attachment.device,
    status: attachment.state,
    attachTime: time(attachment.sinceMs),
    deleteOnTermination: attachment.deleteOnTermination,
  };
}

export function volumeFilters(world: World): FilterTable<VolumeRecord> {
  const each =
    <T>(read: (one: AttachmentRecord) => T) =>
    ({ attachments }: VolumeRecord): readonly T[] =>
      attachments.map(read);
  return {
    'attachment.attach-time': each(({ sinceMs }) => time(sinceMs)),
    'attachment.delete-on-termination': each((one) => one.deleteOnTermination),
    'attachment.device': each(({ device }) => device),
    'attachment.instance-id': each((one) => one.instanceId),
    'attachment.status': each((one) => one.state),
    'availability-zone': ({ zone }) => [zone],
    'availability-zone-id': ({ zone }) => [zoneId(world, zone)],
    'create-time': ({ createdAtMs }) => [time(createdAtMs)],
    encrypted: ({ encrypted }) => [encrypted ?? false],
    'multi-attach-enabled': ({ multiAttach }) => [multiAttach],
    size: ({ sizeGiB }) => [sizeGiB],
    'snapshot-id': ({ snapshotId }) => [snapshotId],
    status: ({ shownAs, state }) => [shownAs ?? state],
    'volume-id': ({ id }) => [id],
    'volume-type': ({ diskType }) => [diskType],
  };
}
