/**
 * A dry run: everything that a run will look at before it stops anything, looked at now, and nothing changed. It asks
 * the very guards that the plan asked and the run will ask, with facts that are learned again, so that what passes here
 * and fails later has really changed in between.
 */

import type { Clouds, Hosts, IsoTime } from '@belay/cloud';
import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import { type PlanError, verifyPlan } from './approval.ts';
import type { Facts } from './facts.ts';
import { type GuardResult, goTable, isGo } from './guards.ts';
import { known } from './known.ts';
import { type Moved, movedFacts } from './moved.ts';
import { type ObserveError, type ObserveOptions, observe } from './observe.ts';
import { type AskAgainOptions, askAgain, type GuardToCome, type Plan } from './plan.ts';
import type { RouteWitnesses } from './route/route-witness.ts';
import type { Sight } from './sight.ts';
import { underWay } from './under-way.ts';

export { underWay } from './under-way.ts';

/** What a dry run found. JSON. */
export interface DryRun {
  readonly planId: string;
  readonly at: IsoTime;
  /** Would the window open now, as far as can be told without a target? */
  readonly isGo: boolean;
  /** Facts that are no longer what the plan rests on. */
  readonly moved: readonly Moved[];
  readonly guards: readonly GuardResult[];
  /** What only the run itself can see: the target is not there yet. */
  readonly toCome: readonly GuardToCome[];
  /** The guards as a table for people. */
  readonly table: string;
}

/** How it looks, and what is allowed. */
export type DryRunOptions = ObserveOptions & Pick<AskAgainOptions, 'limits' | 'fixes' | 'accept'>;

/** Looks. Only reads. An error where the plan is none, was altered or has grown old, or where the caller stopped it. */
export function dryRun(
  plan: Plan,
  services: Clouds & Hosts & Partial<RouteWitnesses>,
  options: DryRunOptions,
): ResultAsync<DryRun, PlanError | ObserveError> {
  const now = () => new Date(options.clock.now()).toISOString();
  return verifyPlan(plan, { now: now() })
    .andThen(mustBeRunnable)
    .asyncAndThen(() => observe(plan.facts.workload, plan.target, services, options))
    .map((facts) => mustBeWitnessed(dryRunOf(plan, facts, { ...options, now: now() }), plan, services));
}

/** The same with facts that have just been learned. Pure. */
export function dryRunOf(
  plan: Plan,
  facts: Facts,
  options: Pick<AskAgainOptions, 'now' | 'limits' | 'fixes' | 'accept'>,
): DryRun {
  const { now } = options;
  const sight = sightOf(facts, now);
  const asked = { ...options, sight };
  // A guard that stands at both phases is asked once.
  const guards = [
    ...new Map(
      [...askAgain(plan, 'plan', asked), ...ofWindow(plan, asked)].map((each) => [each.name, each]),
    ).values(),
  ];
  const names = new Set(guards.map(({ name }) => name));
  return {
    planId: plan.planId,
    at: now,
    isGo: isGo(guards),
    moved: movedFacts(plan.facts, facts),
    guards,
    toCome: plan.guardsToCome.filter(({ name }) => !names.has(name)),
    table: goTable(guards),
  };
}

/** A run whose plan rests on somebody who asks at the address does not open its window without him. */
function mustBeWitnessed(
  dry: DryRun,
  { facts: { workload } }: Plan,
  { routeWitness }: Partial<RouteWitnesses>,
): DryRun {
  if (workload.witnessed !== true || routeWitness !== undefined) return dry;
  const missing = {
    verdict: 'fails',
    decision: 'NO-GO',
    mayBeAccepted: false,
    evidence: 'services.routeWitness is missing, and the plan rests on it',
  } as const;
  const guards = dry.guards.map((each) =>
    each.name === 'route-witnessed' && workload.floatingIps.length > 0 ? { ...each, ...missing } : each,
  );
  return { ...dry, guards, isGo: isGo(guards), table: goTable(guards) };
}

/** Guards of the window that need no target to be asked. */
const withoutTarget: ReadonlySet<string> = new Set([
  'facts-still-true',
  'quiet-hour',
  'asked-before-the-stop',
]);

function ofWindow(plan: Plan, options: AskAgainOptions): readonly GuardResult[] {
  const shared = new Set(plan.guards.map(({ name }) => name));
  return askAgain(plan, 'window', options).filter(({ name }) => withoutTarget.has(name) && !shared.has(name));
}

function sightOf(facts: Facts, now: IsoTime): Sight {
  const { host, probe, health } = facts;
  return {
    facts,
    ...(probe.known && { underWay: known(underWay(facts, now), probe) }),
    // It serves: nothing has been stopped.
    ...(host.known && health.known && { sourceStopped: known(!health.value.healthy, health) }),
  };
}

function mustBeRunnable(plan: Plan): Result<Plan, PlanError> {
  if (plan.run !== undefined) return ok(plan);
  return err({ kind: 'nothing-to-run', message: `plan ${plan.planId} has nothing to run` });
}
