/**
 * A plan: what will be done and why, what was rejected and why, how long nobody will serve, until when it can be
 * undone. One JSON value with a digest, that people approve by the digest and a graph takes as its input. Making one
 * is pure; the same facts at the same time give the same plan, byte for byte.
 */

import type { IsoTime } from '@belay/cloud';
import { declaredFigures } from './declared-figures.ts';
import { digestOf } from './digest.ts';
import type { Downtime } from './downtime.ts';
import { defaultValidity, type Facts, factNames, factsAsOf, validUntil } from './facts.ts';
import { gateOf } from './gate/gate-plan.ts';
import { isSigned, moving } from './guards/guard.ts';
import {
  type Acceptance,
  askGuards,
  defaultLimits,
  type Fix,
  type GuardLimits,
  type GuardPhase,
  type GuardResult,
  guardsBefore,
  type Ignored,
  ignoredOf,
} from './guards.ts';
import { type Assessment, type JudgeOptions, judge, type Unlock, unlockOf } from './judge.ts';
import { restingOf } from './moved.ts';
import { defaultParameters } from './parameters.ts';
import { type PlanStep, stepsOfPhases, withGuards, withWaysBack } from './plan-steps.ts';
import { carriedOut, type PlannedRun } from './planned-run.ts';
import { swapZones } from './preconditions/place.ts';
import { preference } from './preference.ts';
import { sealed } from './sealed.ts';
import type { Sight } from './sight.ts';
import type { AnySlots } from './slots.ts';
import { followsAddress } from './strategies/resize-in-place.ts';
import type { StrategyName, WayBack } from './strategy.ts';
import type { Target } from './target.ts';
import { slowNames, type TtlLimits, ttlOf } from './ttl.ts';

export type { PlannedRun, RunOf } from './planned-run.ts';

/** What the operator allows, limits and asks for. */
export interface PlanOptions extends JudgeOptions {
  /** Nobody may serve for so long, in nine cases of ten. */
  readonly budgetSeconds?: number | undefined;
  /** What the run may change by itself so that a guard holds. */
  readonly fixes?: readonly Fix[] | undefined;
  /** Risks that somebody takes, by the guard's name and with a reason. */
  readonly accept?: readonly Acceptance[] | undefined;
  /** Ask for this one: taken if it is feasible, however it ranks. */
  readonly strategy?: StrategyName | undefined;
  /** Wait for a person's word before anything is stopped. */
  readonly hold?: boolean | undefined;
  /** Steps of one's own that take part. */
  readonly slots?: AnySlots | undefined;
}

/** One JSON value that says everything about a change before it is made. */
export interface Plan {
  /** Readers ignore what they do not know; the number before the dot changes when they no longer could. */
  readonly formatVersion: '1.0';
  readonly planId: string;
  /** Over everything but `planId` and `digest`. */
  readonly digest: string;
  readonly createdAt: IsoTime;
  /** After this the facts that it rests on no longer count. */
  readonly validUntil: IsoTime;
  readonly facts: Facts;
  /** Of the facts alone: two plans from the same facts have the same. */
  readonly factsHash: string;
  readonly target: Target;
  readonly budgetSeconds?: number | undefined;
  /** `noop`: nothing but, at most, what the product is called. */
  readonly result: 'noop' | 'change' | 'refused';
  /** What is only written down differently; absent where nothing is. */
  readonly metadata?: Metadata | undefined;
  /** The strategy that was chosen, or that would have been were it not for `missing`. */
  readonly strategy: StrategyName | 'refuse';
  /** Every strategy with all reasons for and against. */
  readonly candidates: readonly Candidate[];
  readonly guards: readonly GuardResult[];
  /** Guards that the run will ask, each at its phase. */
  readonly guardsToCome: readonly GuardToCome[];
  /** Acceptances that count for nothing, each with the reason. */
  readonly ignored: readonly Ignored[];
  /** Guards that say NO-GO. */
  readonly missing: readonly string[];
  /** What would open a way that is closed, or a better one, by how much it asks of a person. */
  readonly unlocks: readonly NamedUnlock[];
  readonly steps: readonly PlanStep[];
  readonly downtime?: Downtime | undefined;
  readonly wayBack?: WayBack | undefined;
  readonly pointOfNoReturn?: PointOfNoReturn | undefined;
  /** What carries it out. Absent where there is nothing to do, nothing safe, or no graph for it in this version. */
  readonly run?: PlannedRun | undefined;
}

/** A product of the same placement: only the name of it changes. */
export interface Metadata {
  readonly product: { readonly from: string | null; readonly to: string };
}

/** An assessment, and what the guards would say to a strategy that is feasible. */
export interface Candidate extends Assessment {
  /** Guards that would say NO-GO to it, though it is feasible. */
  readonly noGo: readonly GuardResult[];
}

/** A guard that a run will ask. */
export interface GuardToCome {
  readonly id: string;
  readonly name: string;
  readonly phase: GuardPhase;
  readonly sentence: string;
}

