/**
 * Who is measured, how often, and what must hold of it.
 */

import { overEc2, overSim } from './subjects/over-port.ts';
import { sdkWaiters, sdkWaitersEverySecond } from './subjects/sdk-waiters.ts';
import type { Subject } from './subjects/subject.ts';

export const subjects: readonly Subject[] = [
  overSim('ec2'),
  overSim('openstack'),
  overEc2,
  sdkWaiters,
  sdkWaitersEverySecond,
];

/** In virtual time a few swaps are run again with other seeds, until there are so many of them. */
const enoughSwaps = 100;

export function roundsOf({ realTime }: Subject, swaps: number): number {
  return realTime ? 1 : Math.ceil(enoughSwaps / swaps);
}

/** So long the port looks often; what has not ended by then takes minutes, and is looked for less often. */
export const quickMs = 10_000;

/** What the port promises of the quick ones. */
export const longestLagMs = 1_000;

/** What an account can spare for those who wait, for each kind of resource. */
export const mostDescribesPerSecond = 2;

/** At how many swaps at once the describe calls are judged. */
export const judgedSwaps = 100;
