/** What is done to each disk of a workload in its turn takes as long as all of them. */

import type { Spread } from './downtime.ts';
import { volumesOf, type Workload } from './workload.ts';

/** The time for one, once for each data disk. */
export function oneAfterTheOther(one: Spread, workload: Workload): Spread {
  const count = volumesOf(workload).length;
  return {
    ...one,
    bestSeconds: count * one.bestSeconds,
    likelySeconds: count * one.likelySeconds,
    worstSeconds: count * one.worstSeconds,
  };
}
