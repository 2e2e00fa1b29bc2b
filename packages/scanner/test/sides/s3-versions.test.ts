// All versions of one key, through whatever pages and clocks a store has: another key's versions are not this one's, a
// page that leads nowhere is no answer, and "not among those" is only said by somebody who has seen them all.

import { beforeEach, expect, test } from 'vitest';
import { compareKeys, type ItemKey, itemKey, itemKind, type Quarantined, runId } from '../../src/index.ts';
import { type S3Version, type S3Writer, s3Inventory, s3Remover } from '../../src/s3/index.ts';
import { type FakeS3, failure, fakeS3 } from './fake-s3.ts';

const archive = itemKind('archive')._unsafeUnwrap();
const call = { run: runId('run-1')._unsafeUnwrap(), fence: 1 };
const key: ItemKey = itemKey('backups/a')._unsafeUnwrap();

type Listing = S3Writer['listObjectVersions'];
type Question = Parameters<Listing>[0];
type Answer = Awaited<ReturnType<Listing>>;

let store: FakeS3;
let asked = 0;
beforeEach(() => {
  asked = 0;
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  store = fakeS3('offsite', () => {
    nowMs += 10;
    return nowMs;
  });
});

const remover = (listing: Listing = store.client.listObjectVersions) =>
  s3Remover({
    name: 'offsite',
    client: {
      ...store.client,
      listObjectVersions: (input) => {
        asked += 1;
        // No key here has so many: whoever asks on and on is stopped, and says so.
        if (asked > 50) throw failure('SlowDown', 503);
        return listing(input);
      },
    },
    bucket: 'offsite',
  });

async function aside(listing?: Listing): Promise<Quarantined> {
  store.put(key, 'first');
  const { client } = store;
  const inventory = s3Inventory({ name: 'offsite', client, bucket: 'offsite', kinds: [archive] });
  const [looked] = (await inventory.look([key], {}))._unsafeUnwrap();
  if (looked?.found !== 'yes') throw new Error('it was just put there');
  const item = { key, kind: archive, version: looked.version };
  const [answer] = (await remover(listing).quarantine([item], call))._unsafeUnwrap();
  if (answer?.outcome !== 'done') throw new Error(`it was not put aside: ${JSON.stringify(answer)}`);
  asked = 0;
  return { ...item, token: answer.token };
}

const finding = async (item: Quarantined, listing?: Listing) =>
  (await remover(listing).find([item], call))._unsafeUnwrap()[0];
const purging = async (item: Quarantined, listing?: Listing) =>
  (await remover(listing).delete([item], call))._unsafeUnwrap()[0];
const restoring = async (item: Quarantined, listing?: Listing) =>
  (await remover(listing).restore([item], call))._unsafeUnwrap()[0];

const serial = ({ VersionId = '' }: S3Version) => Number(VersionId.slice(1));

/** Pages of so many lines, as S3 cuts them: by key, the newest version of each first. */
const pagesOf =
  (size: number): Listing =>
  async (input) => {
    const { Versions = [], DeleteMarkers = [] } = await store.client.listObjectVersions(input);
    const keyOf = ({ Key = '' }: S3Version) => decodeURIComponent(Key);
    const lines = [
      ...Versions.map((line) => ({ line, isMarker: false })),
      ...DeleteMarkers.map((line) => ({ line, isMarker: true })),
    ].sort((a, b) => compareKeys(keyOf(a.line), keyOf(b.line)) || serial(b.line) - serial(a.line));
    const { KeyMarker, VersionIdMarker } = input;
    const left = lines.filter(({ line }) => {
      if (KeyMarker === undefined || keyOf(line) > KeyMarker) return true;
      return (
        keyOf(line) === KeyMarker &&
        VersionIdMarker !== undefined &&
        serial(line) < Number(VersionIdMarker.slice(1))
      );
    });
    const page = left.slice(0, size);
    const last = page.at(-1);
    return {
      IsTruncated: left.length > page.length,
      ...(left.length > page.length && {
        NextKeyMarker: last?.line.Key,
        NextVersionIdMarker: last?.line.VersionId,
      }),
      Versions: page.filter(({ isMarker }) => !isMarker).map(({ line }) => line),
      DeleteMarkers: page.filter(({ isMarker }) => isMarker).map(({ line }) => line),
    };
  };

test('versions on several pages are all seen: the one that was judged goes and the older ones stay', async () => {
  for (const size of [1, 2, 3]) {
    store.clear();
    for (const body of ['oldest', 'older', 'old']) store.put(key, body);
    const item = await aside(pagesOf(size));
    expect(await finding(item, pagesOf(size))).toMatchObject({ at: 'quarantine', token: item.token });
    expect((await restoring(item, pagesOf(size)))?.outcome).toBe('done');
    expect(store.current(key)).toBe('first');
    const again = await aside(pagesOf(size));
    expect((await purging(again, pagesOf(size)))?.outcome).toBe('done');
    expect(store.versionCount(key)).toBe(4);
    expect(await finding(again, pagesOf(size))).toMatchObject({ at: 'stored' });
  }
});

