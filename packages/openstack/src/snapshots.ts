import type { CloudError, CloudResult, Snapshot, SnapshotSpec, Snapshots, Tags } from '@belay/cloud';
import { absenceOf, fail, lookByKey, mustExist, wait } from '@belay/cloud/adapter';
import { err, ok, type Result } from 'neverthrow';
import { unsupported } from './absent.ts';
import { createOnce, findUnder } from './create-once.ts';
import { deleteOnce } from './delete-once.ts';
import { hasTags, keyMetadata, keyValue } from './key-tags.ts';
import { pages } from './pages.ts';
import { type CinderSnapshot, cinderSnapshotOf, snapshotOf } from './snapshot-mapping.ts';
import { beginChange, beginRead, change, type Span } from './span.ts';
import type { Stack } from './stack.ts';
import { objectAt } from './wire.ts';

/** The port's snapshots over Cinder's. They stay in their region and their project: copies and sharing there are none. */
export function snapshots(stack: Stack): Snapshots {
  return {
    get: (id, options) =>
      mustExist(beginRead(stack, 'snapshots.get', options, id), stack.snapshots, id).map(snapshotOf),
    find(key, options) {
      const span = beginRead(stack, 'snapshots.find', options);
      return findUnder(span, key, livingUnder).map((found) =>
        found === undefined ? undefined : snapshotOf(found),
      );
    },
    list: (filter, options) => listSnapshots(beginRead(stack, 'snapshots.list', options), filter?.tags ?? {}),
    create: (spec, call) =>
      createSnapshot(beginChange(stack, 'snapshots.create', call), spec, call.key).map(snapshotOf),
    copy: ({ from }) => unsupported('snapshots.copy', 'Cinder copies no snapshots.', from.id),
    share: (id) => unsupported('snapshots.share', 'Cinder shows no snapshot to other projects.', id),
    untilReady(id, options) {
      const span = beginRead(stack, 'snapshots.untilReady', options, id);
      return mustExist(span, stack.snapshots, id)
        .andThen(() => untilReady(span, id))
        .map(snapshotOf);
    },
    delete: (id, call) =>
      deleteOnce(beginChange(stack, 'snapshots.delete', call, id), id, {
        batch: stack.snapshots,
        call: 'deleteSnapshot',
        isGone,
      }),
  };
}

function isGone({ status }: CinderSnapshot): boolean {
  return status === 'deleting' || status === 'deleted';
}

/** All that carry the key and are not on their way out. One look. */
function livingUnder(span: Span, key: string): CloudResult<readonly CinderSnapshot[]> {
  return lookByKey(span, span.stack.byKey.snapshots, keyValue(key)).map((all) =>
    all.filter((one) => !isGone(one)),
  );
}

async function* listSnapshots(span: Span, tags: Tags): AsyncIterable<Result<Snapshot, CloudError>> {
  const isWanted = hasTags(tags);
  for await (const one of pages(span, 'listSnapshots', 'snapshots')) {
    const snapshot = one.map(cinderSnapshotOf);
    if (snapshot.isErr() || isWanted(snapshot.value.metadata)) yield snapshot.map(snapshotOf);
  }
}

/**
 * Cinder does not tell when the data is fixed, only when the snapshot is `available`: so it is waited for until then,
 * and what is written to the volume afterwards is certainly not in it.
 */
function createSnapshot(span: Span, spec: SnapshotSpec, key: string): CloudResult<CinderSnapshot> {
  const { name, volumeId, tags } = spec;
  // From 3.66 on a volume in use needs no force, and Cinder passes over it.
  const body = { snapshot: { name, volume_id: volumeId, force: true, metadata: keyMetadata(key, tags) } };
  return createOnce<CinderSnapshot>({
    span,
    key,
    look: () => livingUnder(span, key),
    create: () =>
      change(span, 'createSnapshot', { body }).andThen((reply) =>
        accepted(span, cinderSnapshotOf(objectAt(reply.body, 'snapshot'))),
      ),
    idOf: ({ id }) => id,
    difference: (made) =>
      made.volumeId === volumeId ? undefined : `is of ${made.volumeId}, not ${volumeId}`,
  }).andThen(({ id }) => untilReady({ ...span, resourceId: id }, id));
}

function accepted(span: Span, snapshot: CinderSnapshot): Result<CinderSnapshot, CloudError> {
  if (snapshot.id !== '') return ok(snapshot);
  return err(fail(span, 'transient', 'Cinder accepted a snapshot and named no id.', { applied: 'unknown' }));
}

/** For so long a snapshot that Cinder has promised may stay out of sight. */
const invisibleMs = 60_000;

function untilReady(span: Span, id: string): CloudResult<CinderSnapshot> {
  const absence = absenceOf(span, invisibleMs);
  const applied = span.changes ? 'unknown' : 'no';
  return wait<CinderSnapshot | undefined>(span, {
    observe: (signal) => span.stack.snapshots.get(id, { signal }),
    until(seen, elapsedMs) {
      if (seen === undefined) return absence.isBelieved(elapsedMs) ? vanished(span, id) : 'not-yet';
      absence.seen();
      const { state } = snapshotOf(seen);
      if (state === 'ready') return 'yes';
      if (isGone(seen)) return vanished(span, id);
      if (state !== 'failed') return 'not-yet';
      return fail(span, 'failed', `${id} is in ${seen.status}.`, { lastState: seen.status, applied });
    },
    stateOf: (seen) => seen?.status,
    applied,
  }).andThen((seen) => (seen === undefined ? err(vanished(span, id)) : ok(seen)));
}

function vanished(span: Span, id: string): CloudError {
  const applied = span.changes ? 'unknown' : 'no';
  return fail(span, span.changes ? 'failed' : 'not-found', `The snapshot ${id} is gone.`, { applied });
}
