import type { FloatingIp, FloatingIps } from '@belay/cloud';
import { createAddress, deleteAddress, moveAddress } from '../floating.ts';
import type { Site } from '../site.ts';
import { reads } from './reads.ts';
import { end, make, tell } from './verb.ts';
import { toFloatingIp } from './views.ts';

/** The verbs of floating addresses. */
export function floatingIps(site: Site): FloatingIps {
  const all = reads(site, {
    kind: 'floatingIps',
    noun: 'floating address',
    shelf: site.shelves.addresses,
    view: async (records): Promise<readonly FloatingIp[]> => records.map(toFloatingIp),
  });
  const { get, find, list, until } = all;
  return {
    get,
    find,
    list,
    create: (spec, call) =>
      make(site, 'floatingIps.create', {
        call,
        asked: spec,
        reads: all,
        work: (span) => createAddress(span, spec, call),
        isMade: () => true,
      }),
    move: (id, way, call) =>
      tell(
        site,
        'floatingIps.move',
        call,
        (span) => moveAddress(span, id, way),
        (span) => until(span, id, ({ instanceId }) => instanceId === way.to),
        id,
      ),
    delete: (id, call) => end(site, 'floatingIps.delete', { id, call, reads: all, work: deleteAddress }),
  };
}
