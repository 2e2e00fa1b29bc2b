import type { CloudError, CloudResult, StorageVolume, Tags, Volumes } from '@belay/cloud';
import { errAsync, okAsync, type Result } from 'neverthrow';
import { findByKey } from './create-once.ts';
import { hasTags } from './key-tags.ts';
import { pages } from './pages.ts';
import { beginChange, beginRead, fail, lookUp, mustExist, repeat, type Span, wait } from './span.ts';
import type { Stack } from './stack.ts';
import { attachVolume } from './volume-attach.ts';
import { copyVolume, createVolume, livingUnder } from './volume-create.ts';
import { detachVolume } from './volume-detach.ts';
import { type CinderVolume, cinderVolumeOf, isGone, volumeOf } from './volume-mapping.ts';
import { modifyVolume } from './volume-modify.ts';

/** The port's volumes over Cinder's, and over Nova where a server has a part in it. */
export function volumes(stack: Stack): Volumes {
  return {
    get: (id, options) =>
      mustExist(beginRead(stack, 'volumes.get', options, id), stack.volumes, id).map(volumeOf),
    find(key, options) {
      const span = beginRead(stack, 'volumes.find', options);
      return findByKey(
        span,
        key,
        () => livingUnder(span, key),
        ({ id }) => id,
      ).map((found) => (found === undefined ? undefined : volumeOf(found)));
    },
    list: (filter, options) => listVolumes(beginRead(stack, 'volumes.list', options), filter?.tags ?? {}),
    create: (spec, call) =>
      createVolume(beginChange(stack, 'volumes.create', call), spec, call.key).map(volumeOf),
    attach: (pairing, call) =>
      attachVolume(beginChange(stack, 'volumes.attach', call, pairing.volumeId), pairing),
    detach: (pairing, call) =>
      detachVolume(beginChange(stack, 'volumes.detach', call, pairing.volumeId), pairing),
    delete: (id, call) => deleteVolume(beginChange(stack, 'volumes.delete', call, id), id),
    copy: (spec, call) => copyVolume(beginChange(stack, 'volumes.copy', call), spec, call.key).map(volumeOf),
    modify: (id, change, call) =>
      modifyVolume(beginChange(stack, 'volumes.modify', call, id), id, change).map(volumeOf),
  };
}

/** The filter by metadata can be forbidden by the operator, so the tags are compared here. */
async function* listVolumes(span: Span, tags: Tags): AsyncIterable<Result<StorageVolume, CloudError>> {
  const isWanted = hasTags(tags);
  for await (const one of pages(span, 'listVolumes', 'volumes')) {
    const volume = one.map(cinderVolumeOf);
    if (volume.isErr() || isWanted(volume.value.metadata)) yield volume.map(volumeOf);
  }
}

/** Cinder says of all that keeps it from deleting in one and the same sentence; the volume says which it is. */
function deleteVolume(span: Span, id: string): CloudResult<void> {
  return lookUp(span, span.stack.volumes, id).andThen((volume) => {
    if (volume === undefined || volume.status === 'deleted') return okAsync(undefined);
    if (volume.serverIds.length > 0) {
      const message = `${id} is attached to ${volume.serverIds.join(', ')}, and was kept.`;
      return errAsync(fail(span, 'busy', message, { lastState: volume.status }));
    }
    const asked = isGone(volume)
      ? okAsync(undefined)
      : repeat(span, 'deleteVolume', { path: { id } })
          .map(() => undefined)
          .orElse((error) => (error.kind === 'not-found' ? okAsync(undefined) : errAsync(error)));
    return asked.andThen(() => untilDeleted(span, id)).map(() => undefined);
  });
}

function untilDeleted(span: Span, id: string): CloudResult<CinderVolume | undefined> {
  return wait<CinderVolume | undefined>(span, {
    observe: (signal) => span.stack.volumes.get(id, { signal }),
    until(seen) {
      if (seen === undefined || seen.status === 'deleted') return 'yes';
      if (seen.status !== 'error_deleting') return 'not-yet';
      return fail(span, 'failed', `${id} could not be deleted.`, { lastState: seen.status });
    },
    stateOf: (seen) => seen?.status,
    applied: 'unknown',
  });
}
