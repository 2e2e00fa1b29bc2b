// Into quarantine and back while others read, write and delete the same key: only the version that was judged is ever
// hidden, only the marker that hid it is ever taken away, and what nobody knows is not called done.

import { beforeEach, expect, test } from 'vitest';
import { type ItemKey, itemKey, itemKind, type Quarantined, type Removal, runId } from '../../src/index.ts';
import { type S3Writer, s3Inventory, s3Remover } from '../../src/s3/index.ts';
import { type FakeS3, failure, fakeS3 } from './fake-s3.ts';

const archive = itemKind('archive')._unsafeUnwrap();
const call = { run: runId('run-1')._unsafeUnwrap(), fence: 1 };
const key: ItemKey = itemKey('backups/a')._unsafeUnwrap();
const at = { Bucket: 'offsite', Key: key };

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
const hiding = async (item: Removal, more: Partial<S3Writer> = {}) =>
  (await remover(more).quarantine([item], call))._unsafeUnwrap()[0];
const restoring = async (item: Quarantined, more: Partial<S3Writer> = {}) =>
  (await remover(more).restore([item], call))._unsafeUnwrap()[0];

async function put(body: string): Promise<Removal> {
  store.put(key, body);
  const { client } = store;
  const inventory = s3Inventory({ name: 'offsite', client, bucket: 'offsite', kinds: [archive] });
  const [looked] = (await inventory.look([key], {}))._unsafeUnwrap();
  if (looked?.found !== 'yes') throw new Error('it was just put there');
  return { key, kind: archive, version: looked.version };
}

/** Put there, and hidden. */
async function aside(): Promise<Quarantined> {
  const item = await put('first');
  const answer = await hiding(item);
  if (answer?.outcome !== 'done') throw new Error('it was not put aside');
  return { ...item, token: answer.token };
}

/** What the acts answer where the store answers so. */
const refusals = [
  ['AccessDenied', 403, 'denied'],
  ['UnknownError', 403, 'denied'],
  ['NotFound', 404, 'absent'],
  ['NoSuchKey', 404, 'absent'],
  ['UnknownError', 404, 'absent'],
] as const;
const conflicts = [
  ['PreconditionFailed', 412, 'version'],
  ['ConditionalRequestConflict', 409, 'version'],
  ['UnknownError', 412, 'version'],
] as const;

test('what cannot be looked at is left as it is, and why is told', async () => {
  const item = await put('first');
  for (const [name, status, because] of [...refusals, ['SlowDown', 503, 'failed'] as const]) {
    const blind: Partial<S3Writer> = {
      headObject: (input) =>
        input.Key === key ? Promise.reject(failure(name, status)) : store.client.headObject(input),
    };
    expect([name, status, await hiding(item, blind)]).toMatchObject([
      name,
      status,
      { outcome: 'refused', because },
    ]);
  }
  expect(store.versionCount(key)).toBe(1);
});

test('the same bytes, written again later, are not what was judged', async () => {
  const item = await put('first');
  nowMs += 5_000;
  store.put(key, 'first');
  expect(await hiding(item)).toMatchObject({ outcome: 'refused', because: 'version' });
  expect(store.versionCount(key)).toBe(2);
  expect(store.current(key)).toBe('first');
});

test('without an ETag to hold the delete to, or a version to come back to, nothing is hidden', async () => {
  const item = await put('first');
  const without = (more: { ETag?: undefined; VersionId?: string | undefined }): Partial<S3Writer> => ({
    headObject: async (input) => ({ ...(await store.client.headObject(input)), ...more }),
  });
  const failed = { outcome: 'refused', because: 'failed' };
  const version = item.version.slice(item.version.indexOf('@'));
  expect(await hiding({ ...item, version }, without({ ETag: undefined }))).toMatchObject(failed);
  expect(await hiding(item, without({ VersionId: undefined }))).toMatchObject(failed);
  expect(await hiding(item, without({ VersionId: 'null' }))).toMatchObject(failed);
  expect(store.versionCount(key)).toBe(1);
});

test('a change that the store refuses is told as refused with its reason, and any other failure as unknown', async () => {
  const failing = (name: string, status: number): Partial<S3Writer> => ({
    deleteObject: () => Promise.reject(failure(name, status)),
  });
  const item = await put('first');
  for (const [name, status, because] of [...refusals, ...conflicts]) {
    const wanted = [name, status, { outcome: 'refused', because }];
    expect([name, status, await hiding(item, failing(name, status))]).toMatchObject(wanted);
  }
  expect((await hiding(item, failing('InternalError', 500)))?.outcome).toBe('unknown');
  expect((await hiding(item, failing('TimeoutError', 0)))?.outcome).toBe('unknown');
  expect(store.versionCount(key)).toBe(1);
  const hidden = await aside();
  for (const [name, status, because] of [...refusals, ...conflicts]) {
    const wanted = [name, status, { outcome: 'refused', because }];
    expect([name, status, await restoring(hidden, failing(name, status))]).toMatchObject(wanted);
  }
  expect((await restoring(hidden, failing('InternalError', 500)))?.outcome).toBe('unknown');
  expect((await restoring(hidden, failing('TimeoutError', 0)))?.outcome).toBe('unknown');
  expect(store.current(key)).toBeUndefined();
});

