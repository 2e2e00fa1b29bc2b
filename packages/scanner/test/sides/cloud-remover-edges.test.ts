// What can go wrong around a volume or a snapshot in quarantine: marks that are lost or lie, clouds that fail, things that
// are gone or are others. Each time nothing is deleted that is not marked, unchanged and unused.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Cloud, CloudError, Snapshot, StorageVolume } from '@belay/cloud';
import { createSim, type Sim, scaledClock } from '@belay/sim';
import { err, errAsync, okAsync } from 'neverthrow';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type CloudMarks,
  cloudMarks,
  snapshotRemover,
  volumeInventory,
  volumeRemover,
} from '../../src/cloud/index.ts';
import { itemKey, itemKind, type Removal, runId, scannerError } from '../../src/index.ts';

const run = (name: string) => runId(name)._unsafeUnwrap();
const call = { run: run('run-1'), fence: 1 };
const keyOf = (text: string) => itemKey(text)._unsafeUnwrap();

let sim: Sim;
let folder = '';
let marks: CloudMarks;
let serial = 0;
beforeEach(() => {
  // Slow enough that a busy machine does not run into the patience of the waiting.
  sim = createSim({ seed: 1, clock: scaledClock(200) });
  folder = mkdtempSync(join(tmpdir(), 'belay-marks-'));
  marks = cloudMarks({ path: join(folder, 'marks.db') })._unsafeUnwrap();
});
afterEach(() => {
  marks.close();
  rmSync(folder, { recursive: true });
});

const next = () => {
  serial += 1;
  return { key: `k${serial}` };
};
const broken = () => errAsync(scannerError('unavailable', 'the disk is full'));
const failing = (kind: CloudError['kind'], applied: CloudError['applied'] = 'no'): CloudError => ({
  kind,
  applied,
  provider: 'sim',
  operation: 'x',
  message: `it is ${kind}`,
});

const remover = ({
  volumes = {},
  snapshots = {},
  marked = {},
}: {
  readonly volumes?: Partial<Cloud['volumes']>;
  readonly snapshots?: Partial<Cloud['snapshots']>;
  readonly marked?: Partial<CloudMarks>;
} = {}) =>
  volumeRemover({
    name: 'cloud',
    cloud: {
      ...sim.cloud,
      volumes: { ...sim.cloud.volumes, ...volumes },
      snapshots: { ...sim.cloud.snapshots, ...snapshots },
    },
    marks: { ...marks, ...marked },
  });

async function volume(): Promise<StorageVolume & { readonly item: Removal }> {
  const spec = { name: 'v', zone: 'a', sizeGiB: 2, diskType: 'gp3', tags: { customer: 'ann' } };
  const made = (await sim.cloud.volumes.create(spec, next()))._unsafeUnwrap();
  const side = volumeInventory({
    name: 'cloud',
    cloud: sim.cloud,
    marks,
    environment: 'test',
    clock: sim.clock,
  });
  const [looked] = (await side.look([keyOf(`volume/${made.id}`)], {}))._unsafeUnwrap();
  if (looked?.found !== 'yes') throw new Error('it was just made');
  const item = { key: looked.key, kind: looked.kind, version: looked.version };
  return { ...made, item };
}

async function aside() {
  const { id, item } = await volume();
  const [put] = (await remover().quarantine([item], call))._unsafeUnwrap();
  if (put?.outcome !== 'done') throw new Error('it was not put aside');
  return { id, item: { ...item, token: put.token } };
}

type Aside = Awaited<ReturnType<typeof aside>>['item'];
const deleting = async (item: Aside, of = remover()) => (await of.delete([item], call))._unsafeUnwrap()[0];
const isThere = async (id: string) => (await sim.cloud.volumes.get(id))._unsafeUnwrap().state === 'available';

/** All marks are asked for once before anything is begun: the second question is the one that fails. */
const failsLater = (): Partial<CloudMarks> => {
  let asked = 0;
  return {
    all: (more) => {
      asked += 1;
      return asked > 1 ? broken() : marks.all(more);
    },
  };
};

