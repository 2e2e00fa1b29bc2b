/**
 * A plan: what will be done and why, what was rejected and why, how long nobody will serve, until when it can be
 * undone. One JSON value with a digest, that people approve by the digest and a graph takes as its input. Making one
 * is pure; the same facts at the same time give the same plan, byte for byte.
 */

import type { IsoTime } from '@belay/cloud';
import { digestOf } from './digest.ts';
import type { Downtime } from './downtime.ts';
import { defaultValidity, type Facts, factsAsOf, validUntil } from './facts.ts';
import {
  type Acceptance,
  askGuards,
  defaultLimits,
  type Fix,
  type GuardLimits,
  type GuardResult,
  type Ignored,
  ignoredOf,
} from './guards.ts';
import { type Assessment, type JudgeOptions, judge } from './judge.ts';
import { swapZones } from './strategies/volume-swap.ts';
import type { StrategyName, WayBack } from './strategy.ts';
import type { SwapInput } from './swap/swap-input.ts';
import { type PlannedStep, plannedSwap } from './swap/swap-plan.ts';
import type { Target } from './target.ts';

/** What the operator allows, limits and asks for. */
export interface PlanOptions extends JudgeOptions {
  /** Nobody may serve for so long, in nine cases of ten. */
  readonly budgetSeconds?: number | undefined;
  readonly limits?: Partial<Omit<GuardLimits, 'budgetSeconds'>> | undefined;
  /** What the run may change by itself so that a guard holds. */
  readonly fixes?: readonly Fix[] | undefined;
  /** Risks that somebody takes, by the guard's name and with a reason. */
  readonly accept?: readonly Acceptance[] | undefined;
  /** Ask for this one: taken if it is feasible, however it ranks. */
  readonly strategy?: StrategyName | undefined;
}

/** One JSON value that says everything about a change before it is made. */
export interface Plan {
  /** Readers ignore what they do not know; the number before the dot changes when they no longer could. */
  readonly formatVersion: '1.0';
  readonly id: string;
  /** Over everything but `id` and `digest`. */
  readonly digest: string;
  readonly createdAt: IsoTime;
  /** After this the facts that it rests on no longer count. */
  readonly validUntil: IsoTime;
  readonly facts: Facts;
  readonly target: Target;
  readonly budgetSeconds?: number | undefined;
  readonly result: 'nothing' | 'change' | 'refused';
  /** The strategy that was chosen, or that would have been were it not for `missing`. */
  readonly strategy: StrategyName | 'refuse';
  readonly assessments: readonly PlannedAssessment[];
  readonly guards: readonly GuardResult[];
  /** Acceptances that count for nothing, each with the reason. */
  readonly ignored: readonly Ignored[];
  /** Guards that say NO-GO. */
  readonly missing: readonly string[];
  readonly steps: readonly PlannedStep[];
  readonly downtime?: Downtime | undefined;
  readonly wayBack?: WayBack | undefined;
  /** What carries it out. Absent where there is nothing to do, nothing safe, or no graph for it in this version. */
  readonly run?: PlannedRun | undefined;
}

/** An assessment, and what the guards would say to a strategy that is feasible. */
export interface PlannedAssessment extends Assessment {
  /** Guards that would say NO-GO to it, though it is feasible. */
  readonly noGo: readonly GuardResult[];
}

/** Which graph to run, with which input, under which keys. */
export interface PlannedRun {
  readonly graph: 'volume-swap';
  readonly input: SwapInput;
  readonly keys: readonly string[];
}

/** Makes a plan. Pure: the time comes with the options, and nothing is asked or changed. */
export function plan(facts: Facts, target: Target, options: PlanOptions): Plan {
  mustBeUsable(options);
  const assessments = judge(facts, target, options);
  const current = factsAsOf(facts, options.now, { ...defaultValidity, ...options.validityMs });
  const candidates = assessments
    .filter(({ verdict, strategy }) => verdict === 'feasible' && (options.strategy ?? strategy) === strategy)
    .map((assessment) => ({ assessment, guards: guardsOf(assessment, current, target, options) }))
    .sort((a, b) => preference(a, b, options.budgetSeconds));
  const chosen = candidates[0];
  const missing = noGoOf(chosen?.guards ?? []).map(({ name }) => name);
  const content = {
    formatVersion: '1.0' as const,
    createdAt: options.now,
    validUntil: validUntil(facts, options.now, { ...defaultValidity, ...options.validityMs }),
    facts,
    target,
    ...(options.budgetSeconds !== undefined && { budgetSeconds: options.budgetSeconds }),
    result: resultOf(chosen?.assessment, missing),
    strategy: chosen?.assessment.strategy ?? ('refuse' as const),
    assessments: assessments.map((assessment) => ({
      ...assessment,
      noGo: noGoOf(assessment.verdict === 'feasible' ? guardsOf(assessment, current, target, options) : []),
    })),
    guards: chosen?.guards ?? [],
    ignored: ignoredOf(options.accept ?? []),
    missing,
    ...outlook(chosen?.assessment),
    ...carriedOut(chosen, missing, current, target, options),
  };
  const digest = digestOf(content);
  return { id: `p-${digest.slice('sha256:'.length, 'sha256:'.length + 8)}`, digest, ...content };
}

