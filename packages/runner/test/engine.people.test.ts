import { err, ok, type Result } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { type Failure, type GraphBuilder, happenedIfFound, type StepGraph, stepGraph } from '../src/index.ts';
import { Bench, word } from './model/bench.ts';

const refused: Failure = { kind: 'no-room', message: 'there is no room', applied: 'no' };
const lost: Failure = { kind: 'lost', message: 'the answer was lost', applied: 'unknown' };

/** A gate that a step waits at until the test opens it. */
class Gate {
  private open = (): void => {};
  readonly passed: Promise<void> = new Promise((resolve) => {
    this.open = resolve;
  });
  lift(): void {
    this.open();
  }
}

/** Steps that say in `log` when they run and when they are reverted. */
function logged(log: string[], name: string, gate?: Gate) {
  return {
    run: async (): Promise<Result<string, Failure>> => {
      log.push(name);
      await gate?.passed;
      return ok(name);
    },
    revert: () => {
      log.push(`-${name}`);
      return ok(1);
    },
    revertBlind: true as const,
  };
}

function graph(name: string, build: (g: GraphBuilder<unknown>) => void): StepGraph<unknown, null, unknown> {
  return stepGraph(name, (g: GraphBuilder<unknown>, _: null) => build(g));
}

describe('cancel', () => {
  it('tells what is in flight to stop, reverts all, and says by whom and why', async () => {
    const bench = new Bench();
    const log: string[] = [];
    const built = graph('g', (g) => {
      const a = g.step('a', logged(log, 'a'));
      g.step('b', {
        ...logged(log, 'b'),
        after: [a],
        run: (_, { signal }) =>
          new Promise<Result<string, Failure>>((resolve) =>
            signal.addEventListener('abort', () => resolve(err(refused))),
          ),
      });
    });
    const { runner } = await bench.process([built]);
    const run = runner.run(built, null, { id: 'r' });
    await bench.clock.advance(10);
    await bench.must(runner.cancel('r', word));
    expect(await bench.must(run)).toMatchObject({
      state: 'reverted',
      cause: { kind: 'cancelled', message: 'cancelled by ann: a test' },
    });
    expect(log).toEqual(['a', '-b', '-a']);
  });

  it('is refused behind the pivot, with the reason', async () => {
    const bench = new Bench();
    const gate = new Gate();
    const built = graph('g', (g) => {
      g.pivot('p', { run: () => gate.passed.then(() => ok(1)), probe: () => ok(happenedIfFound(1)) });
    });
    const { runner } = await bench.process([built]);
    const run = runner.run(built, null, { id: 'r' });
    await bench.clock.advance(10);
    const answer = await bench.until(runner.cancel('r', word));
    expect(answer._unsafeUnwrapErr()).toMatchObject({ kind: 'refused', runId: 'r' });
    expect(answer._unsafeUnwrapErr().message).toContain('point of no return');
    gate.lift();
    expect((await bench.must(run)).state).toBe('success');
  });

  it('reaches a run in another process', async () => {
    const bench = new Bench();
    const built = graph('g', (g) => void g.hold('ask', { ask: 'go on?' }));
    const [one, two] = [await bench.process([built]), await bench.process([built])];
    const run = one.runner.run(built, null, { id: 'r' });
    await bench.clock.advance(10);
    await bench.must(two.runner.cancel('r', word));
    expect((await bench.must(run)).state).toBe('reverted');
  });
});

describe('a pause', () => {
  it('lets what is in flight finish, starts nothing, and ends with resume', async () => {
    const bench = new Bench();
    const log: string[] = [];
    const gate = new Gate();
    const built = graph('g', (g) => {
      const a = g.step('a', logged(log, 'a', gate));
      g.step('b', { ...logged(log, 'b'), after: [a] });
    });
    const { runner } = await bench.process([built]);
    const run = runner.run(built, null, { id: 'r' });
    await bench.clock.advance(10);
    await bench.must(runner.pause('r', word));
    gate.lift();
    expect(await bench.must(run)).toMatchObject({ state: 'suspended', reason: 'paused by ann: a test' });
    await bench.clock.advance(60_000);
    expect(log).toEqual(['a']);
    await bench.must(runner.resume('r', { by: 'ann' }));
    expect((await bench.must(runner.wait('r'))).state).toBe('success');
    expect(log).toEqual(['a', 'b']);
  });
});

