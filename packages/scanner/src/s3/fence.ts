/**
 * The ownership mark of a bucket: an object that is only ever replaced by compare-and-set, so that two scanners which do
 * not know of one another cannot both own it.
 */

import { err, ok, type Result } from 'neverthrow';
import type { Call } from '../call.ts';
import type { FenceMark } from '../remover.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { RemoverBucket } from './bucket.ts';
import { ask, isConditionFailed } from './client.ts';

/** The mark as it stands. */
export async function fenceOf(
  options: RemoverBucket,
  call: Call,
): Promise<Result<FenceMark | undefined, ScannerError>> {
  return (await read(options, call)).map((found) => found?.mark);
}

/** Replaces the mark if it still is `from`, and reads it back: a store that ignores the condition is found out. */
export async function raiseFence(
  from: FenceMark | undefined,
  to: FenceMark,
  options: RemoverBucket,
  call: Call,
): Promise<Result<void, ScannerError>> {
  const { name, client, bucket } = options;
  const fencedOut = (): Result<void, ScannerError> =>
    err(scannerError('fenced-out', `${name} carries the mark of another scanner.`, { source: name }));
  const before = await read(options, call);
  if (before.isErr()) return err(before.error);
  if (!isSame(before.value?.mark, from)) return fencedOut();
  const condition = before.value === undefined ? { IfNoneMatch: '*' } : { IfMatch: before.value.etag };
  const put = await ask(name, call, (more) =>
    client.putObject({ Bucket: bucket, Key: keyOf(options), Body: JSON.stringify(to), ...condition }, more),
  );
  if (put.isErr())
    return isConditionFailed(put.error) ? fencedOut() : err({ ...put.error.error, applied: 'unknown' });
  const after = await read(options, call);
  if (after.isErr()) return err({ ...after.error, applied: 'unknown' });
  return isSame(after.value?.mark, to) ? ok(undefined) : fencedOut();
}

interface Found {
  readonly mark: FenceMark;
  readonly etag: string;
}

async function read(options: RemoverBucket, call: Call): Promise<Result<Found | undefined, ScannerError>> {
  const { name, client, bucket } = options;
  const got = await ask(name, call, async (more) => {
    const { ETag, Body } = await client.getObject({ Bucket: bucket, Key: keyOf(options) }, more);
    return { etag: ETag, text: (await Body?.transformToString()) ?? '' };
  });
  if (got.isErr()) return got.error.code === 'NoSuchKey' ? ok(undefined) : err(got.error.error);
  const { etag, text } = got.value;
  const mark = parse(text);
  // Without an ETag there is no condition to replace it under.
  if (mark !== undefined && etag !== undefined) return ok({ mark, etag });
  return err(
    scannerError('not-believed', `${keyOf(options)} in ${bucket} is no whole mark.`, { source: name }),
  );
}

function keyOf({ marks, shard }: RemoverBucket): string {
  return `${marks}fence${shard}.json`;
}

function isSame(a: FenceMark | undefined, b: FenceMark | undefined): boolean {
  return a?.ledger === b?.ledger && a?.fence === b?.fence && a?.line?.hash === b?.line?.hash;
}

function parse(text: string): FenceMark | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const ledger: unknown = Reflect.get(value, 'ledger');
  const fence: unknown = Reflect.get(value, 'fence');
  const line: unknown = Reflect.get(value, 'line');
  if (typeof ledger !== 'string' || !Number.isSafeInteger(fence)) return undefined;
  const mark = { ledger, fence: Number(fence) };
  if (line === undefined) return mark;
  // Half a line is not none: whoever wrote it meant a ledger to be held against it.
  const whole = lineOf(line);
  return whole && { ...mark, line: whole };
}

function lineOf(value: unknown): FenceMark['line'] {
  if (typeof value !== 'object' || value === null) return undefined;
  const seq: unknown = Reflect.get(value, 'seq');
  const hash: unknown = Reflect.get(value, 'hash');
  return typeof seq === 'number' && typeof hash === 'string' ? { seq, hash } : undefined;
}