test('a version on the last page is seen behind all the newer ones', async () => {
  const item = await aside();
  await store.client.deleteObject({ Bucket: 'offsite', Key: key, VersionId: item.token.split(' ')[0] ?? '' });
  for (let n = 0; n < 6; n++) await store.client.deleteObject({ Bucket: 'offsite', Key: key });
  expect(await restoring(item, pagesOf(2))).toMatchObject({ outcome: 'refused', because: 'version' });
  expect(await finding(item, pagesOf(2))).toMatchObject({ at: 'quarantine', version: item.version });
});

test('a key with the same beginning is another one, also where its versions are newer or alike', async () => {
  store.put(`${key}b`, 'first');
  const item = await aside();
  store.put(`${key}b`, 'newest');
  await store.client.deleteObject({ Bucket: 'offsite', Key: `${key}c` });
  expect(await finding(item)).toMatchObject({ at: 'quarantine', token: item.token });
  expect((await restoring(item))?.outcome).toBe('done');
  const again = await aside();
  expect((await purging(again))?.outcome).toBe('done');
  expect(store.versionCount(`${key}b`)).toBe(2);
  expect(store.versionCount(`${key}c`)).toBe(1);
});

test('pages with the versions of other keys are not gone through', async () => {
  for (let n = 0; n < 20; n++) store.put(`${key}-${n}`, 'x');
  const item = await aside(pagesOf(1));
  expect(await finding(item, pagesOf(1))).toMatchObject({ at: 'quarantine' });
  expect(asked).toBe(3);
});

test('a page that says that there is more, and not where, lets nothing be called gone, nor go, nor come back', async () => {
  const item = await aside();
  const whole: Answer = await store.client.listObjectVersions({
    Bucket: 'offsite',
    Prefix: key,
    EncodingType: 'url',
  });
  const here = encodeURIComponent(key);
  const nowhere: Readonly<Record<string, (input: Question) => Partial<Answer>>> = {
    'without a place': () => ({}),
    'with a version and without a key': () => ({ NextVersionIdMarker: 'v1' }),
    'with a key that cannot be read': () => ({ NextKeyMarker: '%' }),
    'with the same place each time': () => ({ NextKeyMarker: here, NextVersionIdMarker: 'v1' }),
    'with the same key and an empty version each time': () => ({
      NextKeyMarker: here,
      NextVersionIdMarker: '',
    }),
    'with two places in turns': ({ VersionIdMarker }) => ({
      NextKeyMarker: here,
      NextVersionIdMarker: VersionIdMarker === 'v1' ? 'v2' : 'v1',
    }),
    'back to the keys before it': () => ({ NextKeyMarker: 'aaa' }),
  };
  for (const [how, where] of Object.entries(nowhere)) {
    const listing: Listing = async (input) => ({ ...whole, IsTruncated: true, ...where(input) });
    const empty: Listing = async (input) => ({ IsTruncated: true, ...where(input) });
    asked = 0;
    expect([how, (await finding(item, empty))?.at]).toEqual([how, 'unknown']);
    expect([how, (await purging(item, listing))?.outcome]).toEqual([how, 'refused']);
    expect([how, (await restoring(item, listing))?.outcome]).toEqual([how, 'refused']);
    expect([how, asked < 12]).toEqual([how, true]);
  }
  expect(store.versionCount(key)).toBe(2);
});

test('a store that names no version to go on from, or an empty one, is asked on by the key alone', async () => {
  const item = await aside();
  for (const NextVersionIdMarker of [undefined, '']) {
    const listing: Listing = async (input) => {
      if ('VersionIdMarker' in input) throw failure('InvalidArgument', 400);
      if (input.KeyMarker !== undefined) return { IsTruncated: false };
      const whole = await store.client.listObjectVersions(input);
      return { ...whole, IsTruncated: true, NextKeyMarker: encodeURIComponent(key), NextVersionIdMarker };
    };
    expect(await finding(item, listing)).toMatchObject({ at: 'quarantine', token: item.token });
  }
});

test('a later page that cannot be read makes the whole answer unknown', async () => {
  const item = await aside();
  const listing: Listing = (input) =>
    input.KeyMarker === undefined ? pagesOf(1)(input) : Promise.reject(failure('InternalError', 500));
  expect((await finding(item, listing))?.at).toBe('unknown');
  expect(await purging(item, listing)).toMatchObject({ outcome: 'refused', because: 'failed' });
});

test('of versions of one second the store’s word says which is the latest', async () => {
  const coarse: Listing = async (input) => {
    const { Versions = [], DeleteMarkers = [], ...page } = await store.client.listObjectVersions(input);
    const LastModified = new Date('2026-01-01T00:00:00Z');
    const floored = (lines: readonly S3Version[]) => lines.map((line) => ({ ...line, LastModified }));
    return { ...page, Versions: floored(Versions), DeleteMarkers: floored(DeleteMarkers) };
  };
  const item = await aside(coarse);
  expect(await finding(item, coarse)).toMatchObject({ at: 'quarantine', token: item.token });
  expect((await restoring(item, coarse))?.outcome).toBe('done');
  expect(await finding(item, coarse)).toMatchObject({ at: 'stored' });
});

test('a marker is no version of the thing, also where a store gives no ETags', async () => {
  const { kind } = await aside();
  const ghost = { key, kind, version: '@2026-01-01T00:00:00.000Z' };
  expect((await remover().find([ghost], call))._unsafeUnwrap()).toEqual([{ key, at: 'gone' }]);
});
