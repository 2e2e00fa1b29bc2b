/**
 * Does anybody know what time it is? The scanner's wall clock is held against its own steady one, against the store's
 * and against every registry's, and against the last line of the ledger. Where they disagree nothing is judged by age.
 */

import type { Doubt } from '../doubt.ts';

/** What the clocks show, all asked at about the same moment. */
export interface ClockReading {
  readonly wallMs: number;
  /** How far wall and steady clock have come since the scanner was opened. */
  readonly wallPassedMs: number;
  readonly steadyPassedMs: number;
  /** By side, what its own clock shows. */
  readonly sides: Readonly<Record<string, number>>;
  /** The store's time at the last complete scan. */
  readonly lastStoreMs: number | undefined;
  readonly storeMs: number;
  readonly toleranceMs: number;
}

type ClockRule = (reading: ClockReading) => string | undefined;

/** The rules by name. */
export const clockRules: Readonly<Record<string, ClockRule>> = {
  /** The wall clock was set while the scanner ran, or the machine slept. */
  'no-jump': ({ wallPassedMs, steadyPassedMs, toleranceMs }) =>
    Math.abs(wallPassedMs - steadyPassedMs) <= toleranceMs
      ? undefined
      : `The wall clock moved by ${wallPassedMs} ms while ${steadyPassedMs} ms passed.`,

  'sides-agree': ({ wallMs, sides, toleranceMs }) => {
    const found = Object.entries(sides).find(([, sideMs]) => !(Math.abs(sideMs - wallMs) <= toleranceMs));
    return found === undefined ? undefined : `${found[0]} is ${found[1] - wallMs} ms away from the scanner.`;
  },

  'never-back': ({ storeMs, lastStoreMs, toleranceMs }) =>
    lastStoreMs === undefined || storeMs >= lastStoreMs - toleranceMs
      ? undefined
      : `The store's clock shows an earlier time than at the last complete scan.`,
};

/** All that speaks against the clocks. */
export function clockDoubts(reading: ClockReading): readonly Doubt[] {
  return Object.entries(clockRules).flatMap(([rule, judge]) => {
    const message = judge(reading);
    return message === undefined ? [] : [{ rule, message }];
  });
}
