import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { type ItemBatch, itemBatch } from '../batch.ts';
import type { Call, Canary, CanaryRequest, ReadRequest, SideStream } from '../call.ts';
import { canariesFor, canaryNonceOf } from '../canary.ts';
import type { Inventory } from '../inventory.ts';
import type { Looked, StoredItem } from '../item.ts';
import { type ItemKey, type ItemKind, itemKey, type OwnerId } from '../key.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { SourceIdentity } from '../statement.ts';
import { type BucketOptions, defaultMarks, identityOf, storeTime } from './bucket.ts';
import { ask, isAbsent, type S3Object, type S3Reader, versionOf, writtenAt } from './client.ts';
import { pagesOf } from './list.ts';
import { lockOf, locksOf } from './lock.ts';

/** Which bucket, and what its keys mean. */
export interface S3InventoryOptions {
  /** For people and errors. */
  readonly name: string;
  /**
   * `new S3({ … })` of `@aws-sdk/client-s3`, with credentials that may list and read, and write and delete only canaries
   * and what lies under `marks`.
   */
  readonly client: S3Reader;
  readonly bucket: string;
  readonly kinds: readonly [ItemKind, ...ItemKind[]];
  /** What a key says of its kind and owner. Left out, all are of the first kind and of nobody. */
  readonly describe?: ((key: ItemKey) => { readonly kind: ItemKind; readonly owner?: OwnerId }) | undefined;
  /** Where belay's own objects lie; `.belay/` where left out. No prefix of a scan may contain it. */
  readonly marks?: string | undefined;
  /** Keys of one page; the store's own number, mostly 1000, where left out. */
  readonly pageKeys?: number | undefined;
}

/** A bucket as an inventory, and a way to ask which one it is. */
export interface S3Inventory extends Inventory {
  /** What to expect: shown to a person once, then written into the scanner's options. */
  identity(call?: Call): ResultAsync<SourceIdentity, ScannerError>;
}

/**
 * A bucket as an inventory. Of its metadata an object may carry `belay-environment`, `belay-verified` (`true`) and
 * `belay-dependants` (names, with commas between): only a strong look shows them. Directory buckets of S3 Express are
 * refused at their first page, since they do not list in the order of keys.
 */
export function s3Inventory(options: S3InventoryOptions): S3Inventory {
  const bucket: ListOptions = {
    name: options.name,
    client: options.client,
    bucket: options.bucket,
    marks: options.marks ?? defaultMarks,
    pageKeys: options.pageKeys,
    kinds: options.kinds,
    describe: options.describe ?? (() => ({ kind: options.kinds[0] })),
  };
  return {
    name: options.name,
    kinds: options.kinds,
    identity: (call = {}) => new ResultAsync(identityOf(bucket, call)),
    now: (call) => new ResultAsync(storeTime(bucket, call)),
    plantCanaries: (request) => new ResultAsync(plant(request, bucket)),
    read: (request) => read(request, bucket),
    look: (keys, call) => new ResultAsync(look(keys, bucket, call)),
  };
}

interface ListOptions extends BucketOptions {
  readonly pageKeys: number | undefined;
  readonly kinds: readonly [ItemKind, ...ItemKind[]];
  readonly describe: (key: ItemKey) => { readonly kind: ItemKind; readonly owner?: OwnerId };
}

async function* read(request: ReadRequest, options: ListOptions): SideStream<ItemBatch> {
  const { scope } = request;
  const source = await identityOf(options, request);
  if (source.isErr()) return err(source.error);
  const startedAt = await storeTime(options, request);
  if (startedAt.isErr()) return err(startedAt.error);
  let pages = 0;
  let count = 0;
  let bytes = 0;
  let firstKey: ItemKey | undefined;
  let lastKey: ItemKey | undefined;
  for (const prefix of scope.prefixes) {
    const listing = pagesOf(prefix, options, request);
    for (;;) {
      const next = await listing.next();
      if (next.done === true) {
        if (next.value.isErr()) return err(next.value.error);
        pages += next.value.value;
        break;
      }
      const items: StoredItem[] = [];
      for (const object of next.value.objects) {
        const item = itemOf(object, scope.prefixes, options);
        if (item.isErr()) return err(item.error);
        if (scope.kinds.includes(item.value.kind)) items.push(item.value);
      }
      count += items.length;
      bytes += items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      firstKey ??= items[0]?.key;
      lastKey = items.at(-1)?.key ?? lastKey;
      if (items.length > 0) yield itemBatch(items);
    }
  }
  const endedAt = await storeTime(options, request);
  if (endedAt.isErr()) return err(endedAt.error);
  return ok({
    source: source.value,
    startedAt: startedAt.value,
    endedAt: endedAt.value,
    pages,
    count,
    bytes,
    firstKey,
    lastKey,
    ended: 'explicit',
  });
}