/** What would make one strategy feasible. */
export interface NamedUnlock extends Unlock {
  readonly strategy: StrategyName;
  readonly title: string;
  /** Nobody would serve for so long. */
  readonly p50Seconds?: number | undefined;
}

/** From where on there is no way back without loss. */
export interface PointOfNoReturn {
  /** The step; absent where none is planned. */
  readonly step?: string | undefined;
  readonly sentence: string;
}

/** Makes a plan. Pure: the time comes with the options, and nothing is asked or changed. */
export function plan(facts: Facts, target: Target, options: PlanOptions): Plan {
  mustBeUsable(options);
  const validity = { ...defaultValidity, ...options.validityMs };
  const current = factsAsOf(facts, options.now, validity);
  const assessments = judge(facts, target, options);
  const candidates = assessments.map((assessment) => {
    const guards =
      assessment.verdict === 'feasible' ? guardsOf(assessment, assessments, current, target, options) : [];
    return { assessment, guards, noGo: noGoOf(guards) };
  });
  const [chosen] = candidates
    .filter(
      ({ assessment: { verdict, strategy } }) =>
        verdict === 'feasible' && (options.strategy ?? strategy) === strategy,
    )
    .sort((a, b) => preference(a, b, options.budgetSeconds));
  const missing = (chosen?.noGo ?? []).map(({ name }) => name);
  const result = resultOf(chosen?.assessment, missing);
  const metadata = result === 'noop' ? metadataOf(facts, target) : undefined;
  const content = {
    formatVersion: '1.0' as const,
    createdAt: options.now,
    validUntil: validUntil(facts, options.now, validity),
    facts,
    factsHash: digestOf(facts),
    target,
    ...(options.budgetSeconds !== undefined && { budgetSeconds: options.budgetSeconds }),
    result,
    ...(metadata !== undefined && { metadata }),
    strategy: chosen?.assessment.strategy ?? ('refuse' as const),
    candidates: candidates.map(({ assessment, noGo }) => ({ ...assessment, noGo })),
    guards: chosen?.guards ?? [],
    guardsToCome: chosen === undefined ? [] : toCome(chosen.assessment.strategy),
    ignored: ignoredOf(options.accept ?? []),
    missing,
    unlocks: unlocksOf(candidates, chosen?.assessment.strategy),
    ...outlook(chosen?.assessment),
    ...steps(chosen, missing, current, target, options),
  };
  return sealed(content);
}

/**
 * Asks the guards of a plan once more, at a phase of its run and with what the run has seen by then: the same objects,
 * the same acceptances, the facts of that moment.
 */
export function askAgain(
  made: Plan,
  at: GuardPhase,
  { now, sight, limits, fixes, accept = [] }: AskAgainOptions,
): readonly GuardResult[] {
  const assessment = made.candidates.find(({ strategy }) => strategy === made.strategy);
  if (assessment === undefined) return [];
  const signed = made.guards.flatMap(({ name, accepted }) =>
    accepted === undefined ? [] : [{ guard: name, ...accepted }],
  );
  return askGuards(
    {
      facts: sight.facts ?? made.facts,
      rests: restingOf(made.facts, factNames),
      target: made.target,
      assessment,
      all: made.candidates,
      zones: zonesOf(assessment, made.facts, made.target),
      now,
      limits: { ...defaultLimits, ...limits, budgetSeconds: made.budgetSeconds },
      fixes: fixes ?? [],
      ttl: madeQuick(made),
      sight,
    },
    [...signed, ...accept],
    at,
  );
}

/** What a plan does about slow names. */
function madeQuick({ run }: Plan): TtlLimits | undefined {
  const ttl = run !== undefined && 'names' in run.input ? run.input.ttl : undefined;
  return ttl && { aboveSeconds: ttl.toSeconds, toSeconds: ttl.toSeconds };
}

/** What a run brings along when it asks the guards. */
export interface AskAgainOptions {
  readonly now: IsoTime;
  readonly sight: Sight;
  readonly limits?: Partial<Omit<GuardLimits, 'budgetSeconds'>> | undefined;
  readonly fixes?: readonly Fix[] | undefined;
  /** Risks that somebody takes only now. Those that were signed for the plan count still. */
  readonly accept?: readonly Acceptance[] | undefined;
}

/** What types cannot say, and a program without types may get wrong. */
function mustBeUsable({ now, budgetSeconds }: PlanOptions): void {
  if (Number.isNaN(Date.parse(now))) throw new TypeError(`options.now is not an ISO time: ${now}`);
  if (budgetSeconds !== undefined && !(Number.isFinite(budgetSeconds) && budgetSeconds >= 0))
    throw new TypeError(`options.budgetSeconds is not a number of seconds from 0 on: ${budgetSeconds}`);
}

interface Chosen {
  readonly assessment: Assessment;
  readonly guards: readonly GuardResult[];
}

