// What comes back from the client of a store: exceptions of all shapes become errors, a call that was given up is
// called so, and a bucket is only the one that its mark says.

import { beforeEach, expect, test } from 'vitest';
import { itemKind } from '../../src/index.ts';
import { markBucket, type S3Options, type S3Writer, s3Inventory } from '../../src/s3/index.ts';
import { type FakeS3, failure, fakeS3 } from './fake-s3.ts';

const archive = itemKind('archive')._unsafeUnwrap();
const mark = { id: 'b-1', environment: 'production' };

let store: FakeS3;
beforeEach(async () => {
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  store = fakeS3('offsite', () => {
    nowMs += 10;
    return nowMs;
  });
  (await markBucket({ client: store.client, bucket: 'offsite', mark }))._unsafeUnwrap();
});

const inventory = (more: Partial<S3Writer> = {}) =>
  s3Inventory({
    name: 'offsite',
    client: { ...store.client, ...more },
    bucket: 'offsite',
    kinds: [archive],
  });
const identifying = async (more: Partial<S3Writer> = {}, signal?: AbortSignal) =>
  (await inventory(more).identity(signal === undefined ? {} : { signal })).match(
    ({ id }) => id,
    ({ kind, message }) => `${kind}: ${message}`,
  );
const throwing = (thrown: unknown): Partial<S3Writer> => ({ getObject: () => Promise.reject(thrown) });

test('whatever the client throws is an error that names the side, and none is taken for an absence', async () => {
  const named = (name: string, more: object) => Object.assign(new Error('it broke'), { name, ...more });
  const thrown = [
    ['a text', 'unknown: a text'],
    [undefined, 'unknown: undefined'],
    [named('TypeError', {}), 'TypeError: '],
    [named('SlowDown', { $metadata: { httpStatusCode: 503 } }), 'SlowDown: '],
    [named('Error', {}), 'unknown: it broke'],
    [named('Error', { $metadata: null }), 'unknown: it broke'],
    [named('Error', { $metadata: 'none' }), 'unknown: it broke'],
    [named('Error', { $metadata: { httpStatusCode: 500 } }), '500: it broke'],
    [named('Unknown', { $metadata: { httpStatusCode: 502 } }), '502: '],
    [named('UnknownError', { $metadata: { httpStatusCode: 403 } }), '403: '],
  ] as const;
  for (const [one, sentence] of thrown) {
    expect(await identifying(throwing(one))).toContain(`unavailable: offsite: ${sentence}`);
  }
});

test('a call takes the caller’s signal along, and one that was given up says so', async () => {
  const seen: (AbortSignal | undefined)[] = [];
  const controller = new AbortController();
  const watched: Partial<S3Writer> = {
    getObject: (input, options?: S3Options) => {
      seen.push(options?.abortSignal);
      return store.client.getObject(input);
    },
  };
  expect(await identifying(watched, controller.signal)).toBe('s3:b-1/offsite');
  expect(seen).toEqual([controller.signal]);
  const meanwhile: Partial<S3Writer> = {
    getObject: async () => {
      controller.abort();
      throw failure('AbortError', 0);
    },
  };
  expect(await identifying(meanwhile, controller.signal)).toContain('cancelled: ');
  expect(await identifying(watched, controller.signal)).toContain('cancelled: ');
  expect(seen).toHaveLength(1);
});

test('a mark that is not whole says nothing about a bucket, and no mark and one that may not be read are told apart', async () => {
  for (const half of [
    '',
    'null',
    '5',
    '[]',
    '{}',
    '{"id":"b-1"}',
    '{"environment":"production"}',
    '{"id":"","environment":"production"}',
    '{"id":"b-1","environment":""}',
    '{"id":5,"environment":"production"}',
    '{"id":"b-1","environment":true}',
  ]) {
    store.put('.belay/bucket.json', half);
    expect([half, await identifying()]).toEqual([
      half,
      'not-believed: .belay/bucket.json in offsite does not say which bucket it is.',
    ]);
  }
  expect(await identifying({ getObject: async () => ({}) })).toContain('does not say which bucket it is');
  expect(await identifying(throwing(failure('NoSuchKey', 404)))).toContain(
    'not-believed: The bucket offsite',
  );
  expect(await identifying(throwing(failure('AccessDenied', 403)))).toContain('unavailable: ');
});

test('a bucket is marked once; whether it is marked already is only said where the store has said so', async () => {
  const marking = async (more: Partial<S3Writer>) =>
    (await markBucket({ client: { ...store.client, ...more }, bucket: 'offsite', mark })).match(
      () => 'marked',
      ({ kind }) => kind,
    );
  expect(await marking({})).toBe('invalid');
  expect(await marking({ putObject: () => Promise.reject(failure('AccessDenied', 403)) })).toBe(
    'unavailable',
  );
});

test('the store’s time is when it says that an object was written, and nothing else', async () => {
  const now = async (more: Partial<S3Writer>) =>
    (await inventory(more).now({})).match(
      (time) => time,
      ({ kind }) => kind,
    );
  expect(await now({})).toMatch(/^2026-01-01T00:00:00\.\d{3}Z$/);
  const timeless: Partial<S3Writer> = {
    headObject: async (input) => ({ ...(await store.client.headObject(input)), LastModified: undefined }),
  };
  expect(await now(timeless)).toBe('not-believed');
  expect(await now({ putObject: () => Promise.reject(failure('SlowDown', 503)) })).toBe('unavailable');
});
