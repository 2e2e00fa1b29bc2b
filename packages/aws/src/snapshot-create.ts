import type { Snapshot as Ec2Snapshot } from '@aws-sdk/client-ec2';
import { type CloudResult, keyTag, type SnapshotSpec } from '@belay/cloud';
import { lookByKey, mustExist } from '@belay/cloud/adapter';
import { createTagged, type TaggedCreation } from './create-tagged.ts';
import { snapshotState } from './snapshot-mapping.ts';
import { change, type Span } from './span.ts';
import { newTags } from './tags.ts';

/** Takes a snapshot, one for one key. It is there, and its data fixed, as soon as EC2 has answered. */
export function createSnapshot(span: Span, spec: SnapshotSpec, key: string): CloudResult<Ec2Snapshot> {
  return createTagged<Ec2Snapshot>({
    ...common(span, key),
    create: () =>
      change(span, (api, signal) =>
        api.createSnapshot(
          { VolumeId: spec.volumeId, TagSpecifications: newTags('snapshot', key, spec.tags, spec.name) },
          signal,
        ),
      ).map(({ SnapshotId }) => SnapshotId),
    difference: (made) =>
      made.VolumeId === spec.volumeId ? undefined : `is of ${made.VolumeId}, not ${spec.volumeId}`,
  });
}

/** How a snapshot is found again, and seen for the first time, however it was made. */
export function common(span: Span, key: string): Omit<TaggedCreation<Ec2Snapshot>, 'create' | 'difference'> {
  return {
    span,
    kind: 'snapshot',
    key,
    look: () => livingUnder(span, key),
    see: (under: Span, id: string) => mustExist(under, span.ec2.snapshots, id),
    idOf,
  };
}

/** All that carry the key's tag and can still become something. One look. */
export function livingUnder(span: Span, key: string): CloudResult<readonly Ec2Snapshot[]> {
  return lookByKey(span, span.ec2.byKey.snapshots, keyTag(key)).map((all) =>
    all.filter((one) => !['failed', 'gone'].includes(snapshotState(one))),
  );
}

export function idOf({ SnapshotId }: Ec2Snapshot): string {
  return SnapshotId ?? '';
}
