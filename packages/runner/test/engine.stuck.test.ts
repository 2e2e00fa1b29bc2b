import { err, ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import type { Failure, StepGraph } from '../src/index.ts';
import { Bench, graph, logged, word } from './model/bench.ts';

const refused: Failure = { kind: 'no-room', message: 'there is no room', applied: 'no' };
const lost: Failure = { kind: 'lost', message: 'the answer was lost', applied: 'unknown' };

describe('a stuck run', () => {
  const inDoubt = (log: string[]): StepGraph<unknown, null, unknown> =>
    graph('g', (g) => {
      const before = g.step('before', logged(log, 'before'));
      const a = g.step('a', {
        ...logged(log, 'a'),
        after: [before],
        run: (_, { attempt }) => (attempt === 1 ? err(lost) : ok('made')),
      });
      g.step('b', { needs: { a }, run: ({ a: made }) => ok(log.push(`b has ${made}`)) });
    });

  it('says which step waits, why, and what may be said; its keys stay held', async () => {
    const bench = new Bench();
    const { outcome, runner } = await bench.play(inDoubt([]), { keys: ['node/1'] });
    expect(outcome).toMatchObject({
      state: 'stuck',
      stuck: [
        {
          step: 'a',
          why: 'outcome-unknown',
          error: lost,
          verbs: ['retry', 'mark-done', 'mark-not-happened'],
        },
      ],
    });
    expect((await bench.must(runner.get('r'))).row.keysHeld).toBe(true);
  });

  it('goes on when a person says that it happened, with the output that the person gives', async () => {
    const bench = new Bench();
    const log: string[] = [];
    const { runner } = await bench.play(inDoubt(log));
    await bench.must(runner.resolve('r', 'a', 'mark-done', { ...word, output: 'seen by ann' }));
    expect((await bench.must(runner.wait('r'))).state).toBe('success');
    expect(log).toEqual(['before', 'b has seen by ann']);
  });

  it('tries again when a person says so', async () => {
    const bench = new Bench();
    const log: string[] = [];
    const { runner } = await bench.play(inDoubt(log));
    await bench.must(runner.resolve('r', 'a', 'retry', word));
    expect((await bench.must(runner.wait('r'))).state).toBe('success');
    expect(log).toEqual(['before', 'b has made']);
  });

  it('goes back when a person says that it did not happen', async () => {
    const bench = new Bench();
    const log: string[] = [];
    const { runner } = await bench.play(inDoubt(log));
    await bench.must(runner.resolve('r', 'a', 'mark-not-happened', word));
    expect((await bench.must(runner.wait('r'))).state).toBe('reverted');
    expect(log).toEqual(['before', '-a', '-before']);
  });

  it('takes no word that does not fit, and no word without a name and a reason', async () => {
    const bench = new Bench();
    const { runner } = await bench.play(inDoubt([]));
    const kindOf = async (...args: Parameters<typeof runner.resolve>): Promise<string> =>
      (await bench.until(runner.resolve(...args)))._unsafeUnwrapErr().kind;
    expect(await kindOf('r', 'a', 'mark-reverted', word)).toBe('refused');
    expect(await kindOf('r', 'before', 'retry', word)).toBe('refused');
    expect(await kindOf('r', 'nobody', 'retry', word)).toBe('refused');
    expect(await kindOf('r', 'a', 'retry', { by: '', reason: '' })).toBe('invalid');
  });

  it('keeps the first cause and every error of a revert, and other reverts go on', async () => {
    const bench = new Bench();
    const log: string[] = [];
    const { outcome, runner } = await bench.play(
      graph('g', (g) => {
        const free = g.step('free', logged(log, 'free'));
        const firm = g.step('firm', {
          ...logged(log, 'firm'),
          revert: () => err({ kind: 'protected', message: 'it is protected' }),
          revertRetry: { attempts: 1 },
        });
        g.step('bad', { after: [free, firm], run: () => err(refused) });
      }),
    );
    expect(outcome).toMatchObject({
      state: 'stuck',
      cause: refused,
      stuck: [
        {
          step: 'firm',
          why: 'revert-failed',
          error: { kind: 'protected' },
          verbs: ['retry', 'mark-reverted'],
        },
      ],
    });
    expect(log).toEqual(['free', 'firm', '-free']);
    await bench.must(runner.resolve('r', 'firm', 'mark-reverted', word));
    expect(await bench.must(runner.wait('r'))).toMatchObject({ state: 'reverted', cause: refused });
  });

  it('that is abandoned frees its keys and says who gave it up', async () => {
    const bench = new Bench();
    const { runner } = await bench.play(inDoubt([]), { keys: ['node/1'] });
    await bench.must(runner.abandon('r', word));
    expect(await bench.must(runner.wait('r'))).toMatchObject({ state: 'abandoned', ...word });
    expect((await bench.must(runner.get('r'))).row.keysHeld).toBe(false);
  });

  it('can be rescued by a run that gets its keys, also after its runner was closed', async () => {
    for (const closes of [false, true]) {
      const bench = new Bench();
      const { runner } = await bench.play(inDoubt([]), { keys: ['node/1'] });
      if (closes) await bench.clock.until(runner.close());
      const rescue = graph('rescue', (g) => void g.step('tidy', { run: () => ok(1) }));
      const second = await bench.process([rescue]);
      const outcome = await bench.must(second.runner.rescue('r', rescue, null, { id: 'r2', ...word }));
      expect(outcome.state).toBe('success');
      const old = await bench.must(second.runner.list());
      expect(old.map(({ runId, state, keysHeld }) => [runId, state, keysHeld])).toEqual([
        ['r', 'abandoned', false],
        ['r2', 'success', false],
      ]);
    }
  });
});
