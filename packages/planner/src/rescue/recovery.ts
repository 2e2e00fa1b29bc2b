/**
 * A plan for a workload whose server does not answer. All ways back are judged side by side, each with the time until
 * it serves and with what would be lost; a person sees them all. Pure: the time comes with the options.
 */

import type { IsoTime } from '@belay/cloud';
import { declaredBy } from '../declared-figures.ts';
import { quantilesOfSum } from '../distribution.ts';
import type { Phase } from '../downtime.ts';
import { isSigned } from '../guards/guard.ts';
import { defaultParameters, type Parameters } from '../parameters.ts';
import type { Judged } from '../precondition.ts';
import { type Sealed, sealed } from '../sealed.ts';
import type { Target } from '../target.ts';
import { type ToldRange, toldRange } from '../told-range.ts';
import { volumesOf } from '../workload.ts';
import type { Loss } from './loss.ts';
import type { RecoveryWay, RecoveryWayName, RescueQuestion } from './recovery-way.ts';
import { recoveryWays } from './recovery-ways.ts';
import { type RescueFacts, rescueFactsAsOf, rescueValidUntil } from './rescue-facts.ts';
import { mayPowerOff, type RescueRun, type RescueWord, recoveryRun } from './rescue-run.ts';

/** What is to be said for and against one way back. */
export interface RecoveryAssessment {
  readonly way: RecoveryWayName;
  readonly title: string;
  readonly verdict: 'feasible' | 'infeasible' | 'unknown';
  readonly findings: readonly Judged[];
  readonly needsFence: boolean;
  /** Until the workload is served; absent where a figure that it rests on is not known. */
  readonly toServing?: ToServing | undefined;
  readonly loss: Loss;
}

/** How long it takes from now. */
export interface ToServing {
  readonly p50Seconds: number;
  readonly p90Seconds: number;
  /** The same as people are told it, rounded outwards; absent in plans of earlier versions. */
  readonly range?: ToldRange | undefined;
  readonly phases: readonly Phase[];
  readonly confidence: 'good' | 'low';
}

/** What the operator allows. */
export interface RecoveryOptions extends RescueWord {
  readonly now: IsoTime;
  readonly parameters?: Partial<Parameters> | undefined;
  /** So much may be lost without anybody's word: nothing, where absent. */
  readonly maxLossSeconds?: number | undefined;
  /** The way that is asked for: taken if it is feasible. */
  readonly way?: RecoveryWayName | undefined;
}

/** A plan of the same kind as any other: JSON, sealed, approved by its digest. */
export type RecoveryPlan = Sealed<RecoveryContent>;

/** What a recovery plan says. */
export interface RecoveryContent {
  readonly formatVersion: '1.0';
  readonly kind: 'recover';
  readonly createdAt: IsoTime;
  readonly validUntil: IsoTime;
  readonly facts: RescueFacts;
  readonly target: Target;
  readonly result: 'change' | 'refused';
  readonly way?: RecoveryWayName | undefined;
  readonly candidates: readonly RecoveryAssessment[];
  /** What is missing: nobody has taken the loss, or no way is known to be open. */
  readonly missing: readonly string[];
  /** So much may be lost without anybody's word; nothing where absent. */
  readonly maxLossSeconds?: number | undefined;
  readonly acceptedLoss?: { readonly by: string; readonly reason: string; readonly at: IsoTime } | undefined;
  /** Who says that disks made of snapshots of several moments can stand beside each other; absent where none are made. */
  readonly acceptedMoments?:
    | { readonly by: string; readonly reason: string; readonly at: IsoTime }
    | undefined;
  /** What carries it out. Absent where something is missing, or nobody has said who wants it. */
  readonly run?: RescueRun | undefined;
}

/** Judges every way back, in their order. */
export function assessRecovery(
  facts: RescueFacts,
  target: Target,
  { now, parameters, accept }: Pick<RecoveryOptions, 'now' | 'parameters' | 'accept'>,
): readonly RecoveryAssessment[] {
  const question = { facts: rescueFactsAsOf(facts, now), target, now, accept };
  const { traits } = question.facts;
  const declared = declaredBy(traits.known ? traits.value.durations : undefined);
  const figures = { ...defaultParameters, ...declared, ...parameters };
  return recoveryWays.map((way) => assessed(way, question, figures));
}

