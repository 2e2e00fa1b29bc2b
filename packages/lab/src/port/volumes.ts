import type { Attachment, CloudResult, Pairing, StorageVolume, Volumes } from '@belay/cloud';
import { err, ok } from 'neverthrow';
import type { Site } from '../site.ts';
import { fail, type Span } from '../span.ts';
import { attachVolume, detachVolume } from '../volume-attach.ts';
import { deleteVolume, growVolume } from '../volume-change.ts';
import { copyVolume, createVolume } from '../volume-create.ts';
import { type Reads, reads } from './reads.ts';
import { end, make, tell } from './verb.ts';
import { toVolume } from './views.ts';

/** The verbs of volumes. */
export function volumes(site: Site): Volumes {
  const all = reads(site, {
    kind: 'volumes',
    noun: 'volume',
    shelf: site.shelves.volumes,
    view: async (records) => records.map(toVolume),
  });
  const { get, find, list, until, unless } = all;
  const isMade = ({ state }: StorageVolume): boolean => state !== 'creating';
  /** A state that this version does not know is somebody else's business: nothing is done until it is over. */
  const whenKnown = <T>(span: Span, id: string, work: () => CloudResult<T>): CloudResult<T> =>
    unless(span, id, ({ state }) => state !== 'unknown').andThen(work);
  return {
    get,
    find,
    list,
    create: (spec, call) =>
      make(site, 'volumes.create', {
        call,
        asked: spec,
        reads: all,
        work: (span) => createVolume(span, spec, call),
        isMade,
      }),
    copy: (spec, call) =>
      make(site, 'volumes.copy', {
        call,
        asked: spec,
        reads: all,
        work: (span) => copyVolume(span, spec, call),
        isMade,
      }),
    attach: (pairing, call) =>
      tell(
        site,
        'volumes.attach',
        call,
        (span) => whenKnown(span, pairing.volumeId, () => attachVolume(span, pairing)),
        (span) => untilAttached(span, until, pairing),
        pairing.volumeId,
      ),
    detach: (pairing, call) =>
      tell(
        site,
        'volumes.detach',
        call,
        (span) => whenKnown(span, pairing.volumeId, () => detachVolume(span, pairing)),
        (span) => until(span, pairing.volumeId, (volume) => isOff(volume, pairing)),
        pairing.volumeId,
      ),
    delete: (id, call) => end(site, 'volumes.delete', { id, call, reads: all, work: deleteVolume }),
    modify: (id, change, call) =>
      tell(
        site,
        'volumes.modify',
        call,
        (span) => growVolume(span, id, change),
        (span) => until(span, id, ({ sizeGiB }) => sizeGiB === (change.sizeGiB ?? sizeGiB)),
        id,
      ),
  };
}

type Until = Reads<StorageVolume>['until'];

function untilAttached(span: Span, until: Until, pairing: Pairing): CloudResult<Attachment> {
  const isOn = (volume: StorageVolume): boolean => attachmentTo(volume, pairing)?.state === 'attached';
  return until(span, pairing.volumeId, isOn).andThen((volume) => {
    const attachment = attachmentTo(volume, pairing);
    return attachment === undefined
      ? err(fail(span, 'failed', `${volume.id} came off at once.`))
      : ok(attachment);
  });
}

function isOff(volume: StorageVolume, pairing: Pairing): boolean {
  if (attachmentTo(volume, pairing) !== undefined) return false;
  return volume.state === 'available' || volume.attachments.length > 0;
}

function attachmentTo(volume: StorageVolume, { instanceId }: Pairing): Attachment | undefined {
  return volume.attachments.find((one) => one.instanceId === instanceId);
}
