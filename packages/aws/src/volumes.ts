import type { Volume as Ec2Volume } from '@aws-sdk/client-ec2';
import type { CloudError, CloudResult, StorageVolume, Tags, Volumes } from '@belay/cloud';
import { fail, findByKey, lookUp, mustExist, wait } from '@belay/cloud/adapter';
import { errAsync, okAsync, type Result } from 'neverthrow';
import type { Ec2 } from './ec2.ts';
import { pages } from './pages.ts';
import { beginChange, beginRead, read, repeat, type Span } from './span.ts';
import { hasTags, tagFilters } from './tags.ts';
import { attachVolume } from './volume-attach.ts';
import { copyVolume } from './volume-copy.ts';
import { createVolume, idOf, livingUnder } from './volume-create.ts';
import { detachVolume } from './volume-detach.ts';
import { volumeOf } from './volume-mapping.ts';
import { modifyVolume } from './volume-modify.ts';

/** The port's volumes over EBS. */
export function volumes(ec2: Ec2): Volumes {
  return {
    get: (id, options) =>
      mustExist(beginRead(ec2, 'volumes.get', options, id), ec2.volumes, id).map(volumeOf),
    find(key, options) {
      const span = beginRead(ec2, 'volumes.find', options);
      return findByKey({ span, key, look: () => livingUnder(span, key), idOf }).map((found) =>
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
    copy: (spec, call) =>
      copyVolume(beginChange(ec2, 'volumes.copy', call, spec.volumeId), spec, call.key).map(volumeOf),
    modify: (id, wanted, call) =>
      modifyVolume(beginChange(ec2, 'volumes.modify', call, id), id, wanted).map(volumeOf),
  };
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
