/**
 * Workloads, targets and catalogues as they come from a file, a form or a program without types: checked whole, and refused with
 * the name of the field that is wrong. What is good is given back as it is; fields that nobody knows are refused too,
 * since a misspelt `rootDisk` would otherwise count as "nobody has said".
 */

import type { Failure } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import * as v from 'valibot';
import type { ProductCatalogue } from './catalogue.ts';
import type { Target } from './target.ts';
import type { Workload } from './workload.ts';

/** What is wrong with a workload, a target or a catalogue, and where. */
export interface DescriptionError extends Failure {
  readonly kind: 'invalid';
  /** Such as `workload.probe.name` or `target.zones.0`. */
  readonly field: string;
}

/** The value as a workload. The first thing that is wrong is the error. */
export function readWorkload(value: unknown): Result<Workload, DescriptionError> {
  return read('workload', workloadSchema, value);
}

/** The value as a target. The first thing that is wrong is the error. */
export function readTarget(value: unknown): Result<Target, DescriptionError> {
  return read('target', targetSchema, value);
}

/** The value as a catalogue of products. The first thing that is wrong is the error. */
export function readCatalogue(value: unknown): Result<ProductCatalogue, DescriptionError> {
  return read('catalogue', catalogueSchema, value);
}

/** The value as workloads: a list of them, no two of one name. The first thing that is wrong is the error. */
export function readWorkloads(value: unknown): Result<readonly Workload[], DescriptionError> {
  return read('workloads', listSchema, value).andThen((entries) => {
    const workloads: Workload[] = [];
    for (const [index, entry] of entries.entries()) {
      const one = read(`workloads.${index}`, workloadSchema, entry);
      if (one.isErr()) return err(one.error);
      const { name } = one.value;
      if (workloads.some((workload) => workload.name === name)) {
        const field = `workloads.${index}.name`;
        return err({
          kind: 'invalid' as const,
          field,
          message: `${field} is ${name}, and so is an earlier one`,
        });
      }
      workloads.push(one.value);
    }
    return ok(workloads);
  });
}

const text = v.pipe(v.string(), v.nonEmpty('must not be empty'));
const list = v.array(text);
const tags = v.record(v.string(), v.string());
const gibibytes = v.pipe(v.number(), v.integer('must be whole GiB'), v.minValue(1, 'must be at least 1'));
const place = { provider: text, account: text, region: text };

const name = v.pipe(text, v.endsWith('.', 'must end with a dot: it is an absolute name'));

const volume = {
  volumeId: text,
  mountPoint: v.pipe(text, v.startsWith('/', 'must be an absolute path')),
  filesystemUuid: text,
};

const workloadSchema = v.strictObject({
  name: text,
  product: v.optional(text),
  instance: v.strictObject({ ...place, id: text }),
  ...volume,
  moreVolumes: v.optional(v.array(v.strictObject(volume))),
  floatingIps: list,
  names: v.array(v.strictObject({ name, type: v.picklist(['A', 'AAAA']) })),
  guestAddresses: v.optional(
    v.array(
      v.strictObject({
        address: text,
        prefixLength: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(128)),
        device: text,
      }),
    ),
  ),
  addressServices: v.optional(list),
  witnessed: v.optional(v.boolean()),
  reverse: v.optional(
    v.array(
      v.strictObject({
        type: v.picklist(['A', 'AAAA']),
        name,
        ttlSeconds: v.pipe(v.number(), v.integer(), v.minValue(1)),
      }),
    ),
  ),
  frontEnds: v.optional(list),
  allowLists: v.optional(list),
  services: list,
  probe: v.strictObject({
    name: text,
    path: v.optional(v.pipe(text, v.startsWith('/', 'must begin with a slash'))),
    port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))),
    inARow: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  }),
  rootDisk: v.optional(v.picklist(['can-be-made-again', 'holds-data'])),
});

/** Where something lives and how big it is. */
const placement = {
  at: v.strictObject(place),
  zones: v.pipe(list, v.nonEmpty('must name at least one zone')),
  instanceType: text,
  imageId: text,
  diskType: text,
  sizeGiB: gibibytes,
  networkId: v.optional(text),
  securityGroups: v.optional(list),
  keyName: v.optional(text),
  userData: v.optional(v.string()),
  rootSizeGiB: v.optional(gibibytes),
  tags: v.optional(tags),
  carries: v.optional(
    v.strictObject({
      databases: v.optional(tags),
      filesystems: v.optional(list),
      instanceTypes: v.optional(list),
      users: v.optional(v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(0)))),
    }),
  ),
};

const targetSchema = v.strictObject({ product: v.optional(text), name: text, ...placement });

const catalogueSchema = v.strictObject({
  products: v.record(
    text,
    v.strictObject({
      ...placement,
      lifecycle: v.optional(v.picklist(['current', 'retired'])),
      endsAt: v.optional(v.pipe(v.string(), v.isoTimestamp('must be an ISO time'))),
    }),
  ),
});

const listSchema = v.array(v.unknown());

function read<T>(
  what: string,
  schema: v.GenericSchema<unknown, T>,
  value: unknown,
): Result<T, DescriptionError> {
  const checked = v.safeParse(schema, value, { abortEarly: true });
  if (checked.success) return ok(checked.output);
  const [issue] = checked.issues;
  const field = [what, v.getDotPath(issue)].filter((part) => part !== null).join('.');
  return err({ kind: 'invalid', field, message: `${field} ${because(issue)}` });
}

/** The library speaks of types and keys; people want to know what is wrong with the value. */
function because({ kind, type, expected, received, message }: v.BaseIssue<unknown>): string {
  if (expected === 'never') return 'is not a field that is known';
  if (received === 'undefined') return 'is missing';
  if (kind === 'schema') return `must be ${expected}, and is ${received}`;
  return type.endsWith('_value') ? `must be ${expected}, and is ${received}` : message;
}
