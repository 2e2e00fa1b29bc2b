/**
 * What is compared with what, and who may delete: scopes by names of your own. A scope is one store, the registries that
 * know what of it is needed, a policy, and a ledger. Only a scope with a `sweeper` can ever delete anything.
 */

import type { Inventory, Registry, Remover } from '@belay/scanner';
import * as v from 'valibot';
import { type AwsCredentials, awsCredentialsSchema } from './clouds.ts';
import { port, positive, text, texts, withFunctions } from './field.ts';
import { type SecretPlace, secretPlaceSchema } from './secrets.ts';

/** Scopes, by names of your own. */
export type ScannerSection = Readonly<Record<string, ScopeSection>>;

/** One scope. */
export interface ScopeSection {
  /** The SQLite file in which the scanner remembers what it saw and did. Plans are kept in a folder beside it. */
  readonly ledger: string;
  /** Where the ledger's last line is kept a second time; beside it where absent, better on another disk. */
  readonly seal?: string | undefined;
  /** An SQLite file that several scopes of one store share: their caps then count together. */
  readonly budget?: string | undefined;
  /** What is stored. */
  readonly inventory: InventorySection;
  /** What is needed, by the names under which the policy expects them. */
  readonly registries: Readonly<Record<string, RegistrySection>>;
  /** How careful: every field of the policy of `@belay/scanner`, none of which has a default. */
  readonly policy?: unknown;
  /** What takes away. Left out, this config can only look. */
  readonly sweeper?: RemoverSection | undefined;
}

/** What is stored. */
export type InventorySection =
  | S3InventorySection
  | FolderInventorySection
  | CloudInventorySection
  | OwnInventorySection;

/** What every inventory may say. */
export interface NamedSection {
  /** For people, plans and the policy; the scope's name where absent. */
  readonly name?: string | undefined;
}

/** What paths mean: the first rule that fits a key says its kind and its owner. */
export interface KeyRule {
  /** Such as `archives/{owner}/{rest}`: `{owner}` is one part of the path, `{rest}` anything. */
  readonly match: string;
  readonly kind: string;
}

/** A bucket. Needs `@aws-sdk/client-s3`. */
export interface S3InventorySection extends NamedSection {
  readonly kind: 's3';
  readonly bucket: string;
  readonly region: string;
  /** A store that speaks like S3. */
  readonly endpoint?: string | undefined;
  /** The bucket stands in the path and not in the host's name; most stores that are not Amazon's want it. */
  readonly forcePathStyle?: boolean | undefined;
  /** May list and read, and write and delete canaries. Where absent, the SDK finds them by its own conventions. */
  readonly credentials?: AwsCredentials | undefined;
  readonly keys: readonly KeyRule[];
  /** Take the listing from a report of S3 Inventory that lies in this local folder. */
  readonly report?: (SortSection & { readonly folder: string; readonly maxAgeMs: number }) | undefined;
}

/** A folder on a local disk. */
export interface FolderInventorySection extends NamedSection {
  readonly kind: 'folder';
  readonly path: string;
  readonly keys: readonly KeyRule[];
}

/** The volumes or the snapshots of a cloud of this config. */
export interface CloudInventorySection extends NamedSection {
  readonly kind: 'cloud';
  /** Its name in `clouds`. */
  readonly cloud: string;
  readonly of: 'volumes' | 'snapshots';
  readonly environment: string;
  /** The tag that names the owner. */
  readonly ownerTag?: string | undefined;
}

/** An inventory of your own, from a TypeScript config. */
export interface OwnInventorySection {
  readonly kind: 'own';
  readonly inventory: Inventory;
  /** It does not list in the order of keys: sort it on this machine's disk. Needs `@duckdb/node-api`. */
  readonly sort?: SortSection | undefined;
}

/** What is needed. */
export type RegistrySection =
  | SqliteRegistrySection
  | PostgresRegistrySection
  | FileRegistrySection
  | OwnRegistrySection;

/** What every registry says. */
export interface CoveringSection {
  /** Of which kinds it knows all references. */
  readonly covers: readonly string[];
  /** It cannot sort by bytes: sort it on this machine's disk. Needs `@duckdb/node-api`. */
  readonly sort?: SortSection | undefined;
}

/** Room on the disk for DuckDB. */
export interface SortSection {
  readonly temporaryFolder: string;
  readonly memoryLimitMiB?: number | undefined;
}

/** A view in an SQLite file. */
export interface SqliteRegistrySection extends CoveringSection {
  readonly kind: 'sqlite';
  readonly path: string;
  readonly view: string;
  readonly timeoutMs?: number | undefined;
}

