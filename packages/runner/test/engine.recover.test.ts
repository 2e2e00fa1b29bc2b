import { err, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { type Failure, happenedIfFound, type Journal, type RunEvent, type StepGraph } from '../src/index.ts';
import { Bench, Gate, graph, logged, word } from './model/bench.ts';

const never = new Promise<Result<string, Failure>>(() => {});

describe('after a crash', () => {
  it('the run goes on in another process: what is done is not run again, what was cut off is probed', async () => {
    const bench = new Bench();
    const log: string[] = [];
    const built = graph('g', (g) => {
      const a = g.step('a', logged(log, 'a'));
      const b = g.step('b', {
        after: [a],
        run: (_, { fence, attempt }) => {
          log.push(`b ${attempt} under ${fence}`);
          return never;
        },
        probe: () => ok(happenedIfFound(log.push('probe b') > 0 ? 'found' : undefined)),
        revert: () => undefined,
      });
      g.step('c', {
        needs: { b },
        run: ({ b: found }, { fence }) => ok(log.push(`c has ${found} under ${fence}`)),
      });
    });
    const one = await bench.process([built]);
    void one.runner.run(built, null, { id: 'r', keys: ['node/1'] });
    await bench.clock.advance(10);
    one.die();
    const two = await bench.process([built]);
    expect(await bench.must(two.runner.recover())).toEqual({ recovered: ['r'], left: [] });
    expect((await bench.must(two.runner.wait('r'))).state).toBe('success');
    expect(log).toEqual(['a', 'b 1 under 1', 'probe b', 'c has found under 2']);
  });

  it('a step that did not happen is run again, with the same key and a higher number', async () => {
    const bench = new Bench();
    const seen: string[] = [];
    const built = graph('g', (g) => {
      g.step('b', {
        run: (_, { key, attempt }) => {
          seen.push(`${key} ${attempt}`);
          return attempt === 1 ? never : Promise.resolve(ok('made'));
        },
        probe: () => ok({ happened: 'no' }),
        revert: () => undefined,
      });
    });
    const one = await bench.process([built]);
    void one.runner.run(built, null, { id: 'r' });
    await bench.clock.advance(10);
    one.die();
    const two = await bench.process([built]);
    await bench.must(two.runner.recover());
    expect((await bench.must(two.runner.wait('r'))).state).toBe('success');
    expect(seen).toEqual(['r/b 1', 'r/b 2']);
  });

  it('attempts go on counting where they were cut off, and those that failed before are not given again', async () => {
    const bench = new Bench();
    const tried: { readonly fence: number; readonly attempt: number }[] = [];
    const built = graph('g', (g) => {
      g.step('b', {
        retry: { attempts: 4, delayMs: 30_000, factor: 1 },
        run: (_, { attempt, fence }) => {
          tried.push({ fence, attempt });
          return err({ kind: 'no-room', message: 'there is no room', applied: 'no' });
        },
        probe: () => ok({ happened: 'no' }),
        revert: () => undefined,
      });
    });
    const one = await bench.process([built]);
    void one.runner.run(built, null, { id: 'r' });
    await bench.clock.advance(40_000);
    expect((await bench.events(one.journal)).filter(({ kind }) => kind === 'attempt-failed')).toHaveLength(2);
    one.die();
    const two = await bench.process([built]);
    await bench.must(two.runner.recover());
    expect((await bench.must(two.runner.wait('r'))).state).toBe('reverted');
    expect(tried.filter(({ fence }) => fence === 2).map(({ attempt }) => attempt)).toEqual([3, 4]);
    const started = (await bench.events(two.journal)).flatMap((event) =>
      event.kind === 'started' ? [event.attempt] : [],
    );
    expect(started).toEqual([1, 3]);
  });

  it('a revert that was cut off is called again, and knows what it knew', async () => {
    const bench = new Bench();
    const seen: unknown[] = [];
    const built = graph('g', (g) => {
      const a = g.step('a', {
        run: () => ok({ id: 'vol-1' }),
        revert: (was) => {
          seen.push(was.outcome === 'done' ? was.output : was.outcome);
          return seen.length === 1 ? never : Promise.resolve(ok(1));
        },
        revertBlind: true,
      });
      g.step('bad', { after: [a], run: () => err({ kind: 'bad', message: 'it is bad', applied: 'no' }) });
    });
    const one = await bench.process([built]);
    void one.runner.run(built, null, { id: 'r' });
    await bench.clock.advance(10);
    one.die();
    const two = await bench.process([built]);
    await bench.must(two.runner.recover());
    expect(await bench.must(two.runner.wait('r'))).toMatchObject({
      state: 'reverted',
      cause: { kind: 'bad' },
    });
    expect(seen).toEqual([{ id: 'vol-1' }, { id: 'vol-1' }]);
  });

  it('a paused run stays paused', async () => {
    const bench = new Bench();
    const log: string[] = [];
    const gate = new Gate();
    const built = graph('g', (g) => {
      const a = g.step('a', { ...logged(log, 'a', gate), probe: () => ok(happenedIfFound('a')) });
      g.step('b', { ...logged(log, 'b'), after: [a] });
    });
    const one = await bench.process([built]);
    void one.runner.run(built, null, { id: 'r' });
    await bench.clock.advance(10);
    await bench.must(one.runner.pause('r', word));
    one.die();
    const two = await bench.process([built]);
    await bench.must(two.runner.recover());
    await bench.clock.advance(60_000);
    expect((await bench.must(two.runner.get('r'))).row.state).toBe('suspended');
    await bench.must(two.runner.resume('r', { by: 'ann' }));
    expect((await bench.must(two.runner.wait('r'))).state).toBe('success');
    expect(log).toEqual(['a', 'b']);
  });

  it('a run whose graph is not registered is listed as such, and its keys stay held', async () => {
    const bench = new Bench();
    const built = graph('g', (g) => void g.hold('ask', { ask: 'go on?' }));
    const one = await bench.process([built]);
    void one.runner.run(built, null, { id: 'r', keys: ['node/1'] });
    await bench.clock.advance(10);
    one.die();
    const two = await bench.process([graph('other', (g) => void g.step('a', { run: () => ok(1) }))]);
    const { recovered, left } = await bench.must(two.runner.recover());
    expect(recovered).toEqual([]);
    expect(left).toMatchObject([{ runId: 'r', error: { kind: 'unknown-graph' } }]);
    expect((await bench.must(two.runner.get('r'))).row.keysHeld).toBe(true);
  });

  it('a run whose started steps were changed is not touched: the difference is said line by line', async () => {
    const bench = new Bench();
    const versions = [1, 2].map((version) =>
      graph('g', (g) => {
        const a = g.step('a', { ...logged([], 'a'), version });
        g.hold('ask', { after: [a], ask: 'go on?' });
        if (version === 2) g.step('new', { run: () => ok(1) });
      }),
    );
    const one = await bench.process([versions[0]!]);
    void one.runner.run(versions[0]!, null, { id: 'r' });
    await bench.clock.advance(10);
    one.die();
    const two = await bench.process([versions[1]!]);
    const { left } = await bench.must(two.runner.recover());
    expect(left).toMatchObject([{ runId: 'r', error: { kind: 'rewired' } }]);
    const { diff } = left[0]!.error;
    expect(diff).toHaveLength(1);
    expect(diff![0]).toMatch(/^a: .*version/);
    const three = await bench.process([versions[0]!]);
    expect((await bench.must(three.runner.recover())).recovered).toEqual(['r']);
  });

  it('a step that the code has only now is run, once', async () => {
    const bench = new Bench();
    const log: string[] = [];
    const version = (hasMore: boolean): StepGraph<unknown, null, unknown> =>
      graph('g', (g) => {
        g.hold('ask', { ask: 'go on?' });
        if (hasMore) g.step('new', logged(log, 'new'));
      });
    const old = version(false);
    const one = await bench.process([old]);
    void one.runner.run(old, null, { id: 'r' });
    await bench.clock.advance(10);
    one.die();
    const two = await bench.process([version(true)]);
    await bench.must(two.runner.recover());
    await bench.clock.advance(1_000);
    expect(log).toEqual(['new']);
    const kinds = (await bench.events(two.journal)).map(({ kind }) => kind);
    expect(kinds).not.toContain('interrupted');
    await bench.must(two.runner.release('r', 'ask', word));
    expect((await bench.must(two.runner.wait('r'))).state).toBe('success');
  });

  it('the old owner, if it only slept, writes nothing more', async () => {
    const bench = new Bench();
    const gate = new Gate();
    const built = graph('g', (g) => {
      const a = g.step('a', { run: () => gate.passed.then(() => ok(1)), idempotent: true });
      g.step('b', { after: [a], run: () => ok(1) });
    });
    const one = await bench.process([built]);
    const first = one.runner.run(built, null, { id: 'r' });
    await bench.clock.advance(10);
    one.die();
    const two = await bench.process([built]);
    await bench.must(two.runner.recover());
    gate.lift();
    expect((await bench.must(two.runner.wait('r'))).state).toBe('success');
    const fences = new Set((await two.journal.read('r', 1, 1_000))._unsafeUnwrap().map(({ fence }) => fence));
    expect([...fences]).toEqual([1, 2]);
    const answer = await bench.until(first);
    expect(answer.isErr() && answer.error.kind).toMatch(/fenced-out|journal/);
  });

  it('what an owner still wrote between the look at its run and the claim counts', async () => {
    const bench = new Bench();
    const gate = new Gate();
    const log: string[] = [];
    const built = graph('g', (g) => {
      const a = g.step('a', {
        ...logged(log, 'a', gate),
        probe: () => ok(happenedIfFound(log.push('probe a') > 0 ? 'found' : undefined)),
      });
      const sure = g.hold('sure', { after: [a], ask: 'go on?' });
      g.step('b', { needs: { a }, after: [sure], run: ({ a: made }) => ok(log.push(`b has ${made}`)) });
    });
    // It gives no sign of life, and writes all the same.
    const one = await bench.process([built], { otherwise: () => ({ heartbeat: () => okAsync() }) });
    void one.runner.run(built, null, { id: 'r' });
    await bench.clock.advance(60_000);
    const two = await bench.process([built], {
      otherwise: (journal) => ({
        claim: (...asked) => {
          gate.lift();
          return ResultAsync.fromSafePromise(written(journal, 'asked')).andThen(() => {
            one.die();
            return journal.claim(...asked);
          });
        },
      }),
    });
    expect((await bench.must(two.runner.recover())).recovered).toEqual(['r']);
    await bench.clock.advance(1_000);
    await bench.must(two.runner.release('r', 'sure', word));
    expect((await bench.must(two.runner.wait('r'))).state).toBe('success');
    expect(log).toEqual(['a', 'b has a']);
    const stored = (await two.journal.read('r', 1, 1_000))._unsafeUnwrap();
    const fenceOf = (kind: RunEvent['kind']) => stored.find(({ event }) => event.kind === kind)?.fence;
    expect([fenceOf('asked'), fenceOf('claimed'), fenceOf('released')]).toEqual([1, 2, 2]);
  });
});

/** Resolves when an event of that kind is in the journal. */
async function written(journal: Journal, kind: RunEvent['kind']): Promise<void> {
  const isThere = async () =>
    (await journal.read('r', 1, 1_000))._unsafeUnwrap().some(({ event }) => event.kind === kind);
  while (!(await isThere())) await new Promise((resolve) => setImmediate(resolve));
}
