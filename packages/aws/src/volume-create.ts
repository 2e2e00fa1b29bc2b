import type { CreateVolumeRequest, Volume as Ec2Volume, VolumeType } from '@aws-sdk/client-ec2';
import { type CloudError, type CloudResult, keyTag, type VolumeSpec } from '@belay/cloud';
import { absenceOf, fail, lookByKey, wait } from '@belay/cloud/adapter';
import { errAsync, okAsync } from 'neverthrow';
import { createOnce } from './create-once.ts';
import { change, type Span } from './span.ts';
import { newTags } from './tags.ts';

/** Makes one volume for one key and waits until it is available. */
export function createVolume(span: Span, spec: VolumeSpec, key: string): CloudResult<Ec2Volume> {
  const request: CreateVolumeRequest = {
    AvailabilityZone: spec.zone,
    Size: spec.sizeGiB,
    // The list of types in the SDK is as old as the SDK; EC2 judges the name.
    VolumeType: spec.diskType as VolumeType,
    ...(spec.snapshotId === undefined ? {} : { SnapshotId: spec.snapshotId }),
    ...(spec.encrypted === undefined ? {} : { Encrypted: spec.encrypted }),
    TagSpecifications: newTags('volume', key, spec.tags, spec.name),
  };
  return createOnce({
    span,
    kind: 'volume',
    verb: 'create',
    key,
    look: () => livingUnder(span, key),
    create: (token) =>
      change(span, (api, signal) => api.createVolume({ ...request, ClientToken: token }, signal)),
    idOf,
    isGone,
    difference: (made) => difference(made, spec),
  }).andThen((made) => untilAvailable({ ...span, resourceId: idOf(made) }, idOf(made)));
}

function difference(made: Ec2Volume, spec: VolumeSpec): string | undefined {
  if (made.Size !== spec.sizeGiB) return `has ${made.Size} GiB, not ${spec.sizeGiB}`;
  if (made.AvailabilityZone !== spec.zone) return `is in ${made.AvailabilityZone}, not ${spec.zone}`;
  if (made.VolumeType !== spec.diskType) return `is of type ${made.VolumeType}, not ${spec.diskType}`;
  if (spec.snapshotId !== undefined && made.SnapshotId !== spec.snapshotId) {
    return `was made from ${made.SnapshotId || 'no snapshot'}, not ${spec.snapshotId}`;
  }
  return undefined;
}

/** For so long a volume that EC2 has promised may stay out of sight; longer, and it came to nothing. */
const invisibleMs = 60_000;

/** A volume that was adopted may be in use by now: it exists, which is what a create is for. */
export function untilAvailable(span: Span, id: string): CloudResult<Ec2Volume> {
  const absence = absenceOf(span, invisibleMs);
  return wait<Ec2Volume | undefined>(span, {
    observe: (signal) => span.ec2.volumes.get(id, { signal }),
    until(seen, elapsedMs) {
      if (seen === undefined) return absence.isBelieved(elapsedMs) ? vanished(span, id) : 'not-yet';
      absence.seen();
      if (seen.State === 'available' || seen.State === 'in-use') return 'yes';
      return seen.State === 'error' || isGone(seen) ? vanished(span, id, seen.State) : 'not-yet';
    },
    stateOf: (seen) => seen?.State,
    applied: 'unknown',
  }).andThen((seen) => (seen === undefined ? errAsync(vanished(span, id)) : okAsync(seen)));
}

/** What EC2 does when the KMS key of an encrypted disk may not be used: it accepts, and takes the volume away. */
function vanished(span: Span, id: string, lastState?: string): CloudError {
  const message = `EC2 accepted ${id} and then gave it up. Check the rights on the KMS key of encrypted disks.`;
  return fail(span, 'failed', message, { lastState, applied: 'unknown' });
}

export function idOf({ VolumeId }: Ec2Volume): string {
  return VolumeId ?? '';
}

export function isGone({ State }: Ec2Volume): boolean {
  return State === 'deleting' || State === 'deleted';
}

/** All that carry the key's tag and are not on their way out. One look. */
export function livingUnder(span: Span, key: string): CloudResult<readonly Ec2Volume[]> {
  return lookByKey(span, span.ec2.byKey.volumes, keyTag(key)).map((all) => all.filter((one) => !isGone(one)));
}
