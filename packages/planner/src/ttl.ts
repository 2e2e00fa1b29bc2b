/** Names whose records are believed for long: the run makes them quick to follow before anything stops. */

import { type Phase, phase } from './downtime.ts';
import type { Facts } from './facts.ts';
import { defaultLimits, type GuardLimits } from './guards/guard.ts';
import { type Parameters, spread } from './parameters.ts';
import type { WorkloadName } from './workload.ts';

/** From which TTL on a name is slow, and what it becomes. */
export interface TtlLimits {
  readonly aboveSeconds: number;
  readonly toSeconds: number;
}

/** A name with the TTL of its record. JSON. */
export interface SlowName extends WorkloadName {
  readonly ttlSeconds: number;
}

/** Low enough that clients follow at once, and high enough that resolvers still cache. */
const quickSeconds = 60;

/** What a move does about slow names; `undefined` where they are to stay as they are. */
export function ttlOf({ limits, lowerTtl = true }: TtlOptions): TtlLimits | undefined {
  const aboveSeconds = limits?.maxTtlSeconds ?? defaultLimits.maxTtlSeconds;
  return lowerTtl ? { aboveSeconds, toSeconds: Math.min(quickSeconds, aboveSeconds) } : undefined;
}

interface TtlOptions {
  readonly limits?: Partial<Pick<GuardLimits, 'maxTtlSeconds'>> | undefined;
  readonly lowerTtl?: boolean | undefined;
}

/** Names of the workload that are slow, as far as their records are known. */
export function slowNames({ records, workload }: Facts, { aboveSeconds }: TtlLimits): readonly SlowName[] {
  if (!records.known) return [];
  const { value } = records;
  return workload.names.flatMap(({ name, type }) => {
    const ttlSeconds = value.find((record) => record.name === name && record.type === type)?.ttlSeconds ?? 0;
    return ttlSeconds > aboveSeconds && Number.isFinite(ttlSeconds) ? [{ name, type, ttlSeconds }] : [];
  });
}

/** What the lowering takes, beside everything else and while the source serves. */
export function ttlPhases(
  facts: Facts,
  limits: TtlLimits | undefined,
  parameters: Parameters,
): readonly Phase[] {
  const slow = limits === undefined ? [] : slowNames(facts, limits);
  if (slow.length === 0) return [];
  const seconds = Math.max(...slow.map(({ ttlSeconds }) => ttlSeconds));
  const wait = spread(seconds, seconds, seconds, 'documented', 'the TTL of the record as it is now');
  return [
    { ...phase('lower-ttl', 'source', parameters.changeName), beside: true },
    { ...phase('ttl-runs-out', 'source', wait), beside: true },
  ];
}
