import { err, ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import type { Failure, Journal, Runner } from '../src/index.ts';
import { Bench, Gate, graph, logged, word } from './model/bench.ts';

const refused: Failure = { kind: 'no-room', message: 'there is no room', applied: 'no' };

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

describe('a run that gets stuck in the background', () => {
  const doubtful: Failure = { kind: 'lost', message: 'no answer came', applied: 'unknown' };

  async function stranded(bench: Bench): Promise<{ runner: Runner; journal: Journal; gate: Gate }> {
    const gate = new Gate();
    const soaking = graph('g', (g) => {
      const run = () => gate.passed.then(() => err(doubtful));
      g.step('soak', { lockFree: true, patienceMs: 1_000, run });
    });
    const asking = graph('asking', (g) => void g.hold('ask', { ask: 'go on?' }));
    const { runner, journal } = await bench.process([soaking, asking]);
    const outcome = await bench.must(runner.run(soaking, null, { id: 'r', keys: ['node/1'] }));
    expect(outcome.state).toBe('background');
    other = () => runner.run(asking, null, { id: 'other', keys: ['node/1'] });
    return { runner, journal, gate };
  }
  let other: () => ReturnType<Runner['run']>;

  it('takes its keys again, and holds them until a person has settled it', async () => {
    const bench = new Bench();
    const { runner, journal, gate } = await stranded(bench);
    gate.lift();
    expect((await bench.must(runner.wait('r'))).state).toBe('stuck');
    expect((await journal.row('r'))._unsafeUnwrap()).toMatchObject({ state: 'stuck', keysHeld: true });
    expect((await bench.until(other()))._unsafeUnwrapErr()).toMatchObject({
      kind: 'locked',
      holder: { runId: 'r' },
    });
    (await bench.until(runner.resolve('r', 'soak', 'mark-done', { ...word, output: null })))._unsafeUnwrap();
    expect((await bench.must(runner.wait('r'))).state).toBe('success');
    expect((await journal.row('r'))._unsafeUnwrap()).toMatchObject({ keysHeld: false });
  });

  it('waits for its keys where another run has them meanwhile, and gets them next', async () => {
    const bench = new Bench();
    const { runner, journal, gate } = await stranded(bench);
    void other();
    await bench.clock.advance(10);
    gate.lift();
    await bench.clock.advance(2_000);
    expect((await journal.row('r'))._unsafeUnwrap()).toMatchObject({ state: 'background', keysHeld: false });
    (await bench.until(runner.release('other', 'ask', word)))._unsafeUnwrap();
    expect((await bench.must(runner.wait('r'))).state).toBe('stuck');
    expect((await journal.row('r'))._unsafeUnwrap()).toMatchObject({ state: 'stuck', keysHeld: true });
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
