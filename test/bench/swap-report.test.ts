import { expect, test } from 'vitest';
import { covered, measure } from '../../bench/swap/measure.ts';
import { readOptions } from '../../bench/swap/options.ts';
import { figuresOf, reportOf, table } from '../../bench/swap/report.ts';

test('what is at work twice at one moment counts once, and what lies outside the window not at all', () => {
  const window = { fromMs: 100, untilMs: 200 };
  expect(covered([], window)).toBe(0);
  expect(
    covered(
      [
        { fromMs: 150, untilMs: 160 },
        { fromMs: 90, untilMs: 120 },
        { fromMs: 110, untilMs: 130 },
        { fromMs: 190, untilMs: 300 },
        { fromMs: 210, untilMs: 220 },
      ],
      window,
    ),
  ).toBe(20 + 10 + 10 + 10);
});

test('the ratio of several swaps is of their sums, and a target that is missed is said', () => {
  const windows = [
    { measuredMs: 20_000, ownMs: 19_000 },
    { measuredMs: 40_000, ownMs: 40_000 },
  ];
  const one = figuresOf(1, windows);
  expect([one.ratio, one.worstRatio, one.medianMeasuredS]).toEqual([1.0169, 1.0526, 30]);
  const report = reportOf({ one, hundred: { ...one, ratio: 1.2 }, ten: one });
  expect(report.ratios).toEqual({ one: 1.0169, hundred: 1.2, ten: 1.0169 });
  expect(report.targets).toEqual({
    one: { atMost: 1.03, holds: true },
    hundred: { atMost: 1.1, holds: false },
  });
  expect(table(report)).toContain('MISSED (1.1)');
});

test('arguments that make no sense are told', () => {
  expect(readOptions(['--json', '--factor', '4'])).toMatchObject({ json: true, factor: 4, seed: 1 });
  expect(readOptions(['--factor', '0'])).toContain('--factor');
  expect(readOptions(['--seed', 'x'])).toContain('--seed');
  expect(readOptions(['--fast'])).toContain('fast');
});

test('a swap is measured from its own journal, and the cloud’s share of it is most of it', async () => {
  const [window] = await measure(1, { factor: 50, seed: 3 });
  expect(window?.ownMs).toBeGreaterThan(5_000);
  expect(window?.measuredMs).toBeGreaterThanOrEqual(window?.ownMs ?? 0);
});
