import { err, ok, type Result } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { type Failure, type GraphBuilder, json, type StepGraph, stepGraph } from '../src/index.ts';
import { Bench } from './model/bench.ts';

type Graph<O> = StepGraph<unknown, null, O>;
type Build<O> = (g: GraphBuilder<unknown>) => O;

function graph<R extends ReturnType<Parameters<typeof stepGraph>[1]>>(build: Build<R>): Graph<unknown> {
  return stepGraph('g', (g: GraphBuilder<unknown>, _: null) => build(g));
}

const refused: Failure = { kind: 'no-room', message: 'there is no room', applied: 'no' };

describe('what a step may give', () => {
  const outcomeOf = async (run: () => unknown, maxOutputBytes = 1_000): Promise<unknown> => {
    const bench = new Bench();
    // Types refuse most of this; a run without them meets the same check.
    const built = graph((g) => g.step('a', { run: run as () => Result<number, Failure> }));
    const { runner } = await bench.process([built], { maxOutputBytes });
    return await bench.must(runner.run(built, null, { id: 'r' }));
  };

  it('is JSON: anything else is a failure that names the place', async () => {
    expect(await outcomeOf(() => ok({ when: [new Date(0)] }))).toMatchObject({
      state: 'reverted',
      cause: { kind: 'output-not-json', message: expect.stringContaining('output.when[0] is a Date') },
    });
    expect(await outcomeOf(() => ok(1n))).toMatchObject({ cause: { kind: 'output-not-json' } });
  });

  it('is not larger than the limit, counted in bytes of JSON', async () => {
    expect(await outcomeOf(() => ok('é'.repeat(499)))).toMatchObject({ state: 'success' });
    expect(await outcomeOf(() => ok('é'.repeat(500)))).toMatchObject({
      state: 'reverted',
      cause: { kind: 'output-too-large', message: expect.stringContaining('1002 bytes') },
    });
  });

  it('may be thrown: then it is a failure with the name and the message', async () => {
    const thrown = await outcomeOf(() => {
      throw new TypeError('no such thing');
    });
    expect(thrown).toMatchObject({
      state: 'reverted',
      cause: { kind: 'thrown', message: 'TypeError: no such thing' },
    });
    expect(await outcomeOf(() => Promise.reject(new Error('later')))).toMatchObject({
      cause: { kind: 'thrown', message: 'later' },
    });
  });

  it('is a Result: what is neither ok nor err leaves a doubt', async () => {
    expect(await outcomeOf(() => 5)).toMatchObject({
      state: 'stuck',
      stuck: [{ error: { kind: 'no-result' } }],
    });
  });

  it('reaches each dependent as a value of its own, in the form that the journal has', async () => {
    const given: { list: number[]; gone?: number | undefined } = { list: [1], gone: undefined };
    const seen: unknown[] = [];
    const take = ({ a }: { a: { list: number[]; gone?: number | undefined } }): Result<number, Failure> => {
      seen.push({ ...a, list: [...a.list] }, 'gone' in a);
      a.list.push(99);
      return ok(1);
    };
    await new Bench().play(
      graph((g) => {
        const a = g.step('a', {
          run: () => ok(given),
        });
        const b = g.step('b', { needs: { a }, run: take });
        g.step('c', { needs: { a }, after: [b], run: take });
      }),
    );
    expect(seen).toEqual([{ list: [1] }, false, { list: [1] }, false]);
  });
});

describe('undo', () => {
  it('saved while the step ran is there for its revert, though the step failed', async () => {
    let was: unknown;
    await new Bench().play(
      graph((g) =>
        g.step('a', {
          undo: json<{ wasRunning: string[] }>(),
          run: async (_, { saveUndo }) =>
            (await saveUndo({ wasRunning: ['db'] })).andThen(() => err(refused)),
          revert: (given) => {
            was = given;
            return undefined;
          },
        }),
      ),
    );
    expect(was).toMatchObject({ outcome: 'failed', error: refused, undo: { wasRunning: ['db'] } });
  });

  it('is durable before saveUndo answers', async () => {
    const bench = new Bench();
    let known: readonly string[] = [];
    const built = graph((g) =>
      g.step('a', {
        undo: json<number>(),
        run: async (_, { saveUndo }) => {
          const saved = await saveUndo(7);
          known = (await bench.events(journal)).map(({ kind }) => kind);
          return saved.map(() => 1);
        },
        revert: () => undefined,
      }),
    );
    const { runner, journal } = await bench.process([built]);
    await bench.must(runner.run(built, null, { id: 'r' }));
    expect(known).toContain('undo-saved');
  });

  it('of the last saving counts, and is refused where the step declares none', async () => {
    const answers: unknown[] = [];
    await new Bench().play(
      graph((g) => {
        g.step('undeclared', {
          run: async (_, { saveUndo }) => {
            answers.push((await saveUndo(1 as never))._unsafeUnwrapErr().kind);
            return ok(1);
          },
        });
        g.step('twice', {
          undo: json<number>(),
          run: async (_, { saveUndo }) => (await saveUndo(1)).andThen(() => ok(1)),
          revert: ({ undo }) => {
            answers.push(undo);
            return undefined;
          },
        });
        g.step('bad', { graceMs: 1, run: async () => err(refused) });
      }),
    );
    expect(answers).toEqual(['no-undo', 1]);
  });
});
