/**
 * Takes volumes and snapshots away without losing a byte. In quarantine a thing stays where it is, marked, and is listed
 * no more; bringing it back takes the mark away. Whoever uses it in the meantime (attaches the volume, makes a volume of
 * the snapshot) keeps it from being deleted. A volume is only deleted after a last snapshot of it is complete, and that
 * snapshot stays: it has the volume's bytes for as long as nobody sweeps it in its turn.
 */

import type { Cloud, CloudError, Snapshot, Tags } from '@belay/cloud';
import { err, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import type { Call, SideResult } from '../call.ts';
import type { Removal, RemovalCall, Removed, Remover, Whereabouts } from '../remover.ts';
import { scannerError } from '../scanner-error.ts';
import type { CloudMark, CloudMarks } from './marks.ts';
import { idOf, type Resource, snapshots, type Tagged, volumes } from './resource.ts';

/** Which cloud, and where its marks are. */
export interface CloudRemoverOptions {
  /** For people and errors. */
  readonly name: string;
  /** With credentials of its own, that may delete. */
  readonly cloud: Cloud;
  /** The same as the inventory's. */
  readonly marks: CloudMarks;
}

/** Takes volumes away. What is deleted can be made again, under another id, from its last snapshot. */
export function volumeRemover(options: CloudRemoverOptions): Remover {
  const { cloud } = options;
  return removerOf(options, volumes(cloud), 'copy', {
    // What was written since it was judged is in it too.
    before: (volume, run, call) => lastSnapshot(volume, run, cloud, call),
    delete: (id, call) => cloud.volumes.delete(id, call),
  });
}

/** Takes snapshots away. One of which a volume was made stays; so does one that the cloud itself protects. */
export function snapshotRemover(options: CloudRemoverOptions): Remover {
  return removerOf(options, snapshots(options.cloud), 'native', {
    before: () => okAsync(undefined),
    delete: (id, call) => options.cloud.snapshots.delete(id, call),
  });
}

/** The tag of a last snapshot, with the id of the volume that it was taken of. */
const lastOf = 'belay:last-of';

interface Verbs<T> {
  /** What must be there before it is deleted. */
  readonly before: (one: T, run: string, call: Call) => ResultAsync<unknown, CloudError>;
  readonly delete: (id: string, call: Call & { readonly key: string }) => ResultAsync<void, CloudError>;
}

function removerOf<T extends Tagged>(
  { name, marks }: CloudRemoverOptions,
  resource: Resource<T>,
  quarantine: 'copy' | 'native',
  verbs: Verbs<T>,
): Remover {
  const each = <I, A>(
    items: readonly I[],
    call: Call,
    work: (item: I) => Promise<A>,
  ): SideResult<readonly A[]> =>
    // The marks are asked first: where they cannot be, or the caller has given up, nothing is begun.
    marks.all(call).andThen(() => ResultAsync.fromSafePromise(inTurn(items, work)));
  const store: Store<T> = { marks, resource, verbs };
  return {
    name,
    // An id is never given to another volume, and so the version is looked at and not handed to the cloud.
    traits: { conditional: false, quarantine },
    prove: (call) => prove(marks, resource.kind, call),
    fence: (call) => marks.fence(call),
    raiseFence: (from, to, call) =>
      marks
        .raiseFence(from, to, call)
        .andThen((isRaised) =>
          isRaised
            ? ok(undefined)
            : err(scannerError('fenced-out', `${name} carries the mark of another sweeper.`)),
        ),
    quarantine: (items, call) => each(items, call, (item) => putAside(item, store, call)),
    restore: (items, call) => each(items, call, (item) => bringBack(item, store, call)),
    delete: (items, call) => each(items, call, (item) => deleteFor(item, store, call)),
    find: (items, call) => each(items, call, (item) => find(item, store, call)),
  };
}

interface Store<T> {
  readonly marks: CloudMarks;
  readonly resource: Resource<T>;
  readonly verbs: Verbs<T>;
}

/** One after another: clouds count calls, and a last snapshot takes minutes. */
async function inTurn<I, A>(items: readonly I[], work: (item: I) => Promise<A>): Promise<readonly A[]> {
  const answers: A[] = [];
  for (const item of items) answers.push(await work(item));
  return answers;
}

/** A mark of its own is put and taken away: that is all that bringing back needs. */
function prove(
  marks: CloudMarks,
  kind: string,
  call: Call,
): SideResult<{ readonly conditional: boolean; readonly restores: boolean }> {
  // Made here, and no key of any cloud.
  const probe: CloudMark = { key: `${kind}/belay-probe` as CloudMark['key'], run: 'probe', version: 'probe' };
  return marks
    .take(probe, call)
    .andThen(() => marks.put(probe, call))
    .andThen((isPut) =>
      marks
        .take({ ...probe, version: 'another' }, call)
        .andThen((isWrong) =>
          marks
            .take(probe, call)
            .map((isTaken) => ({ conditional: false, restores: isPut && isTaken && !isWrong })),
        ),
    );
}

async function putAside<T extends Tagged>(
  item: Removal,
  store: Store<T>,
  call: RemovalCall,
): Promise<Removed> {
  const ready = await readyToGo(item, store, call);
  if (ready.isErr()) return ready.error;
  const { key, version } = item;
  const put = await store.marks.put({ key, run: call.run, version }, call);
  if (put.isErr()) return { key, outcome: 'unknown', message: put.error.message };
  return put.value
    ? { key, outcome: 'done', token: tokenOf(call.run) }
    : refused(item, 'failed', 'It is in quarantine already.');
}

async function bringBack<T extends Tagged>(
  item: Removal & { readonly token: string },
  store: Store<T>,
  call: RemovalCall,
): Promise<Removed> {
  const there = await seen(item, store, call);
  if (there.isErr()) return there.error;
  const { key, token, version } = item;
  const taken = await store.marks.take({ key, run: runOf(token), version }, call);
  if (taken.isErr()) return { key, outcome: 'unknown', message: taken.error.message };
  return taken.value ? { key, outcome: 'done', token } : refused(item, 'absent', 'It is not in quarantine.');
}

/** Only what is marked, unchanged and unused, and for a volume only when its last snapshot is complete. */
async function deleteFor<T extends Tagged>(
  item: Removal & { readonly token: string },
  store: Store<T>,
  call: RemovalCall,
): Promise<Removed> {
  const { key, token } = item;
  const run = runOf(token);
  const marks = await store.marks.all(call);
  if (marks.isErr()) return { key, outcome: 'unknown', message: marks.error.message };
  const mark = marks.value.find((one) => one.key === key && one.run === run && one.version === item.version);
  if (mark === undefined) return refused(item, 'absent', 'It is not in quarantine.');
  const first = await readyToGo(item, store, call);
  if (first.isErr()) return first.error;
  const kept = await store.verbs.before(first.value, run, call);
  if (kept.isErr()) return refusedBy(item, kept.error);
  // The snapshot took a while: somebody may have attached it meanwhile.
  const again = await readyToGo(item, store, call);
  if (again.isErr()) return again.error;
  const gone = await store.verbs.delete(again.value.id, {
    key: `belay-purge/${run}/${again.value.id}`,
    ...signalOf(call),
  });
  if (gone.isErr()) return refusedBy(item, gone.error);
  const taken = await store.marks.take(mark, {});
  return taken.isErr()
    ? { key, outcome: 'unknown', message: taken.error.message }
    : { key, outcome: 'done', token };
}

async function find<T extends Tagged>(
  item: Removal & { readonly token?: string },
  store: Store<T>,
  call: RemovalCall,
): Promise<Whereabouts> {
  const { key } = item;
  const id = idOf(store.resource.kind, key);
  if (id === undefined) return { key, at: 'unknown', message: `${key} is no ${store.resource.kind}.` };
  const got = await store.resource.get(id, signalOf(call));
  if (got.isErr()) {
    return got.error.kind === 'not-found'
      ? { key, at: 'gone' }
      : { key, at: 'unknown', message: got.error.message };
  }
  if (store.resource.isGone(got.value)) return { key, at: 'gone' };
  const marks = await store.marks.all(call);
  if (marks.isErr()) return { key, at: 'unknown', message: marks.error.message };
  const version = store.resource.version(got.value);
  const run = item.token === undefined ? call.run : runOf(item.token);
  const isMarked = marks.value.some((one) => one.key === key && one.run === run);
  return isMarked ? { key, at: 'quarantine', version, token: tokenOf(run) } : { key, at: 'stored', version };
}

/** It is there, it is the one that was judged, and nothing uses it. */
async function readyToGo<T extends Tagged>(
  item: Removal,
  store: Store<T>,
  call: Call,
): Promise<Result<T, Removed>> {
  const there = await seen(item, store, call);
  if (there.isErr()) return there;
  if (store.resource.version(there.value) !== item.version) {
    return err(refused(item, 'version', `It is ${store.resource.version(there.value)} now.`));
  }
  const dependants = await store.resource.dependants(there.value, call);
  if (dependants.isErr()) return err(refused(item, 'failed', dependants.error.message));
  const [first] = dependants.value;
  return first === undefined ? ok(there.value) : err(refused(item, 'held', `${first} depends on it.`));
}

async function seen<T extends Tagged>(
  item: Removal,
  { resource }: Store<T>,
  call: Call,
): Promise<Result<T, Removed>> {
  const id = idOf(resource.kind, item.key);
  if (id === undefined) return err(refused(item, 'failed', `${item.key} is no ${resource.kind}.`));
  const got = await resource.get(id, signalOf(call));
  if (got.isErr()) {
    const because = got.error.kind === 'not-found' ? 'absent' : 'failed';
    return err(refused(item, because, got.error.message));
  }
  return resource.isGone(got.value) ? err(refused(item, 'absent', 'It is gone.')) : ok(got.value);
}

/** Complete, of this volume and of its size, or an error. Asked again under the same key it is the same one. */
function lastSnapshot(
  volume: Tagged,
  run: string,
  cloud: Cloud,
  call: Call,
): ResultAsync<Snapshot, CloudError> {
  // Tags of the adapters' own name the volume itself, and would make the snapshot pass for it.
  const own = Object.entries(volume.tags).filter(
    ([name]) => !name.startsWith('belay:') || name === 'belay:environment',
  );
  const tags: Tags = { ...Object.fromEntries(own), [lastOf]: volume.id };
  const spec = { name: `last of ${volume.id}`, volumeId: volume.id, tags };
  return cloud.snapshots
    .create(spec, { key: `belay-last/${run}/${volume.id}`, ...signalOf(call) })
    .andThen(({ id }) => cloud.snapshots.untilReady(id, signalOf(call)))
    .andThen((snapshot): Result<Snapshot, CloudError> => {
      const isWhole =
        snapshot.volumeId === volume.id && snapshot.state === 'ready' && snapshot.sizeGiB >= volume.sizeGiB;
      if (isWhole) return ok(snapshot);
      return err({
        kind: 'failed',
        applied: 'no',
        provider: cloud.at.provider,
        operation: 'snapshots.create',
        message: `The last snapshot ${snapshot.id} is not one of all of ${volume.id}.`,
      });
    });
}

function signalOf({ signal }: Call): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function refusedBy(item: Removal, { kind, applied, message }: CloudError): Removed {
  if (applied !== 'no') return { key: item.key, outcome: 'unknown', message };
  if (kind === 'busy' || kind === 'protected' || kind === 'attached-elsewhere')
    return refused(item, 'held', message);
  return refused(item, kind === 'forbidden' || kind === 'unauthenticated' ? 'denied' : 'failed', message);
}

function refused(
  { key }: Removal,
  because: 'version' | 'held' | 'absent' | 'denied' | 'failed',
  message: string,
): Removed {
  return { key, outcome: 'refused', because, message };
}

function tokenOf(run: string): string {
  return `mark ${run}`;
}

function runOf(token: string): string {
  return token.startsWith('mark ') ? token.slice('mark '.length) : '';
}
