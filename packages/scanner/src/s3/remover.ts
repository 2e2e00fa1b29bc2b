import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import type { Call, SideResult } from '../call.ts';
import type { ItemKey } from '../key.ts';
import type { Quarantined, Removal, RemovalCall, Removed, Remover, Whereabouts } from '../remover.ts';
import { scannerError } from '../scanner-error.ts';
import { defaultMarks, type RemoverBucket, storeTime } from './bucket.ts';
import { ask, type S3Writer } from './client.ts';
import { fenceOf, raiseFence } from './fence.ts';
import { lockOf, locksOf } from './lock.ts';
import { clearProbe, keepsVersions, prove } from './prove.ts';
import { hide, idsOf, refused, refusedBy, restore, tokenOf } from './quarantine.ts';
import { type Stored, versionsOf } from './versions.ts';

/** Which bucket. */
export interface S3RemoverOptions {
  readonly name: string;
  /** With credentials of its own: `s3:DeleteObject`, `s3:DeleteObjectVersion`, and reads. */
  readonly client: S3Writer;
  readonly bucket: string;
  /** As for the inventory. */
  readonly marks?: string | undefined;
  /**
   * Where several scanners share a bucket, each with prefixes and a ledger of its own: the name of this one. Each then
   * has a mark of its own, and they do not take one another for a double.
   */
  readonly shard?: string | undefined;
  /** For how long the bucket's life-cycle rules keep what is no longer current; left out where there are none. */
  readonly keptMs?: number | undefined;
}

/**
 * Takes away from a bucket with versions: quarantine is a delete marker in front of the version that was judged, undo
 * takes the marker away, and only a deletion out of quarantine removes the version itself. A bucket without versions has
 * no way back: `openS3Remover` and `prove` say so by its name, and nothing is done.
 *
 * The delete carries `If-Match`. Where a store does not honour it, what stands behind the new marker is looked at
 * afterwards, and the marker is taken away again if it hides another version than the one that was judged.
 */
export function s3Remover(options: S3RemoverOptions): Remover {
  const bucket = bucketOf(options);
  const each: Each = (items, call, work) => {
    if (call.signal?.aborted === true) {
      return errAsync(scannerError('cancelled', `${bucket.name} was not asked.`, { source: bucket.name }));
    }
    return ResultAsync.fromSafePromise(inTurns(items, work));
  };
  return {
    name: options.name,
    traits: {
      conditional: true,
      quarantine: 'native',
      ...(options.keptMs !== undefined && { keptMs: options.keptMs }),
    },
    prove: (call) => new ResultAsync(prove(bucket, call)),
    fence: (call) => new ResultAsync(fenceOf(bucket, call)),
    raiseFence: (from, to, call) => new ResultAsync(raiseFence(from, to, bucket, call)),
    quarantine: (items, call) => quarantine(items, bucket, call, each),
    restore: (items, call) => each(items, call, (item) => restore(item, bucket, call)),
    delete: (items, call) => each(items, call, (item) => purge(item, bucket, call)),
    find: (items, call) => each(items, call, (item) => find(item, bucket, call)),
  };
}

/**
 * The same, asked first whether it can be: `unsupported` names a bucket that keeps no versions, so that whoever sets it
 * up hears it then, and not from the first sweep.
 */
export function openS3Remover(options: S3RemoverOptions, call: Call = {}): SideResult<Remover> {
  const bucket = bucketOf(options);
  return new ResultAsync(keepsVersions(bucket, call))
    .andThen(() => new ResultAsync(clearProbe(bucket, call)))
    .map(() => s3Remover(options));
}

function bucketOf(options: S3RemoverOptions): RemoverBucket {
  return {
    name: options.name,
    client: options.client,
    bucket: options.bucket,
    marks: options.marks ?? defaultMarks,
    shard: options.shard === undefined ? '' : `-${options.shard}`,
  };
}

const atOnce = 10;

