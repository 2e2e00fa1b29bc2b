/**
 * Who is measured, how often, and what must hold of it.
 */

import { overOpenstack } from './subjects/over-openstack.ts';
import { overEc2, overSim } from './subjects/over-port.ts';
import { sdkWaiters, sdkWaitersEverySecond } from './subjects/sdk-waiters.ts';
import type { Subject } from './subjects/subject.ts';

export const subjects: readonly Subject[] = [
  overSim('ec2'),
  overSim('openstack'),
  overOpenstack,
  overEc2,
  sdkWaiters,
  sdkWaitersEverySecond,
];

/** In virtual time a few swaps are run again with other seeds, until there are so many of them. */
const enoughSwaps = 100;

export function roundsOf({ realTime }: Subject, swaps: number): number {
  return realTime ? 1 : Math.ceil(enoughSwaps / swaps);
}

/** Those that share their describe calls: the simulator's own adapter shares none, and is not judged by its calls. */
export const adapters: readonly Subject[] = [overOpenstack, overEc2];

/** What the port promises of all waits but one in a hundred, however long they take. */
export const longestLagMs = 1_000;

/** What an account can spare for those who wait, for each kind of resource. */
export const mostDescribesPerSecond = 2;

/** At how many swaps at once the describe calls are judged. */
export const judgedSwaps = 100;
