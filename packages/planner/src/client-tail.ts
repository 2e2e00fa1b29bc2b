/** What leads the world to the workload: how long a switch takes, and what clients still notice when it is over. */

import { type ClientTail, type Phase, phase } from './downtime.ts';
import type { Parameters } from './parameters.ts';
import type { Question } from './precondition.ts';
import type { Workload } from './workload.ts';

/** What clients may still notice when the route has been changed. */
export function tailOf({ facts: { workload, records }, ttl }: Pick<Question, 'facts' | 'ttl'>): ClientTail {
  if (workload.names.length === 0) return { seconds: 0, because: 'the address moves along' };
  if (!records.known) return { seconds: 3600, because: 'TTL unknown, an hour assumed' };
  const old = Math.max(0, ...records.value.map(({ ttlSeconds }) => ttlSeconds));
  const isLowered = ttl !== undefined && old > ttl.aboveSeconds;
  const seconds = Math.max(
    0,
    ...records.value.map(({ ttlSeconds }) =>
      ttl !== undefined && ttlSeconds > ttl.aboveSeconds ? ttl.toSeconds : ttlSeconds,
    ),
  );
  return Number.isFinite(old)
    ? { seconds, because: isLowered ? 'DNS TTL, lowered beforehand' : 'DNS TTL' }
    : { seconds: 3600, because: 'TTL not readable, an hour assumed' };
}

/** Nothing of the route changes. */
export const noTail: ClientTail = { seconds: 0, because: 'nothing of the route changes' };

/** Addresses and names are switched side by side: the slower of the two counts. */
export function routePhases(workload: Workload, parameters: Parameters): readonly Phase[] {
  if (workload.names.length > 0) return [phase('switch-name', 'nobody', parameters.changeName)];
  if (workload.floatingIps.length === 0) return [];
  return [phase('switch-address', 'nobody', parameters.moveAddress)];
}

/** The same where the first of them is the point of no return. */
export function openingPhase(workload: Workload, parameters: Parameters): Phase {
  const [slowest] = routePhases(workload, parameters);
  return phase('open-target', 'nobody', slowest ?? parameters.changeType);
}
