// What an S3 bucket may look like when a thing in quarantine is deleted, brought back or asked for: each time nothing
// goes but the one version that was judged, and whatever cannot be told is said to be unknown.

import { beforeEach, expect, test } from 'vitest';
import { type ItemKey, itemKey, itemKind, type Quarantined, type Removal, runId } from '../../src/index.ts';
import { type S3Writer, s3Inventory, s3Remover } from '../../src/s3/index.ts';
import { type FakeS3, fakeS3 } from './fake-s3.ts';

const archive = itemKind('archive')._unsafeUnwrap();
const call = { run: runId('run-1')._unsafeUnwrap(), fence: 1 };
const key: ItemKey = itemKey('backups/a')._unsafeUnwrap();

let nowMs = 0;
let store: FakeS3;
beforeEach(() => {
  nowMs = Date.parse('2026-01-01T00:00:00Z');
  store = fakeS3('offsite', () => {
    nowMs += 10;
    return nowMs;
  });
});

const remover = (more: Partial<S3Writer> = {}) =>
  s3Remover({ name: 'offsite', client: { ...store.client, ...more }, bucket: 'offsite' });

async function put(body: string): Promise<Removal> {
  store.put(key, body);
  const inventory = s3Inventory({
    name: 'offsite',
    client: store.client,
    bucket: 'offsite',
    kinds: [archive],
  });
  const [looked] = (await inventory.look([key], {}))._unsafeUnwrap();
  if (looked?.found !== 'yes') throw new Error('it was just put there');
  return { key, kind: archive, version: looked.version };
}

/** Put there, and aside again. */
async function aside(body = 'first'): Promise<Quarantined> {
  const item = await put(body);
  const [answer] = (await remover().quarantine([item], call))._unsafeUnwrap();
  if (answer?.outcome !== 'done') throw new Error('it was not put aside');
  return { ...item, token: answer.token };
}

const idsIn = ({ token }: Quarantined) => {
  const [marker = '', version = ''] = token.split(' ');
  return { marker, version };
};
/** Somebody else removes one version. */
const drop = (VersionId: string) => store.client.deleteObject({ Bucket: 'offsite', Key: key, VersionId });

const deleting = async (item: Quarantined, more: Partial<S3Writer> = {}) =>
  (await remover(more).delete([item], call))._unsafeUnwrap()[0];
const finding = async (item: Removal & { token?: string }, more: Partial<S3Writer> = {}) =>
  (await remover(more).find([item], call))._unsafeUnwrap()[0];

test('a purge takes the version first and its marker after it, so that it is never shown in between', async () => {
  const item = await aside();
  const { marker, version } = idsIn(item);
  const gone: (string | undefined)[] = [];
  const answer = await deleting(item, {
    deleteObjects: (input, options) => {
      gone.push(...input.Delete.Objects.map(({ VersionId }) => VersionId));
      return store.client.deleteObjects(input, options);
    },
  });
  expect(answer?.outcome).toBe('done');
  expect(gone).toEqual([version, marker]);
  expect(store.versionCount(key)).toBe(0);
});

test('a purge that died between the two is ended by the next one, and a third finds nothing to do', async () => {
  const item = await aside();
  await drop(idsIn(item).version);
  expect((await deleting(item))?.outcome).toBe('done');
  expect(store.versionCount(key)).toBe(0);
  expect(await deleting(item)).toMatchObject({ outcome: 'refused', because: 'absent' });
});

test('what somebody has brought back is not deleted, also when something newer lies in front of it', async () => {
  const item = await aside();
  await drop(idsIn(item).marker);
  expect(await deleting(item)).toMatchObject({ outcome: 'refused', because: 'version' });
  expect(store.current(key)).toBe('first');
  store.put(key, 'newer');
  expect(await deleting(item)).toMatchObject({ outcome: 'refused', because: 'version' });
  expect(store.versionCount(key)).toBe(2);
});

test('what the store shows as the current version is not deleted, whatever else lies there', async () => {
  const item = await aside();
  const answer = await deleting(item, {
    listObjectVersions: async (input, options) => {
      const page = await store.client.listObjectVersions(input, options);
      return {
        ...page,
        Versions: (page.Versions ?? []).map((one) => ({ ...one, IsLatest: true })),
        DeleteMarkers: (page.DeleteMarkers ?? []).map((one) => ({ ...one, IsLatest: false })),
      };
    },
  });
  expect(answer).toMatchObject({ outcome: 'refused', because: 'version' });
  expect(store.versionCount(key)).toBe(2);
});

