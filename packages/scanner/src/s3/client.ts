/**
 * The part of the S3 client that is used, and what its errors mean. Nothing of the SDK is imported: `new S3({ … })` of
 * `@aws-sdk/client-s3` fits as it is, and so does one for a look-alike store.
 */

import { failureOf } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { Call } from '../call.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';

/** How a call is ended early. */
export interface S3Options {
  readonly abortSignal?: AbortSignal;
}

/** One version of an object in a listing of versions. */
export interface S3Version {
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly IsLatest?: boolean | undefined;
}

/** The content of an object. */
export interface S3Body {
  /** All of it, as text. */
  transformToString(): Promise<string>;
}

/** What reads need. */
export interface S3Reader {
  /** A page of a listing. */
  listObjectsV2(
    input: {
      readonly Bucket: string;
      readonly Prefix: string;
      readonly ContinuationToken?: string;
      readonly StartAfter?: string;
      readonly MaxKeys?: number;
      readonly EncodingType: 'url';
    },
    options?: S3Options,
  ): Promise<{
    readonly Name?: string | undefined;
    readonly Prefix?: string | undefined;
    readonly KeyCount?: number | undefined;
    readonly IsTruncated?: boolean | undefined;
    readonly NextContinuationToken?: string | undefined;
    readonly Contents?: readonly S3Object[] | undefined;
  }>;
  /** One object without its content. */
  headObject(
    input: { readonly Bucket: string; readonly Key: string; readonly VersionId?: string },
    options?: S3Options,
  ): Promise<S3Head>;
  /** A small object of belay's own. */
  getObject(
    input: { readonly Bucket: string; readonly Key: string },
    options?: S3Options,
  ): Promise<{
    readonly ETag?: string | undefined;
    readonly Body?: S3Body | undefined;
  }>;
  /** A canary, or an object of belay's own. */
  putObject(
    input: {
      readonly Bucket: string;
      readonly Key: string;
      readonly Body: string;
      readonly IfMatch?: string;
      readonly IfNoneMatch?: string;
    },
    options?: S3Options,
  ): Promise<{ readonly ETag?: string | undefined }>;
  /** A delete marker, or one version where it is named. */
  deleteObject(
    input: {
      readonly Bucket: string;
      readonly Key: string;
      readonly VersionId?: string;
      readonly IfMatch?: string;
    },
    options?: S3Options,
  ): Promise<{ readonly VersionId?: string | undefined; readonly DeleteMarker?: boolean | undefined }>;
  /** The legal hold of an object. */
  getObjectLegalHold(
    input: { readonly Bucket: string; readonly Key: string },
    options?: S3Options,
  ): Promise<{ readonly LegalHold?: { readonly Status?: string | undefined } | undefined }>;
  /** Until when an object is kept. */
  getObjectRetention(
    input: { readonly Bucket: string; readonly Key: string },
    options?: S3Options,
  ): Promise<{ readonly Retention?: { readonly RetainUntilDate?: Date | undefined } | undefined }>;
  /** Does the bucket use locks? */
  getObjectLockConfiguration(
    input: { readonly Bucket: string },
    options?: S3Options,
  ): Promise<{
    readonly ObjectLockConfiguration?: { readonly ObjectLockEnabled?: string | undefined } | undefined;
  }>;
}

