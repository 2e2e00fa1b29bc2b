import type { CloudResult, FloatingIp, FloatingIps } from '@belay/cloud';
import { okAsync } from 'neverthrow';
import { findByKey } from '../create-once.ts';
import { createAddress, deleteAddress, moveAddress } from '../floating.ts';
import type { Site } from '../site.ts';
import { type Span, seen } from '../span.ts';
import { ask, fromShelf, listAll, orMissing, tell } from './verb.ts';
import { toFloatingIp } from './views.ts';

/** The verbs of floating addresses. */
export function floatingIps(site: Site): FloatingIps {
  const shelf = site.shelves.addresses;
  const look = (span: Span, id: string): CloudResult<FloatingIp | undefined> =>
    site
      .wire('floatingIps.get', () => fromShelf(() => shelf.get(id)))
      .map((found) => found && toFloatingIp(found))
      .mapErr((error) => ({ ...error, operation: span.operation }));
  const until =
    (holds: (address: FloatingIp) => boolean) =>
    (span: Span, { id }: { readonly id: string }): CloudResult<FloatingIp> =>
      seen(
        span,
        () => look(span, id),
        (address) => address !== undefined && holds(address),
      ).andThen((address) => orMissing(span, 'floating address', id, address));
  return {
    get: (id, options) =>
      ask(
        site,
        'floatingIps.get',
        options,
        (span) =>
          fromShelf(() => shelf.get(id)).andThen((found) => orMissing(span, 'floating address', id, found)),
        id,
      ).map(toFloatingIp),
    find: (key, options) =>
      ask(site, 'floatingIps.find', options, (span) => findByKey(span, key, shelf)).map(
        (found) => found && toFloatingIp(found),
      ),
    list: (filter, options) =>
      listAll(site, 'floatingIps.list', {
        shelf,
        filter,
        options,
        view: async (records) => records.map(toFloatingIp),
      }),
    create: (spec, call) =>
      tell(
        site,
        'floatingIps.create',
        call,
        (span) => createAddress(span, spec, call),
        until(() => true),
      ),
    move: (id, way, call) =>
      tell(
        site,
        'floatingIps.move',
        call,
        (span) => moveAddress(span, id, way),
        until(({ instanceId }) => instanceId === way.to),
        id,
      ),
    delete: (id, call) =>
      tell(
        site,
        'floatingIps.delete',
        call,
        (span) => deleteAddress(span, id),
        () => okAsync(undefined),
        id,
      ),
  };
}
