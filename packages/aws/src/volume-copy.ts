import type { CopyVolumesRequest, Volume as Ec2Volume, VolumeType } from '@aws-sdk/client-ec2';
import type { CloudResult, VolumeCopySpec } from '@belay/cloud';
import { fail } from '@belay/cloud/adapter';
import { errAsync, okAsync } from 'neverthrow';
import { createOnce } from './create-once.ts';
import { change, type Span } from './span.ts';
import { newTags } from './tags.ts';
import { idOf, isGone, livingUnder, untilAvailable } from './volume-create.ts';

/**
 * A new volume with the data of another one at this moment, without a snapshot in between, in the same zone. EC2
 * remembers the token of a copy as it does that of a create.
 */
export function copyVolume(span: Span, spec: VolumeCopySpec, key: string): CloudResult<Ec2Volume> {
  const request: CopyVolumesRequest = {
    SourceVolumeId: spec.volumeId,
    ...(spec.sizeGiB === undefined ? {} : { Size: spec.sizeGiB }),
    // The list of types in the SDK is as old as the SDK; EC2 judges the name.
    ...(spec.diskType === undefined ? {} : { VolumeType: spec.diskType as VolumeType }),
    TagSpecifications: newTags('volume', key, spec.tags, spec.name),
  };
  return createOnce({
    span,
    kind: 'volume',
    verb: 'copy',
    key,
    look: () => livingUnder(span, key),
    create: (token) => send(span, { ...request, ClientToken: token }),
    idOf,
    isGone,
    difference: (made) => difference(made, spec),
  }).andThen((made) => untilAvailable({ ...span, resourceId: idOf(made) }, idOf(made)));
}

function send(span: Span, request: CopyVolumesRequest): CloudResult<Ec2Volume> {
  return change(span, (api, signal) => api.copyVolumes(request, signal)).andThen(
    ({ Volumes: [made] = [] }) =>
      made === undefined
        ? errAsync(fail(span, 'failed', 'EC2 answered the copy with no volume.', { applied: 'unknown' }))
        : okAsync(made),
  );
}

function difference(made: Ec2Volume, spec: VolumeCopySpec): string | undefined {
  if (made.SourceVolumeId !== spec.volumeId) {
    return `is a copy of ${made.SourceVolumeId ?? 'nothing'}, not of ${spec.volumeId}`;
  }
  if (spec.sizeGiB !== undefined && made.Size !== spec.sizeGiB) {
    return `has ${made.Size} GiB, not ${spec.sizeGiB}`;
  }
  if (spec.diskType !== undefined && made.VolumeType !== spec.diskType) {
    return `is of type ${made.VolumeType}, not ${spec.diskType}`;
  }
  return undefined;
}
