/**
 * Whether a server has room to breathe: a disk whose burst credits are spent, or a processor that its neighbours take,
 * makes minutes into hours. No cloud port tells it; whoever has the metrics does.
 */

import type { Failure } from '@belay/cloud';
import type { ResultAsync } from 'neverthrow';
import type { Workload } from './workload.ts';

/** The port: implemented over whatever holds the metrics of servers and disks. */
export interface HeadroomEvidence {
  /** As it is now. Only reads. */
  of(
    workload: Workload,
    options?: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
  ): ResultAsync<Headroom, Failure>;
}

/** What is left. What nobody measures is absent. JSON. */
export interface Headroom {
  /** Burst credits of the fullest-used data disk, 0 to 100. 100 where a disk knows no such credits. */
  readonly burstPercent?: number | undefined;
  /** Share of the processor that others took over the last minutes, 0 to 100. */
  readonly cpuStealPercent?: number | undefined;
}
