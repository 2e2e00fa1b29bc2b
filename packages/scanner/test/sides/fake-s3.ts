// A bucket with versions in memory, as strict as S3 where the sides depend on it, and with the lies that look-alikes
// have told. It stands behind the same narrow client that the SDK's fits.

import type { S3Object, S3Options, S3Version, S3Writer } from '../../src/s3/index.ts';

interface Version {
  readonly id: string;
  readonly body: string | undefined;
  readonly at: Date;
  readonly metadata: Record<string, string>;
}

/** What the store does wrong. */
interface Lies {
  /** Takes `If-Match` on a delete and ignores it. */
  ignoresConditions?: boolean;
  /** Nobody has turned versioning on. */
  keepsNoVersions?: boolean;
  /** Says that its first page was the last. */
  endsEarly?: boolean;
  /** Gives the same token again and again. */
  repeatsToken?: boolean;
  /** Says that there is more, and not where. */
  losesToken?: boolean;
  /** Counts more keys than it sends. */
  miscounts?: boolean;
  /** Sends pages in the order of people. */
  sortsLikePeople?: boolean;
  /** Answers for another bucket. */
  otherBucket?: boolean;
  /** Calls of these names are denied. */
  denies?: readonly string[];
  /** Somebody writes the key between the look and the delete. */
  writesBetween?: string;
  /** Deletes of versions answer 200 and name nothing. */
  deletesNothing?: boolean;
}

/** The bucket, its client and its secrets. */
export interface FakeS3 {
  readonly client: S3Writer;
  readonly lies: Lies;
  put(key: string, body: string, metadata?: Record<string, string>): void;
  /** What a reader without a version sees. */
  current(key: string): string | undefined;
  versionCount(key: string): number;
  legalHold(key: string, on: boolean): void;
  clear(): void;
}

