import { err, ok, type Result } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import {
  type Failure,
  type GraphBuilder,
  type RetryPolicy,
  type StepGraph,
  stepGraph,
} from '../src/index.ts';
import { Bench } from './model/bench.ts';

type Graph<O> = StepGraph<unknown, null, O>;
type Build<O> = (g: GraphBuilder<unknown>) => O;

function graph<R extends ReturnType<Parameters<typeof stepGraph>[1]>>(build: Build<R>): Graph<unknown> {
  return stepGraph('g', (g: GraphBuilder<unknown>, _: null) => build(g));
}

const refused: Failure = { kind: 'no-room', message: 'there is no room', applied: 'no' };
const never = new Promise<Result<number, Failure>>(() => {});

describe('attempts', () => {
  it('follow one another with growing pauses, and the third may succeed', async () => {
    const bench = new Bench();
    const at: number[] = [];
    const { outcome, events } = await bench.play(
      graph((g) =>
        g.step('a', {
          retry: { attempts: 3, delayMs: 1_000, factor: 3 },
          run: (_, { attempt }) => {
            at.push(bench.clock.now());
            return attempt < 3 ? err(refused) : ok(attempt);
          },
        }),
      ),
    );
    expect(outcome).toMatchObject({ state: 'success', output: 3 });
    expect([at[1]! - at[0]!, at[2]! - at[1]!]).toEqual([1_000, 3_000]);
    expect(events.filter(({ kind }) => kind === 'attempt-failed')).toHaveLength(2);
  });

  it('are never further apart than the policy allows, and half a minute where it does not say', async () => {
    const pausesOf = async (retry: RetryPolicy) => {
      const bench = new Bench();
      const at: number[] = [];
      await bench.play(
        graph((g) =>
          g.step('a', {
            retry,
            run: () => {
              at.push(bench.clock.now());
              return err(refused);
            },
          }),
        ),
      );
      return at.slice(1).map((each, i) => each - at[i]!);
    };
    expect(await pausesOf({ attempts: 4, delayMs: 1_000, factor: 10, maxDelayMs: 4_000 })).toEqual([
      1_000, 4_000, 4_000,
    ]);
    expect(await pausesOf({ attempts: 4, delayMs: 20_000 })).toEqual([20_000, 30_000, 30_000]);
  });

  it('are as many as the policy says, and then the step has failed', async () => {
    const tried: number[] = [];
    const { outcome } = await new Bench().play(
      graph((g) =>
        g.step('a', {
          retry: { attempts: 2 },
          run: (_, { attempt }) => {
            tried.push(attempt);
            return err(refused);
          },
        }),
      ),
    );
    expect(tried).toEqual([1, 2]);
    expect(outcome).toMatchObject({ state: 'reverted', cause: refused });
  });

  it('end at an error that the policy does not care to try again', async () => {
    let tries = 0;
    await new Bench().play(
      graph((g) =>
        g.step('a', {
          retry: { attempts: 5, when: (error) => error.kind !== 'no-room' },
          run: () => {
            tries++;
            return err(refused);
          },
        }),
      ),
    );
    expect(tries).toBe(1);
  });

  it('end at an effect that happened all the same, unless it may be done twice', async () => {
    const triesOf = async (idempotent: boolean) => {
      let tries = 0;
      await new Bench().play(
        graph((g) =>
          g.step('a', {
            idempotent,
            retry: { attempts: 3 },
            run: () => {
              tries++;
              return err({ kind: 'half-done', message: 'made, but not named', applied: 'yes' as const });
            },
          }),
        ),
      );
      return tries;
    };
    expect(await triesOf(false)).toBe(1);
    expect(await triesOf(true)).toBe(3);
  });

  it('have the same key and a fresh signal each', async () => {
    const seen: { key: string; signal: AbortSignal; wasAborted: boolean }[] = [];
    await new Bench().play(
      graph((g) =>
        g.step('a', {
          timeoutMs: 100,
          retry: { attempts: 2, delayMs: 1 },
          run: async (_, { key, signal, attempt }) => {
            seen.push({ key, signal, wasAborted: signal.aborted });
            if (attempt === 2) return ok(1);
            await new Promise((resolve) => signal.addEventListener('abort', resolve));
            return err(refused);
          },
        }),
      ),
    );
    expect(seen.map(({ key }) => key)).toEqual(['r/a', 'r/a']);
    expect(seen.map(({ wasAborted }) => wasAborted)).toEqual([false, false]);
    expect(seen.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });

  it('never overlap: a timed-out one has settled, or its grace is over, before the next begins', async () => {
    const bench = new Bench();
    let running = 0;
    let most = 0;
    await bench.play(
      graph((g) =>
        g.step('a', {
          timeoutMs: 100,
          graceMs: 1_000,
          retry: { attempts: 3, delayMs: 1 },
          run: async () => {
            most = Math.max(most, ++running);
            await new Promise<void>((resolve) => bench.clock.after(600, resolve));
            running--;
            return err(refused);
          },
        }),
      ),
    );
    expect(most).toBe(1);
  });
});

describe('a step that was told to stop before it had begun', () => {
  it('is not called, and its revert hears that it did not happen', async () => {
    const seen: unknown[] = [];
    const { outcome } = await new Bench().play(
      graph((g) => {
        g.step('bad', { run: () => err(refused) });
        g.step('beside', {
          run: () => ok(seen.push('called')),
          revert: (was) => ok(seen.push(was.outcome === 'failed' ? was.error.applied : was.outcome)),
          revertBlind: true,
        });
      }),
    );
    expect(outcome).toMatchObject({ state: 'reverted', cause: refused });
    expect(seen).toEqual(['no']);
  });
});

describe('a time limit', () => {
  const settling = (bench: Bench, afterMs: number): Graph<unknown> =>
    graph((g) =>
      g.step('a', {
        timeoutMs: 100,
        graceMs: 1_000,
        run: async () => {
          await new Promise<void>((resolve) => bench.clock.after(afterMs, resolve));
          return ok('made');
        },
      }),
    );

  it('lets a result count that comes within the grace', async () => {
    const bench = new Bench();
    expect((await bench.play(settling(bench, 900))).outcome).toMatchObject({
      state: 'success',
      output: 'made',
    });
  });

  it('refuses a result that comes later: nobody knows then what happened, and a person is asked', async () => {
    const bench = new Bench();
    const { outcome, runner, journal } = await bench.play(settling(bench, 5_000));
    expect(outcome).toMatchObject({ state: 'stuck', stuck: [{ step: 'a', why: 'outcome-unknown' }] });
    const before = await bench.events(journal);
    await bench.clock.advance(20_000);
    expect(await bench.events(journal)).toEqual(before);
    expect((await bench.must(runner.get('r'))).row.state).toBe('stuck');
  });

  it('makes a doubt of any error that comes after it and does not say whether it happened', async () => {
    const bench = new Bench();
    const { outcome, events } = await bench.play(
      graph((g) =>
        g.step('a', {
          timeoutMs: 100,
          run: async (_, { signal }): Promise<Result<string, Failure>> => {
            await new Promise((resolve) => signal.addEventListener('abort', resolve));
            return err({ kind: 'cut-off', message: 'the call was cut off' });
          },
          probe: () => ok({ happened: 'yes', output: 'found' }),
        }),
      ),
    );
    expect(outcome).toMatchObject({ state: 'success', output: 'found' });
    expect(events).toContainEqual(expect.objectContaining({ kind: 'done', step: 'a', adopted: true }));
  });

  it('bounds the wait for siblings that do not listen', async () => {
    const bench = new Bench();
    const { outcome } = await bench.play(
      graph((g) => {
        g.step('deaf', { graceMs: 2_000, run: () => never, revert: () => ok(1), revertBlind: true });
        g.step('bad', { run: () => err(refused) });
      }),
    );
    expect(outcome.state).toBe('reverted');
    expect(bench.clock.now()).toBe(Date.UTC(2026, 0, 1) + 2_000);
  });
});
