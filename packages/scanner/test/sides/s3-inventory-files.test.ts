// Reports of S3 Inventory, written here as S3 writes them, against the live bucket that they are about.

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { errAsync } from 'neverthrow';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { awkwardNames } from '../../src/conformance/drain.ts';
import { itemKey, itemKind, keyPrefix, type StoredItem, scannerError, scopeOf } from '../../src/index.ts';
import {
  markBucket,
  type S3InventoryFilesOptions,
  s3Inventory,
  s3InventoryFiles,
} from '../../src/s3/index.ts';
import { type FakeS3, failure, fakeS3 } from './fake-s3.ts';

const archive = itemKind('archive')._unsafeUnwrap();
const scope = scopeOf({
  prefixes: [keyPrefix('backups/')._unsafeUnwrap()],
  kinds: [archive],
})._unsafeUnwrap();
const createdMs = Date.parse('2026-01-02T00:00:00Z');
const hourMs = 3_600_000;

let folder = '';
let store: FakeS3;
let nowMs = createdMs;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'belay-s3-inventory-'));
  nowMs = createdMs + hourMs;
  store = fakeS3('offsite', () => createdMs);
  const mark = { id: 'b-1', environment: 'production' };
  (await markBucket({ client: store.client, bucket: 'offsite', mark }))._unsafeUnwrap();
  for (const name of awkwardNames) store.put(`backups/${name}`, `body of ${name}`);
  store.put('else/where', 'x');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const live = () =>
  s3Inventory({ name: 'offsite', client: store.client, bucket: 'offsite', kinds: [archive] });

async function itemsOf(stream: ReturnType<ReturnType<typeof live>['read']>) {
  const items: StoredItem[] = [];
  for (;;) {
    const next = await stream.next();
    if (next.done === true) return { items, end: next.value };
    for (let i = 0; i < next.value.count; i++) items.push(next.value.item(i));
  }
}

const report = (more: Partial<S3InventoryFilesOptions> = {}) =>
  s3InventoryFiles({
    live: live(),
    bucket: 'offsite',
    folder,
    temporaryFolder: folder,
    maxAgeMs: 24 * hourMs,
    clock: { now: () => nowMs },
    ...more,
  });

interface Line {
  readonly key: string;
  readonly item?: StoredItem;
  readonly isLatest?: boolean;
  readonly isMarker?: boolean;
  /** Columns that hold nothing. */
  readonly empty?: readonly Column[];
}

/** The columns by their names in Parquet, and what they are called in CSV. */
const columns = {
  bucket: 'Bucket',
  key: 'Key',
  version_id: 'VersionId',
  is_latest: 'IsLatest',
  is_delete_marker: 'IsDeleteMarker',
  size: 'Size',
  last_modified_date: 'LastModifiedDate',
  e_tag: 'ETag',
} as const;
type Column = keyof typeof columns;

async function write(
  format: 'CSV' | 'Parquet',
  lines: readonly Line[],
  bucket = 'offsite',
  left: readonly Column[] = [],
): Promise<void> {
  const isKept = (column: string) => !left.some((one) => one === column);
  const name = format === 'CSV' ? 'data.csv.gz' : 'data.parquet';
  const rows = lines.map(({ key, item, isLatest = true, isMarker = false, empty = [] }) => {
    const row = {
      bucket,
      key,
      version_id: 'v',
      is_latest: isLatest,
      is_delete_marker: isMarker,
      size: item?.sizeBytes ?? 0,
      last_modified_date: item?.modifiedAt ?? '2026-01-01T00:00:00Z',
      e_tag: item?.version.split('@')[0] ?? 'none',
    };
    const cells = Object.entries(row).filter(([column]) => isKept(column));
    return cells.map(
      ([column, value]) => [column, empty.some((one) => one === column) ? null : value] as const,
    );
  });
  if (format === 'CSV') {
    const text = rows.map((row) =>
      row
        .map(([column, value]) =>
          column === 'key' ? encodeURIComponent(String(value)).replaceAll('%20', '+') : (value ?? ''),
        )
        .map((value) => `"${value}"`)
        .join(','),
    );
    writeFileSync(join(folder, name), gzipSync(`${text.join('\n')}\n`));
  } else {
    writeFileSync(
      join(folder, 'rows.ndjson'),
      rows.map((row) => `${JSON.stringify(Object.fromEntries(row))}\n`).join(''),
    );
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(
      `COPY (SELECT * REPLACE (last_modified_date::TIMESTAMP AS last_modified_date)
       FROM read_json('${join(folder, 'rows.ndjson')}', format = 'newline_delimited'))
       TO '${join(folder, name)}' (FORMAT parquet)`,
    );
    connection.closeSync();
    instance.closeSync();
  }
  const manifest = JSON.stringify({
    sourceBucket: bucket,
    version: '2016-11-30',
    creationTimestamp: String(createdMs),
    fileFormat: format,
    fileSchema:
      format === 'CSV'
        ? Object.entries(columns)
            .filter(([column]) => isKept(column))
            .map(([, inCsv]) => inCsv)
            .join(', ')
        : `message s3.inventory { required binary bucket; ${isKept('is_latest') ? 'optional boolean is_latest; ' : ''}}`,
    files: [
      { key: `report/offsite/data/${name}`, size: 1, MD5checksum: md5(readFileSync(join(folder, name))) },
    ],
  });
  sign(manifest);
}

