// The listing of a bucket, page by page: what is not under the prefix, not in order, not whole or not all is not
// believed, and a listing that is says what it has seen.

import { beforeEach, expect, test } from 'vitest';
import { compareKeys, type ItemKey, itemKind, keyPrefix, type StoredItem, scopeOf } from '../../src/index.ts';
import { markBucket, type S3InventoryOptions, type S3Writer, s3Inventory } from '../../src/s3/index.ts';
import { type FakeS3, failure, fakeS3 } from './fake-s3.ts';

const archive = itemKind('archive')._unsafeUnwrap();
const report = itemKind('report')._unsafeUnwrap();
const scopeWith = (...prefixes: string[]) =>
  scopeOf({
    prefixes: prefixes.map((one) => keyPrefix(one)._unsafeUnwrap()),
    kinds: [archive],
  })._unsafeUnwrap();

type Listing = S3Writer['listObjectsV2'];
type Question = Parameters<Listing>[0];
type Answer = Awaited<ReturnType<Listing>>;

let store: FakeS3;
beforeEach(async () => {
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  store = fakeS3('offsite', () => {
    nowMs += 10;
    return nowMs;
  });
  const mark = { id: 'b-1', environment: 'production' };
  (await markBucket({ client: store.client, bucket: 'offsite', mark }))._unsafeUnwrap();
  for (const name of ['a', 'b', 'c', 'd', 'e']) store.put(`backups/${name}`, `body of ${name}`);
  store.put('old/f', 'x');
});

interface Read {
  readonly batches: readonly (readonly StoredItem[])[];
  /** The statement, or the error's kind and sentence. */
  readonly end: unknown;
}

async function reading(
  more: Partial<S3Writer> = {},
  options: Partial<S3InventoryOptions> = { pageKeys: 2 },
  scope = scopeWith('backups/'),
): Promise<Read> {
  const client = { ...store.client, ...more };
  const side = s3Inventory({ name: 'offsite', client, bucket: 'offsite', kinds: [archive], ...options });
  const stream = side.read({ scope });
  const batches: StoredItem[][] = [];
  for (;;) {
    const next = await stream.next();
    if (next.done === true) {
      return {
        batches,
        end: next.value.match(
          (statement) => statement,
          ({ kind, message }) => `${kind}: ${message}`,
        ),
      };
    }
    const { value } = next;
    batches.push(Array.from({ length: value.count }, (_, index) => value.item(index)));
  }
}

/** A store with another listing. */
const listing = (change: (page: Answer, input: Question) => Answer): Partial<S3Writer> => ({
  listObjectsV2: async (input) => change(await store.client.listObjectsV2(input), input),
});
const isFirst = (input: Question) => input.ContinuationToken === undefined && input.StartAfter === undefined;
const isBehind = (input: Question) => input.StartAfter !== undefined;
/** These objects, counted rightly. */
const holding = (page: Answer, Contents: Answer['Contents'] = []): Answer => ({
  ...page,
  Contents,
  KeyCount: Contents.length,
});

