import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import {
  type Failure,
  type GraphBuilder,
  happenedIfFound,
  type StepGraph,
  type StoredEvent,
  stepGraph,
} from '../src/index.ts';
import { Bench, Gate, graph, logged, word } from './model/bench.ts';

const never = new Promise<Result<string, Failure>>(() => {});

describe('an id', () => {
  const counting = (log: number[]): StepGraph<unknown, { n: number }, unknown> =>
    stepGraph('count', (g: GraphBuilder<unknown>, input: { n: number }) =>
      g.step('a', { run: () => ok(log.push(input.n)) }),
    );

  it('names one run for ever: the same graph and input attach to it, whatever its state', async () => {
    const bench = new Bench();
    const log: number[] = [];
    const built = counting(log);
    const { runner } = await bench.process([built]);
    const both = await Promise.all([
      bench.must(runner.run(built, { n: 1 }, { id: 'r' })),
      bench.must(runner.run(built, { n: 1 }, { id: 'r' })),
    ]);
    const later = await bench.must(runner.run(built, { n: 1 }, { id: 'r' }));
    expect([...both, later].map(({ state }) => state)).toEqual(['success', 'success', 'success']);
    expect(later).toEqual(both[0]);
    expect(log).toEqual([1]);
  });

  it('of another input, or of another graph, is taken', async () => {
    const bench = new Bench();
    const built = counting([]);
    const other = graph('other', (g) => void g.step('a', { run: () => ok(1) }));
    const { runner } = await bench.process([built, other]);
    await bench.must(runner.run(built, { n: 1 }, { id: 'r' }));
    const input = await bench.until(runner.run(built, { n: 2 }, { id: 'r' }));
    expect(input._unsafeUnwrapErr().kind).toBe('run-id-taken');
    const graphs = await bench.until(runner.run(other, null, { id: 'r' }));
    expect(graphs._unsafeUnwrapErr().kind).toBe('run-id-taken');
  });

  it("is waited for as long as the caller's signal allows; the run goes on without the caller", async () => {
    const bench = new Bench();
    const gate = new Gate();
    const built = graph('g', (g) => void g.step('a', { run: () => gate.passed.then(() => ok(1)) }));
    const { runner } = await bench.process([built]);
    const caller = new AbortController();
    const run = runner.run(built, null, { id: 'r', signal: caller.signal });
    await bench.clock.advance(10);
    caller.abort();
    expect((await bench.until(run))._unsafeUnwrapErr().kind).toBe('stopped-waiting');
    gate.lift();
    expect((await bench.must(runner.wait('r'))).state).toBe('success');
  });
});

describe('events', () => {
  it('are the same whether they are watched live or read afterwards', async () => {
    const bench = new Bench();
    const built = graph('g', (g) => {
      const a = g.step('a', logged([], 'a'));
      const hold = g.hold('ask', { after: [a], ask: 'go on?' });
      g.step('bad', { after: [hold], run: () => err({ kind: 'bad', message: 'it is bad', applied: 'no' }) });
    });
    const { runner } = await bench.process([built]);
    const run = runner.run(built, null, { id: 'r' });
    await bench.clock.advance(1);
    const live = collect(runner.events('r'));
    await bench.clock.advance(1_000);
    await bench.must(runner.release('r', 'ask', word));
    await bench.must(run);
    const seen = await bench.clock.until(live);
    expect(seen.at(-1)!.event).toEqual({ kind: 'finished', state: 'reverted' });
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, i) => i + 1));
    expect(await bench.clock.until(collect(runner.events('r')))).toEqual(seen);
    expect(await bench.clock.until(collect(runner.events('r', { after: 3 })))).toEqual(seen.slice(3));
  });
});

