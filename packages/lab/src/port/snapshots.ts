import type { CloudResult, Snapshot, Snapshots } from '@belay/cloud';
import { err, errAsync, ok, okAsync } from 'neverthrow';
import { findByKey } from '../create-once.ts';
import type { Site } from '../site.ts';
import { createSnapshot, deleteSnapshot } from '../snapshot.ts';
import { fail, type Span, seen } from '../span.ts';
import { ask, fromShelf, listAll, orMissing, tell } from './verb.ts';
import { toSnapshot } from './views.ts';

/** The verbs of snapshots. */
export function snapshots(site: Site): Snapshots {
  const shelf = site.shelves.snapshots;
  const look = (span: Span, id: string): CloudResult<Snapshot | undefined> =>
    site
      .wire('snapshots.get', () => fromShelf(() => shelf.get(id)))
      .map((found) => found && toSnapshot(found))
      .mapErr((error) => ({ ...error, operation: span.operation }));
  const until =
    (holds: (snapshot: Snapshot) => boolean) =>
    (span: Span, { id }: { readonly id: string }): CloudResult<Snapshot> =>
      seen(
        span,
        () => look(span, id),
        (snapshot) => snapshot !== undefined && holds(snapshot),
      ).andThen((snapshot) => orMissing(span, 'snapshot', id, snapshot));
  const no = <T>(operation: string, message: string, id?: string): CloudResult<T> =>
    ask(site, operation, undefined, (span) => errAsync(fail(span, 'unsupported', message)), id);
  return {
    get: (id, options) =>
      ask(
        site,
        'snapshots.get',
        options,
        (span) => fromShelf(() => shelf.get(id)).andThen((found) => orMissing(span, 'snapshot', id, found)),
        id,
      ).map(toSnapshot),
    find: (key, options) =>
      ask(site, 'snapshots.find', options, (span) => findByKey(span, key, shelf)).map(
        (found) => found && toSnapshot(found),
      ),
    list: (filter, options) =>
      listAll(site, 'snapshots.list', {
        shelf,
        filter,
        options,
        view: async (records) => records.map(toSnapshot),
      }),
    create: (spec, call) =>
      tell(
        site,
        'snapshots.create',
        call,
        (span) => createSnapshot(span, spec, call),
        until(() => true),
      ),
    copy: () => no('snapshots.copy', 'A lab copies no snapshots: all of it is on one box.'),
    share: (id) => no('snapshots.share', 'A lab has no other accounts to share with.', id),
    untilReady: (id, options) =>
      ask(
        site,
        'snapshots.untilReady',
        options,
        (span) =>
          seen(
            span,
            () => look(span, id),
            (snapshot) => snapshot?.state !== 'creating',
          ).andThen((snapshot) => {
            if (snapshot === undefined) return orMissing<Snapshot>(span, 'snapshot', id, undefined);
            if (snapshot.state === 'ready') return ok(snapshot);
            const more = { lastState: snapshot.state };
            return err(fail(span, 'failed', `${id} is ${snapshot.state}.`, more));
          }),
        id,
      ),
    delete: (id, call) =>
      tell(
        site,
        'snapshots.delete',
        call,
        (span) => deleteSnapshot(span, id),
        () => okAsync(undefined),
        id,
      ),
  };
}
