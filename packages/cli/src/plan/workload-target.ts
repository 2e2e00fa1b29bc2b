/** The workload that somebody names, and where it shall live as the product that they name. */

import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Failure, IsoTime } from '@belay/cloud';
import {
  type ProductCatalogue,
  readCatalogue,
  type Target,
  targetOfProduct,
  type Workload,
  type WorkloadSource,
  workloadsFrom,
} from '@belay/planner';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { LoadedConfig } from '../config/loaded-config.ts';
import { guess } from '../nearest.ts';

/** What cannot be found or read: the message names it. */
export interface DescribedError extends Failure {
  readonly kind: 'invalid' | 'not-found' | 'unreadable' | 'unavailable' | 'cancelled';
}

/** The workload of this name. */
export function workloadOf(
  loaded: LoadedConfig,
  name: string,
  signal: AbortSignal,
): ResultAsync<Workload, DescribedError> {
  return new ResultAsync(sourceOf(loaded)).andThen((source) =>
    source.get(name, { signal }).mapErr((error): DescribedError => error),
  );
}

/** Where a workload lives as this product. */
export function targetOf(
  loaded: LoadedConfig,
  product: string,
  { name, now }: { readonly name: string; readonly now: IsoTime },
): ResultAsync<Target, DescribedError> {
  return new ResultAsync(catalogueOf(loaded)).andThen((catalogue) =>
    targetOfProduct(catalogue, product, { name, now }).mapErr((error): DescribedError => {
      const names = Object.keys(catalogue.products);
      const message = names.includes(product)
        ? error.message
        : `there is no product ${product}; there are ${names.join(', ') || 'none'}.${guess(product, names)}`;
      return { kind: 'invalid', message };
    }),
  );
}

async function sourceOf({
  name,
  folder,
  config: { workloads },
}: LoadedConfig): Promise<Result<WorkloadSource, DescribedError>> {
  if (workloads === undefined) return err(missing(name, 'workloads', 'nothing can be moved'));
  if (typeof workloads === 'object' && 'get' in workloads) return ok(workloads);
  if (typeof workloads !== 'string') return workloadsFrom(workloads);
  const value = await jsonIn(folder, workloads);
  return value.andThen((list) => workloadsFrom(list).mapErr((error) => inFile(workloads, error)));
}

async function catalogueOf({
  name,
  folder,
  config: { catalogue },
}: LoadedConfig): Promise<Result<ProductCatalogue, DescribedError>> {
  if (catalogue === undefined) return err(missing(name, 'catalogue', 'there is no product to become'));
  if (typeof catalogue !== 'string') return ok(catalogue);
  const value = await jsonIn(folder, catalogue);
  return value.andThen((found) => readCatalogue(found).mapErr((error) => inFile(catalogue, error)));
}

async function jsonIn(folder: string, file: string): Promise<Result<unknown, DescribedError>> {
  try {
    return ok(JSON.parse(await readFile(isAbsolute(file) ? file : join(folder, file), 'utf8')));
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    return err({ kind: 'unreadable', message: `${file} cannot be read: ${said}` });
  }
}

function inFile(file: string, { message }: Failure): DescribedError {
  return { kind: 'invalid', message: `${file}: ${message}` };
}

function missing(file: string, field: string, so: string): DescribedError {
  return { kind: 'invalid', message: `${file}: ${field}: is missing, so ${so}` };
}