test('a token that is none, or a bucket that may not be listed, lets nothing be deleted or brought back', async () => {
  const item = await aside();
  for (const token of ['', 'v1', 'v1 v2 v3', ' v1']) {
    expect(await deleting({ ...item, token })).toMatchObject({ outcome: 'refused', because: 'failed' });
    const [back] = (await remover().restore([{ ...item, token }], call))._unsafeUnwrap();
    expect(back).toMatchObject({ outcome: 'refused', because: 'failed' });
  }
  store.lies.denies = ['listObjectVersions'];
  expect(await deleting(item)).toMatchObject({ outcome: 'refused', because: 'denied' });
  const [back] = (await remover().restore([item], call))._unsafeUnwrap();
  expect(back).toMatchObject({ outcome: 'refused', because: 'denied' });
  expect((await finding(item))?.at).toBe('unknown');
  store.lies.denies = [];
  expect(store.versionCount(key)).toBe(2);
});

test('a delete that the store refuses is told as refused, and one without an answer as unknown', async () => {
  const item = await aside();
  const failing = (Code?: string) =>
    deleting(item, { deleteObjects: async () => ({ Errors: [{ Key: key, ...(Code && { Code }) }] }) });
  expect(await failing('AccessDenied')).toMatchObject({ outcome: 'refused', because: 'denied' });
  expect(await failing('InternalError')).toMatchObject({ outcome: 'refused', because: 'failed' });
  expect(await failing()).toMatchObject({ outcome: 'refused', because: 'failed' });
  store.lies.denies = ['deleteObjects'];
  expect((await deleting(item))?.outcome).toBe('unknown');
  expect(store.versionCount(key)).toBe(2);
});

test('where a thing is: stored, in quarantine with the way back, or gone, also among versions that look the same', async () => {
  const older = await put('same');
  expect(await finding(older)).toEqual({ key, at: 'stored', version: older.version });
  const item = await aside('same');
  const { marker, version } = idsIn(item);
  const place = { key, at: 'quarantine', version: item.version, token: item.token };
  expect(await finding(item)).toEqual(place);
  // Of an act whose answer was lost nobody has the token: the store's own marker leads back.
  expect(await finding({ key, kind: archive, version: item.version })).toEqual(place);
  expect(await finding({ key, kind: archive, version: 'never' })).toEqual({ key, at: 'gone' });
  // The one that was judged is gone; an older one with the same bytes is not it.
  await drop(version);
  expect(await finding(item)).toEqual({ key, at: 'gone' });
  await drop(marker);
  expect(await finding(item)).toMatchObject({ at: 'stored' });
  store.clear();
  expect(await finding(item)).toEqual({ key, at: 'gone' });
});

test('what is locked until a day to come, by the store’s clock, stays; what was locked until yesterday may go', async () => {
  const item = await put('first');
  const until = (ms: number): Partial<S3Writer> => ({
    getObjectRetention: async () => ({ Retention: { RetainUntilDate: new Date(nowMs + ms) } }),
  });
  const hiding = async (more: Partial<S3Writer>) =>
    (await remover(more).quarantine([item], call))._unsafeUnwrap()[0];
  expect(await hiding(until(60_000))).toMatchObject({ outcome: 'refused', because: 'held' });
  expect(store.current(key)).toBe('first');
  expect((await hiding(until(-60_000)))?.outcome).toBe('done');
});

test('a bucket that uses no locks is not asked what time it is', async () => {
  const item = await put('first');
  let written = 0;
  const free = remover({
    getObjectLockConfiguration: async () => ({}),
    putObject: (input, options) => {
      written += 1;
      return store.client.putObject(input, options);
    },
  });
  expect((await free.quarantine([item], call))._unsafeUnwrap()[0]?.outcome).toBe('done');
  expect(written).toBe(0);
});

test('it says how long the bucket itself keeps what is aside, where that is known; its marks have plain names', async () => {
  const options = { name: 'offsite', client: store.client, bucket: 'offsite' };
  expect(s3Remover({ ...options, keptMs: 86_400_000 }).traits.keptMs).toBe(86_400_000);
  expect(Object.keys(remover().traits)).toEqual(['conditional', 'quarantine']);
  (await remover().raiseFence(undefined, { ledger: 'ledger-a', fence: 1 }, {}))._unsafeUnwrap();
  expect(store.current('.belay/fence.json')).toContain('ledger-a');
});
