import type { CloudError, CloudResult, Instance, Instances, Tags } from '@belay/cloud';
import { fail, mustExist, wait } from '@belay/cloud/adapter';
import { errAsync, okAsync, type Result } from 'neverthrow';
import { findUnder } from './create-once.ts';
import { toInstance } from './instance-mapping.ts';
import { hasTags } from './key-tags.ts';
import { compare } from './microversion.ts';
import { offer } from './offers.ts';
import { pages } from './pages.ts';
import { type Server, serverOf, serverState, wordOf } from './server.ts';
import { createServer, livingUnder, noneHidden } from './server-create.ts';
import { deleteServer } from './server-delete.ts';
import { gone, startServer, stopServer } from './server-power.ts';
import { keepsNone } from './server-request.ts';
import { confirmResize, resizeServer, revertResize } from './server-resize.ts';
import { beginChange, beginRead, repeat, type Span } from './span.ts';
import type { Stack } from './stack.ts';

/** The port's instances over Nova's servers. */
export function instances(stack: Stack): Instances {
  const change = (
    operation: string,
    id: string,
    call: Parameters<Instances['start']>[1],
    work: (span: Span) => CloudResult<Server>,
  ): CloudResult<Instance> => {
    const span = beginChange(stack, operation, call, id);
    return work(span).andThen((seen) => toInstance(span, seen));
  };
  return {
    get(id, options) {
      const span = beginRead(stack, 'instances.get', options, id);
      return mustExist(span, stack.servers, id).andThen((seen) => toInstance(span, seen));
    },
    find(key, options) {
      const span = beginRead(stack, 'instances.find', options);
      return findUnder(span, key, livingUnder).andThen((found) =>
        found === undefined ? noneHidden(span, key).map(() => undefined) : toInstance(span, found),
      );
    },
    list: (filter, options) => listServers(beginRead(stack, 'instances.list', options), filter?.tags ?? {}),
    create(spec, call) {
      const span = beginChange(stack, 'instances.create', call);
      return createServer(span, spec, call.key).andThen((made) =>
        toInstance({ ...span, resourceId: made.id }, made),
      );
    },
    start: (id, call) => change('instances.start', id, call, (span) => startServer(span, id)),
    stop: (id, call) => change('instances.stop', id, call, (span) => stopServer(span, id)),
    delete: (id, call) => deleteServer(beginChange(stack, 'instances.delete', call, id), id),
    rename: (id, name, call) => change('instances.rename', id, call, (span) => rename(span, id, name)),
    keepVolume: (id, volumeId, keep, call) =>
      change('instances.keepVolume', id, call, (span) => keepVolume(span, id, volumeId, keep)),
    resize: (id, instanceType, call) =>
      change('instances.resize', id, call, (span) =>
        call.reservationId === undefined ? resizeServer(span, id, instanceType) : errAsync(keepsNone(span)),
      ),
    confirmResize: (id, call) =>
      change('instances.confirmResize', id, call, (span) => confirmResize(span, id)),
    revertResize: (id, call) => change('instances.revertResize', id, call, (span) => revertResize(span, id)),
    offer: (instanceType, zone, options) =>
      offer(beginRead(stack, 'instances.offer', options), instanceType, zone),
  };
}

/** Nova lets nobody look for metadata, so the tags are compared here. */
async function* listServers(span: Span, tags: Tags): AsyncIterable<Result<Instance, CloudError>> {
  const isWanted = hasTags(tags);
  for await (const one of pages(span, 'listServers', 'servers')) {
    const server = one.map(serverOf);
    if (server.isOk() && (!isWanted(server.value.metadata) || serverState(server.value) === 'gone')) continue;
    yield await server.asyncAndThen((seen) => toInstance(span, seen));
  }
}

function rename(span: Span, id: string, name: string): CloudResult<Server> {
  return repeat(span, 'renameServer', { path: { id }, body: { server: { name } } }).andThen(() =>
    untilSeen(span, id, (seen) => seen.name === name),
  );
}

/** From 2.85 on Nova takes it back what was said at the attach. */
const keepVolumeFrom = '2.85';

function keepVolume(span: Span, id: string, volumeId: string, keep: boolean): CloudResult<Server> {
  return mustExist(span, span.stack.servers, id).andThen((server) => {
    const attached = server.volumes.find((one) => one.id === volumeId);
    if (attached === undefined) {
      const message = `${volumeId} is not attached to ${id}.`;
      return errAsync(fail(span, 'not-found', message, { resourceId: volumeId }));
    }
    if (attached.deleteOnTermination === !keep) return okAsync(server);
    const { compute } = span.stack.microversions;
    if (compare(compute, keepVolumeFrom) < 0) {
      const message = `Nova changes that from ${keepVolumeFrom} on, and speaks ${compute} here.`;
      return errAsync(fail(span, 'unsupported', message));
    }
    const body = { volumeAttachment: { volumeId, delete_on_termination: !keep } };
    return repeat(span, 'keepVolume', { path: { id, volume: volumeId }, body }).andThen(() =>
      untilSeen(span, id, (seen) =>
        seen.volumes.some((one) => one.id === volumeId && one.deleteOnTermination === !keep),
      ),
    );
  });
}

/** Reads back what was changed. */
function untilSeen(span: Span, id: string, isThere: (seen: Server) => boolean): CloudResult<Server> {
  return wait<Server | undefined>(span, {
    observe: (signal) => span.stack.servers.get(id, { signal }),
    until: (seen) => {
      if (seen === undefined) return gone(span, id);
      return isThere(seen) ? 'yes' : 'not-yet';
    },
    stateOf: (seen) => (seen === undefined ? undefined : wordOf(seen)),
    applied: 'yes',
  }).andThen((seen) => (seen === undefined ? errAsync(gone(span, id)) : okAsync(seen)));
}