test('marks that do not do as they are told are no quarantine: the proof says that nothing would come back', async () => {
  const lies: readonly (readonly [Partial<CloudMarks>, boolean])[] = [
    [{ put: () => okAsync(false) }, false],
    [{ take: () => okAsync(false) }, false],
    // Takes away whatever carries the key, of any version.
    [{ put: () => okAsync(true), take: () => okAsync(true) }, false],
    // What a proof that died has left behind does not count against the next one.
    [{}, true],
  ];
  for (const [marked, restores] of lies) {
    expect((await remover({ marked }).prove({}))._unsafeUnwrap()).toEqual({ conditional: false, restores });
  }
  expect((await marks.all({}))._unsafeUnwrap()).toEqual([]);
  expect((await remover({ marked: { put: broken } }).prove({}))._unsafeUnwrapErr().kind).toBe('unavailable');
});

test('only what is marked by this run, as this version and under this key, is deleted', async () => {
  const { id, item } = await aside();
  const others: readonly Aside[] = [
    { ...item, token: 'mark run-2' },
    { ...item, token: 'run-1' },
    { ...item, token: 'sign run-1' },
    { ...item, token: '' },
    { ...item, version: 'another' },
  ];
  for (const other of others) {
    expect(await deleting(other)).toMatchObject({ outcome: 'refused', because: 'absent' });
  }
  const neighbour = await volume();
  const strange = { key: keyOf('volume/strange'), run: 'run-1', version: neighbour.item.version };
  (await marks.put(strange, {}))._unsafeUnwrap();
  expect(await deleting({ ...neighbour.item, token: item.token })).toMatchObject({ because: 'absent' });
  (await marks.take(strange, {}))._unsafeUnwrap();
  expect([await isThere(id), await isThere(neighbour.id)]).toEqual([true, true]);
  expect(await deleting(item)).toMatchObject({ outcome: 'done', token: item.token });
  expect((await marks.all({}))._unsafeUnwrap()).toEqual([]);
});

test('marks that cannot be read or written leave the question open, and nothing is deleted', async () => {
  const { item: stored } = await volume();
  const [put] = (await remover({ marked: { put: broken } }).quarantine([stored], call))._unsafeUnwrap();
  expect(put).toMatchObject({ outcome: 'unknown', message: 'the disk is full' });
  const { id, item } = await aside();
  expect(await deleting(item, remover({ marked: failsLater() }))).toMatchObject({ outcome: 'unknown' });
  expect(await isThere(id)).toBe(true);
  const [back] = (await remover({ marked: { take: broken } }).restore([item], call))._unsafeUnwrap();
  expect(back).toMatchObject({ outcome: 'unknown', message: 'the disk is full' });
  const [place] = (await remover({ marked: failsLater() }).find([item], call))._unsafeUnwrap();
  expect(place?.at).toBe('unknown');
  // The volume went and its mark did not: that is told as a question, and a look settles it.
  expect(await deleting(item, remover({ marked: { take: broken } }))).toMatchObject({ outcome: 'unknown' });
  expect((await remover().find([item], call))._unsafeUnwrap()).toMatchObject([{ at: 'gone' }]);
});

test('what is not in quarantine is not brought back, and what is gone is said to be absent', async () => {
  const { id, item } = await volume();
  const token = 'mark run-1';
  expect((await remover().restore([{ ...item, token }], call))._unsafeUnwrap()).toMatchObject([
    { outcome: 'refused', because: 'absent', message: 'It is not in quarantine.' },
  ]);
  const [put] = (await remover().quarantine([item], call))._unsafeUnwrap();
  expect(put?.outcome).toBe('done');
  (await sim.cloud.volumes.delete(id, next()))._unsafeUnwrap();
  for (const verb of ['restore', 'delete'] as const) {
    expect((await remover()[verb]([{ ...item, token }], call))._unsafeUnwrap()).toMatchObject([
      { outcome: 'refused', because: 'absent' },
    ]);
  }
  const never = { ...item, key: keyOf('volume/never') };
  expect((await remover().quarantine([never], call))._unsafeUnwrap()).toMatchObject([{ because: 'absent' }]);
  expect((await remover().find([never], call))._unsafeUnwrap()).toMatchObject([{ at: 'gone' }]);
});

