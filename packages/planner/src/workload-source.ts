/**
 * Where workloads are written down: a file, a table, somebody's own CMDB. The port is two reads; belay never writes
 * there. What it gives is checked like everything that comes from outside.
 */

import type { Failure } from '@belay/cloud';
import { errAsync, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import { type DescriptionError, readWorkloads } from './description.ts';
import type { Workload } from './workload.ts';

/** The port: implemented by whoever knows which workloads there are. */
export interface WorkloadSource {
  /** The workload of this name, or `not-found`. */
  get(name: string, options?: SourceOptions): ResultAsync<Workload, WorkloadSourceError>;
  /** All workloads, one after the other. One that is written down wrongly is an error, and the others follow. */
  list(options?: SourceOptions): AsyncIterable<Result<Workload, WorkloadSourceError>>;
}

/** An end to the asking. */
export interface SourceOptions {
  readonly signal?: AbortSignal | undefined;
}

/** `not-found`: a source that answered knows no such workload. `unavailable`: it did not answer. */
export interface WorkloadSourceError extends Failure {
  readonly kind: 'not-found' | 'unavailable' | 'invalid' | 'cancelled';
  /** With `invalid`: which. */
  readonly field?: string | undefined;
}

/** Workloads from code or from a file that has been read: a list. Two of one name are refused. */
export function workloadsFrom(value: unknown): Result<WorkloadSource, DescriptionError> {
  return readWorkloads(value).map(sourceOf);
}

function sourceOf(workloads: readonly Workload[]): WorkloadSource {
  return {
    get: (name) => {
      const workload = workloads.find((each) => each.name === name);
      if (workload !== undefined) return okAsync(workload);
      const known = workloads.map((each) => each.name).join(', ') || 'none';
      const message = `there is no workload ${name}; there are ${known}`;
      return errAsync({ kind: 'not-found' as const, message });
    },
    list: async function* () {
      for (const workload of workloads) yield ok(workload);
    },
  };
}
