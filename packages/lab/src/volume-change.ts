import { rm } from 'node:fs/promises';
import type { CloudResult, VolumeChange } from '@belay/cloud';
import { err, ok, okAsync, ResultAsync, safeTry } from 'neverthrow';
import { command } from './command.ts';
import { withLocks } from './locks.ts';
import { loopOf, untie } from './loop.ts';
import type { VolumeRecord } from './records.ts';
import { diskOf } from './site.ts';
import { fail, type Span } from './span.ts';
import { settled } from './volume-attach.ts';
import { inState, volumeOrMissing } from './volume-record.ts';

/** A volume grows, in use too: the image first, then the device, so that a guest never sees more than there is. */
export function growVolume(
  span: Span,
  id: string,
  { sizeGiB, diskType }: VolumeChange,
): CloudResult<VolumeRecord> {
  return withLocks(span, [id], () =>
    safeTry(async function* () {
      const volume = yield* settled(span, yield* volumeOrMissing(span, id));
      if (diskType !== undefined && diskType !== volume.diskType) {
        const message = `${id} is ${volume.diskType}, which is the filesystem on it: it cannot become ${diskType}.`;
        return err(fail(span, 'unsupported', message));
      }
      if (sizeGiB === undefined || sizeGiB === volume.sizeGiB) return ok(volume);
      if (!Number.isInteger(sizeGiB) || sizeGiB < volume.sizeGiB) {
        return err(
          fail(span, 'invalid', `${id} has ${volume.sizeGiB} GiB and only grows, not to ${sizeGiB}.`),
        );
      }
      const image = diskOf(span.site, id);
      yield* command(span, ['truncate', '--size', String(sizeGiB * 2 ** 30), image]);
      const device = yield* loopOf(span, image);
      if (device !== undefined) yield* command(span, ['losetup', '--set-capacity', device.path]);
      return ok(await span.site.shelves.volumes.put({ ...volume, sizeGiB }));
    }),
  );
}

/** The image first, the record last: a deletion that was cut off is found and ended by the next one. */
export function deleteVolume(span: Span, id: string): CloudResult<void> {
  return withLocks(span, [id], () =>
    ResultAsync.fromSafePromise(span.site.shelves.volumes.get(id)).andThen((volume) => {
      if (volume === undefined) return okAsync(undefined);
      if (volume.state === 'creating' || volume.state === 'deleting') return removeVolume(span, volume);
      return settled(span, volume).andThen((now) => {
        if (now.attachment === undefined) return removeVolume(span, now);
        const message = `${id} is on ${now.attachment.instanceId}.`;
        return err(fail(span, 'busy', message, { lastState: now.state }));
      });
    }),
  );
}

/** Removes a volume that is nowhere attached. The caller holds its lock. */
export function removeVolume(span: Span, volume: VolumeRecord): CloudResult<void> {
  const { volumes } = span.site.shelves;
  const image = diskOf(span.site, volume.id);
  return safeTry(async function* () {
    await volumes.put(inState(span, volume, 'deleting', undefined));
    yield* untie(span, image);
    await rm(image, { force: true });
    await volumes.remove(volume.id);
    return ok(undefined);
  });
}
