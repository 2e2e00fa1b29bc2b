/**
 * Into quarantine and back: a delete marker in front of the version that was judged, and its removal.
 */

import type { Call } from '../call.ts';
import type { Hold } from '../item.ts';
import type { ItemKey } from '../key.ts';
import type { Quarantined, Removal, Removed } from '../remover.ts';
import type { RemoverBucket } from './bucket.ts';
import { ask, isAbsent, isConditionFailed, type S3Error, versionOf } from './client.ts';
import { versionsOf } from './versions.ts';

/** Puts a delete marker in front of exactly this version. */
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

/** Takes the marker away, if nothing has been written in front of it. */
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

/** A change that failed: was it refused, or does nobody know? */
function afterFailure({ key }: Removal, failed: S3Error): Removed {
  if (isConditionFailed(failed)) return refused(key, 'version', 'It was written again.');
  if (isAbsent(failed)) return refused(key, 'absent', 'It is not there.');
  if (failed.code === 'AccessDenied' || failed.code === '403') return refusedBy(key, failed);
  return { key, outcome: 'unknown', message: failed.error.message };
}

/** What the store has refused. */
export function refusedBy(key: ItemKey, { code, error }: S3Error): Removed {
  return refused(key, code === 'AccessDenied' || code === '403' ? 'denied' : 'failed', error.message);
}

/** It is as it was. */
export function refused(
  key: ItemKey,
  because: 'version' | 'held' | 'absent' | 'denied' | 'failed',
  message: string,
): Removed {
  return { key, outcome: 'refused', because, message };
}

/** The marker's version and that of the object behind it. Neither holds a space. */
export function tokenOf(marker: string, version: string): string {
  return `${marker} ${version}`;
}

/** The two again; `undefined` where it is no token. */
export function idsOf(token: string): { readonly marker: string; readonly version: string } | undefined {
  const [marker, version, ...rest] = token.split(' ');
  return marker && version && rest.length === 0 ? { marker, version } : undefined;
}
