import type { CloudError, CloudResult, VolumeCopySpec, VolumeSpec } from '@belay/cloud';
import { absenceOf, fail, lookByKey, mustExist, wait } from '@belay/cloud/adapter';
import { err, errAsync, ok, okAsync, type Result } from 'neverthrow';
import { createOnce } from './create-once.ts';
import { keyMetadata, keyValue } from './key-tags.ts';
import { change, read, type Span } from './span.ts';
import { deleteVolume } from './volume-delete.ts';
import { type CinderVolume, cinderVolumeOf, isGone, volumeState } from './volume-mapping.ts';
import { listAt, objectAt, textAt } from './wire.ts';

/** Makes one volume for one key and waits until it can be used. */
export function createVolume(span: Span, spec: VolumeSpec, key: string): CloudResult<CinderVolume> {
  const zone = span.stack.settings.volumeZones[spec.zone] ?? spec.zone;
  const wanted: Wanted = { ...spec, zone };
  const request = {
    name: spec.name,
    size: spec.sizeGiB,
    availability_zone: zone,
    volume_type: spec.diskType,
    ...(spec.snapshotId === undefined ? {} : { snapshot_id: spec.snapshotId }),
    metadata: keyMetadata(key, spec.tags),
  };
  return make(span, request, wanted, key).andThen((made) => encryptedAsAsked(span, made, spec.encrypted));
}

/** Makes one volume with the data of another for one key, in the zone of that other. */
export function copyVolume(span: Span, spec: VolumeCopySpec, key: string): CloudResult<CinderVolume> {
  return mustExist(span, span.stack.volumes, spec.volumeId).andThen((source) => {
    const sizeGiB = spec.sizeGiB ?? source.sizeGiB;
    if (sizeGiB < source.sizeGiB) {
      const message = `A copy of ${spec.volumeId} has ${source.sizeGiB} GiB or more, not ${sizeGiB}.`;
      return errAsync(fail(span, 'invalid', message));
    }
    const diskType = spec.diskType ?? source.type;
    const request = {
      name: spec.name,
      size: sizeGiB,
      availability_zone: source.zone,
      volume_type: diskType,
      source_volid: spec.volumeId,
      metadata: keyMetadata(key, spec.tags),
    };
    return make(span, request, { sizeGiB, diskType, zone: source.zone, sourceId: spec.volumeId }, key);
  });
}

/** What the port and the request call differently, as what was made must be. */
interface Wanted {
  readonly sizeGiB: number;
  readonly diskType: string;
  readonly zone: string;
  readonly snapshotId?: string | undefined;
  readonly sourceId?: string | undefined;
}

function make(span: Span, request: object, wanted: Wanted, key: string): CloudResult<CinderVolume> {
  let own: string | undefined;
  return createOnce<CinderVolume>({
    span,
    key,
    look: () => livingUnder(span, key),
    create: () =>
      change(span, 'createVolume', { body: { volume: request } }).andThen(({ body }) => {
        const volume = cinderVolumeOf(objectAt(body, 'volume'));
        own = volume.id;
        return accepted(span, volume);
      }),
    idOf: ({ id }) => id,
    difference: (made) => difference(made, wanted),
  }).andThen(({ id }) => untilAvailable({ ...span, resourceId: id }, id, id === own));
}

function accepted(span: Span, volume: CinderVolume): Result<CinderVolume, CloudError> {
  if (volume.id !== '') return ok(volume);
  return err(fail(span, 'transient', 'Cinder accepted a volume and named no id.', { applied: 'unknown' }));
}

/** All that carry the key and are not on their way out. One look. */
export function livingUnder(span: Span, key: string): CloudResult<readonly CinderVolume[]> {
  return lookByKey(span, span.stack.byKey.volumes, keyValue(key)).map((all) =>
    all.filter((one) => !isGone(one)),
  );
}

