/**
 * Clouds by name: which adapter, which account, which region. An adapter's package is loaded only where a cloud names
 * it. Without credentials here each adapter finds them by its provider's own conventions.
 */

import * as v from 'valibot';
import { positive, text, texts } from './field.ts';
import { type SecretPlace, secretPlaceSchema } from './secrets.ts';

export type CloudSection = AwsSection | OpenstackSection | LabSection | SimSection;

/** EC2 and Route 53. Needs `@belay/aws`. */
export interface AwsSection {
  readonly kind: 'aws';
  /** The name under which workloads and products know the account. */
  readonly account: string;
  readonly region: string;
  /** One address for all of AWS, as emulators have. */
  readonly endpoint?: string | undefined;
  readonly hostedZoneIds?: readonly string[] | undefined;
  readonly credentials?: AwsCredentials | undefined;
}

/** Where the parts of a key lie. */
export interface AwsCredentials {
  readonly accessKeyId: SecretPlace;
  readonly secretAccessKey: SecretPlace;
  readonly sessionToken?: SecretPlace | undefined;
}

/** A project of an OpenStack. Needs `@belay/openstack`; credentials are those of `clouds.yaml` or `OS_*`. */
export interface OpenstackSection {
  readonly kind: 'openstack';
  /** Its name in `clouds.yaml`. */
  readonly cloud?: string | undefined;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  readonly zoneBoundVolumes?: boolean | 'unknown' | undefined;
}

/** A cloud on this box. Needs `@belay/lab`, Linux and root; its servers need `@belay/host`. */
export interface LabSection {
  readonly kind: 'lab';
  readonly folder: string;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

/** A cloud that is simulated, in a file. Needs `@belay/sim`. It has a time of its own. */
export interface SimSection {
  readonly kind: 'sim';
  /** The world: made where it is not there. */
  readonly file: string;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  readonly zones?: readonly string[] | undefined;
  /** So many simulated seconds in a real one; 20 where absent. All simulated clouds of a config have the same. */
  readonly speed?: number | undefined;
  /** Decides latencies, ids and chance, where the world is made. */
  readonly seed?: number | string | undefined;
  /** Seconds that verbs take, by name: the best, the likely, the worst, in milliseconds. */
  readonly latenciesMs?: Readonly<Record<string, readonly [number, number, number]>> | undefined;
  /** Build the web shop `web12` of the simulation into it. */
  readonly shop?: boolean | undefined;
  /** From a TypeScript config: called with the `Sim` each time it is opened, to set a scene or faults. */
  readonly prepare?: ((sim: never) => unknown) | undefined;
}

/** Also of stores that speak like S3. */
export const awsCredentialsSchema: v.GenericSchema<unknown, AwsCredentials> = v.strictObject({
  accessKeyId: secretPlaceSchema,
  secretAccessKey: secretPlaceSchema,
  sessionToken: v.optional(secretPlaceSchema),
});

const aws = v.strictObject({
  kind: v.literal('aws'),
  account: text,
  region: text,
  endpoint: v.optional(v.pipe(v.string(), v.url('must be a URL'))),
  hostedZoneIds: v.optional(texts),
  credentials: v.optional(awsCredentialsSchema),
});

const openstack = v.strictObject({
  kind: v.literal('openstack'),
  cloud: v.optional(text),
  account: v.optional(text),
  region: v.optional(text),
  zoneBoundVolumes: v.optional(
    v.union([v.boolean(), v.literal('unknown')], 'must be true, false or "unknown"'),
  ),
});

const lab = v.strictObject({
  kind: v.literal('lab'),
  folder: text,
  account: v.optional(text),
  region: v.optional(text),
});

const millis = v.pipe(v.number(), v.minValue(0, 'must not be negative'));

const sim = v.strictObject({
  kind: v.literal('sim'),
  file: text,
  account: v.optional(text),
  region: v.optional(text),
  zones: v.optional(texts),
  speed: v.optional(positive),
  seed: v.optional(v.union([v.number(), v.string()], 'must be a number or a text')),
  latenciesMs: v.optional(v.record(v.string(), v.tuple([millis, millis, millis]))),
  shop: v.optional(v.boolean()),
  prepare: v.optional(
    v.custom<(sim: never) => unknown>((value) => typeof value === 'function', 'must be a function'),
  ),
});

export const cloudSchema: v.GenericSchema<unknown, CloudSection> = v.variant(
  'kind',
  [aws, openstack, lab, sim],
  'must be "aws", "openstack", "lab" or "sim"',
);
