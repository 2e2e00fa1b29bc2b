/**
 * How long nobody serves, as a range. Each phase has three points (best, likely, worst) and says where they come from;
 * the distributions of the phases on the critical path are added up. What clients notice afterwards, because a name is
 * still cached somewhere, is a number of its own.
 */

import { type Quantiles, quantilesOfSum, type ThreePoints } from './distribution.ts';
import { type ToldRange, toldRange } from './told-range.ts';

/** Who serves the workload. */
export type Serving = 'source' | 'nobody' | 'target';

/**
 * How long something takes: one case in a hundred is quicker than the best, half are quicker than the likely one, one
 * in a hundred is slower than the worst; and whose figure that is.
 */
export interface Spread extends ThreePoints {
  readonly from: Provenance;
  /** Whose figure this is. */
  readonly note: string;
}

/**
 * From the most to the least trustworthy: tried out just now, seen in own runs (five or more), told by a manual or a
 * driver, measured on some other machine, nobody's.
 */
export const provenances = ['rehearsed', 'own-history', 'documented', 'measured', 'assumed'] as const;

/** One of {@link provenances}. */
export type Provenance = (typeof provenances)[number];

/** A part of the way from source to target, and who serves meanwhile. */
export interface Phase extends Spread {
  /** The step's name where there is one. */
  readonly name: string;
  readonly serving: Serving;
  /** It runs beside the other phases in which the source serves, and not after them. */
  readonly beside?: true | undefined;
}

/** How long nobody serves and how long the whole takes, in seconds, with the phases behind it. */
export interface Downtime extends Quantiles {
  readonly phases: readonly Phase[];
  /** p50 to p90 as people are told it, rounded outwards; absent in plans of earlier versions. */
  readonly range?: ToldRange | undefined;
  /** From the first step to the last. */
  readonly totalP50Seconds: number;
  readonly totalP90Seconds: number;
  /** Until the source serves again, where the last phase of the window fails and everything is taken back. */
  readonly backP50Seconds: number;
  readonly backP90Seconds: number;
  /** For so long some clients may still go to where nobody serves any more. */
  readonly clientTailSeconds: number;
  readonly clientTailBecause: string;
  /** `low` where a phase in which nobody serves is only assumed. */
  readonly confidence: 'good' | 'low';
  /** Phases of the window that are only assumed. */
  readonly assumed: readonly string[];
  /** Where the window as a whole was seen often enough in own runs: that, and not the sum of the phases, is the range. */
  readonly seen?: Spread | undefined;
}

/** What clients may still notice. */
export interface ClientTail {
  readonly seconds: number;
  readonly because: string;
}

/** What else is known of a downtime than its phases. */
export interface DowntimeOptions {
  /** The ways back of the phases in which nobody serves. */
  readonly back?: readonly Spread[] | undefined;
  /** The whole window as own runs have seen it. */
  readonly seen?: Spread | undefined;
}

/** Adds up phases that follow one another. `tail`: what clients notice afterwards. */
export function downtimeOf(
  phases: readonly Phase[],
  tail: ClientTail,
  { back = [], seen }: DowntimeOptions = {},
): Downtime {
  const window = phases.filter(({ serving }) => serving === 'nobody');
  const nobody = quantilesOfSum(seen === undefined ? window : [seen]);
  const total = totalOf(phases);
  const home = quantilesOfSum(back);
  const assumed = seen === undefined ? window.filter(({ from }) => from === 'assumed') : [];
  return {
    phases,
    ...nobody,
    range: toldRange(nobody.p50Seconds, nobody.p90Seconds),
    totalP50Seconds: Math.max(total.p50Seconds, nobody.p50Seconds),
    totalP90Seconds: Math.max(total.p90Seconds, nobody.p90Seconds),
    backP50Seconds: home.p50Seconds,
    backP90Seconds: home.p90Seconds,
    clientTailSeconds: tail.seconds,
    clientTailBecause: tail.because,
    confidence: assumed.length > 0 ? 'low' : 'good',
    assumed: assumed.map(({ name }) => name),
    ...(seen !== undefined && { seen }),
  };
}

/** What runs beside counts only as far as it takes longer than what it runs beside. */
function totalOf(phases: readonly Phase[]): Quantiles {
  const inTurn = quantilesOfSum(phases.filter(({ beside }) => beside !== true));
  if (phases.every(({ beside }) => beside !== true)) return inTurn;
  const waiting = quantilesOfSum(
    phases.filter(({ beside, serving }) => beside === true || serving !== 'source'),
  );
  const longer = (which: keyof Quantiles) => Math.max(inTurn[which], waiting[which]);
  return {
    p10Seconds: longer('p10Seconds'),
    p50Seconds: longer('p50Seconds'),
    p90Seconds: longer('p90Seconds'),
  };
}

/** A phase of the given name and figures. */
export function phase(name: string, serving: Serving, spread: Spread): Phase {
  return { ...spread, name, serving };
}
