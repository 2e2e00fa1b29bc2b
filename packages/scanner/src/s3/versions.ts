/**
 * All versions and delete markers of one key, the newest first, as the store has them now.
 */

import { err, ok, type Result } from 'neverthrow';
import type { Call } from '../call.ts';
import { scannerError } from '../scanner-error.ts';
import type { RemoverBucket } from './bucket.ts';
import { ask, decodeKey, type S3Error, type S3Version, versionOf } from './client.ts';

/** One of them. */
export interface Stored {
  readonly isMarker: boolean;
  readonly versionId: string;
  readonly isLatest: boolean;
  /** Of an object its version as the port names it; of a marker nothing. */
  readonly version: string;
}

/** Asks for them. */
export async function versionsOf(
  key: string,
  { name, client, bucket }: RemoverBucket,
  call: Call,
): Promise<Result<readonly Stored[], S3Error>> {
  const found: (Stored & { readonly atMs: number })[] = [];
  const places = new Set<string>();
  let marker: { readonly KeyMarker: string; readonly VersionIdMarker?: string } | undefined;
  for (;;) {
    const from = marker;
    const answer = await ask(name, call, (more) =>
      client.listObjectVersions({ Bucket: bucket, Prefix: key, EncodingType: 'url', ...from }, more),
    );
    if (answer.isErr()) return err(answer.error);
    const page = answer.value;
    const ours = (all: readonly S3Version[] | undefined) =>
      (all ?? []).filter(({ Key }) => decodeKey(Key) === key);
    for (const one of ours(page.Versions)) found.push(stored(one, false));
    for (const one of ours(page.DeleteMarkers)) found.push(stored(one, true));
    const nextKey = decodeKey(page.NextKeyMarker);
    // Keys come in order: once another one begins, all of this one have been seen.
    if (page.IsTruncated !== true || (nextKey !== undefined && nextKey > key)) break;
    // Some stores write an empty element where they mean none, and refuse to be asked with it.
    const version = page.NextVersionIdMarker || undefined;
    const place = JSON.stringify([nextKey, version]);
    if (nextKey === undefined || places.has(place)) {
      const message = `${name}: a page of versions says that there is more, and not where.`;
      return err({ code: 'truncated', error: scannerError('not-believed', message, { source: name }) });
    }
    places.add(place);
    marker = { KeyMarker: nextKey, ...(version !== undefined && { VersionIdMarker: version }) };
  }
  // The latest first; within one second the store's own order stays.
  return ok(found.sort((a, b) => Number(b.isLatest) - Number(a.isLatest) || b.atMs - a.atMs));
}

function stored(one: S3Version, isMarker: boolean): Stored & { readonly atMs: number } {
  return {
    isMarker,
    versionId: one.VersionId ?? 'null',
    isLatest: one.IsLatest === true,
    version: isMarker ? '' : versionOf(one),
    atMs: one.LastModified?.getTime() ?? 0,
  };
}
