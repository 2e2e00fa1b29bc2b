/** Workloads: in the config itself, in a JSON file, or from whoever knows them. The planner checks what is in them. */

import type { Workload, WorkloadSource } from '@belay/planner';
import * as v from 'valibot';
import { text, withFunctions } from './field.ts';

/** The path of a JSON file with a list, the list itself, or a `WorkloadSource` from a TypeScript config. */
export type WorkloadsSection = string | readonly Workload[] | WorkloadSource;

export const workloadsSchema: v.GenericSchema<unknown, string | readonly unknown[] | WorkloadSource> =
  v.union(
    [text, v.array(v.unknown()), withFunctions<WorkloadSource>(['get', 'list'])],
    'must be the path of a JSON file, a list of workloads, or a WorkloadSource',
  );
