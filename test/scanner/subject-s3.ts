// A bucket with versions and Object Lock at moto, with the hands of whoever writes and deletes archives.

import {
  type GetObjectRetentionCommandInput,
  type GetObjectRetentionCommandOutput,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  S3,
} from '@aws-sdk/client-s3';
import type { Scope } from '@belay/scanner';
import type { RemoverSubject } from '@belay/scanner/conformance';
import { markBucket, s3Inventory, s3Remover } from '@belay/scanner/s3';

/**
 * A client for an endpoint that asks for no true credentials. Moto answers a question for a retention that is not there
 * with 200 and nothing; S3 says NoSuchObjectLockConfiguration, and so does this client.
 */
export function s3At(endpoint: string): S3 {
  const client = new S3({
    endpoint,
    region: 'eu-west-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 2,
  });
  const ask = client.getObjectRetention.bind(client);
  const asS3 = async (input: GetObjectRetentionCommandInput): Promise<GetObjectRetentionCommandOutput> => {
    try {
      return await ask(input);
    } catch (thrown) {
      if (!(thrown instanceof Error) || !thrown.message.includes('XML parse error')) throw thrown;
      throw Object.assign(new Error('The object has no retention.'), {
        name: 'NoSuchObjectLockConfiguration',
      });
    }
  };
  return Object.assign(client, { getObjectRetention: asS3 });
}

/** A new bucket, marked. */
export async function makeBucket(
  client: S3,
  bucket: string,
  more: { readonly lock: boolean },
): Promise<void> {
  await client.createBucket({
    Bucket: bucket,
    CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
    ObjectLockEnabledForBucket: more.lock,
  });
  await client.putBucketVersioning({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } });
  (
    await markBucket({ client, bucket, mark: { id: `made-for-${bucket}`, environment: 'test' } })
  )._unsafeUnwrap();
}

/** Removes every version of everything under the scope. */
async function emptyBucket(client: S3, bucket: string, prefixes: readonly string[]): Promise<void> {
  for (const Prefix of prefixes) {
    for (;;) {
      const { Versions = [], DeleteMarkers = [] } = await client.listObjectVersions({
        Bucket: bucket,
        Prefix,
      });
      const all = [...Versions, ...DeleteMarkers];
      if (all.length === 0) break;
      for (const { Key, VersionId } of all) {
        await client.deleteObject({ Bucket: bucket, Key, VersionId, BypassGovernanceRetention: true });
      }
    }
  }
}

/** What stands between the side and the store; one at a time. */
type Fault = 'none' | 'cut-off' | 'short';

/** The client with a fault in it that can be turned on and off. */
function faulty(client: S3): { readonly client: S3; set(fault: Fault): void } {
  let fault: Fault = 'none';
  const list = client.listObjectsV2.bind(client);
  const lies = async (input: ListObjectsV2CommandInput): Promise<ListObjectsV2CommandOutput> => {
    const answer = await list(input);
    // Seen at a store that speaks like S3: "that was all", in the middle.
    return fault === 'short' && input.StartAfter === undefined ? { ...answer, IsTruncated: false } : answer;
  };
  const through = new Proxy(client, {
    get(target, name) {
      const found: unknown = name === 'listObjectsV2' ? lies : Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      return (...args: unknown[]) =>
        fault === 'cut-off'
          ? Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { name: 'TimeoutError' }))
          : Reflect.apply(found, target, args);
    },
  });
  return {
    client: through,
    set: (next) => {
      fault = next;
    },
  };
}

export function s3Subject(real: S3, bucket: string, scope: Scope, pageKeys = 10): RemoverSubject {
  const { client, set } = faulty(real);
  const inventory = s3Inventory({ name: `s3 ${bucket}`, client, bucket, kinds: scope.kinds, pageKeys });
  const lever = (fault: Fault) => async () => {
    set(fault);
    return async () => set('none');
  };
  return {
    name: 's3 over moto',
    scope,
    // Moto does not take a line break in an address, however it is written.
    cannotKeep: ['a\nb'],
    inventory,
    remover: s3Remover({ name: `s3 ${bucket}`, client, bucket }),
    levers: { cutOff: lever('cut-off'), shorten: lever('short') },
    hands: {
      put: async (key, body = 'first') => {
        await real.putObject({ Bucket: bucket, Key: key, Body: body.repeat(body === 'first' ? 3 : 5) });
        return key;
      },
      remove: async (key) => {
        await real.deleteObject({ Bucket: bucket, Key: key });
      },
      hold: async (key, held) => {
        await real.putObjectLegalHold({
          Bucket: bucket,
          Key: key,
          LegalHold: { Status: held ? 'ON' : 'OFF' },
        });
      },
      clear: () => emptyBucket(real, bucket, scope.prefixes),
    },
  };
}