describe('closing', () => {
  it('lets what is in flight end, starts nothing more, and leaves the run for whoever recovers it', async () => {
    const bench = new Bench();
    const log: string[] = [];
    const gate = new Gate();
    const built = graph('g', (g) => {
      const a = g.step('a', logged(log, 'a', gate));
      g.step('b', { ...logged(log, 'b'), after: [a] });
    });
    const one = await bench.process([built]);
    const run = one.runner.run(built, null, { id: 'r', keys: ['node/1'] });
    await bench.clock.advance(10);
    const closed = one.runner.close({ deadlineMs: 5_000 });
    gate.lift();
    await bench.clock.until(closed);
    expect(await bench.must(run)).toMatchObject({ state: 'suspended' });
    expect(log).toEqual(['a']);
    const two = await bench.process([built]);
    expect((await bench.must(two.runner.get('r'))).row).toMatchObject({ state: 'suspended', keysHeld: true });
    expect((await bench.must(two.runner.recover())).recovered).toEqual(['r']);
    expect((await bench.must(two.runner.wait('r'))).state).toBe('success');
    expect(log).toEqual(['a', 'b']);
    expect((await bench.until(one.runner.run(built, null, { id: 'x' })))._unsafeUnwrapErr().kind).toBe(
      'closed',
    );
  });

  it('keeps a run of which something is still under way, so that nobody begins that a second time beside it', async () => {
    const bench = new Bench();
    const log: string[] = [];
    const [slow, quick] = [new Gate(), new Gate()];
    const built = graph('g', (g) => {
      const a = g.step('a', {
        run: async (_, { stillOurs }) => {
          log.push('a');
          await slow.passed;
          log.push(`a is still ours: ${await stillOurs()}`);
          return ok('a');
        },
        probe: () => ok({ happened: 'no' }),
        revert: () => undefined,
      });
      const b = g.step('b', logged(log, 'b', quick));
      g.step('c', { ...logged(log, 'c'), after: [a, b] });
    });
    const one = await bench.process([built]);
    void one.runner.run(built, null, { id: 'r' });
    await bench.clock.advance(10);
    const closed = one.runner.close({ deadlineMs: 60_000 });
    quick.lift();
    await bench.clock.advance(20_000);
    const two = await bench.process([built]);
    expect((await bench.must(two.runner.recover())).recovered).toEqual([]);
    slow.lift();
    await bench.clock.until(closed);
    expect(log).toEqual(['a', 'b', 'a is still ours: true']);
    expect((await bench.must(two.runner.recover())).recovered).toEqual(['r']);
    expect((await bench.must(two.runner.wait('r'))).state).toBe('success');
    expect(log.slice(3)).toEqual(['c']);
  });

  it('gives up on a step that does not end by the deadline: whoever recovers the run probes it', async () => {
    const bench = new Bench();
    const built = graph('g', (g) => {
      g.step('a', { run: () => never, probe: () => ok(happenedIfFound('there')), revert: () => undefined });
    });
    const one = await bench.process([built]);
    void one.runner.run(built, null, { id: 'r' });
    await bench.clock.advance(10);
    const before = bench.clock.now();
    await bench.clock.until(one.runner.close({ deadlineMs: 5_000 }));
    expect(bench.clock.now() - before).toBe(5_000);
    const two = await bench.process([built]);
    await bench.must(two.runner.recover());
    expect((await bench.must(two.runner.wait('r'))).state).toBe('success');
  });

  it('does not hear an answer that comes after the deadline, while the last words are being written', async () => {
    const bench = new Bench();
    const [late, busy, disk] = [new Gate(), new Gate(), new Gate()];
    let probes = 0;
    let isSlow = false;
    const slow = graph('slow', (g) => {
      g.step('a', {
        run: () => late.passed.then(() => ok('late')),
        probe: () => ok(happenedIfFound(++probes > 0 ? 'there' : undefined)),
        revert: () => undefined,
      });
    });
    const other = graph('other', (g) => void g.step('b', logged([], 'b', busy)));
    const one = await bench.process([slow, other], {
      otherwise: (journal) => ({
        append: (batches) =>
          isSlow
            ? ResultAsync.fromSafePromise(disk.passed).andThen(() => journal.append(batches))
            : journal.append(batches),
      }),
    });
    void one.runner.run(slow, null, { id: 'r' });
    void one.runner.run(other, null, { id: 'other' });
    await bench.clock.advance(10);
    isSlow = true;
    busy.lift();
    await bench.clock.advance(10);
    const closed = one.runner.close({ deadlineMs: 5_000 });
    await bench.clock.advance(5_000);
    late.lift();
    await bench.clock.advance(10);
    disk.lift();
    await bench.clock.until(closed);
    const two = await bench.process([slow, other]);
    expect((await bench.events(two.journal)).map(({ kind }) => kind)).not.toContain('done');
    await bench.must(two.runner.recover());
    expect((await bench.must(two.runner.wait('r'))).state).toBe('success');
    expect(probes).toBe(1);
  });
});

async function collect(events: AsyncIterable<StoredEvent>): Promise<StoredEvent[]> {
  const seen: StoredEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}
