import type { Attachment, CloudResult, StorageVolume, Volumes } from '@belay/cloud';
import { err, ok } from 'neverthrow';
import { findByKey } from '../create-once.ts';
import type { VolumeRecord } from '../records.ts';
import type { Site } from '../site.ts';
import { fail, type Span, seen } from '../span.ts';
import { attachVolume, detachVolume } from '../volume-attach.ts';
import { deleteVolume, growVolume } from '../volume-change.ts';
import { copyVolume, createVolume } from '../volume-create.ts';
import { ask, fromShelf, listAll, orMissing, tell } from './verb.ts';
import { toVolume } from './views.ts';

/** The verbs of volumes. */
export function volumes(site: Site): Volumes {
  const shelf = site.shelves.volumes;
  const look = (span: Span, id: string): CloudResult<StorageVolume | undefined> =>
    site
      .wire('volumes.get', () => fromShelf(() => shelf.get(id)))
      .map((found) => found && toVolume(found))
      .mapErr((error) => ({ ...error, operation: span.operation }));
  const until =
    (holds: (volume: StorageVolume) => boolean) =>
    (span: Span, { id }: Pick<VolumeRecord, 'id'>): CloudResult<StorageVolume> =>
      seen(
        span,
        () => look(span, id),
        (volume) => volume !== undefined && holds(volume),
      ).andThen((volume) => orMissing(span, 'volume', id, volume));
  return {
    get: (id, options) =>
      ask(
        site,
        'volumes.get',
        options,
        (span) =>
          fromShelf(() => shelf.get(id))
            .andThen((found) => orMissing(span, 'volume', id, found))
            .map((record) => record),
        id,
      ).map(toVolume),
    find: (key, options) =>
      ask(site, 'volumes.get', options, (span) => findByKey(span, key, shelf))
        .map((found) => found && toVolume(found))
        .mapErr((error) => ({ ...error, operation: 'volumes.find' })),
    list: (filter, options) =>
      listAll(site, 'volumes.list', {
        shelf,
        read: 'volumes.get',
        filter,
        options,
        view: async (records) => records.map(toVolume),
      }),
    create: (spec, call) =>
      tell(
        site,
        'volumes.create',
        call,
        (span) => createVolume(span, spec, call),
        until(({ state }) => state !== 'creating'),
      ),
    copy: (spec, call) =>
      tell(
        site,
        'volumes.copy',
        call,
        (span) => copyVolume(span, spec, call),
        until(({ state }) => state !== 'creating'),
      ),
    attach: (pairing, call) =>
      tell(
        site,
        'volumes.attach',
        call,
        (span) => whenKnown(span, look, pairing.volumeId, () => attachVolume(span, pairing)),
        (span, record) =>
          until((volume) => attachmentTo(volume, pairing.instanceId)?.state === 'attached')(
            span,
            record,
          ).andThen((volume) => {
            const attachment = attachmentTo(volume, pairing.instanceId);
            return attachment === undefined
              ? err(fail(span, 'failed', `${volume.id} is not attached.`))
              : ok(attachment);
          }),
        pairing.volumeId,
      ),
    detach: (pairing, call) =>
      tell(
        site,
        'volumes.detach',
        call,
        (span) => whenKnown(span, look, pairing.volumeId, () => detachVolume(span, pairing)),
        until(
          (volume) =>
            attachmentTo(volume, pairing.instanceId) === undefined &&
            (volume.state === 'available' || volume.attachments.length > 0),
        ),
        pairing.volumeId,
      ),
    delete: (id, call) =>
      tell(
        site,
        'volumes.delete',
        call,
        (span) => deleteVolume(span, id),
        (span) =>
          seen(
            span,
            () => look(span, id),
            (volume) => volume === undefined,
          ).map(() => undefined),
        id,
      ),
    modify: (id, change, call) =>
      tell(
        site,
        'volumes.modify',
        call,
        (span) => growVolume(span, id, change),
        until(({ sizeGiB }) => change.sizeGiB === undefined || sizeGiB === change.sizeGiB),
        id,
      ),
  };
}

function attachmentTo(volume: StorageVolume, instanceId: string): Attachment | undefined {
  return volume.attachments.find((one) => one.instanceId === instanceId);
}

/** A state that this version does not know is somebody else's business: nothing is done until it is over. */
function whenKnown<T>(
  span: Span,
  look: (span: Span, id: string) => CloudResult<StorageVolume | undefined>,
  id: string,
  work: () => CloudResult<T>,
): CloudResult<T> {
  return seen(
    span,
    () => look(span, id),
    (volume) => volume?.state !== 'unknown',
  ).andThen(work);
}