function guardsOf(
  assessment: Assessment,
  all: readonly Assessment[],
  facts: Facts,
  target: Target,
  options: PlanOptions,
): readonly GuardResult[] {
  const watch = {
    facts,
    target,
    assessment,
    all,
    zones: zonesOf(assessment, facts, target),
    now: options.now,
    limits: limitsOf(options),
    fixes: options.fixes ?? [],
    ttl: ttlOf(options),
    sight: {},
  };
  return askGuards(watch, options.accept ?? []);
}

function limitsOf({ limits, budgetSeconds }: PlanOptions): GuardLimits {
  return { ...defaultLimits, ...limits, ...(budgetSeconds !== undefined && { budgetSeconds }) };
}

function zonesOf({ strategy }: Assessment, facts: Facts, target: Target): readonly string[] {
  if (strategy === 'volume-swap') return swapZones({ facts, target });
  if (strategy === 'resize-in-place') return facts.source.known ? [facts.source.value.zone] : [];
  return target.zones;
}

function noGoOf(results: readonly GuardResult[]): readonly GuardResult[] {
  return results.filter(({ decision }) => decision === 'NO-GO');
}

function resultOf(chosen: Assessment | undefined, missing: readonly string[]): Plan['result'] {
  if (chosen === undefined || missing.length > 0) return 'refused';
  return chosen.strategy === 'nothing' ? 'noop' : 'change';
}

function metadataOf({ workload }: Facts, { product }: Target): Metadata | undefined {
  if (product === undefined || product === workload.product) return undefined;
  return { product: { from: workload.product ?? null, to: product } };
}

function toCome(strategy: StrategyName): readonly GuardToCome[] {
  const phases: readonly GuardPhase[] = ['window', 'cut-over', 'soak'];
  return phases.flatMap((phase) =>
    guardsBefore(strategy, phase).map(({ id, name, sentence }) => ({ id, name, phase, sentence })),
  );
}

/** The cheapest first. What is feasible and held up by guards is opened by what turns those. */
function unlocksOf(
  candidates: readonly (Chosen & { readonly noGo: readonly GuardResult[] })[],
  chosen: StrategyName | undefined,
): readonly NamedUnlock[] {
  return candidates
    .flatMap(({ assessment, noGo }) => {
      const { strategy, title, downtime } = assessment;
      const unlock = assessment.unlock ?? unlockOf(noGo);
      if (unlock === undefined || strategy === 'nothing' || strategy === chosen) return [];
      return [
        { strategy, title, ...unlock, ...(downtime !== undefined && { p50Seconds: downtime.p50Seconds }) },
      ];
    })
    .sort((a, b) => a.effortMinutes - b.effortMinutes);
}

function outlook(chosen: Assessment | undefined): Pick<Plan, 'downtime' | 'wayBack' | 'pointOfNoReturn'> {
  if (chosen === undefined) return {};
  const { downtime, wayBack } = chosen;
  const pointOfNoReturn = {
    ...(wayBack.pivot !== undefined && { step: wayBack.pivot }),
    sentence: wayBack.pointOfNoReturn,
  };
  return { ...(downtime !== undefined && { downtime }), wayBack, pointOfNoReturn };
}

/** Steps are shown of a plan that still misses something; only one that misses nothing can be run. */
function steps(
  chosen: Chosen | undefined,
  missing: readonly string[],
  facts: Facts,
  target: Target,
  options: PlanOptions,
): Pick<Plan, 'steps' | 'run'> {
  if (chosen === undefined) return { steps: [] };
  const { assessment, guards } = chosen;
  const parameters = { ...defaultParameters, ...declaredFigures(facts), ...options.parameters };
  const { strategy } = assessment;
  const isLed = strategy === 'resize-in-place' ? followsAddress(facts) : moving.includes(strategy);
  const ttl = isLed ? ttlOf(options) : undefined;
  const slow = ttl === undefined ? [] : slowNames(facts, ttl);
  const planned = carriedOut(assessment, facts, target, {
    fixes: options.fixes ?? [],
    guards,
    downtime: assessment.downtime,
    parameters,
    budgetSeconds: options.budgetSeconds,
    seed: `${facts.workload.name}/${options.now}`,
    hold: options.hold,
    ...(slow.length > 0 && ttl !== undefined && { ttl: { toSeconds: ttl.toSeconds, names: slow } }),
    gate: gateOf(assessment, facts, target, {
      zones: zonesOf(assessment, facts, target),
      limits: limitsOf(options),
      fixes: options.fixes ?? [],
      ttl,
      accepted: (options.accept ?? []).filter(isSigned).map((each) => ({ at: options.now, ...each })),
    }),
    slots: options.slots,
  });
  const shown = withGuards(
    withWaysBack(
      planned?.steps ?? stepsOfPhases(assessment.downtime, assessment.wayBack, parameters),
      assessment.wayBack,
      parameters,
    ),
    assessment.strategy,
  );
  return planned === undefined || missing.length > 0 ? { steps: shown } : { steps: shown, run: planned.run };
}
