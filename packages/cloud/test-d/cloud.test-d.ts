import {
  type Cloud,
  type CloudError,
  type CloudErrorKind,
  type CloudRegistry,
  cloudRegistry,
  hostRegistry,
  type InstanceId,
  redactor,
  type Secret,
  type SecretRef,
  secretStore,
  type VolumeId,
  type WaitOptions,
  waitFor,
} from '@belay/cloud';
import { type Creation, createOnce, type Span } from '@belay/cloud/adapter';
import {
  type ConformanceCase,
  type ConformanceReport,
  cloudCases,
  type Levers,
  runConformance,
  type Subject,
} from '@belay/cloud/conformance';
import type { Result, ResultAsync } from 'neverthrow';
import { expectAssignable, expectError, expectType } from 'tsd';

declare const cloud: Cloud;
declare const volumeId: VolumeId;
declare const instanceId: InstanceId;

// A volume's id is refused where an instance's is meant; plain strings are taken.
expectError(cloud.instances.get(volumeId));
expectError(cloud.volumes.attach({ volumeId: instanceId, instanceId }, { key: 'k' }));
cloud.volumes.attach({ volumeId: 'vol-1', instanceId: 'i-1' }, { key: 'k' });

// A change without a key is refused.
expectError(cloud.volumes.delete(volumeId, {}));

expectType<CloudRegistry>(cloudRegistry([cloud]));
// A registry that opens hosts must say where.
expectError(hostRegistry(() => undefined));

// A wait gives what it observed, and its judge answers with a verdict and nothing else.
declare const waiting: WaitOptions<number>;
expectType<ResultAsync<number, CloudError>>(waitFor(waiting));
expectError(waitFor({ ...waiting, until: () => true }));

declare const error: CloudError;
expectAssignable<CloudErrorKind>('attached-elsewhere');
expectError<CloudErrorKind>('oops');
expectType<'no' | 'yes' | 'unknown'>(error.applied);

// A reference is JSON, a secret is not a string.
expectAssignable<SecretRef>({ secret: 'db-main' });
declare const secret: Secret;
expectError<string>(secret);
expectType<string>(secret.reveal());
expectError(redactor(['plain']));
expectError(secretStore({}).get('db-main'));

expectType<readonly ConformanceCase[]>(cloudCases);
for await (const listed of cloud.volumes.list()) expectAssignable<Result<{ id: string }, CloudError>>(listed);

// A subject says what it is by names that the suite knows, and offers the levers that it has and no others.
declare const subject: Subject;
expectType<Promise<ConformanceReport>>(runConformance(cloudCases, subject));
expectError<Subject>({ ...subject, traits: new Set(['quick']) });
expectAssignable<Levers>({ calm: () => undefined });
expectError<Levers>({ breakEverything: () => undefined });
expectError<Levers>({ replay: () => undefined });

// An adapter's own span goes wherever a span is asked for, and a creation keeps the type of what it makes.
interface OwnSpan extends Span {
  readonly client: { readonly name: string };
}
declare const creation: Creation<{ readonly id: string }> & { readonly span: OwnSpan };
expectType<ResultAsync<{ readonly id: string }, CloudError>>(createOnce(creation));
expectError(createOnce({ ...creation, create: () => 'made' }));
