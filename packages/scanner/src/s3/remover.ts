import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import type { Call, SideResult } from '../call.ts';
import type { Hold } from '../item.ts';
import type { ItemKey } from '../key.ts';
import type { Quarantined, Removal, RemovalCall, Removed, Remover, Whereabouts } from '../remover.ts';
import { scannerError } from '../scanner-error.ts';
import { type BucketOptions, defaultMarks, storeTime } from './bucket.ts';
import { ask, isAbsent, isConditionFailed, type S3Error, type S3Writer, versionOf } from './client.ts';
import { fenceOf, raiseFence } from './fence.ts';
import { lockOf, locksOf } from './lock.ts';
import { prove } from './prove.ts';
import { type Stored, versionsOf } from './versions.ts';

/** Which bucket. */
export interface S3RemoverOptions {
  readonly name: string;
  /** With credentials of its own: `s3:DeleteObject`, `s3:DeleteObjectVersion`, and reads. */
  readonly client: S3Writer;
  readonly bucket: string;
  /** As for the inventory. */
  readonly marks?: string | undefined;
  /** For how long the bucket's life-cycle rules keep what is no longer current; left out where there are none. */
  readonly keptMs?: number | undefined;
}

/** A bucket and its writer. */
export interface RemoverBucket extends BucketOptions {
  readonly client: S3Writer;
}

/**
 * Takes away from a bucket with versions: quarantine is a delete marker in front of the version that was judged, undo
 * takes the marker away, and only a deletion out of quarantine removes the version itself. A bucket without versions has
 * no way back, so `prove` says so and nothing is done.
 *
 * The delete carries `If-Match`. Where a store does not honour it, what stands behind the new marker is looked at
 * afterwards, and the marker is taken away again if it hides another version than the one that was judged.
 */
export function s3Remover(options: S3RemoverOptions): Remover {
  const bucket: RemoverBucket = {
    name: options.name,
    client: options.client,
    bucket: options.bucket,
    marks: options.marks ?? defaultMarks,
  };
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

/** Puts a delete marker in front of exactly this version. Exported for the proof, which does the same to its probe. */
export async function hide(
  item: Removal,
  bucket: RemoverBucket,
  call: Call,
  lock: () => Promise<Hold>,
): Promise<Removed> {
  const { name, client } = bucket;
  const { key } = item;
  const at = { Bucket: bucket.bucket, Key: key };
  const head = await ask(name, call, (more) => client.headObject(at, more));
  if (head.isErr())
    return isAbsent(head.error) ? refused(key, 'absent', 'It is not there.') : refusedBy(key, head.error);
  const { ETag, VersionId } = head.value;
  if (versionOf(head.value) !== item.version)
    return refused(key, 'version', `It is ${versionOf(head.value)} now.`);
  if (ETag === undefined || VersionId === undefined || VersionId === 'null') {
    return refused(key, 'failed', 'The bucket keeps no versions, so it could not be brought back.');
  }
  // The last thing before the delete: no way to it leads past a lock.
  const hold = await lock();
  if (hold !== 'none') return refused(key, 'held', `Its lock is ${hold}.`);
  const deleted = await ask(name, call, (more) => client.deleteObject({ ...at, IfMatch: ETag }, more));
  if (deleted.isErr()) return afterFailure(item, deleted.error);
  return confirm(item, VersionId, deleted.value.VersionId, bucket, call);
}

/** Looks at what stands behind the marker. Another version there was written in between, and is shown again. */
async function confirm(
  item: Removal,
  judged: string,
  marker: string | undefined,
  bucket: RemoverBucket,
  call: Call,
): Promise<Removed> {
  const { key } = item;
  const seen = await versionsOf(key, bucket, call);
  if (seen.isErr()) return { key, outcome: 'unknown', message: seen.error.error.message };
  const [first, behind] = seen.value;
  const mine =
    first?.isMarker === true && (marker === undefined || first.versionId === marker) ? first : undefined;
  if (mine === undefined)
    return { key, outcome: 'unknown', message: 'The newest version is not the marker that was set.' };
  if (behind?.versionId === judged) return { key, outcome: 'done', token: tokenOf(mine.versionId, judged) };
  const shown = await ask(bucket.name, call, (more) =>
    bucket.client.deleteObject({ Bucket: bucket.bucket, Key: key, VersionId: mine.versionId }, more),
  );
  return shown.isOk()
    ? refused(key, 'version', 'It was written again at the same moment, and is as it was.')
    : { key, outcome: 'unknown', message: shown.error.error.message };
}

/** Takes the marker away, if nothing has been written in front of it. Exported for the proof. */
export async function restore(item: Quarantined, bucket: RemoverBucket, call: Call): Promise<Removed> {
  const { key, token } = item;
  const ids = idsOf(token);
  if (ids === undefined) return refused(key, 'failed', 'The token is none.');
  const seen = await versionsOf(key, bucket, call);
  if (seen.isErr()) return refusedBy(key, seen.error);
  const [latest] = seen.value;
  if (!seen.value.some(({ versionId }) => versionId === ids.version)) {
    return refused(key, 'absent', 'Its version is no longer there.');
  }
  if (latest?.versionId === ids.version) return { key, outcome: 'done', token };
  if (latest?.versionId !== ids.marker) return refused(key, 'version', 'Something newer is under this key.');
  const shown = await ask(bucket.name, call, (more) =>
    bucket.client.deleteObject({ Bucket: bucket.bucket, Key: key, VersionId: ids.marker }, more),
  );
  return shown.isOk() ? { key, outcome: 'done', token } : afterFailure(item, shown.error);
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
  if (there?.isLatest === true || (there !== undefined && marker === undefined)) {
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

/** A change that failed: was it refused, or does nobody know? */
function afterFailure({ key }: Removal, failed: S3Error): Removed {
  if (isConditionFailed(failed)) return refused(key, 'version', 'It was written again.');
  if (isAbsent(failed)) return refused(key, 'absent', 'It is not there.');
  if (failed.code === 'AccessDenied' || failed.code === '403') return refusedBy(key, failed);
  return { key, outcome: 'unknown', message: failed.error.message };
}

function refusedBy(key: ItemKey, { code, error }: S3Error): Removed {
  return refused(key, code === 'AccessDenied' || code === '403' ? 'denied' : 'failed', error.message);
}

function refused(
  key: ItemKey,
  because: 'version' | 'held' | 'absent' | 'denied' | 'failed',
  message: string,
): Removed {
  return { key, outcome: 'refused', because, message };
}

/** The marker's version and that of the object behind it. Neither holds a space. */
function tokenOf(marker: string, version: string): string {
  return `${marker} ${version}`;
}

function idsOf(token: string): { readonly marker: string; readonly version: string } | undefined {
  const [marker, version, ...rest] = token.split(' ');
  return marker && version && rest.length === 0 ? { marker, version } : undefined;
}
