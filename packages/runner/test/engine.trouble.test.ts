import { err, ok, type Result } from 'neverthrow';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Failure,
  failureOf,
  type GraphBuilder,
  json,
  memoryJournal,
  openRunner,
  type Runner,
  type RunnerError,
  stepGraph,
} from '../src/index.ts';

const runners: Runner[] = [];
const word = { by: 'ada', reason: 'a test' };

async function open(graphs: Parameters<typeof openRunner>[0]['graphs'], more: object = {}): Promise<Runner> {
  const runner = await openRunner({ graphs, services: {} as never, journal: memoryJournal(), ...more });
  runners.push(runner);
  return runner;
}

afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.close()));
});

describe('an error', () => {
  it('that is too large to keep still says whether its effect took place', async () => {
    let looked = 0;
    const graph = stepGraph('large', (g: GraphBuilder<unknown>, _: null) => {
      g.step('a', {
        run: (): Result<undefined, Failure & { body: string }> =>
          err({ kind: 'lost', message: 'x', applied: 'unknown', body: 'y'.repeat(100_000) }),
        probe: () => {
          looked++;
          return ok({ happened: 'yes', output: undefined });
        },
      });
    });
    const runner = await open([graph]);
    const outcome = await runner.run(graph, null, { id: 'r' });
    expect(outcome._unsafeUnwrap().state).toBe('success');
    expect(looked).toBe(1);
  });

  it('that is its own cause is told all the same', () => {
    const error = new Error('round');
    error.cause = error;
    expect(failureOf(error)).toMatchObject({ message: 'round', cause: { message: 'round' } });
  });

  it('of the policy itself ends the tries, and not the process', async () => {
    const graph = stepGraph('picky', (g: GraphBuilder<unknown>, _: null) => {
      g.step('a', {
        retry: {
          attempts: 3,
          when: () => {
            throw new Error('the policy is broken');
          },
        },
        run: () => err({ kind: 'no', message: 'no', applied: 'no' as const }),
      });
    });
    const runner = await open([graph]);
    const outcome = await runner.run(graph, null, { id: 'r' });
    expect(outcome._unsafeUnwrap()).toMatchObject({ state: 'reverted', cause: { kind: 'no' } });
  });

  it('that a person has settled is not why a run goes back later', async () => {
    const graph = stepGraph('settled', (g: GraphBuilder<unknown>, _: null) => {
      const a = g.step('a', {
        run: () => err({ kind: 'lost', message: 'lost', applied: 'unknown' as const }),
      });
      g.step('b', { after: [a], run: () => err({ kind: 'disk-full', message: 'the real cause' }) });
    });
    const runner = await open([graph]);
    expect((await runner.run(graph, null, { id: 'r' }))._unsafeUnwrap().state).toBe('stuck');
    expect((await runner.resolve('r', 'a', 'mark-done', word)).isOk()).toBe(true);
    expect((await runner.wait('r'))._unsafeUnwrap()).toMatchObject({
      state: 'reverted',
      cause: { kind: 'disk-full' },
    });
  });
});

describe('what a step saved for its revert', () => {
  it('is there in the next attempt, which no longer sees what the first one saw', async () => {
    const running = new Set(['mysql', 'nginx']);
    const graph = stepGraph('quiet', (g: GraphBuilder<unknown>, _: null) => {
      const stopped = g.step('stop', {
        idempotent: true,
        retry: { attempts: 2, delayMs: 1 },
        undo: json<{ readonly was: readonly string[] }>(),
        run: async (_, { attempt, saveUndo, undo }) => {
          const saved = await saveUndo(undo ?? { was: [...running] });
          running.clear();
          return attempt === 1 ? err({ kind: 'slow', message: 'slow', applied: 'no' as const }) : saved;
        },
        revert: (was) => {
          for (const name of was.undo?.was ?? []) running.add(name);
          return ok(undefined);
        },
      });
      g.step('copy', { after: [stopped], run: () => err({ kind: 'full', message: 'full' }) });
    });
    const runner = await open([graph]);
    expect((await runner.run(graph, null, { id: 'r' }))._unsafeUnwrap().state).toBe('reverted');
    expect([...running]).toEqual(['mysql', 'nginx']);
  });
});