/** The manifest, whole in itself. */
function sign(manifest: string): void {
  writeFileSync(join(folder, 'manifest.json'), manifest);
  writeFileSync(join(folder, 'manifest.checksum'), md5(manifest));
}

/** The manifest that is there, with other fields. */
function change(more: Readonly<Record<string, unknown>>): void {
  const was: object = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  sign(JSON.stringify({ ...was, ...more }));
}

function md5(data: string | Buffer): string {
  return createHash('md5').update(data).digest('hex');
}

test('a report in CSV or Parquet gives what a listing of that moment would have given', async () => {
  const listed = await itemsOf(live().read({ scope }));
  const lines: Line[] = [
    ...listed.items.map((item) => ({ key: item.key, item })),
    { key: 'else/where' },
  ].reverse();
  const past: Line[] = [
    { key: 'backups/a', isLatest: false },
    { key: 'backups/deleted', isMarker: true },
  ];
  for (const format of ['CSV', 'Parquet'] as const) {
    await write(format, [...lines, ...past]);
    const { items, end } = await itemsOf(report().read({ scope }));
    expect(items).toEqual(listed.items);
    expect(end._unsafeUnwrap()).toMatchObject({
      source: { id: 's3:b-1/offsite', schema: 's3-inventory' },
      count: awkwardNames.length,
      ended: 'explicit',
      position: '2026-01-02T00:00:00.000Z',
    });
  }
});

test('a report that is not whole, too old, or about another bucket is not believed', async () => {
  const lines: Line[] = [{ key: 'backups/a' }];
  const kind = async () =>
    (await itemsOf(report().read({ scope }))).end.match(
      () => 'believed',
      (error) => error.kind,
    );
  await write('CSV', lines);
  expect(await kind()).toBe('believed');
  writeFileSync(join(folder, 'data.csv.gz'), gzipSync(''));
  expect(await kind()).toBe('not-believed');
  await write('CSV', lines);
  writeFileSync(join(folder, 'manifest.json'), '{}');
  expect(await kind()).toBe('not-believed');
  await write('CSV', lines, 'another');
  expect(await kind()).toBe('not-believed');
  await write('CSV', lines);
  nowMs = createdMs + 25 * hourMs;
  expect(await kind()).toBe('not-believed');
  rmSync(join(folder, 'manifest.checksum'));
  expect(await kind()).toBe('unavailable');
});

const endOf = async (inventory = report()) =>
  (await itemsOf(inventory.read({ scope }))).end.match(
    () => 'believed',
    ({ kind, message }) => `${kind}: ${message}`,
  );

test('a report of current versions only has no columns that say so, and is read all the same', async () => {
  const listed = await itemsOf(live().read({ scope }));
  for (const format of ['CSV', 'Parquet'] as const) {
    const lines = listed.items.map((item) => ({ key: item.key, item }));
    await write(format, lines, 'offsite', ['version_id', 'is_latest', 'is_delete_marker']);
    expect((await itemsOf(report().read({ scope }))).items).toEqual(listed.items);
  }
});

test('of a report only the prefixes and kinds of the scope come, and its statement counts these alone', async () => {
  const other = itemKind('report')._unsafeUnwrap();
  const last = '\u{10ffff}';
  const prefixes = ['backups/', 'old/', last].map((prefix) => keyPrefix(prefix)._unsafeUnwrap());
  const wide = scopeOf({ prefixes, kinds: [archive] })._unsafeUnwrap();
  const item = (sizeBytes: number) => ({ sizeBytes, version: 'e@', modifiedAt: '2026-01-01T00:00:00Z' });
  const lines = ['backups/a', 'backups/b.txt', 'between', 'old/c', 'olds', `${last}d`, `${last}e.txt`];
  for (const format of ['CSV', 'Parquet'] as const) {
    await write(
      format,
      lines.map((key, n) => ({
        key,
        item: { ...item(10 ** n), key: itemKey(key)._unsafeUnwrap(), kind: archive },
      })),
    );
    const describe = (key: string) => ({ kind: key.endsWith('.txt') ? other : archive });
    const { items, end } = await itemsOf(report({ describe }).read({ scope: wide }));
    expect(items.map(({ key }) => String(key))).toEqual(['backups/a', 'old/c', `${last}d`]);
    expect(end._unsafeUnwrap()).toMatchObject({
      count: 3,
      bytes: 101_001,
      pages: 1,
      firstKey: 'backups/a',
      lastKey: `${last}d`,
      ended: 'explicit',
    });
  }
});

