import type { CloudError, StorageVolume, Tags, Volumes } from '@belay/cloud';
import { mustExist } from '@belay/cloud/adapter';
import type { Result } from 'neverthrow';
import { findUnder } from './create-once.ts';
import { hasTags } from './key-tags.ts';
import { pages } from './pages.ts';
import { beginChange, beginRead, type Span } from './span.ts';
import type { Stack } from './stack.ts';
import { attachVolume } from './volume-attach.ts';
import { copyVolume, createVolume, livingUnder } from './volume-create.ts';
import { deleteVolume } from './volume-delete.ts';
import { detachVolume } from './volume-detach.ts';
import { cinderVolumeOf, volumeOf } from './volume-mapping.ts';
import { modifyVolume } from './volume-modify.ts';

/** The port's volumes over Cinder's, and over Nova where a server has a part in it. */
export function volumes(stack: Stack): Volumes {
  return {
    get: (id, options) =>
      mustExist(beginRead(stack, 'volumes.get', options, id), stack.volumes, id).map(volumeOf),
    find(key, options) {
      const span = beginRead(stack, 'volumes.find', options);
      return findUnder(span, key, livingUnder).map((found) =>
        found === undefined ? undefined : volumeOf(found),
      );
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