describe('keys of effects', () => {
  it('never meet, whatever runs and steps are called', async () => {
    const keys: string[] = [];
    const graph = stepGraph('keys', (g: GraphBuilder<unknown>, names: readonly string[]) => {
      for (const name of names)
        g.step(name, { run: (_, { key, keyFor }) => ok(void keys.push(key, keyFor('x'))) });
    });
    const scoped = stepGraph('scoped', (g: GraphBuilder<unknown>, _: null) => {
      g.scope('b', { choices: ['only'] }, (s) =>
        s.step('c', { run: (_, { key }) => ok(void keys.push(key)) }),
      );
    });
    const runner = await open([graph, scoped]);
    for (const [id, names] of [
      ['a', ['c', 'c:x']],
      ['a/b#0', ['c']],
      ['a%2Fb', ['c']],
    ] as const) {
      expect((await runner.run(graph, names, { id }))._unsafeUnwrap().state).toBe('success');
    }
    expect((await runner.run(scoped, null, { id: 'a2' })).isOk()).toBe(true);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('a person is told', () => {
  it('that a pruned run has ended and is gone, by every verb', async () => {
    const graph = stepGraph('short', (g: GraphBuilder<unknown>, _: null) => {
      g.step('a', { run: () => ok(1) });
    });
    const runner = await open([graph]);
    expect((await runner.run(graph, null, { id: 'r' })).isOk()).toBe(true);
    expect((await runner.prune({ endedBefore: new Date(Date.now() + 60_000) }))._unsafeUnwrap()).toBe(1);
    const answers = [
      await runner.run(graph, null, { id: 'r' }),
      await runner.wait('r'),
      await runner.revert('r', word),
    ];
    for (const answer of answers) {
      expect(answer._unsafeUnwrapErr()).toMatchObject({ kind: 'refused' });
      expect(answer._unsafeUnwrapErr().message).toContain('ended as success and was pruned');
    }
  });

  it('that there is no such run to watch', async () => {
    const runner = await open([]);
    const troubles: RunnerError[] = [];
    for await (const event of runner.events('nobody', { onTrouble: (trouble) => troubles.push(trouble) }))
      throw new Error(event.event.kind);
    expect(troubles.map(({ kind }) => kind)).toEqual(['unknown-run']);
  });

  it('that others need the output of the step to be marked as done, and that it may be too large', async () => {
    const graph = stepGraph('needed', (g: GraphBuilder<unknown>, _: null) => {
      const a = g.step('a', {
        run: () =>
          Math.max(1, 2) === 2 ? err({ kind: 'lost', message: 'lost', applied: 'unknown' as const }) : ok(1),
      });
      return g.step('b', { needs: { a }, run: ({ a }) => ok(a + 1) });
    });
    const runner = await open([graph], { maxOutputBytes: 100 });
    expect((await runner.run(graph, null, { id: 'r' }))._unsafeUnwrap().state).toBe('stuck');
    const without = await runner.resolve('r', 'a', 'mark-done', word);
    expect(without._unsafeUnwrapErr().message).toContain('say it');
    const large = await runner.resolve('r', 'a', 'mark-done', { ...word, output: 'x'.repeat(1_000) });
    expect(large._unsafeUnwrapErr().message).toContain('the limit is 100');
    expect((await runner.resolve('r', 'a', 'mark-done', { ...word, output: 41 })).isOk()).toBe(true);
    expect((await runner.wait('r'))._unsafeUnwrap()).toMatchObject({ state: 'success', output: 42 });
  });

  it('that a choice is too large, as why its scope has failed', async () => {
    const graph = stepGraph('choosy', (g: GraphBuilder<unknown>, _: null) => {
      g.scope('s', { choices: ['x'.repeat(1_000)] }, (s) => s.step('a', { run: () => ok(1) }));
    });
    const runner = await open([graph], { maxOutputBytes: 100 });
    const outcome = (await runner.run(graph, null, { id: 'r' }))._unsafeUnwrap();
    expect(outcome).toMatchObject({ state: 'reverted', cause: { kind: 'bad-choice' } });
  });
});

describe('a rescue', () => {
  it('that is asked for again finds its run', async () => {
    const stuck = stepGraph('stuck', (g: GraphBuilder<unknown>, _: null) => {
      g.step('a', { run: () => err({ kind: 'lost', message: 'lost', applied: 'unknown' as const }) });
    });
    const rescue = stepGraph('rescue', (g: GraphBuilder<unknown>, _: null) => {
      g.step('a', { run: () => ok(1) });
    });
    const runner = await open([stuck, rescue]);
    const before = await runner.run(stuck, null, { id: 'r', keys: ['node/web12'] });
    expect(before._unsafeUnwrap().state).toBe('stuck');
    const first = await runner.rescue('r', rescue, null, { id: 'r-2', ...word });
    const again = await runner.rescue('r', rescue, null, { id: 'r-2', ...word });
    expect([first, again].map((each) => each._unsafeUnwrap().state)).toEqual(['success', 'success']);
  });
});
