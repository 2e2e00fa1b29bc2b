/**
 * What a bucket says of itself: an object that an operator has put there once. It is the proof that the bucket, the
 * endpoint and the account are the ones that are meant, and not another one with the same name and layout.
 */

import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Call } from '../call.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { SourceIdentity } from '../statement.ts';
import { ask, isConditionFailed, type S3Reader, type S3Writer } from './client.ts';

/** Where the scanner's own objects lie in a bucket. It must not begin with a prefix that is scanned. */
export const defaultMarks = '.belay/';

/** Who a bucket is. */
export interface BucketMark {
  /** Another one for each bucket. */
  readonly id: string;
  readonly environment: string;
}

/** The bucket and where belay's objects lie in it. */
export interface BucketOptions {
  readonly name: string;
  readonly client: S3Reader;
  readonly bucket: string;
  readonly marks: string;
}

/** A bucket and its writer. */
export interface RemoverBucket extends BucketOptions {
  readonly client: S3Writer;
  /** Put behind the names of the mark of who sweeps and of the probe. */
  readonly shard: string;
}

/** Puts the mark into a bucket that has none; one that has is left alone, and that is an error. */
export function markBucket(
  options: {
    readonly client: S3Reader;
    readonly bucket: string;
    readonly mark: BucketMark;
    readonly marks?: string;
  },
  call: Call = {},
): ResultAsync<void, ScannerError> {
  const { client, bucket, mark, marks = defaultMarks } = options;
  const put = ask(`s3 ${bucket}`, call, (more) =>
    client.putObject(
      { Bucket: bucket, Key: `${marks}bucket.json`, Body: JSON.stringify(mark), IfNoneMatch: '*' },
      more,
    ),
  );
  return new ResultAsync(put)
    .map(() => undefined)
    .mapErr((failed) =>
      isConditionFailed(failed)
        ? scannerError('invalid', `The bucket ${bucket} has a mark already.`, { source: `s3 ${bucket}` })
        : failed.error,
    );
}

/** Reads the mark. A bucket without one is not believed. */
export async function identityOf(
  { name, client, bucket, marks }: BucketOptions,
  call: Call,
): Promise<Result<SourceIdentity, ScannerError>> {
  const got = await ask(name, call, async (more) => {
    const { Body } = await client.getObject({ Bucket: bucket, Key: `${marks}bucket.json` }, more);
    return (await Body?.transformToString()) ?? '';
  });
  if (got.isErr()) {
    const { code, error } = got.error;
    if (code !== 'NoSuchKey') return err(error);
    const message = `The bucket ${bucket} has no ${marks}bucket.json: it is another one, or nobody has marked it.`;
    return err(scannerError('not-believed', message, { source: name }));
  }
  const mark = parse(got.value);
  if (mark === undefined) {
    const message = `${marks}bucket.json in ${bucket} does not say which bucket it is.`;
    return err(scannerError('not-believed', message, { source: name }));
  }
  return ok({ id: `s3:${mark.id}/${bucket}`, environment: mark.environment, schema: 's3' });
}

/** The store's own time: when it says that an object was written that was written just now. */
export async function storeTime(
  { name, client, bucket, marks }: BucketOptions,
  call: Call,
): Promise<Result<string, ScannerError>> {
  const Key = `${marks}clock`;
  const head = await ask(name, call, async (more) => {
    await client.putObject({ Bucket: bucket, Key, Body: 'clock' }, more);
    return client.headObject({ Bucket: bucket, Key }, more);
  });
  if (head.isErr()) return err(head.error.error);
  const { LastModified } = head.value;
  if (LastModified === undefined) {
    return err(
      scannerError('not-believed', `${name} does not say when things were written.`, { source: name }),
    );
  }
  return ok(LastModified.toISOString());
}

function parse(text: string): BucketMark | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const id: unknown = Reflect.get(value, 'id');
  const environment: unknown = Reflect.get(value, 'environment');
  const isWhole =
    typeof id === 'string' && id !== '' && typeof environment === 'string' && environment !== '';
  return isWhole ? { id, environment } : undefined;
}