/** A view in a PostgreSQL database. Needs `pg`. */
export interface PostgresRegistrySection extends CoveringSection {
  readonly kind: 'postgres';
  readonly host: string;
  readonly port?: number | undefined;
  readonly database: string;
  readonly user: string;
  readonly password?: SecretPlace | undefined;
  /** Over TLS with the server's certificate checked; `true` where absent. */
  readonly tls?: boolean | undefined;
  /** As `schema.name`. */
  readonly view: string;
  /** Of belay's own tables; `belay` where absent. */
  readonly schema?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

/** An export: CSV, NDJSON or Parquet with a manifest beside it. Nothing is ever swept by it. Needs `@duckdb/node-api`. */
export interface FileRegistrySection extends CoveringSection, SortSection {
  readonly kind: 'file';
  readonly path: string;
  readonly format?: 'csv' | 'ndjson' | 'parquet' | undefined;
  readonly maxAgeMs: number;
}

/** A registry of your own, from a TypeScript config. */
export interface OwnRegistrySection {
  readonly kind: 'own';
  readonly registry: Registry;
  readonly sort?: SortSection | undefined;
}

/** What takes away. */
export type RemoverSection =
  | S3RemoverSection
  | FolderRemoverSection
  | CloudRemoverSection
  | OwnRemoverSection;

/** Takes away from the bucket of the inventory, with credentials of its own. */
export interface S3RemoverSection {
  readonly kind: 's3';
  readonly credentials: AwsCredentials;
  /** Where several scanners share the bucket: the name of this one. */
  readonly shard?: string | undefined;
  /** For how long the bucket's life-cycle rules keep what is no longer current. */
  readonly keptMs?: number | undefined;
}

/** Takes away from the folder of the inventory, by the rights of the user that runs it. */
export interface FolderRemoverSection {
  readonly kind: 'folder';
}

/** Takes volumes or snapshots away. No volume goes without a last snapshot of it. */
export interface CloudRemoverSection {
  readonly kind: 'cloud';
  /** Another entry of `clouds`, for the same account and region, with credentials that may delete. */
  readonly cloud: string;
}

/** A remover of your own, from a TypeScript config. */
export interface OwnRemoverSection {
  readonly kind: 'own';
  readonly remover: Remover;
}

const name = { name: v.optional(text) };
const sort = { temporaryFolder: text, memoryLimitMiB: v.optional(positive) };
const sorting = v.strictObject(sort);
const kinds = v.pipe(texts, v.minLength(1, 'must name at least one kind'));
const covering = { covers: kinds, sort: v.optional(sorting) };

const keyRules = v.pipe(
  v.array(v.strictObject({ match: text, kind: text })),
  v.minLength(1, 'must have at least one rule'),
);

const inventory = v.variant(
  'kind',
  [
    v.strictObject({
      kind: v.literal('s3'),
      ...name,
      bucket: text,
      region: text,
      endpoint: v.optional(v.pipe(v.string(), v.url('must be a URL'))),
      forcePathStyle: v.optional(v.boolean()),
      credentials: v.optional(awsCredentialsSchema),
      keys: keyRules,
      report: v.optional(v.strictObject({ ...sort, folder: text, maxAgeMs: positive })),
    }),
    v.strictObject({ kind: v.literal('folder'), ...name, path: text, keys: keyRules }),
    v.strictObject({
      kind: v.literal('cloud'),
      ...name,
      cloud: text,
      of: v.picklist(['volumes', 'snapshots'], 'must be "volumes" or "snapshots"'),
      environment: text,
      ownerTag: v.optional(text),
    }),
    v.strictObject({
      kind: v.literal('own'),
      inventory: withFunctions<Inventory>(['read', 'look', 'now']),
      sort: v.optional(sorting),
    }),
  ],
  'must be "s3", "folder", "cloud" or "own"',
);

const registry = v.variant(
  'kind',
  [
    v.strictObject({
      kind: v.literal('sqlite'),
      ...covering,
      path: text,
      view: text,
      timeoutMs: v.optional(positive),
    }),
    v.strictObject({
      kind: v.literal('postgres'),
      ...covering,
      host: text,
      port: v.optional(port),
      database: text,
      user: text,
      password: v.optional(secretPlaceSchema),
      tls: v.optional(v.boolean()),
      view: text,
      schema: v.optional(text),
      timeoutMs: v.optional(positive),
    }),
    v.strictObject({
      kind: v.literal('file'),
      ...covering,
      ...sort,
      path: text,
      format: v.optional(v.picklist(['csv', 'ndjson', 'parquet'], 'must be "csv", "ndjson" or "parquet"')),
      maxAgeMs: positive,
    }),
    v.strictObject({
      kind: v.literal('own'),
      registry: withFunctions<Registry>(['read', 'lookUp', 'claim']),
      sort: v.optional(sorting),
    }),
  ],
  'must be "sqlite", "postgres", "file" or "own"',
);

const sweeper = v.variant(
  'kind',
  [
    v.strictObject({
      kind: v.literal('s3'),
      credentials: awsCredentialsSchema,
      shard: v.optional(text),
      keptMs: v.optional(positive),
    }),
    v.strictObject({ kind: v.literal('folder') }),
    v.strictObject({ kind: v.literal('cloud'), cloud: text }),
    v.strictObject({ kind: v.literal('own'), remover: withFunctions<Remover>(['quarantine', 'restore']) }),
  ],
  'must be "s3", "folder", "cloud" or "own"',
);

export const scannerSchema: v.GenericSchema<unknown, ScannerSection> = v.record(
  v.string(),
  v.strictObject({
    ledger: text,
    seal: v.optional(text),
    budget: v.optional(text),
    inventory,
    registries: v.pipe(
      v.record(v.string(), registry),
      v.check((all) => Object.keys(all).length > 0, 'must name at least one registry'),
    ),
    // Read by `policyOf`, which names the field; only where it is asked for, so that a scope can be set up without it.
    policy: v.optional(v.unknown()),
    sweeper: v.optional(sweeper),
  }),
);
