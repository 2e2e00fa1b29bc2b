/** What a plan gives its run along for the gates. Pure. */

import { type FactName, type Facts, factNames } from '../facts.ts';
import type { Acceptance, Fix, GuardLimits, WatchedStrategy } from '../guards/guard.ts';
import { guards, guardsBefore } from '../guards.ts';
import { restingFacts, restingOf } from '../moved.ts';
import { databasesFound } from '../probed.ts';
import type { Target } from '../target.ts';
import type { TtlLimits } from '../ttl.ts';
import { volumesOf } from '../workload.ts';
import type { GateInput } from './gate-input.ts';

/** What was decided when the plan was made. */
export interface GateOptions {
  readonly zones: readonly string[];
  readonly limits: GuardLimits;
  readonly fixes: readonly Fix[];
  readonly accepted: readonly Acceptance[];
  /** Names that are slower than this are made quick beforehand; `undefined` where they stay as they are. */
  readonly ttl?: TtlLimits | undefined;
}

export function gateOf(
  assessment: WatchedStrategy,
  facts: Facts,
  target: Target,
  { zones, limits, fixes, accepted, ttl }: GateOptions,
): GateInput {
  const { strategy, verbs, wayBack, downtime } = assessment;
  const { backup, snapshot, workload } = facts;
  const { userData: _, ...place } = target;
  const needs = needsOf(strategy);
  const after = changedBefore(facts, assessment, fixes, ttl);
  return {
    workload,
    target: place,
    assessment: {
      strategy,
      verbs,
      wayBack,
      ...(downtime !== undefined && {
        downtime: { p50Seconds: downtime.p50Seconds, p90Seconds: downtime.p90Seconds },
      }),
    },
    zones,
    limits,
    fixes,
    accepted: accepted.filter(({ guard }) => guards.some(({ name }) => name === guard)),
    rests: restingOf(
      after,
      restingFacts.filter((name) => needs.includes(name)),
    ),
    needs,
    backupsBy: backup.source === snapshot.source ? 'snapshots' : 'house',
    databasePaths: (databasesFound(facts) ?? []).map(({ path }) => path),
  };
}

function needsOf(strategy: WatchedStrategy['strategy']): readonly FactName[] {
  const wanted = new Set(guardsBefore(strategy, 'window').flatMap(({ needs }) => needs));
  return factNames.filter((name) => wanted.has(name));
}

/** The facts as they will be when the window opens, by what the run does until then itself. */
function changedBefore(
  facts: Facts,
  { strategy }: WatchedStrategy,
  fixes: readonly Fix[],
  ttl: TtlLimits | undefined,
): Facts {
  const { source, records, workload } = facts;
  const mine = volumesOf(workload).map(({ volumeId }) => volumeId);
  const keeps = strategy === 'volume-swap' && fixes.includes('keep-volume');
  return {
    ...facts,
    source:
      source.known && keeps
        ? {
            ...source,
            value: {
              ...source.value,
              volumes: source.value.volumes.map((volume) =>
                mine.includes(volume.volumeId) ? { ...volume, deleteOnTermination: false } : volume,
              ),
            },
          }
        : source,
    records:
      records.known && ttl !== undefined
        ? {
            ...records,
            value: records.value.map((record) => ({
              ...record,
              ttlSeconds: record.ttlSeconds > ttl.aboveSeconds ? ttl.toSeconds : record.ttlSeconds,
            })),
          }
        : records,
  };
}