/** What types cannot say, and a program without types may get wrong. */
function mustBeUsable({ now, budgetSeconds }: PlanOptions): void {
  if (Number.isNaN(Date.parse(now))) throw new TypeError(`options.now is not an ISO time: ${now}`);
  if (budgetSeconds !== undefined && !(Number.isFinite(budgetSeconds) && budgetSeconds >= 0))
    throw new TypeError(`options.budgetSeconds is not a number of seconds from 0 on: ${budgetSeconds}`);
}

interface Candidate {
  readonly assessment: Assessment;
  readonly guards: readonly GuardResult[];
}

/** What this version can carry out first; then guards, then how far one can go back, then the budget, then the downtime, then the whole time. */
function preference(a: Candidate, b: Candidate, budgetSeconds: number | undefined): number {
  const rank = ({
    assessment: { strategy, graph, wayBack, downtime },
    guards,
  }: Candidate): readonly number[] => [
    strategy === 'nothing' ? 0 : graph !== undefined ? 1 : 2,
    noGoOf(guards).filter(({ name }) => name !== 'within-budget').length,
    wayBack.rank,
    downtime !== undefined && downtime.p90Seconds <= (budgetSeconds ?? Number.POSITIVE_INFINITY) ? 0 : 1,
    downtime?.p50Seconds ?? Number.MAX_VALUE,
    downtime?.totalP50Seconds ?? Number.MAX_VALUE,
  ];
  const others = rank(b);
  return (
    rank(a)
      .map((value, i) => value - (others[i] ?? 0))
      .find((difference) => difference !== 0) ?? 0
  );
}

function guardsOf(
  assessment: Assessment,
  facts: Facts,
  target: Target,
  options: PlanOptions,
): readonly GuardResult[] {
  const zones = assessment.strategy === 'volume-swap' ? swapZones({ facts, target }) : target.zones;
  const limits = { ...defaultLimits, ...options.limits, budgetSeconds: options.budgetSeconds };
  const watch = { facts, target, assessment, zones, now: options.now, limits, fixes: options.fixes ?? [] };
  return askGuards(watch, options.accept ?? []);
}

function noGoOf(results: readonly GuardResult[]): readonly GuardResult[] {
  return results.filter(({ decision }) => decision === 'NO-GO');
}

function resultOf(chosen: Assessment | undefined, missing: readonly string[]): Plan['result'] {
  if (chosen === undefined || missing.length > 0) return 'refused';
  return chosen.strategy === 'nothing' ? 'nothing' : 'change';
}

function outlook(chosen: Assessment | undefined): Pick<Plan, 'downtime' | 'wayBack'> {
  if (chosen === undefined) return {};
  const { downtime, wayBack } = chosen;
  return downtime === undefined ? { wayBack } : { downtime, wayBack };
}

/** Steps are shown of a plan that still misses something; only one that misses nothing can be run. */
function carriedOut(
  chosen: Candidate | undefined,
  missing: readonly string[],
  facts: Facts,
  target: Target,
  options: PlanOptions,
): Pick<Plan, 'steps' | 'run'> {
  if (chosen?.assessment.graph !== 'volume-swap') return { steps: [] };
  const planned = plannedSwap(facts, target, {
    fixes: options.fixes ?? [],
    accepted: chosen.guards.filter(({ decision }) => decision === 'RISK ACCEPTED').map(({ name }) => name),
    downtime: chosen.assessment.downtime,
  });
  if (planned === undefined || missing.length > 0) return { steps: planned?.steps ?? [] };
  const run = { graph: 'volume-swap' as const, input: planned.input, keys: [`node/${facts.workload.name}`] };
  return { steps: planned.steps, run };
}