export function fakeS3(bucket: string, now: () => number): FakeS3 {
  const objects = new Map<string, Version[]>();
  const holds = new Set<string>();
  const lies: Lies = {};
  let serial = 0;

  const write = (key: string, body: string | undefined, metadata: Record<string, string> = {}): Version => {
    serial += 1;
    const version = { id: `v${serial}`, body, at: new Date(now()), metadata };
    objects.set(key, [version, ...(objects.get(key) ?? [])]);
    return version;
  };
  const latest = (key: string): Version | undefined => {
    const version = objects.get(key)?.[0];
    return version?.body === undefined ? undefined : version;
  };
  const must = (key: string): Version => {
    const version = latest(key);
    if (version === undefined) throw failure('NoSuchKey', 404);
    return version;
  };
  const guarded = (name: string, options: S3Options | undefined): void => {
    if (options?.abortSignal?.aborted === true) throw failure('AbortError', 0);
    if (lies.denies?.includes(name)) throw failure('AccessDenied', 403);
  };
  const keysUnder = (prefix: string): readonly string[] =>
    [...objects.keys()]
      .filter((key) => key.startsWith(prefix) && latest(key) !== undefined)
      .sort((a, b) =>
        lies.sortsLikePeople ? a.localeCompare(b) : Buffer.compare(Buffer.from(a), Buffer.from(b)),
      );

  const client: S3Writer = {
    async listObjectsV2({ Prefix, ContinuationToken, StartAfter, MaxKeys = 10 }, options) {
      guarded('listObjectsV2', options);
      const after = ContinuationToken ?? StartAfter;
      const all = keysUnder(Prefix).filter(
        (key) => after === undefined || Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0,
      );
      const page = all.slice(0, MaxKeys);
      const isTruncated = all.length > page.length && !(lies.endsEarly && StartAfter === undefined);
      const token = lies.repeatsToken ? keysUnder(Prefix)[0] : page.at(-1);
      return {
        Name: lies.otherBucket ? 'another' : bucket,
        KeyCount: page.length + (lies.miscounts ? 1 : 0),
        IsTruncated: isTruncated,
        ...(isTruncated && !lies.losesToken && token !== undefined && { NextContinuationToken: token }),
        Contents: page.map((key): S3Object => {
          const version = must(key);
          return {
            Key: encodeURIComponent(key),
            ETag: etagOf(version),
            Size: sizeOf(version),
            LastModified: version.at,
          };
        }),
      };
    },
    async headObject({ Key }, options) {
      guarded('headObject', options);
      const version = latest(Key);
      if (version === undefined) throw failure('NotFound', 404);
      const head = {
        ETag: etagOf(version),
        ContentLength: sizeOf(version),
        LastModified: version.at,
        ...(lies.keepsNoVersions !== true && { VersionId: version.id }),
        Metadata: version.metadata,
      };
      if (lies.writesBetween === Key) {
        delete lies.writesBetween;
        write(Key, 'written in between');
      }
      return head;
    },
    async getObject({ Key }, options) {
      guarded('getObject', options);
      const version = must(Key);
      return { ETag: etagOf(version), Body: { transformToString: async () => version.body ?? '' } };
    },
    async putObject({ Key, Body, IfMatch, IfNoneMatch }, options) {
      guarded('putObject', options);
      const known = latest(Key);
      if (IfNoneMatch === '*' && known !== undefined) throw failure('PreconditionFailed', 412);
      if (IfMatch !== undefined && (known === undefined || etagOf(known) !== IfMatch)) {
        throw failure('PreconditionFailed', 412);
      }
      return { ETag: etagOf(write(Key, Body)) };
    },
    async deleteObject({ Key, VersionId, IfMatch }, options) {
      guarded('deleteObject', options);
      if (VersionId !== undefined) {
        drop(Key, VersionId);
        return { VersionId };
      }
      const known = latest(Key);
      const differs = IfMatch !== undefined && known !== undefined && etagOf(known) !== IfMatch;
      if (differs && !lies.ignoresConditions) throw failure('PreconditionFailed', 412);
      return { VersionId: write(Key, undefined).id, DeleteMarker: true };
    },
    async deleteObjects({ Delete }, options) {
      guarded('deleteObjects', options);
      if (lies.deletesNothing) return {};
      for (const { Key, VersionId } of Delete.Objects) drop(Key, VersionId);
      return { Deleted: Delete.Objects };
    },
    async listObjectVersions({ Prefix }, options) {
      guarded('listObjectVersions', options);
      const all = [...objects.entries()].filter(([key]) => key.startsWith(Prefix));
      const lines = all.flatMap(([key, versions]) =>
        versions.map((version, index) => ({ version, line: lineOf(key, version, index === 0) })),
      );
      return {
        IsTruncated: false,
        Versions: lines.filter(({ version }) => version.body !== undefined).map(({ line }) => line),
        DeleteMarkers: lines.filter(({ version }) => version.body === undefined).map(({ line }) => line),
      };
    },
    async getObjectLegalHold({ Key }, options) {
      guarded('getObjectLegalHold', options);
      must(Key);
      return { LegalHold: { Status: holds.has(Key) ? 'ON' : 'OFF' } };
    },
    async getObjectRetention({ Key }, options) {
      guarded('getObjectRetention', options);
      must(Key);
      throw failure('NoSuchObjectLockConfiguration', 404);
    },
    async getObjectLockConfiguration(_, options) {
      guarded('getObjectLockConfiguration', options);
      return { ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' } };
    },
  };

  function drop(key: string, id: string): void {
    const left = (objects.get(key) ?? []).filter((version) => version.id !== id);
    if (left.length === 0) objects.delete(key);
    else objects.set(key, left);
  }

  return {
    client,
    lies,
    put: (key, body, metadata) => void write(key, body, metadata),
    current: (key) => latest(key)?.body,
    versionCount: (key) => objects.get(key)?.length ?? 0,
    legalHold: (key, on) => void (on ? holds.add(key) : holds.delete(key)),
    clear: () => {
      for (const key of [...objects.keys()]) if (!key.startsWith('.belay/')) objects.delete(key);
    },
  };
}

function lineOf(key: string, version: Version, isLatest: boolean): S3Version {
  return {
    Key: encodeURIComponent(key),
    VersionId: version.id,
    LastModified: version.at,
    IsLatest: isLatest,
    ...(version.body !== undefined && { ETag: etagOf(version) }),
  };
}

function etagOf({ body = '' }: Version): string {
  return `"${Buffer.from(body).toString('hex').slice(0, 32)}-${body.length}"`;
}

function sizeOf({ body = '' }: Version): number {
  return Buffer.byteLength(body);
}

/** What the SDK throws for an answer of this status; none came where it is 0. */
export function failure(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });
}