/** What a remover needs on top. */
export interface S3Writer extends S3Reader {
  /** A page of all versions and delete markers. */
  listObjectVersions(
    input: {
      readonly Bucket: string;
      readonly Prefix: string;
      readonly KeyMarker?: string;
      readonly VersionIdMarker?: string;
      readonly EncodingType: 'url';
    },
    options?: S3Options,
  ): Promise<{
    readonly IsTruncated?: boolean | undefined;
    readonly NextKeyMarker?: string | undefined;
    readonly NextVersionIdMarker?: string | undefined;
    readonly Versions?: readonly S3Version[] | undefined;
    readonly DeleteMarkers?: readonly S3Version[] | undefined;
  }>;
  /** Versions, removed for good, with an answer for each. */
  deleteObjects(
    input: {
      readonly Bucket: string;
      readonly Delete: { readonly Objects: { readonly Key: string; readonly VersionId: string }[] };
    },
    options?: S3Options,
  ): Promise<{
    readonly Deleted?:
      | readonly {
          readonly Key?: string | undefined;
          readonly VersionId?: string | undefined;
        }[]
      | undefined;
    readonly Errors?:
      | readonly {
          readonly Key?: string | undefined;
          readonly VersionId?: string | undefined;
          readonly Code?: string | undefined;
        }[]
      | undefined;
  }>;
}

/** One line of a listing. */
export interface S3Object {
  readonly Key?: string | undefined;
  readonly ETag?: string | undefined;
  readonly Size?: number | undefined;
  readonly LastModified?: Date | undefined;
}

/** What HEAD tells. */
export interface S3Head {
  readonly ETag?: string | undefined;
  readonly ContentLength?: number | undefined;
  readonly LastModified?: Date | undefined;
  readonly VersionId?: string | undefined;
  readonly Metadata?: Record<string, string> | undefined;
}

/** Something that S3 has refused or that never came back. */
export interface S3Error {
  /** S3's own code, or the HTTP status where an answer has no body. */
  readonly code: string;
  readonly error: ScannerError;
}

/** Makes one call of the SDK; what it throws becomes a value. */
export async function ask<T>(
  name: string,
  call: Call,
  work: (options: S3Options) => Promise<T>,
): Promise<Result<T, S3Error>> {
  const { signal } = call;
  const source = { source: name };
  const cancelled = (): S3Error => ({
    code: 'cancelled',
    error: scannerError('cancelled', `The call to ${name} was cancelled.`, source),
  });
  if (hasFired(call)) return err(cancelled());
  try {
    return ok(await work(signal === undefined ? {} : { abortSignal: signal }));
  } catch (thrown) {
    if (hasFired(call)) return err(cancelled());
    const code = codeOf(thrown);
    const cause = failureOf(thrown, 's3');
    return err({
      code,
      error: scannerError('unavailable', `${name}: ${code}: ${cause.message}`, { ...source, cause }),
    });
  }
}

/** Is it an answer of the store that says "there is none"? */
export function isAbsent({ code }: S3Error): boolean {
  return code === 'NotFound' || code === 'NoSuchKey' || code === '404';
}

/** The condition of a call did not hold. */
export function isConditionFailed({ code }: S3Error): boolean {
  return code === 'PreconditionFailed' || code === 'ConditionalRequestConflict' || code === '412';
}

/** The content of a version: the same bytes written again later are another one. */
export function versionOf({ ETag, LastModified }: Pick<S3Head, 'ETag' | 'LastModified'>): string {
  return `${(ETag ?? '').replaceAll('"', '')}@${writtenAt(LastModified) ?? ''}`;
}

/** When it was written, in whole seconds: HEAD has no finer ones, and a listing must say the same. */
export function writtenAt(modified: Date | undefined): string | undefined {
  return modified && new Date(Math.floor(modified.getTime() / 1_000) * 1_000).toISOString();
}

/** A key as S3 writes it in a listing under `EncodingType: 'url'`; `undefined` where it is none. */
export function decodeKey(written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  try {
    return decodeURIComponent(written.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** Asked anew each time: it may fire while the call is on its way. */
function hasFired({ signal }: Call): boolean {
  return signal?.aborted === true;
}

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown';
  const metadata: unknown = Reflect.get(thrown, '$metadata');
  const status: unknown =
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : undefined;
  // A HEAD has no body, so the SDK can only say that it does not know the error.
  if (thrown.name === 'UnknownError' || thrown.name === 'Error' || thrown.name === 'Unknown')
    return String(status ?? 'unknown');
  return thrown.name;
}
