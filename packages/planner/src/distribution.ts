/**
 * The sum of times that vary, as a distribution and not as a mean. Phases are skewed: a detach takes three seconds, and
 * now and then thirty. Means of such phases add up to a time that most runs never see; here the distributions
 * themselves are added, so that half of all cases really lie below the p50.
 *
 * Each time is given by three points: one case in a hundred is quicker than the best, half are quicker than the likely
 * one, one in a hundred is slower than the worst. Between them it follows a log-normal with two widths, which is what
 * such times look like; below, where zero stands in the way, the best point bounds it.
 */

import { normalQuantile } from './normal.ts';

/** Three points of one time, in seconds. */
export interface ThreePoints {
  readonly bestSeconds: number;
  readonly likelySeconds: number;
  readonly worstSeconds: number;
}

/** What a time is in the quick, the middle and the slow case, in seconds. */
export interface Quantiles {
  readonly p10Seconds: number;
  readonly p50Seconds: number;
  readonly p90Seconds: number;
}

/** The quantiles of times that follow one another and do not hang together. Pure, and the same each time. */
export function quantilesOfSum(times: readonly ThreePoints[]): Quantiles {
  const spans = times.map(inOrder);
  const start = spans.reduce((sum, { bestSeconds }) => sum + bestSeconds, 0);
  const width = spans.reduce((sum, { bestSeconds, worstSeconds }) => sum + worstSeconds - bestSeconds, 0);
  if (!(width > 0) || !Number.isFinite(width))
    return { p10Seconds: start, p50Seconds: start, p90Seconds: start };
  const cell = width / cells;
  const masses = spans
    .filter(({ bestSeconds, worstSeconds }) => worstSeconds > bestSeconds)
    .map((span) => massesOf(span, cell))
    .reduce(convolved, Float64Array.of(1));
  const at = (share: number) => start + quantile(masses, share) * cell;
  return { p10Seconds: at(0.1), p50Seconds: at(0.5), p90Seconds: at(0.9) };
}

/** Cells of the whole sum: fine enough that a quantile is off by far less than a hundredth of the width. */
const cells = 220;
/** Equally likely values that stand for one time. */
const atoms = 96;
/** Standard deviations from the middle to where one case in a hundred lies. */
const oneInHundred = 2.3263;

/** The middles of equally likely slices of the normal distribution. */
const normalSlices: readonly number[] = Array.from({ length: atoms }, (_, i) =>
  normalQuantile((i + 0.5) / atoms),
);

/** What is not in order is put in order: a best case above the likely one is the likely one. */
function inOrder({ bestSeconds, likelySeconds, worstSeconds }: ThreePoints): ThreePoints {
  const likely = Math.max(0, likelySeconds);
  return {
    bestSeconds: Math.min(Math.max(0, bestSeconds), likely),
    likelySeconds: likely,
    worstSeconds: Math.max(likely, worstSeconds),
  };
}

/** One time on the grid, from its best case on. Each value is shared between two cells, so that the mean stays. */
function massesOf({ bestSeconds, likelySeconds, worstSeconds }: ThreePoints, cell: number): Float64Array {
  const masses = new Float64Array(Math.ceil((worstSeconds - bestSeconds) / cell) + 2);
  const below = side(likelySeconds, bestSeconds);
  const above = side(likelySeconds, worstSeconds);
  for (const z of normalSlices) {
    const value = z < 0 ? below(-z) : above(z);
    const place = (Math.min(worstSeconds, Math.max(bestSeconds, value)) - bestSeconds) / cell;
    const low = Math.min(Math.floor(place), masses.length - 2);
    const share = place - low;
    masses[low] = (masses[low] ?? 0) + (1 - share) / atoms;
    masses[low + 1] = (masses[low + 1] ?? 0) + share / atoms;
  }
  return masses;
}

/** From the middle to an edge, by standard deviations: a power of their ratio; a straight line where one is zero. */
function side(likely: number, edge: number): (deviations: number) => number {
  if (!(edge > 0 && likely > 0))
    return (deviations) => likely + (edge - likely) * (deviations / oneInHundred);
  const rate = Math.log(edge / likely) / oneInHundred;
  return (deviations) => likely * Math.exp(rate * deviations);
}

/** `phase` has few cells that are not empty: those are gone through outside, the whole sum inside. */
function convolved(running: Float64Array, phase: Float64Array): Float64Array {
  const sum = new Float64Array(running.length + phase.length - 1);
  for (let shift = 0; shift < phase.length; shift++) {
    const mass = phase[shift] ?? 0;
    if (mass === 0) continue;
    for (let i = 0; i < running.length; i++) {
      sum[i + shift] = (sum[i + shift] ?? 0) + mass * (running[i] ?? 0);
    }
  }
  return sum;
}

/** Where so much of the mass lies below, in cells. */
function quantile(masses: Float64Array, share: number): number {
  let below = 0;
  for (let i = 0; i < masses.length; i++) {
    const mass = masses[i] ?? 0;
    // A cell's mass counts as spread evenly around its middle.
    if (mass > 0 && below + mass >= share) return Math.max(0, i - 0.5 + (share - below) / mass);
    below += mass;
  }
  return masses.length - 1;
}
