// Strong looks at single objects, and the canaries of a run: what a look does not know it does not make up, and of all
// that lies in a bucket only canaries of earlier runs are ever taken away by the side that reads.

import { beforeEach, expect, test } from 'vitest';
import { type ItemKey, itemKey, itemKind, keyPrefix, scopeOf } from '../../src/index.ts';
import { type S3Head, type S3Writer, s3Inventory } from '../../src/s3/index.ts';
import { type FakeS3, failure, fakeS3 } from './fake-s3.ts';

const archive = itemKind('archive')._unsafeUnwrap();
const scope = scopeOf({
  prefixes: ['backups/', 'old/'].map((prefix) => keyPrefix(prefix)._unsafeUnwrap()),
  kinds: [archive],
})._unsafeUnwrap();
const keyOf = (name: string): ItemKey => itemKey(`backups/${name}`)._unsafeUnwrap();
const key = keyOf('a');

let store: FakeS3;
let calls: string[] = [];
beforeEach(() => {
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  store = fakeS3('offsite', () => {
    nowMs += 10;
    return nowMs;
  });
  calls = [];
});

const free: Partial<S3Writer> = { getObjectLockConfiguration: async () => ({}) };
const inventory = (more: Partial<S3Writer> = {}) => {
  const client = new Proxy<S3Writer>(
    { ...store.client, ...more },
    {
      get: (target, name, self) => {
        calls.push(String(name));
        return Reflect.get(target, name, self);
      },
    },
  );
  return s3Inventory({ name: 'offsite', client, bucket: 'offsite', kinds: [archive] });
};
const looking = async (more: Partial<S3Writer> = {}) =>
  (await inventory({ ...free, ...more }).look([key], {}))._unsafeUnwrap()[0];
const failing = (name: string, status: number): Partial<S3Writer> => ({
  headObject: () => Promise.reject(failure(name, status)),
});

test('many keys are answered one by one, in the order of the question', async () => {
  const keys = Array.from({ length: 25 }, (_, n) => keyOf(`${n}`));
  for (const [n, one] of keys.entries()) if (n % 2 === 0) store.put(one, 'x');
  const answers = (await inventory(free).look(keys, {}))._unsafeUnwrap();
  expect(answers.map((answer) => [answer.key, answer.found])).toEqual(
    keys.map((one, n) => [one, n % 2 === 0 ? 'yes' : 'no']),
  );
});

test('only an answer of the store that there is none is an absence', async () => {
  store.put(key, 'x');
  for (const [name, status] of [
    ['NotFound', 404],
    ['NoSuchKey', 404],
    ['UnknownError', 404],
    ['Unknown', 404],
    ['Error', 404],
  ] as const) {
    expect([name, await looking(failing(name, status))]).toEqual([name, { found: 'no', key }]);
  }
  for (const [name, status] of [
    ['AccessDenied', 403],
    ['UnknownError', 403],
    ['NoSuchBucket', 404],
    ['SlowDown', 503],
    ['TimeoutError', 0],
  ] as const) {
    expect([name, (await looking(failing(name, status)))?.found]).toEqual([name, 'unknown']);
  }
});

test('half an answer is none', async () => {
  store.put(key, 'x');
  for (const part of ['ETag', 'ContentLength', 'LastModified']) {
    const half: Partial<S3Writer> = {
      headObject: async (input): Promise<S3Head> => ({
        ...(await store.client.headObject(input)),
        [part]: undefined,
      }),
    };
    expect([part, (await looking(half))?.found]).toEqual([part, 'unknown']);
  }
});

test('what an object does not say of itself is left open, and is neither proved nor refuted', async () => {
  store.put(key, 'four');
  const plain = await looking();
  expect(plain).toEqual({
    found: 'yes',
    key,
    kind: archive,
    version: '666f7572-4@2026-01-01T00:00:00.000Z',
    sizeBytes: 4,
    modifiedAt: '2026-01-01T00:00:00.000Z',
    hold: 'none',
    dependants: [],
  });
  expect(Object.keys(plain ?? {})).not.toContain('verified');
  store.put(key, 'four', { 'belay-verified': 'no', 'belay-dependants': 'next, ,' });
  expect(await looking()).toMatchObject({ verified: false, dependants: ['next'] });
  store.put(key, 'four', { 'belay-verified': 'true', 'belay-environment': 'staging' });
  expect(await looking()).toMatchObject({ verified: true, environment: 'staging', dependants: [] });
});

test('whoever asks for nothing, or has given up, asks the store for nothing', async () => {
  expect((await inventory().look([], {}))._unsafeUnwrap()).toEqual([]);
  const cancelled = await inventory().look([key], { signal: AbortSignal.abort() });
  expect(cancelled._unsafeUnwrapErr().kind).toBe('cancelled');
  expect(calls).toEqual([]);
});

test('in a bucket without locks a look writes nothing, not even to learn the time', async () => {
  store.put(key, 'x');
  expect(await looking()).toMatchObject({ found: 'yes', hold: 'none' });
  expect(calls).toEqual(['getObjectLockConfiguration', 'headObject']);
});

const planting = (nonce: string, more: Partial<S3Writer> = {}) =>
  inventory(more).plantCanaries({ scope, nonce });

test('canaries of earlier runs go, however many there are, those of this run stay, and so does all else', async () => {
  const others = ['backups/!belay-canary', 'backups/O', 'backups/belay-canary-1', 'else/!belay-canary-1'];
  for (const other of others) store.put(other, 'of somebody');
  for (let n = 0; n < 25; n++) {
    store.put(`backups/!belay-canary-old-${n}`, 'old');
    store.put(`old/~belay-canary-old-${n}`, 'old');
  }
  const planted = (await planting('now'))._unsafeUnwrap();
  expect(planted.map((one) => [one.key, store.current(one.key)])).toEqual(
    ['backups/', 'old/'].flatMap((prefix) =>
      ['!', 'O', '~'].map((mark) => [`${prefix}${mark}belay-canary-now`, 'now']),
    ),
  );
  for (let n = 0; n < 25; n++) {
    expect(store.current(`backups/!belay-canary-old-${n}`)).toBeUndefined();
    expect(store.current(`old/~belay-canary-old-${n}`)).toBeUndefined();
  }
  expect(others.map((other) => store.current(other))).toEqual(others.map(() => 'of somebody'));
});

test('canaries that cannot be planted, counted or taken away are an error', async () => {
  store.put('backups/!belay-canary-old', 'old');
  for (const name of ['putObject', 'listObjectsV2', 'deleteObject']) {
    store.lies.denies = [name];
    expect([name, (await planting('now')).isErr()]).toEqual([name, true]);
  }
  store.lies.denies = [];
  expect((await planting('now')).isOk()).toBe(true);
  expect(store.current('backups/!belay-canary-old')).toBeUndefined();
});
