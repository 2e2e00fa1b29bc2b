/**
 * Judges every strategy against the facts, each on its own and all of them, so that a plan can say why not the others.
 * Pure: the same facts, target and time give the same assessments. Facts that have grown old count as unknown.
 */

import type { ChangeVerb, IsoTime } from '@belay/cloud';
import { declaredFigures } from './declared-figures.ts';
import type { Downtime } from './downtime.ts';
import { defaultValidity, type FactName, type Facts, factsAsOf } from './facts.ts';
import type { GuardLimits } from './guards/guard.ts';
import { ownFigures } from './own-figures.ts';
import { defaultParameters, type Parameters } from './parameters.ts';
import { effortMinutes, type Judged, judged, type Question } from './precondition.ts';
import type { Rehearsal } from './rehearsal.ts';
import { growOnline } from './strategies/grow-online.ts';
import { nothing } from './strategies/nothing.ts';
import { resizeInPlace } from './strategies/resize-in-place.ts';
import { rsyncStrategy } from './strategies/rsync.ts';
import { snapshotClone } from './strategies/snapshot-clone.ts';
import { volumeSwapStrategy } from './strategies/volume-swap.ts';
import type { Cost, Strategy, StrategyName, WayBack } from './strategy.ts';
import type { Target } from './target.ts';
import { ttlOf } from './ttl.ts';

/** The time and the figures that facts are judged with. */
export interface JudgeOptions {
  /** The time for which it is judged. */
  readonly now: IsoTime;
  /** Own figures in place of the defaults. */
  readonly parameters?: Partial<Parameters> | undefined;
  /** How long facts count, in milliseconds, in place of the defaults. */
  readonly validityMs?: Partial<Record<FactName, number>> | undefined;
  /** The figures that guards hold facts against, in place of the defaults. */
  readonly limits?: Partial<Omit<GuardLimits, 'budgetSeconds'>> | undefined;
  /**
   * Does a move lower the TTL of names that are above `limits.maxTtlSeconds`, and wait, before anything stops? `true`
   * where absent; otherwise a slow name is a risk that somebody must take.
   */
  readonly lowerTtl?: boolean | undefined;
  /** What a dry run of the final pass has just found. */
  readonly rehearsal?: Rehearsal | undefined;
}

/** What is to be said for and against one strategy. */
export interface Assessment {
  readonly strategy: StrategyName;
  readonly title: string;
  /** `unknown`: nothing speaks against it, but something that must hold could not be learned. */
  readonly verdict: 'feasible' | 'infeasible' | 'unknown';
  /** Every precondition with its finding: reasons for and against. */
  readonly findings: readonly Judged[];
  readonly downtime?: Downtime | undefined;
  readonly wayBack: WayBack;
  readonly cost: Cost;
  /** What its steps and their reverts ask of the clouds. */
  readonly verbs: readonly ChangeVerb[];
  /** What would make it feasible. Absent where it is, or where something stands in the way that nobody can turn. */
  readonly unlock?: Unlock | undefined;
  /** Name of the graph that carries it out; absent where this version has none. */
  readonly graph?: string | undefined;
}

/** All that a person would have to do for a strategy, and roughly how much that asks. */
export interface Unlock {
  readonly changes: readonly string[];
  /** For putting in order: what it really takes, only the one who does it knows. */
  readonly effortMinutes: number;
  /** Nothing but time is missing. */
  readonly isOnlyTime: boolean;
}

/** In the order in which they are told when nothing else decides. */
export const strategies: readonly Strategy[] = [
  nothing,
  growOnline,
  resizeInPlace,
  volumeSwapStrategy,
  snapshotClone,
  rsyncStrategy,
];

/** Assesses every strategy, in the order of `strategies`. Needs a time that is handed in. */
export function judge(facts: Facts, target: Target, options: JudgeOptions): readonly Assessment[] {
  const validity = { ...defaultValidity, ...options.validityMs };
  const current = factsAsOf(facts, options.now, validity);
  const parameters = ownFigures(current, target, {
    ...defaultParameters,
    ...declaredFigures(current),
    ...options.parameters,
  });
  const question = questionOf(current, target, options, parameters);
  return strategies.map((strategy) => assess(strategy, question, parameters));
}

function questionOf(facts: Facts, target: Target, options: JudgeOptions, parameters: Parameters): Question {
  return {
    facts,
    target,
    now: options.now,
    ttl: ttlOf(options),
    bandwidth: { bytesPerSecond: parameters.bandwidthBytesPerSecond, from: parameters.bandwidthFrom },
    rehearsal: options.rehearsal,
  };
}

function assess(strategy: Strategy, question: Question, parameters: Parameters): Assessment {
  const findings = strategy.preconditions.map((precondition) => judged(precondition, question));
  const downtime = strategy.downtime(question, parameters);
  const unlock = unlockOf(findings);
  return {
    strategy: strategy.name,
    title: strategy.title,
    verdict: verdictOf(findings),
    findings,
    ...(downtime !== undefined && { downtime }),
    wayBack: strategy.wayBack(question),
    cost: strategy.cost,
    verbs: verbsOf(strategy, question),
    ...(unlock !== undefined && { unlock }),
    ...(strategy.graph !== undefined && { graph: strategy.graph }),
  };
}

function verbsOf({ calls }: Strategy, { facts: { workload }, target }: Question): readonly ChangeVerb[] {
  const asked = calls({ workload, target });
  return [...new Set([...asked.source, ...asked.target].map(({ verb }) => verb))];
}

function verdictOf(findings: readonly Judged[]): Assessment['verdict'] {
  if (findings.some(({ verdict }) => verdict === 'fails')) return 'infeasible';
  return findings.every(({ verdict }) => verdict === 'holds') ? 'feasible' : 'unknown';
}

/** All that would turn them: what was not learned can be learned; what fails and names no change cannot be turned. */
export function unlockOf(findings: readonly Judged[]): Unlock | undefined {
  const open = findings.filter(({ verdict }) => verdict !== 'holds');
  if (open.length === 0 || open.some(({ verdict, change }) => verdict === 'fails' && change === undefined))
    return undefined;
  const known = open.flatMap(({ change }) => change ?? []);
  const unlearned = open.filter(({ change }) => change === undefined).map(({ name }) => name);
  const learn = unlearned.length === 0 ? [] : [`find out ${unlearned.join(', ')}`];
  const minutes = known.reduce((sum, { effort }) => sum + effortMinutes[effort], 0);
  return {
    changes: [...new Set(known.map(({ sentence }) => sentence)), ...learn],
    effortMinutes: minutes + learn.length * effortMinutes.learn,
    isOnlyTime: unlearned.length === 0 && known.every(({ effort }) => effort === 'wait'),
  };
}
