import type { Snapshot, Snapshots } from '@belay/cloud';
import { err, ok } from 'neverthrow';
import type { Site } from '../site.ts';
import { createSnapshot, deleteSnapshot } from '../snapshot.ts';
import { fail } from '../span.ts';
import { lacks, reads } from './reads.ts';
import { ask, end, make } from './verb.ts';
import { toSnapshot } from './views.ts';

/** The verbs of snapshots. */
export function snapshots(site: Site): Snapshots {
  const all = reads(site, {
    kind: 'snapshots',
    noun: 'snapshot',
    shelf: site.shelves.snapshots,
    view: async (records): Promise<readonly Snapshot[]> => records.map(toSnapshot),
  });
  const { get, find, list, until } = all;
  return {
    get,
    find,
    list,
    create: (spec, call) =>
      make(site, 'snapshots.create', {
        call,
        asked: spec,
        reads: all,
        work: (span) => createSnapshot(span, spec, call),
        isMade: () => true,
      }),
    copy: () => lacks(site, 'snapshots.copy', 'A lab copies no snapshots: all of it is on one box.'),
    share: () => lacks(site, 'snapshots.share', 'A lab has no other accounts to share with.'),
    untilReady: (id, options) =>
      ask(
        site,
        'snapshots.untilReady',
        options,
        (span) =>
          get(id, options)
            .andThen(() => until(span, id, ({ state }) => state !== 'creating'))
            .andThen((snapshot) => {
              const { state } = snapshot;
              if (state === 'ready') return ok(snapshot);
              return err(fail(span, 'failed', `${id} is ${state}.`, { lastState: state }));
            }),
        id,
      ),
    delete: (id, call) => end(site, 'snapshots.delete', { id, call, reads: all, work: deleteSnapshot }),
  };
}