function itemOf(
  object: S3Object & { readonly Key: string },
  prefixes: readonly string[],
  { name, kinds, describe }: ListOptions,
): Result<StoredItem, ScannerError> {
  const key = itemKey(object.Key);
  const { ETag, Size } = object;
  const modifiedAt = writtenAt(object.LastModified);
  if (key.isErr() || ETag === undefined || Size === undefined || modifiedAt === undefined) {
    const message = `${name}: the listing leaves out a part of ${JSON.stringify(object.Key)}.`;
    return err(scannerError('not-believed', message, { source: name }));
  }
  const nonce = canaryNonceOf(key.value, prefixes);
  return ok({
    key: key.value,
    ...(nonce === undefined ? describe(key.value) : { kind: kinds[0], canaryNonce: nonce }),
    version: versionOf(object),
    sizeBytes: Size,
    modifiedAt,
  });
}

async function plant(
  request: CanaryRequest,
  options: ListOptions,
): Promise<Result<readonly Canary[], ScannerError>> {
  const { name, client, bucket } = options;
  const { prefixes } = request.scope;
  const canaries = canariesFor(request);
  for (const { key } of canaries) {
    const put = await ask(name, request, (more) =>
      client.putObject({ Bucket: bucket, Key: key, Body: request.nonce }, more),
    );
    if (put.isErr()) return err(put.error.error);
  }
  const old = await oldCanaries(prefixes, request, options);
  if (old.isErr()) return err(old.error);
  for (const key of old.value) {
    const gone = await ask(name, request, (more) => client.deleteObject({ Bucket: bucket, Key: key }, more));
    if (gone.isErr()) return err(gone.error.error);
  }
  return ok(canaries);
}

/** The keys of canaries of earlier runs: found by where canaries stand, not by going through everything. */
async function oldCanaries(
  prefixes: readonly string[],
  request: CanaryRequest,
  options: ListOptions,
): Promise<Result<readonly string[], ScannerError>> {
  const old: string[] = [];
  for (const { key } of canariesFor({ scope: request.scope, nonce: '' })) {
    const listing = pagesOf(key, { ...options, pageKeys: undefined, casual: true }, request);
    for (;;) {
      const next = await listing.next();
      if (next.done === true) {
        if (next.value.isErr()) return err(next.value.error);
        break;
      }
      for (const { Key } of next.value.objects) {
        const nonce = canaryNonceOf(Key, prefixes);
        if (nonce !== undefined && nonce !== request.nonce) old.push(Key);
      }
    }
  }
  return ok(old);
}

async function look(
  keys: readonly ItemKey[],
  options: ListOptions,
  call: Call,
): Promise<Result<readonly Looked[], ScannerError>> {
  if (call.signal?.aborted === true) {
    return err(scannerError('cancelled', `${options.name} was not asked.`, { source: options.name }));
  }
  if (keys.length === 0) return ok([]);
  const locks = await locksOf(options, call);
  const now = locks === 'used' ? await storeTime(options, call) : ok('');
  if (now.isErr()) return err(now.error);
  const answers: Looked[] = [];
  for (let start = 0; start < keys.length; start += atOnce) {
    const some = keys.slice(start, start + atOnce);
    answers.push(...(await Promise.all(some.map((key) => lookAt(key, now.value, locks, options, call)))));
  }
  return ok(answers);
}

const atOnce = 10;

async function lookAt(
  key: ItemKey,
  now: string,
  locks: 'none' | 'used' | 'unknown',
  options: ListOptions,
  call: Call,
): Promise<Looked> {
  const { name, client, bucket, describe } = options;
  const head = await ask(name, call, (more) => client.headObject({ Bucket: bucket, Key: key }, more));
  if (head.isErr()) {
    return isAbsent(head.error)
      ? { found: 'no', key }
      : { found: 'unknown', key, why: head.error.error.message };
  }
  const { ETag, ContentLength, Metadata = {} } = head.value;
  const modifiedAt = writtenAt(head.value.LastModified);
  if (ETag === undefined || ContentLength === undefined || modifiedAt === undefined) {
    return { found: 'unknown', key, why: 'the answer leaves out a part' };
  }
  const environment = Metadata['belay-environment'];
  const verified = Metadata['belay-verified'];
  return {
    found: 'yes',
    key,
    ...describe(key),
    version: versionOf(head.value),
    sizeBytes: ContentLength,
    modifiedAt,
    ...(environment !== undefined && { environment }),
    ...(verified !== undefined && { verified: verified === 'true' }),
    hold: await lockOf(key, now, locks, options, call),
    dependants: (Metadata['belay-dependants'] ?? '').split(',').filter((one) => one.trim() !== ''),
  };
}