const lies: Readonly<Record<string, readonly [(page: Answer, input: Question) => Answer, string]>> = {
  'an object whose key cannot be read': [
    (page) => ({ ...page, Contents: (page.Contents ?? []).map((one) => ({ ...one, Key: '%' })) }),
    'without a readable key',
  ],
  'one object in two without a key': [
    (page) => ({
      ...page,
      Contents: (page.Contents ?? []).map((one, n) => (n === 1 ? { ...one, Key: undefined } : one)),
      KeyCount: 1,
    }),
    'without a readable key',
  ],
  'an object with an empty key': [
    (page) => ({ ...page, Contents: (page.Contents ?? []).map((one) => ({ ...one, Key: '' })) }),
    'without a readable key',
  ],
  'more objects than it counts': [(page) => ({ ...page, KeyCount: 1 }), 'says 1 keys and has 2'],
  'no count at all': [(page) => ({ ...page, KeyCount: undefined }), 'says undefined keys'],
  'an object that is not under the prefix': [
    (page, input) =>
      page.IsTruncated || isBehind(input)
        ? page
        : holding(page, [
            ...(page.Contents ?? []),
            { Key: 'backupz', ETag: '"x"', Size: 1, LastModified: new Date(0) },
          ]),
    'is not under backups/',
  ],
  'the keys of one page the other way round': [
    (page) => holding(page, [...(page.Contents ?? [])].reverse()),
    'does not list in the order of bytes',
  ],
  'one key twice': [
    (page) => holding(page, [...(page.Contents ?? []).slice(0, 1), ...(page.Contents ?? []).slice(0, 1)]),
    'does not list in the order of bytes',
  ],
  'no place to go on from': [(page) => ({ ...page, NextContinuationToken: undefined }), 'and not where'],
  'an empty place to go on from': [(page) => ({ ...page, NextContinuationToken: '' }), 'and not where'],
  'an empty page in the middle': [
    (page, input) => (isFirst(input) ? holding({ ...page, NextContinuationToken: 'backups/!' }) : page),
    'an empty page says that there is more',
  ],
  'one object too few': [
    (page, input) =>
      isBehind(input) || page.IsTruncated ? page : holding(page, (page.Contents ?? []).slice(0, -1)),
    'comes after it',
  ],
  'nothing at all': [
    (page, input) => (isBehind(input) ? page : { ...holding(page), IsTruncated: false }),
    'ended at nothing',
  ],
  'that there is more behind the last, and not what': [
    (page, input) => (isBehind(input) ? { ...holding(page), IsTruncated: true } : page),
    'and more comes after it',
  ],
  'pages of another bucket': [(page) => ({ ...page, Name: 'another' }), 'bucket another came instead'],
};

test('a listing that lies in any of these ways is not believed, and what is wrong with it is said', async () => {
  // With four keys the last page is full, as all others are.
  await store.client.deleteObject({ Bucket: 'offsite', Key: 'backups/e' });
  expect((await reading()).end).toMatchObject({ count: 4 });
  for (const [what, [change, sentence]] of Object.entries(lies)) {
    const { end } = await reading(listing(change));
    expect(`${what}: ${String(end)}`).toContain(`${what}: not-believed: offsite: `);
    expect(end).toContain(sentence);
  }
});

test('a place that a store has named before leads nowhere, also where its pages go on', async () => {
  let given = 0;
  const { end } = await reading({
    listObjectsV2: async (input) => {
      if (isBehind(input)) return store.client.listObjectsV2(input);
      const { Bucket, Prefix, EncodingType } = input;
      const all = await store.client.listObjectsV2({ Bucket, Prefix, EncodingType });
      given += 2;
      const Contents = (all.Contents ?? []).slice(given - 2, given);
      return { ...holding(all, Contents), IsTruncated: given < 5, NextContinuationToken: 'on' };
    },
  });
  expect(end).toContain('a page leads back to an earlier one');
});

test('the look behind the last page is an answer of its own: without it the listing has none', async () => {
  const blind: Partial<S3Writer> = {
    listObjectsV2: (input) =>
      isBehind(input) ? Promise.reject(failure('SlowDown', 503)) : store.client.listObjectsV2(input),
  };
  expect((await reading(blind)).end).toContain('unavailable: offsite: SlowDown');
});

test('a listing says which bucket it is of, how many pages, keys and bytes, and which keys it has begun and ended with', async () => {
  const { batches, end } = await reading({}, { pageKeys: 2 }, scopeWith('backups/', 'old/', 'void/'));
  expect(batches.map((items) => items.map(({ key }) => key))).toEqual([
    ['backups/a', 'backups/b'],
    ['backups/c', 'backups/d'],
    ['backups/e'],
    ['old/f'],
  ]);
  expect(end).toMatchObject({
    source: { id: 's3:b-1/offsite', environment: 'production', schema: 's3' },
    // With the looks behind the last page of each prefix.
    pages: 8,
    count: 6,
    bytes: 5 * 'body of a'.length + 1,
    firstKey: 'backups/a',
    lastKey: 'old/f',
    ended: 'explicit',
  });
});

