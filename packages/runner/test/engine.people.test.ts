import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { type Failure, happenedIfFound, type Journal } from '../src/index.ts';
import { Bench, Gate, graph, logged, word } from './model/bench.ts';

const refused: Failure = { kind: 'no-room', message: 'there is no room', applied: 'no' };

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

describe('a request from another process', () => {
  it('is granted once, also where its owner died before it could answer', async () => {
    const bench = new Bench();
    const log: string[] = [];
    const built = graph('g', (g) => {
      // Every try ends in doubt that nobody can settle, so each retry is a person's own decision.
      g.step('a', {
        ...logged(log, 'a'),
        run: () => {
          log.push('a');
          return err({ kind: 'lost', message: 'no answer came', applied: 'unknown' } as const);
        },
      });
    });
    const never = new Promise<never>(() => {});
    const deaf = (): Partial<Journal> => ({ answer: () => new ResultAsync(never) });
    const one = await bench.process([built], { otherwise: deaf });
    const two = await bench.process([built]);
    expect((await bench.must(one.runner.run(built, null, { id: 'r' }))).state).toBe('stuck');
    const asked = two.runner.resolve('r', 'a', 'retry', word);
    await bench.clock.advance(1_000);
    expect(log).toEqual(['a', 'a']);
    one.die();
    await bench.must(asked);
    expect((await bench.must(two.runner.wait('r'))).state).toBe('stuck');
    expect(log).toEqual(['a', 'a']);
  });
});