test('what is being deleted by somebody else is gone already', async () => {
  const { item } = await aside();
  for (const state of ['deleting', 'gone'] as const) {
    const get: Cloud['volumes']['get'] = (id, more) =>
      sim.cloud.volumes.get(id, more).map((one) => ({ ...one, state }));
    expect(await deleting(item, remover({ volumes: { get } }))).toMatchObject({ because: 'absent' });
    const [place] = (await remover({ volumes: { get } }).find([item], call))._unsafeUnwrap();
    expect(place?.at).toBe('gone');
  }
});

test('a key of another kind is nobody’s volume, and a cloud that fails does not say that it is gone', async () => {
  const { item } = await aside();
  const other = { ...item, key: keyOf('snapshot/s-1') };
  expect((await remover().quarantine([other], call))._unsafeUnwrap()).toMatchObject([{ because: 'failed' }]);
  expect((await remover().find([other], call))._unsafeUnwrap()).toMatchObject([{ at: 'unknown' }]);
  const get = () => errAsync(failing('throttled'));
  const dead = remover({ volumes: { get } });
  expect(await deleting(item, dead)).toMatchObject({ outcome: 'refused', because: 'failed' });
  expect((await dead.find([item], call))._unsafeUnwrap()).toMatchObject([
    { at: 'unknown', message: 'it is throttled' },
  ]);
});

test('a volume that was grown since it was judged is another version, and stays', async () => {
  const { item } = await volume();
  const get: Cloud['volumes']['get'] = (id, more) =>
    sim.cloud.volumes.get(id, more).map((one) => ({ ...one, sizeGiB: 3 }));
  const grown = remover({ volumes: { get } });
  expect((await grown.quarantine([item], call))._unsafeUnwrap()).toMatchObject([{ because: 'version' }]);
  const { id, item: put } = await aside();
  expect(await deleting(put, grown)).toMatchObject({ outcome: 'refused', because: 'version' });
  expect(await isThere(id)).toBe(true);
});

test('a last snapshot that is of another volume, not ready or too small keeps the volume', async () => {
  const { id, item } = await aside();
  const wrongs: readonly Partial<Snapshot>[] = [{ volumeId: 'v-9' }, { state: 'creating' }, { sizeGiB: 1 }];
  for (const wrong of wrongs) {
    const untilReady: Cloud['snapshots']['untilReady'] = (of) =>
      sim.cloud.snapshots.untilReady(of).map((one) => ({ ...one, ...wrong }));
    const answer = await deleting(item, remover({ snapshots: { untilReady } }));
    expect(answer, JSON.stringify(wrong)).toMatchObject({ outcome: 'refused', because: 'failed' });
    expect(await isThere(id)).toBe(true);
  }
});

test('a last snapshot has the volume’s own tags, its environment, and none of an adapter’s', async () => {
  const { item } = await aside();
  const get: Cloud['volumes']['get'] = (id, more) =>
    sim.cloud.volumes.get(id, more).map((one) => ({
      ...one,
      tags: { ...one.tags, 'belay:environment': 'test', 'belay:made-by': 'of-the-volume' },
    }));
  expect(await deleting(item, remover({ volumes: { get } }))).toMatchObject({ outcome: 'done' });
  const names: string[] = [];
  for await (const one of sim.cloud.snapshots.list()) {
    const { tags } = one._unsafeUnwrap();
    names.push(...Object.keys(tags).filter((name) => tags[name] !== 'of-the-volume'));
    expect(Object.values(tags)).not.toContain('of-the-volume');
  }
  expect(names).toEqual(expect.arrayContaining(['customer', 'belay:environment', 'belay:last-of']));
});

test('what the cloud answers to a delete is told in the scanner’s words: held, denied, failed or not known', async () => {
  const { id, item } = await aside();
  const answers: readonly (readonly [CloudError['kind'], CloudError['applied'], object])[] = [
    ['busy', 'no', { outcome: 'refused', because: 'held' }],
    ['protected', 'no', { outcome: 'refused', because: 'held' }],
    ['attached-elsewhere', 'no', { outcome: 'refused', because: 'held' }],
    ['forbidden', 'no', { outcome: 'refused', because: 'denied' }],
    ['unauthenticated', 'no', { outcome: 'refused', because: 'denied' }],
    ['quota', 'no', { outcome: 'refused', because: 'failed' }],
    ['timeout', 'unknown', { outcome: 'unknown' }],
    ['failed', 'yes', { outcome: 'unknown' }],
  ];
  for (const [kind, applied, told] of answers) {
    const refusing = { delete: () => errAsync(failing(kind, applied)) };
    expect(await deleting(item, remover({ volumes: refusing })), kind).toMatchObject(told);
  }
  // It is in quarantine as before.
  expect((await remover().find([item], call))._unsafeUnwrap()).toMatchObject([{ at: 'quarantine' }]);
  expect(await isThere(id)).toBe(true);
});

