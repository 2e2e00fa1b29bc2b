/**
 * The pages of one prefix, followed with suspicion: stores have been seen to say "that was all" too early, to give one
 * token again and again, and to send half a page. After the last page the store is asked once more for what comes after
 * the last key, and must have nothing.
 */

import { err, ok, type Result } from 'neverthrow';
import type { Call } from '../call.ts';
import { compareKeys } from '../key.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { BucketOptions } from './bucket.ts';
import { ask, decodeKey, type S3Object } from './client.ts';

/** One page, its keys decoded. */
export interface Page {
  readonly objects: readonly (S3Object & { readonly Key: string })[];
}

/** Gives every page of a prefix, and in the end the number of pages; or what is wrong with the answer. */
export async function* pagesOf(
  prefix: string,
  options: BucketOptions & {
    readonly pageKeys: number | undefined;
    /** Where nothing depends on having seen all: no further look behind the last page. */
    readonly casual?: boolean;
  },
  call: Call,
): AsyncGenerator<Page, Result<number, ScannerError>, void> {
  const { name, client, bucket, pageKeys } = options;
  const wrong = (message: string) =>
    err(scannerError('not-believed', `${name}: ${message}`, { source: name }));
  const tokens = new Set<string>();
  let token: string | undefined;
  let last: string | undefined;
  for (let pages = 1; ; pages++) {
    const ContinuationToken = token;
    const answer = await ask(name, call, (more) =>
      client.listObjectsV2(
        {
          Bucket: bucket,
          Prefix: prefix,
          EncodingType: 'url',
          ...(pageKeys !== undefined && { MaxKeys: pageKeys }),
          ...(ContinuationToken !== undefined && { ContinuationToken }),
        },
        more,
      ),
    );
    if (answer.isErr()) return err(answer.error.error);
    const page = answer.value;
    if (page.Name !== bucket) return wrong(`a page of the bucket ${page.Name} came instead of ${bucket}.`);
    const objects = decoded(page.Contents ?? []);
    if (objects === undefined) return wrong('a page has an object without a readable key.');
    if (page.KeyCount !== objects.length) {
      return wrong(`a page says ${page.KeyCount} keys and has ${objects.length}.`);
    }
    const problem = orderProblem(objects, prefix, last);
    if (problem !== undefined) return wrong(problem);
    last = objects.at(-1)?.Key ?? last;
    if (objects.length > 0) yield { objects };
    if (page.IsTruncated !== true && options.casual === true) return ok(pages);
    if (page.IsTruncated !== true)
      return (await nothingAfter(prefix, last, options, call)).map(() => pages + 1);
    token = page.NextContinuationToken;
    if (token === undefined || token === '') return wrong('a page says that there is more, and not where.');
    if (objects.length === 0) return wrong('an empty page says that there is more.');
    if (tokens.has(token)) return wrong('a page leads back to an earlier one.');
    tokens.add(token);
  }
}

/** The store has said that this was all: it is asked again, in another way. */
async function nothingAfter(
  prefix: string,
  last: string | undefined,
  { name, client, bucket }: BucketOptions,
  call: Call,
): Promise<Result<void, ScannerError>> {
  const answer = await ask(name, call, (more) =>
    client.listObjectsV2(
      {
        Bucket: bucket,
        Prefix: prefix,
        EncodingType: 'url',
        MaxKeys: 1,
        // After nothing at all comes everything under the prefix, without the prefix itself where that is a key.
        StartAfter: last ?? prefix,
      },
      more,
    ),
  );
  if (answer.isErr()) return err(answer.error.error);
  const further = answer.value.Contents?.[0]?.Key;
  if (further === undefined && answer.value.IsTruncated !== true) return ok(undefined);
  const message = `${name}: the listing of ${prefix} ended at ${last ?? 'nothing'}, and ${further ?? 'more'} comes after it.`;
  return err(scannerError('not-believed', message, { source: name }));
}

function decoded(contents: readonly S3Object[]): Page['objects'] | undefined {
  const objects = contents.flatMap((object) => {
    const Key = decodeKey(object.Key);
    return Key === undefined || Key === '' ? [] : [{ ...object, Key }];
  });
  return objects.length === contents.length ? objects : undefined;
}

function orderProblem(
  objects: Page['objects'],
  prefix: string,
  before: string | undefined,
): string | undefined {
  let last = before;
  for (const { Key } of objects) {
    if (!Key.startsWith(prefix)) return `${JSON.stringify(Key)} is not under ${prefix}.`;
    if (last !== undefined && compareKeys(last, Key) >= 0) {
      return `${JSON.stringify(Key)} comes after ${JSON.stringify(last)}: the store does not list in the order of bytes.`;
    }
    last = Key;
  }
  return undefined;
}
