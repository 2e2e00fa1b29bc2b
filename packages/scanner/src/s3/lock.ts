/**
 * Object Lock as it stands on one object now. What cannot be read counts as locked: S3 leaves a hold out of its answers
 * to those who may not see it.
 */

import type { Call } from '../call.ts';
import type { Hold } from '../item.ts';
import type { BucketOptions } from './bucket.ts';
import { ask, type S3Error } from './client.ts';

/** Does this bucket use locks at all? Asked once for each round of looks. */
export async function locksOf(options: BucketOptions, call: Call): Promise<'none' | 'used' | 'unknown'> {
  const { name, client, bucket } = options;
  const answer = await ask(name, call, (more) => client.getObjectLockConfiguration({ Bucket: bucket }, more));
  if (answer.isOk())
    return answer.value.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled' ? 'used' : 'none';
  return answer.error.code === 'ObjectLockConfigurationNotFoundError' ? 'none' : 'unknown';
}

/** The lock of one object, by the store's time. */
export async function lockOf(
  key: string,
  now: string,
  locks: 'none' | 'used' | 'unknown',
  options: BucketOptions,
  call: Call,
): Promise<Hold> {
  if (locks !== 'used') return locks === 'none' ? 'none' : 'unknown';
  const { name, client, bucket } = options;
  const [legal, retention] = await Promise.all([
    ask(name, call, (more) => client.getObjectLegalHold({ Bucket: bucket, Key: key }, more)),
    ask(name, call, (more) => client.getObjectRetention({ Bucket: bucket, Key: key }, more)),
  ]);
  const isHeld = legal.isOk() && legal.value.LegalHold?.Status === 'ON';
  const untilMs = retention.isOk() ? (retention.value.Retention?.RetainUntilDate?.getTime() ?? 0) : 0;
  if (isHeld || untilMs > Date.parse(now)) return 'held';
  const isClear = (legal.isOk() || isUnset(legal.error)) && (retention.isOk() || isUnset(retention.error));
  return isClear ? 'none' : 'unknown';
}

function isUnset({ code }: S3Error): boolean {
  return code === 'NoSuchObjectLockConfiguration' || code === 'ObjectLockConfigurationNotFoundError';
}
