import { err, ok } from 'neverthrow';
import { expect, it } from 'vitest';
import type { Failure, Probed } from '../src/index.ts';
import { Bench, graph } from './model/bench.ts';

const lost: Failure = { kind: 'timeout', message: 'no answer came', applied: 'unknown' };

/** A step whose answer is lost, and which shows only after a while. */
async function played(settleMs: number | undefined, showsAfterMs: number) {
  const bench = new Bench();
  const made: number[] = [];
  const { outcome, events } = await bench.play(
    graph('g', (g) => {
      g.step('a', {
        ...(settleMs !== undefined && { settleMs }),
        retry: { attempts: 2, delayMs: 1_000 },
        run: () => {
          made.push(bench.clock.now());
          return made.length === 1 ? err(lost) : ok('made again');
        },
        probe: () => {
          const isSeen = bench.clock.now() - (made[0] ?? 0) >= showsAfterMs;
          return ok<Probed<string>>(isSeen ? { happened: 'yes', output: 'found' } : { happened: 'no' });
        },
        revert: () => undefined,
      });
    }),
  );
  const probed = events.filter(({ kind }) => kind === 'probed').length;
  return { state: outcome.state, times: made.length, probed };
}

it('what shows a little later is found, and not done twice', async () => {
  expect(await played(5_000, 3_000)).toEqual({ state: 'success', times: 1, probed: 0 });
});

it('what never shows is done again, after one look more', async () => {
  expect(await played(5_000, 60_000)).toEqual({ state: 'success', times: 2, probed: 1 });
});

it('without a time to settle the first look counts', async () => {
  expect(await played(undefined, 3_000)).toEqual({ state: 'success', times: 2, probed: 1 });
});

it('a probe is told which attempt is in doubt', async () => {
  const bench = new Bench();
  const asked: number[] = [];
  const { outcome } = await bench.play(
    graph('g', (g) => {
      g.step('a', {
        retry: { attempts: 3, delayMs: 1_000 },
        run: () => err(lost),
        probe: (_, { attempt }) => {
          asked.push(attempt);
          return ok<Probed<never>>({ happened: 'no' });
        },
        revert: () => undefined,
      });
    }),
  );
  expect(outcome.state).toBe('reverted');
  expect(asked).toEqual([1, 2, 3]);
});