test('a page is as long as it was asked for, and else as long as the store likes', async () => {
  const sizes: (number | undefined)[] = [];
  const watched: Partial<S3Writer> = {
    listObjectsV2: (input) => {
      if (!isBehind(input)) sizes.push(input.MaxKeys);
      return store.client.listObjectsV2(input);
    },
  };
  expect((await reading(watched, { pageKeys: 3 })).batches.map(({ length }) => length)).toEqual([3, 2]);
  expect(sizes).toEqual([3, 3]);
  expect((await reading(watched, {})).batches.map(({ length }) => length)).toEqual([5]);
  expect(sizes).toEqual([3, 3, undefined]);
});

test('only the kinds of the scope come, and a page without any brings no empty batch', async () => {
  const kindOf = (key: ItemKey) => (/[ace]$/.test(key) ? archive : report);
  const options: Partial<S3InventoryOptions> = {
    kinds: [archive, report],
    pageKeys: 1,
    describe: (key) => ({ kind: kindOf(key) }),
  };
  const { batches, end } = await reading({}, options);
  expect(batches.map((items) => items.map(({ key }) => key))).toEqual([
    ['backups/a'],
    ['backups/c'],
    ['backups/e'],
  ]);
  expect(end).toMatchObject({ count: 3, firstKey: 'backups/a', lastKey: 'backups/e', pages: 6 });
});

test('keys that a listing must escape are themselves again: blanks, plus signs, percent signs, letters of any kind', async () => {
  const names = ['backups/a b', 'backups/a+b', 'backups/a%20b', 'backups/ä&=?#'];
  for (const name of names) store.put(name, 'x');
  // S3 writes a blank as a plus sign.
  const asS3 = listing((page) => ({
    ...page,
    Contents: (page.Contents ?? []).map((one) => ({ ...one, Key: one.Key?.replaceAll('%20', '+') })),
  }));
  const keys = (await reading(asS3)).batches.flat().map(({ key }) => String(key));
  expect(keys.filter((key) => names.includes(key))).toEqual([...names].sort(compareKeys));
});

test('a line of which a part is missing is not believed', async () => {
  for (const part of ['ETag', 'Size', 'LastModified']) {
    const half = listing((page) => ({
      ...page,
      Contents: (page.Contents ?? []).map((one) => ({ ...one, [part]: undefined })),
    }));
    expect([part, String((await reading(half)).end)]).toEqual([
      part,
      'not-believed: offsite: the listing leaves out a part of "backups/a".',
    ]);
  }
  store.put(`backups/${'x'.repeat(5_000)}`, 'x');
  expect((await reading()).end).toContain('not-believed: offsite: the listing leaves out a part of');
});

test('a bucket that has no mark, or no time to tell before and after, has no listing', async () => {
  let listed = 0;
  const counting: Partial<S3Writer> = {
    listObjectsV2: (input) => {
      listed += 1;
      return store.client.listObjectsV2(input);
    },
  };
  const unmarked = { ...counting, getObject: () => Promise.reject(failure('NoSuchKey', 404)) };
  expect((await reading(unmarked)).end).toContain(
    'not-believed: The bucket offsite has no .belay/bucket.json',
  );
  const timeless = { ...counting, putObject: () => Promise.reject(failure('SlowDown', 503)) };
  expect((await reading(timeless)).end).toContain('unavailable: offsite: SlowDown');
  expect(listed).toBe(0);
  let asked = 0;
  const late: Partial<S3Writer> = {
    putObject: (input) => {
      asked += 1;
      return asked === 2 ? Promise.reject(failure('SlowDown', 503)) : store.client.putObject(input);
    },
  };
  expect((await reading(late)).end).toContain('unavailable: offsite: SlowDown');
});
