/**
 * Judges every strategy against the facts, each on its own and all of them, so that a plan can say why not the others.
 * Pure: the same facts, target and time give the same assessments. Facts that have grown old count as unknown.
 */

import type { IsoTime } from '@belay/cloud';
import type { Downtime } from './downtime.ts';
import { defaultValidity, type FactName, type Facts, factsAsOf } from './facts.ts';
import { defaultParameters, type Parameters } from './parameters.ts';
import { type Judged, judged, type Question } from './precondition.ts';
import { nothing } from './strategies/nothing.ts';
import { rsyncStrategy } from './strategies/rsync.ts';
import { volumeSwapStrategy } from './strategies/volume-swap.ts';
import type { Strategy, StrategyName, WayBack } from './strategy.ts';
import type { Target } from './target.ts';

/** The time and the figures that facts are judged with. */
export interface JudgeOptions {
  /** The time for which it is judged. */
  readonly now: IsoTime;
  /** Own figures in place of the defaults. */
  readonly parameters?: Partial<Parameters> | undefined;
  /** How long facts count, in milliseconds, in place of the defaults. */
  readonly validityMs?: Partial<Record<FactName, number>> | undefined;
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
  /** Name of the graph that carries it out; absent where this version has none. */
  readonly graph?: string | undefined;
}

/** In the order in which they are told when nothing else decides. */
export const strategies: readonly Strategy[] = [nothing, volumeSwapStrategy, rsyncStrategy];

/** Assesses every strategy, in the order of `strategies`. Needs a time that is handed in. */
export function judge(facts: Facts, target: Target, options: JudgeOptions): readonly Assessment[] {
  const parameters = { ...defaultParameters, ...options.parameters };
  const question: Question = {
    facts: factsAsOf(facts, options.now, { ...defaultValidity, ...options.validityMs }),
    target,
    bandwidth: { bytesPerSecond: parameters.bandwidthBytesPerSecond, from: parameters.bandwidthFrom },
  };
  return strategies.map((strategy) => assess(strategy, question, parameters));
}

function assess(strategy: Strategy, question: Question, parameters: Parameters): Assessment {
  const findings = strategy.preconditions.map((precondition) => judged(precondition, question));
  const downtime = strategy.downtime(question, parameters);
  return {
    strategy: strategy.name,
    title: strategy.title,
    verdict: verdictOf(findings),
    findings,
    ...(downtime !== undefined && { downtime }),
    wayBack: strategy.wayBack,
    ...(strategy.graph !== undefined && { graph: strategy.graph }),
  };
}

function verdictOf(findings: readonly Judged[]): Assessment['verdict'] {
  if (findings.some(({ verdict }) => verdict === 'fails')) return 'infeasible';
  return findings.every(({ verdict }) => verdict === 'holds') ? 'feasible' : 'unknown';
}
