/**
 * Shows on an object of its own what the store really does: S3 honours `If-Match` on a delete, look-alikes may take it
 * and do as they please.
 */

import { err, ok, type Result } from 'neverthrow';
import type { Call } from '../call.ts';
import { itemKey, itemKind } from '../key.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { RemoverBucket } from './bucket.ts';
import { ask, isAbsent, isConditionFailed, versionOf } from './client.ts';
import { hide, restore } from './quarantine.ts';
import { versionsOf } from './versions.ts';

/** What was seen. The probe is taken away again with all its versions. */
export async function prove(
  bucket: RemoverBucket,
  call: Call,
): Promise<Result<{ readonly conditional: boolean; readonly restores: boolean }, ScannerError>> {
  const { name, client } = bucket;
  const at = { Bucket: bucket.bucket, Key: probeKey(bucket) };
  const kept = await keepsVersions(bucket, call);
  if (kept.isErr()) return err(kept.error);
  const wrong = await ask(name, call, (more) =>
    client.deleteObject({ ...at, IfMatch: '"00000000000000000000000000000000"' }, more),
  );
  if (wrong.isErr() && !isConditionFailed(wrong.error)) return err(wrong.error.error);
  const still = await ask(name, call, (more) => client.headObject(at, more));
  const conditional = wrong.isErr() && still.isOk();
  if (still.isErr()) {
    // The wrong version was deleted: put it there again, so that the rest can be shown.
    const again = await ask(name, call, (more) => client.putObject({ ...at, Body: 'probe' }, more));
    if (again.isErr()) return err(again.error.error);
  }
  const restores = await comesBack(bucket, call);
  if (restores.isErr()) return err(restores.error);
  const cleared = await clearProbe(bucket, call);
  return cleared.map(() => ({ conditional, restores: restores.value }));
}

/**
 * Puts the probe there, and asks whether the bucket has given it a version. One that keeps no versions has no way back:
 * that is `unsupported`, with the bucket's name, and the probe is taken away again.
 */
export async function keepsVersions(bucket: RemoverBucket, call: Call): Promise<Result<void, ScannerError>> {
  const { name, client } = bucket;
  const at = { Bucket: bucket.bucket, Key: probeKey(bucket) };
  const put = await ask(name, call, (more) => client.putObject({ ...at, Body: 'probe' }, more));
  if (put.isErr()) return err(put.error.error);
  const head = await ask(name, call, (more) => client.headObject(at, more));
  if (head.isErr()) return err(head.error.error);
  const { VersionId } = head.value;
  if (VersionId !== undefined && VersionId !== 'null') return ok(undefined);
  const gone = await ask(name, call, (more) => client.deleteObject(at, more));
  if (gone.isErr()) return err(gone.error.error);
  const message = `The bucket ${bucket.bucket} keeps no versions, so nothing could be brought back: it cannot be swept. Turn versioning on.`;
  return err(scannerError('unsupported', message, { source: name }));
}

async function comesBack(bucket: RemoverBucket, call: Call): Promise<Result<boolean, ScannerError>> {
  const { name, client } = bucket;
  const key = itemKey(probeKey(bucket));
  const kind = itemKind('probe');
  if (key.isErr() || kind.isErr())
    return err(scannerError('invalid', 'marks are no prefix.', { source: name }));
  const at = { Bucket: bucket.bucket, Key: key.value };
  const head = await ask(name, call, (more) => client.headObject(at, more));
  if (head.isErr()) return err(head.error.error);
  const item = { key: key.value, kind: kind.value, version: versionOf(head.value) };
  const hidden = await hide(item, bucket, call, async () => 'none');
  if (hidden.outcome !== 'done') return ok(false);
  const seen = await ask(name, call, (more) => client.headObject(at, more));
  const gone = seen.isErr() && isAbsent(seen.error);
  const back = await restore({ ...item, token: hidden.token }, bucket, call);
  const again = await ask(name, call, (more) => client.headObject(at, more));
  return ok(gone && back.outcome === 'done' && again.isOk() && versionOf(again.value) === item.version);
}

/** Takes the probe away with all its versions. */
export async function clearProbe(bucket: RemoverBucket, call: Call): Promise<Result<void, ScannerError>> {
  const { name, client } = bucket;
  const key = probeKey(bucket);
  const all = await versionsOf(key, bucket, call);
  if (all.isErr()) return err(all.error.error);
  for (const { versionId } of all.value) {
    const gone = await ask(name, call, (more) =>
      client.deleteObject({ Bucket: bucket.bucket, Key: key, VersionId: versionId }, more),
    );
    if (gone.isErr()) return err(gone.error.error);
  }
  return ok(undefined);
}

function probeKey({ marks, shard }: RemoverBucket): string {
  return `${marks}probe${shard}`;
}