test('what may not be listed is told as denied or failed, and does not come back on a guess', async () => {
  const hidden = await aside();
  for (const [name, status, because] of [
    ['AccessDenied', 403, 'denied'],
    ['UnknownError', 403, 'denied'],
    ['SlowDown', 503, 'failed'],
  ] as const) {
    const blind = { listObjectVersions: () => Promise.reject(failure(name, status)) };
    expect(await restoring(hidden, blind)).toMatchObject({ outcome: 'refused', because });
  }
  expect(store.current(key)).toBeUndefined();
});

test('what was hidden and cannot be looked at afterwards is unknown', async () => {
  const item = await put('first');
  store.lies.denies = ['listObjectVersions'];
  expect((await hiding(item))?.outcome).toBe('unknown');
});

/** A store whose conditional delete is surrounded by what others do. */
const amid = (more: {
  readonly before?: () => unknown;
  readonly after?: () => unknown;
  readonly names?: boolean;
}): Partial<S3Writer> => ({
  deleteObject: async (input) => {
    if (input.VersionId !== undefined) return store.client.deleteObject(input);
    await more.before?.();
    const answer = await store.client.deleteObject(input);
    await more.after?.();
    return more.names === false ? {} : answer;
  },
});

test('a store that does not name the marker it has set is looked at, and it is found', async () => {
  const item = await put('first');
  const answer = await hiding(item, amid({ names: false }));
  if (answer?.outcome !== 'done') throw new Error('it was not put aside');
  expect((await restoring({ ...item, token: answer.token }))?.outcome).toBe('done');
  expect(store.current(key)).toBe('first');
});

test('what somebody writes over the new marker is never taken for it, and stays', async () => {
  for (const names of [true, false]) {
    store.clear();
    const item = await put('first');
    const answer = await hiding(item, amid({ names, after: () => store.put(key, 'newer') }));
    expect([names, answer?.outcome]).toEqual([names, 'unknown']);
    expect(store.current(key)).toBe('newer');
    expect(store.versionCount(key)).toBe(3);
  }
});

test('the marker of somebody who deletes it a moment later is not taken for the own one, and stays', async () => {
  const item = await put('first');
  expect((await hiding(item, amid({ after: () => store.client.deleteObject(at) })))?.outcome).toBe('unknown');
  expect(store.versionCount(key)).toBe(3);
});

test('what somebody else has deleted a moment before is left as they have left it', async () => {
  const item = await put('first');
  const answer = await hiding(item, amid({ before: () => store.client.deleteObject(at) }));
  expect(answer).toMatchObject({ outcome: 'refused', because: 'version' });
  expect(store.current(key)).toBeUndefined();
  expect(store.versionCount(key)).toBe(2);
});

test('a marker over the wrong version that cannot be taken away again is unknown, not refused', async () => {
  const item = await put('first');
  store.lies.ignoresConditions = true;
  store.lies.writesBetween = key;
  const stuck: Partial<S3Writer> = {
    deleteObject: (input) =>
      input.VersionId === undefined
        ? store.client.deleteObject(input)
        : Promise.reject(failure('InternalError', 500)),
  };
  expect((await hiding(item, stuck))?.outcome).toBe('unknown');
});

test('what is back already is back, however often it is asked for', async () => {
  const hidden = await aside();
  for (let times = 0; times < 3; times++) {
    expect(await restoring(hidden)).toEqual({ key, outcome: 'done', token: hidden.token });
    expect(store.current(key)).toBe('first');
  }
  expect(store.versionCount(key)).toBe(1);
});

test('what was purged meanwhile is absent, and its marker is left to stand', async () => {
  const hidden = await aside();
  await store.client.deleteObject({ ...at, VersionId: hidden.token.split(' ')[1] ?? '' });
  expect(await restoring(hidden)).toMatchObject({ outcome: 'refused', because: 'absent' });
  expect(store.versionCount(key)).toBe(1);
});

test('nothing comes back behind something newer, be it an object or the marker of somebody else', async () => {
  const hidden = await aside();
  await store.client.deleteObject(at);
  expect(await restoring(hidden)).toMatchObject({ outcome: 'refused', because: 'version' });
  store.put(key, 'newer');
  expect(await restoring(hidden)).toMatchObject({ outcome: 'refused', because: 'version' });
  expect(store.versionCount(key)).toBe(4);
  expect(store.current(key)).toBe('newer');
});
