/**
 * A value of any kind as a config: checked whole, and refused with the name of the field that is wrong. Fields that
 * nobody knows are refused, too, with the nearest one that there is. Pure.
 */

import { readCatalogue, readWorkloads } from '@belay/planner';
import { err, ok, type Result } from 'neverthrow';
import * as v from 'valibot';
import { guess } from '../nearest.ts';
import { alertsSchema } from './alerts.ts';
import { catalogueSchema } from './catalogue.ts';
import { cloudSchema } from './clouds.ts';
import type { Config } from './config.ts';
import { text } from './field.ts';
import { hostsSchema } from './hosts.ts';
import type { ConfigError } from './loaded-config.ts';
import { planningSchema } from './planning.ts';
import { scannerSchema } from './scanner.ts';
import { secretPlaceSchema } from './secrets.ts';
import { servicesSchema } from './services.ts';
import { workloadsSchema } from './workloads.ts';

const sections = {
  journal: v.optional(text),
  clouds: v.optional(v.record(v.string(), cloudSchema)),
  hosts: v.optional(v.record(v.string(), hostsSchema)),
  catalogue: v.optional(catalogueSchema),
  workloads: v.optional(workloadsSchema),
  planning: v.optional(planningSchema),
  secrets: v.optional(v.record(v.string(), secretPlaceSchema)),
  services: v.optional(servicesSchema),
  alerts: v.optional(alertsSchema),
  scanner: v.optional(scannerSchema),
};

const schema = v.strictObject(sections);

/** `name`: of the file, for messages. The first thing that is wrong is the error. */
export function readConfig(value: unknown, name: string): Result<Config, ConfigError> {
  const checked = v.safeParse(schema, value, { abortEarly: true });
  if (!checked.success) {
    const [issue] = checked.issues;
    return err(invalid(name, v.getDotPath(issue) ?? undefined, because(issue)));
  }
  const { catalogue, workloads, ...rest } = checked.output;
  return catalogueOf(catalogue, name).andThen((readyCatalogue) =>
    workloadsOf(workloads, name).andThen((readyWorkloads) =>
      hostsHaveClouds(
        {
          ...rest,
          ...(readyCatalogue !== undefined && { catalogue: readyCatalogue }),
          ...(readyWorkloads !== undefined && { workloads: readyWorkloads }),
        },
        name,
      ),
    ),
  );
}

/** An error about one field of a config. */
export function invalid(name: string, field: string | undefined, message: string): ConfigError {
  const where = field === undefined ? name : `${name}: ${field}`;
  return { kind: 'invalid', message: `${where}: ${message}`, ...(field !== undefined && { field }) };
}

function catalogueOf(value: unknown, name: string): Result<Config['catalogue'], ConfigError> {
  if (value === undefined || typeof value === 'string') return ok(value);
  return readCatalogue(value).mapErr((error) => ofPlanner(name, error));
}

function workloadsOf(
  value: v.InferOutput<typeof workloadsSchema> | undefined,
  name: string,
): Result<Config['workloads'], ConfigError> {
  if (value === undefined || typeof value === 'string' || 'get' in value) return ok(value);
  return readWorkloads(value).mapErr((error) => ofPlanner(name, error));
}

/** The planner's sentences begin with the field; ours put the file before it. */
function ofPlanner(
  name: string,
  { field, message }: { readonly field: string; readonly message: string },
): ConfigError {
  return invalid(name, field, message.startsWith(field) ? message.slice(field.length).trim() : message);
}

function hostsHaveClouds(config: Config, name: string): Result<Config, ConfigError> {
  const clouds = Object.keys(config.clouds ?? {});
  const stray = Object.keys(config.hosts ?? {}).find((host) => !clouds.includes(host));
  if (stray === undefined) return ok(config);
  return err(invalid(name, `hosts.${stray}`, `there is no cloud ${stray}.${guess(stray, clouds)}`));
}

/** The library speaks of types and keys; people want to know what is wrong with the value. */
function because(issue: v.BaseIssue<unknown>): string {
  const { kind, type, expected, received, message } = issue;
  if (expected === 'never') {
    const keys = (issue.path ?? []).map(({ key }) => String(key));
    const known = keys.slice(0, -1).reduce(partsOf, [schema]).flatMap(fieldsOf);
    return `is not a field that is known.${guess(keys.at(-1) ?? '', known)}`;
  }
  if (received === 'undefined') return 'is missing';
  if (type === 'variant' || type === 'union' || type === 'custom' || type === 'picklist') return message;
  if (kind === 'schema') return `must be ${expected ?? type}, and is ${received}`;
  return message;
}

/** What a field of one of these is checked by: as many as there are ways to write it. */
function partsOf(schemas: readonly unknown[], key: string): readonly unknown[] {
  return schemas.flatMap((each) =>
    waysOf(each).flatMap((way) => [part(part(way, 'entries'), key), part(way, 'value'), part(way, 'item')]),
  );
}

function fieldsOf(each: unknown): readonly string[] {
  return waysOf(each).flatMap((way) => Object.keys(part(way, 'entries') ?? {}));
}

/** An optional field, a union and a check after a check are looked through. */
function waysOf(each: unknown): readonly unknown[] {
  const inner = [part(each, 'wrapped'), ...[part(each, 'options')].flat()].filter(
    (one) => typeof one === 'object' && one !== null,
  );
  return each === undefined ? [] : [each, ...inner.flatMap(waysOf)];
}

function part(value: unknown, name: string): object | undefined {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof found === 'object' && found !== null ? found : undefined;
}
