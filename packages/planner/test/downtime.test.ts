import type { HostFacts } from '@belay/cloud';
import { downtimeOf, judge, type Phase, spread } from '@belay/planner';
import { describe, expect, test } from 'vitest';
import { factsWith, options, target } from './example.ts';

const tail = { seconds: 0, because: 'a test' };

function phase(serving: Phase['serving'], best: number, likely: number, worst: number): Phase {
  return { name: 'a phase', serving, ...spread(best, likely, worst, 'measured', 'a test') };
}

describe('how long nobody serves', () => {
  test('means add up, and so do variances: worst cases do not all come at once', () => {
    const { p50Seconds, p90Seconds } = downtimeOf([phase('nobody', 1, 2, 9), phase('nobody', 0, 3, 6)], tail);
    expect(p50Seconds).toBeCloseTo(6, 6);
    expect(p90Seconds).toBeCloseTo(6 + 1.2816 * Math.hypot(8 / 6, 1), 6);
    expect(p90Seconds).toBeLessThan(15);
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
    const usual = judge(factsWith(), target, options())[1]!.downtime!;
    const parameters = { stopServices: spread(1, 1, 1, 'own-history', '14 runs') };
    const own = judge(factsWith(), target, options({ parameters }))[1]!.downtime!;
    expect(own.p50Seconds).toBeLessThan(usual.p50Seconds);
    expect(own.phases.find(({ name }) => name === 'stop-services')?.note).toBe('14 runs');
  });
});

describe('the final pass of an rsync', () => {
  const finalPass = (host: Partial<HostFacts>) =>
    judge(factsWith({ host: { databases: {}, ...host } }), target, options())[2]!.downtime?.phases.find(
      ({ name }) => name === 'final-pass',
    );

  test('is bounded below by looking at every file, not by the bytes', () => {
    const quiet = finalPass({ writeBytesPerSecond: 0 })!;
    expect(quiet.likelySeconds).toBeCloseTo(2_100_000 * 42e-6, 3);
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
