/**
 * Guards stand between a feasible strategy and what it does: before the plan, before the window, before the cut-over,
 * in the soak. Each is named, and each remembers the accident that it would have prevented. The same objects are asked
 * in a plan, in a dry run and in the run. A guard that does not hold, or of which that cannot be told, is a NO-GO; a
 * person may take the risk by its name and a reason, except where that would be no risk but a loss.
 */

import type { IsoTime } from '@belay/cloud';
import type { Quantiles } from '../distribution.ts';
import type { FactName, Facts } from '../facts.ts';
import type { Assessment } from '../judge.ts';
import type { Known } from '../known.ts';
import type { Resting } from '../moved.ts';
import { type Finding, given, type Judged, unclear } from '../precondition.ts';
import type { Sight } from '../sight.ts';
import type { StrategyName } from '../strategy.ts';
import type { Target } from '../target.ts';
import type { TtlLimits } from '../ttl.ts';

/** When a guard is asked. */
export type GuardPhase = 'plan' | 'window' | 'cut-over' | 'soak';

/** One guard: what must hold, and what happened to somebody when it did not. */
export interface Guard {
  readonly name: string;
  /** Number in the list of guards, such as `G7`; `B` for those of the budget of time. */
  readonly id: string;
  readonly sentence: string;
  readonly accident: string;
  /** When it is asked. */
  readonly phases: readonly GuardPhase[];
  /** Strategies that it stands before. */
  readonly before: readonly StrategyName[];
  /** Facts that its test looks at: a run learns these again before it asks. */
  readonly needs: readonly FactName[];
  /** May a person take the risk? */
  readonly mayBeAccepted: boolean;
  /** It is shown, and stops nothing. */
  readonly onlyWarns?: true | undefined;
  /** Looks, and gives one of three answers. Never throws. */
  readonly test: (watch: Watch) => Finding;
}

/** What a guard may look at. */
export interface Watch {
  readonly facts: Facts;
  /** What the plan rests on, where the run has learned the facts again since. */
  readonly rests?: Resting | undefined;
  readonly target: Target;
  readonly assessment: WatchedStrategy;
  /** How all the strategies were judged, this one too. Empty in a run: the choice was made. */
  readonly all: readonly Assessment[];
  /** Zones in which the target may stand, by the strategy. */
  readonly zones: readonly string[];
  readonly now: IsoTime;
  readonly limits: GuardLimits;
  readonly fixes: readonly Fix[];
  /** Names that are slower than this are made quick by the run, before its window opens. */
  readonly ttl?: TtlLimits | undefined;
  /** At which phase it is asked. */
  readonly at: GuardPhase;
  /** What the run has seen. Empty in a plan. */
  readonly sight: Sight;
}

/** What guards look at of a strategy. */
export type WatchedStrategy = Pick<Assessment, 'strategy' | 'verbs' | 'wayBack'> & {
  readonly downtime?: Pick<Quantiles, 'p50Seconds' | 'p90Seconds'> | undefined;
};

/** The figures that guards hold facts against. */
export interface GuardLimits {
  readonly maxBackupAgeHours: number;
  readonly maxTtlSeconds: number;
  /** A server type that ends sooner than this is not known to be there for the target’s first restarts. */
  readonly soakDays: number;
  /** How many good probes in a row end a soak. */
  readonly soakProbes: number;
  /** A disk with fewer burst credits than this is warned of. */
  readonly minBurstPercent: number;
  /** A processor of which others take more than this is warned of. */
  readonly maxCpuStealPercent: number;
  /** Nobody serves for at most so long, in nine cases of ten. Absent: no limit. */
  readonly budgetSeconds?: number | undefined;
}

/** What the run may change on its own so that a guard holds. */
export type Fix = 'keep-volume';

/** A risk that somebody takes. Without a name and a reason it counts for nothing. */
export interface Acceptance {
  readonly guard: string;
  readonly by: string;
  readonly reason: string;
  /** When it was signed. Absent: when the plan was made. */
  readonly at?: IsoTime | undefined;
}

/** What a guard found, and whether the way is free. */
export interface GuardResult extends Judged {
  readonly id: string;
  readonly accident: string;
  readonly decision: 'GO' | 'NO-GO' | 'RISK ACCEPTED';
  readonly mayBeAccepted: boolean;
  /** It does not hold, and that stops nothing. */
  readonly warns?: true | undefined;
  readonly accepted?: { readonly by: string; readonly reason: string; readonly at: IsoTime } | undefined;
}

export const defaultLimits: GuardLimits = {
  maxBackupAgeHours: 26,
  maxTtlSeconds: 300,
  soakDays: 14,
  soakProbes: 3,
  minBurstPercent: 20,
  maxCpuStealPercent: 10,
};

/** Strategies that bring the workload to another server. */
export const moving: readonly StrategyName[] = ['volume-swap', 'snapshot-clone', 'rsync'];
/** Strategies that copy files. */
export const copying: readonly StrategyName[] = ['snapshot-clone', 'rsync'];
/** Strategies during which nobody serves for a while. */
export const stopping: readonly StrategyName[] = ['resize-in-place', ...moving];
/** Strategies that change anything. */
export const changing: readonly StrategyName[] = ['grow-online', ...stopping];

/** Asks one guard. An acceptance counts only with a name and a reason. */
export function askGuard(guard: Guard, watch: Watch, acceptances: readonly Acceptance[]): GuardResult {
  const { name, id, sentence, accident, mayBeAccepted } = guard;
  const result = { name, id, sentence, accident, mayBeAccepted, ...guard.test(watch) };
  if (result.verdict === 'holds') return { ...result, decision: 'GO' };
  if (guard.onlyWarns === true) return { ...result, decision: 'GO', warns: true };
  const taken = acceptances.find((taker) => taker.guard === name && isSigned(taker));
  if (!mayBeAccepted || taken === undefined) return { ...result, decision: 'NO-GO' };
  const { by, reason, at = watch.now } = taken;
  return { ...result, decision: 'RISK ACCEPTED', accepted: { by, reason, at } };
}

export function isSigned({ by, reason }: Acceptance): boolean {
  return by.trim() !== '' && reason.trim() !== '';
}

/** Tests what the run has seen; what nobody has looked at is unknown. */
export function seen<T>(fact: Known<T> | undefined, what: string, test: (value: T) => Finding): Finding {
  return fact === undefined ? unclear(`nobody has looked ${what}`) : given(fact, test);
}