describe('a hold', () => {
  it('waits for a release, keeps the keys meanwhile, and hands on who released it and why', async () => {
    const bench = new Bench();
    const built = graph('g', (g) => {
      const hold = g.hold('sure', { ask: 'is the copy good?' });
      return g.step('b', { needs: { hold }, run: ({ hold: { by, reason } }) => ok(`${by}: ${reason}`) });
    });
    const { runner } = await bench.process([built]);
    const run = runner.run(built, null, { id: 'r', keys: ['node/1'] });
    await bench.clock.advance(60_000);
    const { row, holds } = await bench.must(runner.get('r'));
    expect([row.state, row.keysHeld]).toEqual(['waiting', true]);
    expect(holds).toEqual([{ hold: 'sure', ask: 'is the copy good?' }]);
    expect((await bench.until(runner.release('r', 'other', word)))._unsafeUnwrapErr().kind).toBe('refused');
    await bench.must(runner.release('r', 'sure', word));
    expect(await bench.must(run)).toMatchObject({ state: 'success' });
    const again = await bench.until(runner.release('r', 'sure', word));
    expect(again._unsafeUnwrapErr().kind).toBe('refused');
  });
});

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

describe('the keys', () => {
  it('are held by one run: the second is told by whom and since when', async () => {
    const bench = new Bench();
    const built = graph('g', (g) => void g.hold('ask', { ask: 'go on?' }));
    const { runner } = await bench.process([built]);
    void runner.run(built, null, { id: 'first', keys: ['node/1'] });
    await bench.clock.advance(5);
    const second = await bench.until(runner.run(built, null, { id: 'second', keys: ['node/0', 'node/1'] }));
    expect(second._unsafeUnwrapErr()).toMatchObject({
      kind: 'locked',
      holder: { key: 'node/1', runId: 'first', sinceMs: Date.UTC(2026, 0, 1) },
    });
    expect(second._unsafeUnwrapErr().message).toContain('first');
  });

  it('are free in the background, and taken again before anything is reverted', async () => {
    const bench = new Bench();
    const held: boolean[] = [];
    const log: string[] = [];
    const gate = new Gate();
    const heldNow = async (): Promise<boolean> => (await journal.row('r'))._unsafeUnwrap()!.keysHeld;
    const built = graph('g', (g) => {
      const a = g.step('a', { ...logged(log, 'a'), revert: async () => ok(held.push(await heldNow())) });
      g.step('soak', {
        after: [a],
        lockFree: true,
        patienceMs: 1_000,
        run: () => gate.passed.then(() => err(refused)),
      });
    });
    const { runner, journal } = await bench.process([built]);
    const outcome = await bench.must(runner.run(built, null, { id: 'r', keys: ['node/1'] }));
    expect(outcome).toMatchObject({ state: 'background', steps: ['soak'] });
    expect(await heldNow()).toBe(false);
    gate.lift();
    expect((await bench.must(runner.wait('r'))).state).toBe('reverted');
    expect(held).toEqual([true]);
    expect(await heldNow()).toBe(false);
  });
});

describe('after success', () => {
  it('a run is undone on request, in the reverse order and with its keys', async () => {
    const bench = new Bench();
    const log: string[] = [];
    const built = graph('g', (g) => {
      const a = g.step('a', logged(log, 'a'));
      g.step('b', { ...logged(log, 'b'), after: [a] });
    });
    const { runner } = await bench.play(built, { keys: ['node/1'] });
    expect(await bench.must(runner.revert('r', word))).toMatchObject({
      state: 'reverted',
      cause: { kind: 'revert-requested' },
    });
    expect(log).toEqual(['a', 'b', '-b', '-a']);
    expect((await bench.until(runner.revert('r', word)))._unsafeUnwrapErr().kind).toBe('refused');
  });

  it('a seal ends that right', async () => {
    const bench = new Bench();
    const { runner } = await bench.play(graph('g', (g) => void g.step('a', logged([], 'a'))));
    await bench.must(runner.seal('r', word));
    const refusal = (await bench.until(runner.revert('r', word)))._unsafeUnwrapErr();
    expect(refusal).toMatchObject({ kind: 'refused', message: expect.stringContaining('sealed') });
  });

  it('a run whose keys another one has by now is not undone, and says who has them', async () => {
    const bench = new Bench();
    const log: string[] = [];
    const first = graph('first', (g) => void g.step('a', logged(log, 'a')));
    const second = graph('second', (g) => void g.hold('ask', { ask: 'go on?' }));
    const { runner } = await bench.process([first, second]);
    await bench.must(runner.run(first, null, { id: 'r', keys: ['node/1'] }));
    void runner.run(second, null, { id: 'other', keys: ['node/1'] });
    await bench.clock.advance(10);
    const refusal = (await bench.until(runner.revert('r', word)))._unsafeUnwrapErr();
    expect(refusal).toMatchObject({ kind: 'locked', holder: { runId: 'other' } });
    expect(log).toEqual(['a']);
  });
});
