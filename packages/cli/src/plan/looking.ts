/** How plans and dry runs look, as the config says: the same for both, so that what moved in between has really moved. */

import { type ObserveOptions, volumesOf, type Workload } from '@belay/planner';
import type { Session } from '../session/session.ts';

export function lookingOf(
  { clock, loaded }: Session,
  workload: Workload,
  signal: AbortSignal,
): ObserveOptions {
  const { planning = {}, services = {} } = loaded.config;
  const { backups, headroom } = services;
  const { probe, sampleSeconds } = planning;
  const mountPoints = volumesOf(workload).map(({ mountPoint }) => mountPoint);
  return {
    clock,
    signal,
    ...(backups !== undefined && { backups }),
    ...(headroom !== undefined && { headroom }),
    ...(sampleSeconds !== undefined && { probe: { mountPoints, sampleMs: sampleSeconds * 1000 } }),
    ...(probe === false && { probe }),
  };
}
