/**
 * A range of time as people are told it. A model that learned from a handful of runs does not know tenths of seconds,
 * so none are printed: the p50 is rounded down and the p90 up, to a step that is fit for their size. Half of all runs
 * are quicker than the p50, and the middle of five runs is itself not known better than that; so it is rounded down by a
 * quarter of a step at least. The percentiles as they were computed stay in the plan, and guards go by those.
 */

import { parted, span } from './explain/layout.ts';

/** What is printed of a p50 and a p90, in whole seconds. */
export interface ToldRange {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** Rounds outwards: to whole seconds below 100 s, then to ten seconds, to minutes from ten minutes on, and so on. */
export function toldRange(p50Seconds: number, p90Seconds: number): ToldRange {
  const down = stepOf(p50Seconds);
  const up = stepOf(p90Seconds);
  return {
    fromSeconds: Math.max(0, Math.floor(p50Seconds / down - leastShare)) * down,
    // What lies on a step does not go up to the next one for an error of the arithmetic.
    toSeconds: Math.max(0, Math.ceil(p90Seconds / up - 1e-6)) * up,
  };
}

/** The range in words: `2 s–4 s`, `up to 1 s`, `8m–28m`. */
export function rangeText({ p50Seconds, p90Seconds }: RangeOf): string {
  const { fromSeconds, toSeconds } = toldRange(p50Seconds, p90Seconds);
  const text = fromSeconds === 0 ? `up to ${span(toSeconds)}` : `${span(fromSeconds)}–${span(toSeconds)}`;
  return parted(text);
}

/** What has percentiles. */
export interface RangeOf {
  readonly p50Seconds: number;
  readonly p90Seconds: number;
}

const leastShare = 0.25;

/** Two significant digits, as far as minutes and hours have them. */
function stepOf(seconds: number): number {
  if (seconds < 100) return 1;
  if (seconds < 600) return 10;
  if (seconds < 6_000) return 60;
  return seconds < 36_000 ? 600 : 3_600;
}
