import type { CreateVolumeRequest, Volume as Ec2Volume, VolumeType } from '@aws-sdk/client-ec2';
import type { CloudError, CloudResult, StorageVolume, Tags, VolumeSpec, Volumes } from '@belay/cloud';
import { errAsync, okAsync, type Result } from 'neverthrow';
import { createOnce, findByKey } from './create-once.ts';
import {
  beginChange,
  beginRead,
  change,
  type Ec2,
  fail,
  lookUp,
  mustExist,
  read,
  repeat,
  type Span,
  wait,
} from './ec2.ts';
import { notInThisVersion } from './not-yet.ts';
import { pages } from './pages.ts';
import { hasTags, keyTags, newTags, tagFilters } from './tags.ts';
import { attachVolume } from './volume-attach.ts';
import { detachVolume } from './volume-detach.ts';
import { volumeOf } from './volume-mapping.ts';

/** The port's volumes over EBS. */
export function volumes(ec2: Ec2): Volumes {
  return {
    get: (id, options) =>
      mustExist(beginRead(ec2, 'volumes.get', options, id), ec2.volumes, id).map(volumeOf),
    find(key, options) {
      const span = beginRead(ec2, 'volumes.find', options);
      return findByKey(span, key, () => livingUnder(span, key), idOf).map((found) =>
        found === undefined ? undefined : volumeOf(found),
      );
    },
    list: (filter, options) => listVolumes(beginRead(ec2, 'volumes.list', options), filter?.tags),
    create: (spec, call) =>
      createVolume(beginChange(ec2, 'volumes.create', call), spec, call.key).map(volumeOf),
    attach: (pairing, call) =>
      attachVolume(beginChange(ec2, 'volumes.attach', call, pairing.volumeId), pairing),
    detach: (pairing, call) =>
      detachVolume(beginChange(ec2, 'volumes.detach', call, pairing.volumeId), pairing),
    delete: (id, call) => deleteVolume(beginChange(ec2, 'volumes.delete', call, id), id),
    copy: (spec) => notInThisVersion('volumes.copy', spec.volumeId),
    modify: (id) => notInThisVersion('volumes.modify', id),
  };
}

function idOf({ VolumeId }: Ec2Volume): string {
  return VolumeId ?? '';
}

function isGone({ State }: Ec2Volume): boolean {
  return State === 'deleting' || State === 'deleted';
}

/** All that carry the key's tag and are not on their way out. One look. */
function livingUnder(span: Span, key: string): CloudResult<readonly Ec2Volume[]> {
  const isOurs = hasTags(keyTags(key));
  return read(span, (api, signal) => api.describeVolumes({ Filters: tagFilters(keyTags(key)) }, signal)).map(
    ({ Volumes = [] }) => Volumes.filter((one) => isOurs(one.Tags) && !isGone(one)),
  );
}

async function* listVolumes(
  span: Span,
  tags: Tags | undefined,
): AsyncIterable<Result<StorageVolume, CloudError>> {
  const isWanted = hasTags(tags ?? {});
  const found = pages<Ec2Volume>(
    (token) =>
      read(span, (api, signal) =>
        api.describeVolumes(
          {
            MaxResults: 500,
            ...(tags === undefined ? {} : { Filters: tagFilters(tags) }),
            ...(token === undefined ? {} : { NextToken: token }),
          },
          signal,
        ),
      ).map(({ Volumes = [], NextToken: next }) => ({
        items: Volumes.filter((one) => isWanted(one.Tags)),
        next,
      })),
    () => fail(span, 'failed', 'EC2 gave the same page of volumes twice.'),
  );
  for await (const one of found) yield one.map(volumeOf);
}

function createVolume(span: Span, spec: VolumeSpec, key: string): CloudResult<Ec2Volume> {
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
function untilAvailable(span: Span, id: string): CloudResult<Ec2Volume> {
  let wasSeen = false;
  return wait<Ec2Volume | undefined>(span, {
    observe: (signal) => span.ec2.volumes.get(id, { signal }),
    until(seen, elapsedMs) {
      if (seen === undefined) return wasSeen || elapsedMs > invisibleMs ? vanished(span, id) : 'not-yet';
      wasSeen = true;
      if (seen.State === 'available' || seen.State === 'in-use') return 'yes';
      return seen.State === 'error' || isGone(seen) ? vanished(span, id, seen.State) : 'not-yet';
    },
    stateOf: (seen) => seen?.State,
    applied: 'yes',
  }).andThen((seen) => (seen === undefined ? errAsync(vanished(span, id)) : okAsync(seen)));
}

/** What EC2 does when the KMS key of an encrypted disk may not be used: it accepts, and takes the volume away. */
function vanished(span: Span, id: string, lastState?: string): CloudError {
  const message = `EC2 accepted ${id} and then gave it up. Check the rights on the KMS key of encrypted disks.`;
  return fail(span, 'failed', message, { lastState, applied: 'unknown' });
}

function deleteVolume(span: Span, id: string): CloudResult<void> {
  return repeat(span, (api, signal) => api.deleteVolume({ VolumeId: id }, signal))
    .map(() => true)
    .orElse((error) => (error.kind === 'not-found' ? okAsync(false) : errAsync(error)))
    .andThen((known) => (known ? untilDeleted(span, id) : lookUp(span, span.ec2.volumes, id)))
    .andThen((seen) => {
      if (seen === undefined || seen.State === 'deleted') return okAsync(undefined);
      const message = `EC2 denied knowing ${id}, and shows it as ${seen.State}.`;
      return errAsync(fail(span, 'busy', message, { lastState: seen.State }));
    });
}

function untilDeleted(span: Span, id: string): CloudResult<Ec2Volume | undefined> {
  return wait<Ec2Volume | undefined>(span, {
    observe: (signal) => span.ec2.volumes.get(id, { signal }),
    until: (seen) => (seen === undefined || seen.State === 'deleted' ? 'yes' : 'not-yet'),
    stateOf: (seen) => seen?.State,
    applied: 'unknown',
  });
}