test('without a token a thing is looked for as put aside by the run that asks, and by no other', async () => {
  const { item } = await aside();
  const { token, ...bare } = item;
  const find = async (name: string) =>
    (await remover().find([bare], { run: run(name), fence: 1 }))._unsafeUnwrap()[0];
  expect(await find('run-1')).toEqual({ key: item.key, at: 'quarantine', version: item.version, token });
  expect(await find('run-2')).toEqual({ key: item.key, at: 'stored', version: item.version });
  // With one it is the run that put it aside, whoever asks.
  const asked = { run: run('run-2'), fence: 1 };
  expect((await remover().find([item], asked))._unsafeUnwrap()).toMatchObject([{ at: 'quarantine', token }]);
  const other = await volume();
  const [place] = (await remover().find([{ ...other.item, token }], call))._unsafeUnwrap();
  expect(place).toEqual({ key: other.item.key, at: 'stored', version: other.item.version });
});

test('a snapshot stays while nobody can say whether a volume was made of it', async () => {
  const { id: volumeId } = await volume();
  const made = (await sim.cloud.snapshots.create({ name: 's', volumeId }, next()))._unsafeUnwrap();
  const snapshot = (await sim.cloud.snapshots.untilReady(made.id))._unsafeUnwrap();
  async function* list() {
    yield err(failing('throttled'));
  }
  const blind: Cloud = { ...sim.cloud, volumes: { ...sim.cloud.volumes, list } };
  const item = {
    key: keyOf(`snapshot/${made.id}`),
    kind: itemKind('snapshot')._unsafeUnwrap(),
    version: `${made.id}@${snapshot.takenAt}/${snapshot.sizeGiB}`,
  };
  const of = (cloud: Cloud) => snapshotRemover({ name: 'cloud', cloud, marks });
  expect((await of(blind).quarantine([item], call))._unsafeUnwrap()).toMatchObject([{ because: 'failed' }]);
  expect((await of(sim.cloud).quarantine([item], call))._unsafeUnwrap()).toMatchObject([{ outcome: 'done' }]);
});

test('two sweepers that do not know of one another do not both own the marks', async () => {
  const [one, two] = [
    { ledger: 'ledger-1', fence: 1 },
    { ledger: 'ledger-2', fence: 1 },
  ];
  (await remover().raiseFence(undefined, one, {}))._unsafeUnwrap();
  for (const from of [undefined, two, { ...one, fence: 2 }]) {
    expect((await remover().raiseFence(from, two, {}))._unsafeUnwrapErr().kind).toBe('fenced-out');
  }
  expect((await remover().fence({}))._unsafeUnwrap()).toEqual(one);
  (await remover().raiseFence(one, two, {}))._unsafeUnwrap();
  expect((await remover().fence({}))._unsafeUnwrap()).toEqual(two);
});

test('a caller that has given up begins nothing, and a file that is no file of marks is refused', async () => {
  const { item } = await volume();
  const ended = { ...call, signal: AbortSignal.abort() };
  expect((await remover().quarantine([item], ended))._unsafeUnwrapErr().kind).toBe('cancelled');
  expect((await marks.all({}))._unsafeUnwrap()).toEqual([]);
  expect(cloudMarks({ path: folder })._unsafeUnwrapErr().kind).toBe('unavailable');
  const path = join(folder, 'customers.db');
  const db = new DatabaseSync(path);
  db.exec('CREATE TABLE customer (id INTEGER)');
  expect(cloudMarks({ path })._unsafeUnwrapErr().message).toContain('it is a database of something else');
  expect(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()).toMatchObject({ n: 1 });
  db.close();
});
