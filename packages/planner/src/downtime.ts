/**
 * How long nobody serves, as a range. Each phase has three points (best, likely, worst) and says where they come from;
 * the phases of the critical path are added up as PERT does it. What clients notice afterwards, because a name is
 * still cached somewhere, is a number of its own.
 */

/** Who serves the workload. */
export type Serving = 'source' | 'nobody' | 'target';

/** How long something takes: best, likely and worst case, and whose figure that is. */
export interface Spread {
  /** Best, likely and worst case, in seconds. */
  readonly bestSeconds: number;
  readonly likelySeconds: number;
  readonly worstSeconds: number;
  readonly from: Provenance;
  /** Whose figure this is. */
  readonly note: string;
}

/** From the most to the least trustworthy. */
export type Provenance = 'measured' | 'own-history' | 'documented' | 'assumed';

/** A part of the way from source to target, and who serves meanwhile. */
export interface Phase extends Spread {
  /** The step's name where there is one. */
  readonly name: string;
  readonly serving: Serving;
}

/** How long nobody serves and how long the whole takes, in seconds, with the phases behind it. */
export interface Downtime {
  readonly phases: readonly Phase[];
  /** Nobody serves for so long, in half of all cases and in nine of ten. */
  readonly p50Seconds: number;
  readonly p90Seconds: number;
  /** From the first step to the last. */
  readonly totalP50Seconds: number;
  readonly totalP90Seconds: number;
  /** For so long some clients may still go to where nobody serves any more. */
  readonly clientTailSeconds: number;
  readonly clientTailBecause: string;
  /** `low` where a phase in which nobody serves is only assumed. */
  readonly confidence: 'good' | 'low';
}

/** Standard deviations from the mean to the point below which nine cases of ten lie. */
const ninety = 1.2816;

/** Adds up phases that follow one another. `tail`: what clients notice afterwards. */
export function downtimeOf(
  phases: readonly Phase[],
  tail: { readonly seconds: number; readonly because: string },
): Downtime {
  const window = phases.filter(({ serving }) => serving === 'nobody');
  const nobody = added(window);
  const total = added(phases);
  return {
    phases,
    p50Seconds: nobody.mean,
    p90Seconds: nobody.mean + ninety * nobody.sigma,
    totalP50Seconds: total.mean,
    totalP90Seconds: total.mean + ninety * total.sigma,
    clientTailSeconds: tail.seconds,
    clientTailBecause: tail.because,
    confidence: window.some(({ from }) => from === 'assumed') ? 'low' : 'good',
  };
}

/** Phases one after the other: means add up, and so do variances. */
function added(phases: readonly Spread[]): { readonly mean: number; readonly sigma: number } {
  let mean = 0;
  let variance = 0;
  for (const { bestSeconds, likelySeconds, worstSeconds } of phases) {
    mean += (bestSeconds + 4 * likelySeconds + worstSeconds) / 6;
    variance += ((worstSeconds - bestSeconds) / 6) ** 2;
  }
  return { mean, sigma: Math.sqrt(variance) };
}