async function inTurns<I, A>(items: readonly I[], work: (item: I) => Promise<A>): Promise<readonly A[]> {
  const answers: A[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    answers.push(...(await Promise.all(items.slice(start, start + atOnce).map(work))));
  }
  return answers;
}

type Each = <I extends Removal, A>(
  items: readonly I[],
  call: Call,
  work: (item: I) => Promise<A>,
) => SideResult<readonly A[]>;

function quarantine(
  items: readonly Removal[],
  bucket: RemoverBucket,
  call: RemovalCall,
  each: Each,
): SideResult<readonly Removed[]> {
  return ResultAsync.fromSafePromise(locksOf(bucket, call)).andThen((used) => {
    const now: SideResult<string> = used === 'used' ? new ResultAsync(storeTime(bucket, call)) : okAsync('');
    return now.andThen((time) =>
      each(items, call, (item) => hide(item, bucket, call, () => lockOf(item.key, time, used, bucket, call))),
    );
  });
}

/**
 * Removes the version for good, and then its marker: the other way round it would be current in between. In one call
 * for both, whose answer has an error for each.
 */
async function purge(item: Quarantined, bucket: RemoverBucket, call: Call): Promise<Removed> {
  const { key, token } = item;
  const ids = idsOf(token);
  if (ids === undefined) return refused(key, 'failed', 'The token is none.');
  const seen = await versionsOf(key, bucket, call);
  if (seen.isErr()) return refusedBy(key, seen.error);
  const there = seen.value.find(({ versionId }) => versionId === ids.version);
  const marker = seen.value.find(({ versionId }) => versionId === ids.marker);
  if (there === undefined && marker === undefined)
    return refused(key, 'absent', 'It is no longer in quarantine.');
  if (there?.isLatest === true || marker === undefined) {
    return refused(key, 'version', 'It has been brought back.');
  }
  for (const one of [there, marker]) {
    if (one === undefined) continue;
    const gone = await removeVersion(key, one, bucket, call);
    if (gone !== undefined) return gone;
  }
  return { key, outcome: 'done', token };
}

async function removeVersion(
  key: ItemKey,
  { versionId }: Stored,
  bucket: RemoverBucket,
  call: Call,
): Promise<Removed | undefined> {
  const answer = await ask(bucket.name, call, (more) =>
    bucket.client.deleteObjects(
      { Bucket: bucket.bucket, Delete: { Objects: [{ Key: key, VersionId: versionId }] } },
      more,
    ),
  );
  if (answer.isErr()) return { key, outcome: 'unknown', message: answer.error.error.message };
  const [failed] = answer.value.Errors ?? [];
  if (failed !== undefined) {
    return refused(
      key,
      failed.Code === 'AccessDenied' ? 'denied' : 'failed',
      `S3 says ${failed.Code ?? 'no'}.`,
    );
  }
  // An answer of 200 that names nothing is not one.
  const named = (answer.value.Deleted ?? []).some((one) => one.VersionId === versionId);
  return named ? undefined : { key, outcome: 'unknown', message: 'The answer does not name it.' };
}

async function find(
  item: Removal & { readonly token?: string },
  bucket: RemoverBucket,
  call: Call,
): Promise<Whereabouts> {
  const { key } = item;
  const seen = await versionsOf(key, bucket, call);
  if (seen.isErr()) return { key, at: 'unknown', message: seen.error.error.message };
  const [latest] = seen.value;
  const ids = item.token === undefined ? undefined : idsOf(item.token);
  const judged = seen.value.find((one) =>
    ids === undefined ? one.version === item.version : one.versionId === ids.version,
  );
  if (latest !== undefined && !latest.isMarker) return { key, at: 'stored', version: latest.version };
  if (latest === undefined || judged === undefined) return { key, at: 'gone' };
  const marker = ids?.marker ?? latest.versionId;
  return { key, at: 'quarantine', version: judged.version, token: tokenOf(marker, judged.versionId) };
}