/** Makes a plan: of the ways that lose no more than is allowed the quickest; else the one that loses least. */
export function planRecovery(facts: RescueFacts, target: Target, options: RecoveryOptions): RecoveryPlan {
  const { now, maxLossSeconds = 0, accept = [] } = options;
  const candidates = assessRecovery(facts, target, options);
  const open = candidates.filter(
    ({ verdict, way }) => verdict === 'feasible' && (options.way ?? way) === way,
  );
  const needsWord = (way: RecoveryWayName) => way === 'start-again' && !mayPowerOff(facts, accept);
  const [chosen] = [...open].sort(
    (a, b) => Number(needsWord(a.way)) - Number(needsWord(b.way)) || order(a, maxLossSeconds, b),
  );
  const isTooMuch = chosen !== undefined && !(lossOf(chosen) <= maxLossSeconds);
  const signed = accept.find((each) => each.guard === 'expected-loss' && isSigned(each));
  const lossless =
    chosen === undefined
      ? ['a way that is open']
      : isTooMuch && signed === undefined
        ? ['expected-loss']
        : [];
  const moments = accept.find((each) => each.guard === 'one-moment' && isSigned(each));
  const missing = chosen !== undefined && needsWord(chosen.way) ? [...lossless, 'capacity-kept'] : lossless;
  const run =
    chosen === undefined || missing.length > 0
      ? undefined
      : recoveryRun(chosen.way, facts, target, `${facts.workload.name}/${now}`, options);
  return sealed<RecoveryContent>({
    formatVersion: '1.0',
    kind: 'recover',
    createdAt: now,
    validUntil: rescueValidUntil(facts, now),
    facts,
    target,
    result: missing.length === 0 ? 'change' : 'refused',
    ...(chosen !== undefined && { way: chosen.way }),
    candidates,
    missing,
    ...(maxLossSeconds > 0 && { maxLossSeconds: Math.min(maxLossSeconds, Number.MAX_VALUE) }),
    ...(isTooMuch &&
      signed !== undefined && {
        acceptedLoss: { by: signed.by, reason: signed.reason, at: signed.at ?? now },
      }),
    ...(chosen?.way === 'from-snapshot' &&
      volumesOf(facts.workload).length > 1 &&
      moments !== undefined && {
        acceptedMoments: { by: moments.by, reason: moments.reason, at: moments.at ?? now },
      }),
    ...(run !== undefined && { run }),
  });
}

function assessed(way: RecoveryWay, question: RescueQuestion, parameters: Parameters): RecoveryAssessment {
  const findings = way.conditions.map(({ name, sentence, test }) => ({ name, sentence, ...test(question) }));
  const phases = way.phases(question, parameters);
  const loss = way.loss(question);
  const isUnknown = findings.some(({ verdict }) => verdict === 'unknown');
  const isClosed = findings.some(({ verdict }) => verdict === 'fails');
  return {
    way: way.name,
    title: way.title,
    verdict: isClosed ? 'infeasible' : isUnknown ? 'unknown' : 'feasible',
    findings,
    needsFence: way.needsFence,
    ...(phases !== undefined && { toServing: timeOf(phases) }),
    loss,
  };
}

function timeOf(phases: readonly Phase[]): ToServing {
  const { p50Seconds, p90Seconds } = quantilesOfSum(phases);
  const confidence = phases.some(({ from }) => from === 'assumed') ? 'low' : 'good';
  return { p50Seconds, p90Seconds, range: toldRange(p50Seconds, p90Seconds), phases, confidence };
}

function order(a: RecoveryAssessment, maxLossSeconds: number, b: RecoveryAssessment): number {
  const excess = (each: RecoveryAssessment) => Math.max(0, lossOf(each) - maxLossSeconds);
  const [mine, other] = [excess(a), excess(b)];
  if (mine !== other) return mine - other;
  return (a.toServing?.p90Seconds ?? Number.MAX_VALUE) - (b.toServing?.p90Seconds ?? Number.MAX_VALUE);
}

/** A loss that nobody can tell counts as more than any other. */
function lossOf({ loss }: RecoveryAssessment): number {
  return loss.seconds ?? Number.MAX_VALUE;
}
