// What people are told of a time that nobody knows to the tenth of a second.

import { downtimeOf, explain, plan, rangeText, toldRange } from '@belay/planner';
import { expect, test } from 'vitest';
import { factsWith, options, target } from './example.ts';

test('a range is rounded outwards to whole seconds, and claims no tenths', () => {
  expect(toldRange(2.6, 3.2)).toEqual({ fromSeconds: 2, toSeconds: 4 });
  expect(toldRange(48.7, 80.4)).toEqual({ fromSeconds: 48, toSeconds: 81 });
});

test('a p50 just above a step is not told as that step: nobody knows it so closely', () => {
  expect(toldRange(2.05, 2.4)).toEqual({ fromSeconds: 1, toSeconds: 3 });
  expect(toldRange(300, 400).fromSeconds).toBe(290);
});

test('longer times have two digits, in minutes and hours too', () => {
  expect(rangeText({ p50Seconds: 134, p90Seconds: 391 })).toBe('2m10s–6m40s');
  expect(rangeText({ p50Seconds: 806, p90Seconds: 3_319 })).toBe('13m–56m');
  expect(rangeText({ p50Seconds: 8_000, p90Seconds: 50_000 })).toBe('2h10m–14h00m');
});

test('what may be over at once is told by its upper end alone', () => {
  expect(rangeText({ p50Seconds: 0.2, p90Seconds: 0.8 })).toBe('up to 1 s');
});

test('no range is narrower than the percentiles that it stands for', () => {
  for (let p50 = 0; p50 < 20_000; p50 = p50 * 1.07 + 0.13) {
    for (const factor of [1, 1.01, 1.6, 9]) {
      const { fromSeconds, toSeconds } = toldRange(p50, p50 * factor);
      expect(fromSeconds).toBeLessThanOrEqual(p50);
      expect(toSeconds).toBeGreaterThanOrEqual(p50 * factor - 0.01);
    }
  }
});

test('a plan carries the range that it prints, and the percentiles beside it', () => {
  const made = plan(factsWith(), target, options());
  const { p50Seconds, p90Seconds, range } = made.downtime!;
  expect(range).toEqual(toldRange(p50Seconds, p90Seconds));
  expect(explain(made).replaceAll('\u00a0', ' ')).toContain(`${range!.fromSeconds} s–${range!.toSeconds} s`);
  expect(downtimeOf([], { seconds: 0, because: '' }).range).toEqual({ fromSeconds: 0, toSeconds: 0 });
});
