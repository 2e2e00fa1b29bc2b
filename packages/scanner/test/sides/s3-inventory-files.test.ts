// Reports of S3 Inventory, written here as S3 writes them, against the live bucket that they are about.

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { awkwardNames } from '../../src/conformance/drain.ts';
import { itemKind, keyPrefix, type StoredItem, scopeOf } from '../../src/index.ts';
import { markBucket, s3Inventory, s3InventoryFiles } from '../../src/s3/index.ts';
import { type FakeS3, fakeS3 } from './fake-s3.ts';

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

const report = () =>
  s3InventoryFiles({
    live: live(),
    bucket: 'offsite',
    folder,
    temporaryFolder: folder,
    maxAgeMs: 24 * hourMs,
    clock: { now: () => nowMs },
  });

interface Line {
  readonly key: string;
  readonly item?: StoredItem;
  readonly isLatest?: boolean;
  readonly isMarker?: boolean;
}

async function write(format: 'CSV' | 'Parquet', lines: readonly Line[], bucket = 'offsite'): Promise<void> {
  const name = format === 'CSV' ? 'data.csv.gz' : 'data.parquet';
  const rows = lines.map(({ key, item, isLatest = true, isMarker = false }) => ({
    bucket,
    key,
    version_id: 'v',
    is_latest: isLatest,
    is_delete_marker: isMarker,
    size: item?.sizeBytes ?? 0,
    last_modified_date: item?.modifiedAt ?? '2026-01-01T00:00:00Z',
    e_tag: item?.version.split('@')[0] ?? 'none',
  }));
  if (format === 'CSV') {
    const text = rows.map((row) =>
      Object.values({ ...row, key: encodeURIComponent(row.key).replaceAll('%20', '+') })
        .map((value) => `"${value}"`)
        .join(','),
    );
    writeFileSync(join(folder, name), gzipSync(`${text.join('\n')}\n`));
  } else {
    writeFileSync(join(folder, 'rows.ndjson'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
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
        ? 'Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag'
        : 'message s3.inventory { required binary bucket; optional boolean is_latest; }',
    files: [
      { key: `report/offsite/data/${name}`, size: 1, MD5checksum: md5(readFileSync(join(folder, name))) },
    ],
  });
  writeFileSync(join(folder, 'manifest.json'), manifest);
  writeFileSync(join(folder, 'manifest.checksum'), md5(manifest));
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