test('a line of a report of which a part is missing is not believed', async () => {
  const good = { key: 'backups/a' };
  for (const column of ['size', 'e_tag', 'last_modified_date'] as const) {
    await write('Parquet', [good, { key: 'backups/b', empty: [column] }]);
    expect([column, await endOf()]).toEqual([
      column,
      'not-believed: offsite: the report leaves out a part of backups/b.',
    ]);
    await write('CSV', [good, { key: 'backups/b', empty: [column] }]);
    expect(await endOf()).toContain('not-believed: offsite: ');
  }
  await write('CSV', [good, { key: `backups/${'x'.repeat(5_000)}` }]);
  expect(await endOf()).toContain('not-believed: offsite: the report leaves out a part of backups/xxx');
});

test('a manifest that does not say what a report needs is not believed', async () => {
  const wrong: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
    [{ sourceBucket: undefined }, 'the report is about undefined'],
    [{ creationTimestamp: undefined }, 'the report is older than maxAgeMs allows'],
    [{ creationTimestamp: 'yesterday' }, 'the report is older than maxAgeMs allows'],
    [{ fileFormat: 'ORC' }, 'a report in ORC cannot be read'],
    [{ files: [] }, 'the manifest names no file'],
    [{ files: undefined }, 'the manifest names no file'],
    [{ files: 'data.csv.gz' }, 'the manifest names no file'],
  ];
  for (const [more, sentence] of wrong) {
    await write('CSV', [{ key: 'backups/a' }]);
    change(more);
    expect(await endOf()).toBe(`not-believed: offsite: ${sentence}.`);
  }
  for (const text of ['null', '5', '"x"']) {
    sign(text);
    expect(await endOf()).toBe('not-believed: offsite: the report is about undefined.');
  }
  await write('CSV', [{ key: 'backups/a' }]);
  change({ files: [null] });
  expect(await endOf()).toContain('unavailable: ');
});

test('an age that is no number of milliseconds above nothing lets no report through', async () => {
  await write('CSV', [{ key: 'backups/a' }]);
  nowMs = createdMs;
  expect(await endOf(report({ maxAgeMs: 1 }))).toBe('believed');
  for (const maxAgeMs of [0, -1, Number.NaN]) {
    expect(await endOf(report({ maxAgeMs }))).toContain('older than maxAgeMs allows');
  }
  nowMs = createdMs + 1;
  expect(await endOf(report({ maxAgeMs: 1 }))).toBe('believed');
});

test('a file whose sum is right and whose content is no report is not believed', async () => {
  await write('Parquet', [{ key: 'backups/a' }]);
  writeFileSync(join(folder, 'data.parquet'), 'PAR1');
  change({ files: [{ key: 'x/data.parquet', MD5checksum: md5('PAR1') }] });
  expect(await endOf()).toContain('not-believed: offsite: the report cannot be read');
});

test('a report without the live bucket that it is about, or without a place to sort it, has no answer', async () => {
  await write('CSV', [{ key: 'backups/a' }]);
  expect(await endOf(report({ memoryLimitMiB: Number.NaN }))).toContain('unavailable: ');
  const timelessAt = (nth: number) => {
    let calls = 0;
    const side = live();
    const now: typeof side.now = (call) => {
      calls += 1;
      return calls === nth ? errAsync(scannerError('unavailable', 'no time')) : side.now(call);
    };
    return report({ live: { ...side, now } });
  };
  expect(await endOf(timelessAt(1))).toBe('unavailable: no time');
  expect(await endOf(timelessAt(2))).toBe('unavailable: no time');
  const unmarked = s3Inventory({
    name: 'offsite',
    client: { ...store.client, getObject: () => Promise.reject(failure('NoSuchKey', 404)) },
    bucket: 'offsite',
    kinds: [archive],
  });
  expect(await endOf(report({ live: unmarked }))).toContain(
    'not-believed: The bucket offsite has no .belay/',
  );
});

test('whoever gives up while a report is read gets no more of it', async () => {
  await write('CSV', [{ key: 'backups/a' }]);
  const controller = new AbortController();
  const side = live();
  const inventory = report({
    live: {
      ...side,
      now: (call) => {
        const now = side.now(call);
        return now.map((time) => {
          controller.abort();
          return time;
        });
      },
    },
  });
  const { items, end } = await itemsOf(inventory.read({ scope, signal: controller.signal }));
  expect(end._unsafeUnwrapErr().kind).toBe('cancelled');
  expect(items).toEqual([]);
});

test('a picture of the past shows no canary of this run, and none is planted for it', async () => {
  const listed = await itemsOf(live().read({ scope }));
  expect((await report().plantCanaries({ scope, nonce: 'now' }))._unsafeUnwrap()).toEqual([]);
  expect((await itemsOf(live().read({ scope }))).items).toEqual(listed.items);
});
