import type { Snapshot as Ec2Snapshot } from '@aws-sdk/client-ec2';
import type { CloudResult, SnapshotCopySpec, SnapshotSpec } from '@belay/cloud';
import { errAsync } from 'neverthrow';
import { createTagged } from './create-tagged.ts';
import { provider } from './errors.ts';
import { snapshotState } from './snapshot-mapping.ts';
import { change, fail, lookByKey, mustExist, type Span } from './span.ts';
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

/** EC2 does not keep of what a copy is one, so its description says so: by that it is known again. */
export function copySnapshot(span: Span, spec: SnapshotCopySpec, key: string): CloudResult<Ec2Snapshot> {
  const { from } = spec;
  if (from.provider !== provider) {
    const message = `A snapshot at ${from.provider} cannot be copied to EC2: its data would have to be carried over.`;
    return errAsync(fail(span, 'invalid', message));
  }
  const description = `Copy of ${from.id} in ${from.region}`;
  return createTagged<Ec2Snapshot>({
    ...common(span, key),
    create: () =>
      change(span, (api, signal) =>
        api.copySnapshot(
          {
            SourceSnapshotId: from.id,
            SourceRegion: from.region,
            Description: description,
            TagSpecifications: newTags('snapshot', key, spec.tags, spec.name),
          },
          signal,
        ),
      ).map(({ SnapshotId }) => SnapshotId),
    difference: (made) =>
      made.Description === description
        ? undefined
        : `is "${made.Description ?? ''}" and not "${description}"`,
  });
}

function common(span: Span, key: string) {
  return {
    span,
    kind: 'snapshot' as const,
    key,
    look: () => livingUnder(span, key),
    see: (under: Span, id: string) => mustExist(under, span.ec2.snapshots, id),
    idOf,
  };
}

/** All that carry the key's tag and can still become something. One look. */
export function livingUnder(span: Span, key: string): CloudResult<readonly Ec2Snapshot[]> {
  return lookByKey(span, span.ec2.byKey.snapshots, key).map((all) =>
    all.filter((one) => !['failed', 'gone'].includes(snapshotState(one))),
  );
}

export function idOf({ SnapshotId }: Ec2Snapshot): string {
  return SnapshotId ?? '';
}
