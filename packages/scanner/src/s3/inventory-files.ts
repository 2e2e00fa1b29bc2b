import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { failureOf } from '@belay/cloud';
import { err, ok, okAsync, type Result } from 'neverthrow';
import { type ItemBatch, itemBatch } from '../batch.ts';
import type { ReadRequest, SideStream } from '../call.ts';
import { type Clock, systemClock } from '../clock.ts';
import { type DuckdbOptions, literal, openDuckdb } from '../duckdb/session.ts';
import type { Inventory } from '../inventory.ts';
import type { StoredItem } from '../item.ts';
import { type ItemKey, type ItemKind, itemKey, type OwnerId } from '../key.ts';
import { afterPrefix } from '../rows/range.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import { versionOf, writtenAt } from './client.ts';
import type { S3Inventory } from './inventory.ts';

/** Where a report of S3 Inventory lies. */
export interface S3InventoryFilesOptions extends DuckdbOptions {
  /** The same bucket as it is now: for its identity, its time and strong looks. */
  readonly live: S3Inventory;
  /** The bucket that the report is about. */
  readonly bucket: string;
  /** A local folder with `manifest.json`, `manifest.checksum` and the files of the report, all in one place. */
  readonly folder: string;
  /** As for the live inventory. */
  readonly describe?: ((key: ItemKey) => { readonly kind: ItemKind; readonly owner?: OwnerId }) | undefined;
  /** How old a report may be; S3 writes one a day or a week. */
  readonly maxAgeMs: number;
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

/**
 * A bucket, listed by a report of S3 Inventory: for buckets where a listing by pages takes too long. CSV and Parquet are
 * read, ORC is not. Its files are held against the sums in the manifest, the manifest against its own. A report is a
 * picture of the past and shows no canary of this run; everything else is asked of the live bucket.
 *
 * Source: the S3 user guide, "Locating your inventory list": the manifest's fields, its checksum (MD5), and that keys are
 * percent-encoded in CSV.
 */
export function s3InventoryFiles(options: S3InventoryFilesOptions): Inventory {
  return { ...options.live, plantCanaries: () => okAsync([]), read: (request) => read(request, options) };
}

interface Manifest {
  readonly createdMs: number;
  readonly format: 'CSV' | 'Parquet';
  /** Column names in the order of a CSV. */
  readonly columns: readonly string[];
  readonly paths: readonly string[];
}

async function* read(request: ReadRequest, options: S3InventoryFilesOptions): SideStream<ItemBatch> {
  const { live, clock = systemClock } = options;
  const { name } = live;
  const identity = await live.identity(request);
  if (identity.isErr()) return err(identity.error);
  const startedAt = await live.now(request);
  if (startedAt.isErr()) return err(startedAt.error);
  const manifest = await manifestOf(options, name, clock.now());
  if (manifest.isErr()) return err(manifest.error);
  const opened = await openDuckdb(options, name);
  if (opened.isErr()) return err(opened.error);
  const db = opened.value;
  try {
    const query = select(request, manifest.value);
    let stated = 0;
    for await (const [row] of db.rows(`SELECT count(*)::VARCHAR FROM (${query})`)) stated = Number(row?.[0]);
    let given = 0;
    let left = 0;
    let bytes = 0;
    let pages = 0;
    let firstKey: ItemKey | undefined;
    let lastKey: ItemKey | undefined;
    for await (const piece of db.rows(`${query} ORDER BY key`)) {
      if (hasFired(request)) return err(scannerError('cancelled', `Reading ${name} was cancelled.`));
      pages += 1;
      const items: StoredItem[] = [];
      for (const columns of piece) {
        const item = itemOf(columns, options);
        if (item.isErr()) return err(item.error);
        if (request.scope.kinds.includes(item.value.kind)) items.push(item.value);
        else left += 1;
      }
      given += items.length;
      bytes += items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      firstKey ??= items[0]?.key;
      lastKey = items.at(-1)?.key ?? lastKey;
      if (items.length > 0) yield itemBatch(items);
    }
    const endedAt = await live.now(request);
    if (endedAt.isErr()) return err(endedAt.error);
    return ok({
      source: { ...identity.value, schema: 's3-inventory' },
      startedAt: startedAt.value,
      endedAt: endedAt.value,
      pages,
      count: stated - left,
      bytes,
      firstKey,
      lastKey,
      ended: given + left === stated ? 'explicit' : 'assumed',
      position: new Date(manifest.value.createdMs).toISOString(),
    });
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return err(
      scannerError('not-believed', `${name}: the report cannot be read: ${message}`, { source: name }),
    );
  } finally {
    db.close();
  }
}

async function manifestOf(
  { folder, bucket, maxAgeMs }: S3InventoryFilesOptions,
  name: string,
  nowMs: number,
): Promise<Result<Manifest, ScannerError>> {
  const wrong = (message: string) =>
    err(scannerError('not-believed', `${name}: ${message}.`, { source: name }));
  try {
    const text = await readFile(join(folder, 'manifest.json'));
    const sum = (await readFile(join(folder, 'manifest.checksum'), 'utf8')).trim();
    if (createHash('md5').update(text).digest('hex') !== sum) return wrong('manifest.json is not whole');
    const manifest = record(JSON.parse(text.toString()));
    if (manifest['sourceBucket'] !== bucket)
      return wrong(`the report is about ${String(manifest['sourceBucket'])}`);
    const createdMs = Number(manifest['creationTimestamp']);
    if (!(maxAgeMs > 0) || !(nowMs - createdMs <= maxAgeMs))
      return wrong('the report is older than maxAgeMs allows');
    const format = manifest['fileFormat'];
    if (format !== 'CSV' && format !== 'Parquet')
      return wrong(`a report in ${String(format)} cannot be read`);
    const files = Array.isArray(manifest['files']) ? manifest['files'].map(record) : [];
    if (files.length === 0) return wrong('the manifest names no file');
    const paths: string[] = [];
    for (const file of files) {
      const path = join(folder, basename(String(file['key'])));
      if ((await md5Of(path)) !== file['MD5checksum']) return wrong(`${basename(path)} is not whole`);
      paths.push(path);
    }
    const columns = String(manifest['fileSchema'])
      .split(',')
      .map((column) => column.trim());
    return ok({ createdMs, format, columns, paths });
  } catch (thrown) {
    const cause = failureOf(thrown, 'file');
    return err(scannerError('unavailable', `${name}: ${cause.message}`, { source: name, cause }));
  }
}

/** The current versions under the scope's prefixes. */
function select({ scope }: ReadRequest, { format, columns, paths }: Manifest): string {
  const files = `[${paths.map(literal).join(', ')}]`;
  const names = `[${columns.map((column) => literal(column)).join(', ')}]`;
  const isCsv = format === 'CSV';
  const table = isCsv
    ? `read_csv(${files}, header = false, all_varchar = true, names = ${names}, quote = '"', delim = ',')`
    : `read_parquet(${files})`;
  const column = (csv: string, parquet: string): string => (isCsv ? `"${csv}"` : parquet);
  // Reports of current versions only have no such columns; in others the latest that is no delete marker is stored.
  const isVersioned = isCsv ? columns.includes('IsLatest') : /\bis_latest\b/.test(columns.join(' '));
  const current = isVersioned
    ? `lower(${column('IsLatest', 'is_latest')}::VARCHAR) = 'true'
       AND lower(${column('IsDeleteMarker', 'is_delete_marker')}::VARCHAR) <> 'true'`
    : 'true';
  const key = isCsv ? `url_decode(replace("Key", '+', ' '))` : 'key';
  const under = scope.prefixes.map((prefix) => {
    const after = afterPrefix(prefix);
    const from = `key >= ${literal(prefix)}`;
    return after === undefined ? from : `(${from} AND key < ${literal(after)})`;
  });
  return `SELECT * FROM (
      SELECT ${key} AS key, ${column('Size', 'size')}::VARCHAR AS size, ${column('ETag', 'e_tag')}::VARCHAR AS etag,
        strftime(${column('LastModifiedDate', 'last_modified_date')}::TIMESTAMP, '%Y-%m-%dT%H:%M:%SZ') AS modified
      FROM ${table} WHERE ${current}
    ) WHERE ${under.join(' OR ')}`;
}

function itemOf(
  [key, size, etag, modified]: readonly unknown[],
  { live, describe = () => ({ kind: live.kinds[0] as ItemKind }) }: S3InventoryFilesOptions,
): Result<StoredItem, ScannerError> {
  const named = itemKey(String(key ?? ''));
  const LastModified = new Date(String(modified));
  // An empty column is no size of nothing.
  const sizeBytes = typeof size === 'string' && size !== '' ? Number(size) : Number.NaN;
  if (
    named.isErr() ||
    typeof etag !== 'string' ||
    etag === '' ||
    !Number.isSafeInteger(sizeBytes) ||
    Number.isNaN(LastModified.getTime())
  ) {
    const message = `${live.name}: the report leaves out a part of ${String(key)}.`;
    return err(scannerError('not-believed', message, { source: live.name }));
  }
  return ok({
    key: named.value,
    ...describe(named.value),
    version: versionOf({ ETag: etag, LastModified }),
    sizeBytes,
    modifiedAt: writtenAt(LastModified) ?? '',
  });
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  for await (const part of createReadStream(path)) hash.update(part);
  return hash.digest('hex');
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Asked anew for each piece. */
function hasFired({ signal }: ReadRequest): boolean {
  return signal?.aborted === true;
}
