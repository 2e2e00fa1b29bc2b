import type { HostFacts } from '@belay/cloud';
import {
  type Downtime,
  downtimeOf,
  type Facts,
  judge,
  type Phase,
  type PlanOptions,
  quantilesOfSum,
  type StrategyName,
  spread,
} from '@belay/planner';
import { describe, expect, test } from 'vitest';
import { factsWith, options, target } from './example.ts';

const tail = { seconds: 0, because: 'a test' };

function phase(serving: Phase['serving'], best: number, likely: number, worst: number): Phase {
  return { name: 'a phase', serving, ...spread(best, likely, worst, 'measured', 'a test') };
}

function downtimeOfStrategy(strategy: StrategyName, facts: Facts, with_: PlanOptions): Downtime | undefined {
  return judge(facts, target, with_).find((each) => each.strategy === strategy)?.downtime;
}

function swapOf(with_: PlanOptions): Downtime {
  return downtimeOfStrategy('volume-swap', factsWith(), with_)!;
}

/** The same times, drawn: two log-normals that meet in the middle. Its own seed, so that it gives the same each time. */
function drawnQuantiles(phases: readonly Phase[], runs: number) {
  let state = 42;
  const even = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(even())) * Math.cos(2 * Math.PI * even());
  const drawn = ({ bestSeconds: a, likelySeconds: m, worstSeconds: b }: Phase) => {
    const z = normal();
    const value = m * ((z < 0 ? a : b) / m) ** (Math.abs(z) / 2.3263);
    return Math.min(b, Math.max(a, value));
  };
  const sums = Float64Array.from({ length: runs }, () =>
    phases.reduce((sum, each) => sum + drawn(each), 0),
  ).sort();
  const at = (share: number) => sums[Math.floor(share * runs)]!;
  return { p10Seconds: at(0.1), p50Seconds: at(0.5), p90Seconds: at(0.9) };
}

describe('how long nobody serves', () => {
  test('lies in the middle of what runs would see, not at a mean that the rare slow ones pull up', () => {
    // A detach: three seconds mostly, now and then thirty. PERT's mean of it is 7.2.
    const { p50Seconds, p90Seconds } = downtimeOf([phase('nobody', 1, 3, 30)], tail);
    expect(p50Seconds).toBeGreaterThan(2.7);
    expect(p50Seconds).toBeLessThan(3.4);
    expect(p90Seconds).toBeGreaterThan(9);
    expect(p90Seconds).toBeLessThan(13);
  });

  test('worst cases do not all come at once', () => {
    const eight = Array.from({ length: 8 }, () => phase('nobody', 1, 3, 30));
    const { p50Seconds, p90Seconds } = downtimeOf(eight, tail);
    const alone = downtimeOf([phase('nobody', 1, 3, 30)], tail);
    expect(p90Seconds).toBeLessThan(8 * alone.p90Seconds);
    // Some of the eight are slow in most runs: the middle lies above the sum of the middles.
    expect(p50Seconds).toBeGreaterThan(8 * alone.p50Seconds);
  });

  test('is what drawing a hundred thousand runs gives, within three in a hundred', () => {
    const phases = [
      phase('nobody', 2, 10, 90),
      phase('nobody', 0.1, 3, 15),
      phase('nobody', 1, 3, 30),
      phase('nobody', 1, 3, 30),
      phase('nobody', 0.05, 0.2, 1),
      phase('nobody', 2, 10, 60),
      phase('nobody', 1, 6, 30),
      phase('nobody', 1, 4, 20),
    ];
    const model = quantilesOfSum(phases);
    const drawn = drawnQuantiles(phases, 100_000);
    expect(Math.abs(model.p10Seconds / drawn.p10Seconds - 1)).toBeLessThan(0.03);
    expect(Math.abs(model.p50Seconds / drawn.p50Seconds - 1)).toBeLessThan(0.03);
    expect(Math.abs(model.p90Seconds / drawn.p90Seconds - 1)).toBeLessThan(0.03);
  });

  test('makes sense of points that make none', () => {
    for (const [best, likely, worst] of [
      [0, 0, 0],
      [5, 1, 2],
      [-1, 3, 3],
      [0, 0, 10],
      [0, 4, 4],
    ] as const) {
      const { p10Seconds, p50Seconds, p90Seconds } = downtimeOf([phase('nobody', best, likely, worst)], tail);
      expect(p10Seconds).toBeLessThanOrEqual(p50Seconds);
      expect(p50Seconds).toBeLessThanOrEqual(p90Seconds);
      expect(p90Seconds).toBeLessThanOrEqual(Math.max(likely, worst) + 0.1);
    }
  });

  test('what is done while somebody serves counts for the whole, not for the downtime', () => {
    const made = downtimeOf(
      [phase('source', 60, 60, 60), phase('nobody', 5, 5, 5), phase('target', 1, 1, 1)],
      tail,
    );
    expect([made.p50Seconds, made.totalP50Seconds]).toEqual([5, 66]);
  });

  test('is of low confidence as soon as one figure of the window is only assumed', () => {
    const assumed: Phase = { ...phase('nobody', 1, 2, 3), from: 'assumed' };
    expect(downtimeOf([phase('nobody', 1, 2, 3)], tail).confidence).toBe('good');
    expect(downtimeOf([phase('nobody', 1, 2, 3), assumed], tail).confidence).toBe('low');
    expect(downtimeOf([{ ...assumed, serving: 'source' }], tail).confidence).toBe('good');
  });

  test('own figures take the place of the defaults', () => {
    const usual = swapOf(options());
    const parameters = { stopServices: spread(1, 1, 1, 'own-history', '14 runs') };
    const own = swapOf(options({ parameters }));
    expect(own.p50Seconds).toBeLessThan(usual.p50Seconds);
    expect(own.phases.find(({ name }) => name === 'stop-services')?.note).toBe('14 runs');
  });
});

describe('the final pass of an rsync', () => {
  const finalPass = (host: Partial<HostFacts>) =>
    downtimeOfStrategy('rsync', factsWith({ host: { databases: {}, ...host } }), options())?.phases.find(
      ({ name }) => name === 'final-pass',
    );

  test('is bounded below by looking at every file, not by the bytes', () => {
    const quiet = finalPass({ writeBytesPerSecond: 0 })!;
    expect(quiet.likelySeconds).toBeCloseTo(2_100_000 * 42e-6 + 4 * 0.01, 3);
    const busy = finalPass({ writeBytesPerSecond: 2e6 })!;
    expect(busy.likelySeconds).toBeGreaterThan(quiet.likelySeconds);
    expect(busy.likelySeconds).toBeLessThan(quiet.likelySeconds * 1.1);
  });

  test('takes longer where a database has to be read again', () => {
    const files = finalPass({})!;
    const database = finalPass({ databases: { mysql: '8.0' } })!;
    expect(database.worstSeconds).toBeGreaterThan(files.worstSeconds + 1000);
    expect(database.from).toBe('assumed');
  });

  test('has no estimate where data changes as fast as it is copied', () => {
    expect(finalPass({ writeBytesPerSecond: 100e6 })).toBeUndefined();
  });
});
