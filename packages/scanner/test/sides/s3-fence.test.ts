// The mark of who sweeps a bucket: it changes hands by compare-and-set only, and whatever is no whole mark lets nobody
// sweep.

import { beforeEach, expect, test } from 'vitest';
import type { FenceMark } from '../../src/index.ts';
import { type S3Writer, s3Remover } from '../../src/s3/index.ts';
import { type FakeS3, failure, fakeS3 } from './fake-s3.ts';

const path = '.belay/fence.json';
const mine: FenceMark = { ledger: 'ledger-a', fence: 1, line: { seq: 3, hash: 'abc' } };
const next: FenceMark = { ledger: 'ledger-a', fence: 2, line: { seq: 9, hash: 'def' } };
const theirs: FenceMark = { ledger: 'ledger-b', fence: 7 };

let store: FakeS3;
beforeEach(() => {
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  store = fakeS3('offsite', () => {
    nowMs += 10;
    return nowMs;
  });
});

const remover = (more: Partial<S3Writer> = {}) =>
  s3Remover({ name: 'offsite', client: { ...store.client, ...more }, bucket: 'offsite' });
const write = (mark: unknown) => store.put(path, JSON.stringify(mark));
const raising = async (
  from: FenceMark | undefined,
  to: FenceMark,
  more: Partial<S3Writer> = {},
): Promise<unknown> =>
  (await remover(more).raiseFence(from, to, {})).match(
    () => 'raised',
    ({ kind, applied }) => (applied === undefined ? kind : [kind, applied]),
  );
const reading = async (more: Partial<S3Writer> = {}): Promise<unknown> =>
  (await remover(more).fence({})).match(
    (mark) => mark ?? 'none',
    ({ kind }) => kind,
  );

test('a mark goes from one scanner to the next as it was written, and no field is made up', async () => {
  expect(await reading()).toBe('none');
  expect(await raising(undefined, mine)).toBe('raised');
  expect(await reading()).toEqual(mine);
  expect(await raising(mine, next)).toBe('raised');
  expect(await reading()).toEqual(next);
  write(theirs);
  expect(Object.entries((await remover().fence({}))._unsafeUnwrap() ?? {})).toEqual(Object.entries(theirs));
});

test('a mark that differs in its ledger, its number or its last line is somebody else’s, and stays', async () => {
  const others = [
    { ...mine, ledger: 'ledger-b' },
    { ...mine, fence: 5 },
    { ...mine, line: { seq: 3, hash: 'xyz' } },
    { ledger: mine.ledger, fence: mine.fence },
  ];
  for (const other of others) {
    write(other);
    expect([other, await raising(mine, next)]).toEqual([other, 'fenced-out']);
    expect(store.current(path)).toBe(JSON.stringify(other));
  }
});

test('nobody finds a mark where there is none, and nobody takes a bucket as new that has one', async () => {
  expect(await raising(mine, next)).toBe('fenced-out');
  expect(store.current(path)).toBeUndefined();
  write(theirs);
  expect(await raising(undefined, mine)).toBe('fenced-out');
  expect(store.current(path)).toBe(JSON.stringify(theirs));
});

/** Somebody else sets their mark right after the first look. */
const overtaken = (): Partial<S3Writer> => {
  let reads = 0;
  return {
    getObject: async (input, options) => {
      try {
        return await store.client.getObject(input, options);
      } finally {
        reads += 1;
        if (reads === 1) write(theirs);
      }
    },
  };
};

test('of two that set the mark in the same moment the second is fenced out, in a new bucket and in an old one', async () => {
  expect(await raising(undefined, next, overtaken())).toBe('fenced-out');
  expect(store.current(path)).toBe(JSON.stringify(theirs));
  write(mine);
  expect(await raising(mine, next, overtaken())).toBe('fenced-out');
  expect(store.current(path)).toBe(JSON.stringify(theirs));
});

test('a condition that does not hold has several names, and each of them means fenced out', async () => {
  const names = [
    ['PreconditionFailed', 412],
    ['ConditionalRequestConflict', 409],
    ['UnknownError', 412],
  ] as const;
  for (const [name, status] of names) {
    const refusing: Partial<S3Writer> = { putObject: () => Promise.reject(failure(name, status)) };
    expect([name, await raising(undefined, mine, refusing)]).toEqual([name, 'fenced-out']);
  }
});

test('a store that says yes and keeps the mark of another is found out', async () => {
  const lying: Partial<S3Writer> = {
    putObject: async () => {
      write(theirs);
      return {};
    },
  };
  expect(await raising(undefined, mine, lying)).toBe('fenced-out');
  const idle: Partial<S3Writer> = { putObject: async () => ({}) };
  expect(await raising(theirs, mine, idle)).toBe('fenced-out');
});

test('a mark that cannot be read is not taken for none, and nothing is written over it', async () => {
  store.lies.denies = ['getObject'];
  expect(await reading()).toBe('unavailable');
  expect(await raising(undefined, mine)).toBe('unavailable');
  expect(store.versionCount(path)).toBe(0);
});

test('where the answer to a new mark is lost, nobody says whether it was set', async () => {
  const lost: Partial<S3Writer> = {
    putObject: async (input, options) => {
      await store.client.putObject(input, options);
      throw failure('TimeoutError', 0);
    },
  };
  expect(await raising(undefined, mine, lost)).toEqual(['unavailable', 'unknown']);
  store.lies.denies = ['putObject'];
  expect(await raising(mine, next)).toEqual(['unavailable', 'unknown']);
  store.lies.denies = [];
  let reads = 0;
  const blind: Partial<S3Writer> = {
    getObject: (input, options) => {
      reads += 1;
      return reads === 1
        ? store.client.getObject(input, options)
        : Promise.reject(failure('ServiceUnavailable', 503));
    },
  };
  expect(await raising(mine, next, blind)).toEqual(['unavailable', 'unknown']);
});

test('what is no whole mark is not believed, nor written over, nor taken for none', async () => {
  const halves = [
    '',
    'null',
    '5',
    '"ledger-a"',
    '[]',
    '{}',
    '{"fence":1}',
    '{"ledger":5,"fence":1}',
    '{"ledger":"ledger-a"}',
    '{"ledger":"ledger-a","fence":"1"}',
    '{"ledger":"ledger-a","fence":1.5}',
    '{"ledger":"ledger-a","fence":1,"line":null}',
    '{"ledger":"ledger-a","fence":1,"line":3}',
    '{"ledger":"ledger-a","fence":1,"line":{"hash":"abc"}}',
    '{"ledger":"ledger-a","fence":1,"line":{"seq":"3","hash":"abc"}}',
    '{"ledger":"ledger-a","fence":1,"line":{"seq":3}}',
  ];
  for (const half of halves) {
    store.put(path, half);
    expect([half, await reading()]).toEqual([half, 'not-believed']);
    expect([half, await raising(undefined, mine)]).toEqual([half, 'not-believed']);
    expect(store.current(path)).toBe(half);
  }
});

test('a mark without content, or without the ETag that it could be replaced under, is not believed', async () => {
  write(mine);
  const without = (what: 'Body' | 'ETag'): Partial<S3Writer> => ({
    getObject: async (input, options) => ({
      ...(await store.client.getObject(input, options)),
      [what]: undefined,
    }),
  });
  for (const what of ['Body', 'ETag'] as const) {
    expect([what, await reading(without(what))]).toEqual([what, 'not-believed']);
    expect([what, await raising(mine, next, without(what))]).toEqual([what, 'not-believed']);
  }
  expect(store.current(path)).toBe(JSON.stringify(mine));
});