function difference(made: CinderVolume, wanted: Wanted): string | undefined {
  if (made.sizeGiB !== wanted.sizeGiB) return `has ${made.sizeGiB} GiB, not ${wanted.sizeGiB}`;
  if (made.zone !== wanted.zone) return `is in ${made.zone}, not ${wanted.zone}`;
  if (made.type !== wanted.diskType) return `is of type ${made.type}, not ${wanted.diskType}`;
  if (wanted.snapshotId !== undefined && made.snapshotId !== wanted.snapshotId) {
    return `was made from ${made.snapshotId ?? 'no snapshot'}, not ${wanted.snapshotId}`;
  }
  if (wanted.sourceId !== undefined && made.sourceId !== wanted.sourceId) {
    return `was made from ${made.sourceId ?? 'no volume'}, not ${wanted.sourceId}`;
  }
  return undefined;
}

/** For so long a volume that Cinder has promised may stay out of sight; longer, and it came to nothing. */
const invisibleMs = 60_000;

/** A volume that was adopted may be in use by now: it exists, which is what a create is for. */
function untilAvailable(span: Span, id: string, isNew: boolean): CloudResult<CinderVolume> {
  const absence = absenceOf(span, invisibleMs);
  let wasCreating = isNew;
  return wait<CinderVolume | undefined>(span, {
    observe: (signal) => span.stack.volumes.get(id, { signal }),
    until(seen, elapsedMs) {
      if (seen === undefined) return absence.isBelieved(elapsedMs) ? vanished(span, id) : 'not-yet';
      absence.seen();
      const state = volumeState(seen);
      if (state === 'available' || state === 'in-use') return 'yes';
      if (isGone(seen)) return vanished(span, id);
      if (state === 'failed') return gaveUp(span, seen, wasCreating);
      wasCreating ||= state === 'creating';
      return 'not-yet';
    },
    stateOf: (seen) => seen?.status,
    // It is there; whether it will ever be available nobody knows yet.
    applied: 'unknown',
  })
    .andThen((seen) => (seen === undefined ? err(vanished(span, id)) : ok(seen)))
    .orElse((error) => (error.code === stillborn ? clearAway(span, id, error) : errAsync(error)));
}

function vanished(span: Span, id: string): CloudError {
  return fail(span, 'failed', `Cinder accepted ${id}, and then it was gone.`, { applied: 'unknown' });
}

/** The mark of a volume that failed before it ever held anything. */
const stillborn = 'error';

function gaveUp(span: Span, { id, status }: CinderVolume, neverWas: boolean): CloudError {
  const message = neverWas
    ? `Cinder accepted ${id} and could not make it: it is ${status}.`
    : `${id} was made under this key before, and is ${status}: look at it before you delete it.`;
  return fail(span, 'failed', message, {
    lastState: status,
    applied: 'yes',
    ...(neverWas ? { code: stillborn } : {}),
  });
}

/** It was seen to fail while it was made, so nothing is lost with it. One that is found failed may hold data: it stays. */
function clearAway(span: Span, id: string, error: CloudError): CloudResult<CinderVolume> {
  return reasonOf(span, id).andThen((reason) => {
    const message = reason === undefined ? error.message : `${error.message} ${reason}`;
    const kind = /no valid (?:backend|host)|not enough|insufficient/i.test(message)
      ? 'out-of-stock'
      : error.kind;
    return deleteVolume(span, id)
      .mapErr((failed) => ({
        ...error,
        kind,
        message: `${message} It could not be deleted: ${failed.message}`,
      }))
      .andThen(() => errAsync<CinderVolume, CloudError>({ ...error, kind, message, applied: 'no' }));
  });
}

/** What Cinder tells its users of a failure is told apart from the volume, and not by all clouds. */
function reasonOf(span: Span, id: string): CloudResult<string | undefined> {
  return read(span, 'listMessages', { query: { resource_uuid: id } })
    .map(({ body }) => listAt(body, 'messages').flatMap((one) => textAt(one, 'user_message') ?? [])[0])
    .orElse(() => okAsync(undefined));
}

/** Whether a volume is encrypted hangs on its type, and only what was made shows it. */
function encryptedAsAsked(
  span: Span,
  made: CinderVolume,
  asked: boolean | undefined,
): CloudResult<CinderVolume> {
  if (asked === undefined || made.encrypted === undefined || made.encrypted === asked) return okAsync(made);
  const is = made.encrypted ? 'encrypted' : 'not encrypted';
  const message = `${made.id} is ${is}, as all volumes of type ${made.type} are.`;
  return errAsync(fail(span, 'invalid', message, { resourceId: made.id, applied: 'yes' }));
}
