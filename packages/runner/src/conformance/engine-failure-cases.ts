import { err, ok } from 'neverthrow';
import { json } from '../json.ts';
import {
  type EngineCase,
  engineCase,
  eventsOf,
  failing,
  graphOf,
  must,
  mustBe,
  mustFail,
  same,
  seen,
  step,
  word,
} from './engine-bench.ts';
import { refused } from './engine-world.ts';

/** What happens when a step fails: who is reverted, in which order, with what knowledge; attempts and their limits. */
export const engineFailureCases: readonly EngineCase[] = [
  engineCase(
    {
      id: 'engine-20',
      title: 'a failure reverts all that started, the failed step too, each after what stands on it',
    },
    async ({ play, world }) => {
      const graph = graphOf((g) => void step(g, 'd', [failing(g, 'c', [step(g, 'b', [step(g, 'a')])])]));
      const { cause } = mustBe((await play(graph)).outcome, 'reverted');
      same('What was done', world.said, ['a', 'b', 'c', 'undo c', 'undo b', 'undo a']);
      same('The cause', cause, refused);
    },
  ),
  engineCase(
    {
      id: 'engine-21',
      title: 'after a failure nothing new starts, and what is in flight is told, awaited and then reverted',
    },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        const slow = g.step('slow', {
          run: async (_, { services, signal }) => {
            await services.pass('slow', signal);
            services.say(`told ${signal.aborted}`);
            await services.pass('slow ends');
            return services.does('slow');
          },
          revert: (was, { services }) => services.undoes(`slow, ${was.outcome}`),
          revertBlind: true,
        });
        step(g, 'next', [slow]);
        g.step('fail', {
          run: async (_, { services }) => {
            await services.reached('slow');
            return services.fails('fail');
          },
        });
      });
      const playing = play(graph);
      await world.reached('slow ends');
      same('Before it has ended', world.said, ['fail', 'told true']);
      world.open('slow ends');
      mustBe((await playing).outcome, 'reverted');
      same('What was done', world.said, ['fail', 'told true', 'slow', 'undo slow, done']);
    },
  ),
  engineCase(
    { id: 'engine-22', title: 'what is thrown is a failure with its message' },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        const a = step(g, 'a');
        g.step('throws', {
          after: [a],
          run: () => {
            throw new RangeError('no such zone');
          },
        });
      });
      const { cause } = mustBe((await play(graph)).outcome, 'reverted');
      same('The message', cause.message.includes('no such zone'), true);
      same('What was done', world.said, ['a', 'undo a']);
    },
  ),
  engineCase(
    {
      id: 'engine-23',
      title: 'revert is told how its step ended, its output or error, its needs, and what it saved',
    },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        const a = g.step('a', {
          run: () => ok({ id: 'vol-1' }),
          revert: (was, { services }) =>
            services.undoes(was.outcome === 'done' ? `a ${was.output.id}` : was.outcome),
          revertBlind: true,
        });
        g.step('b', {
          needs: { a },
          undo: json<{ readonly was: string }>(),
          run: async (_, { saveUndo }) => {
            const saved = await saveUndo({ was: 'first' });
            const again = await saved.asyncAndThen(() => saveUndo({ was: 'second' }));
            return again.andThen(() => err(refused));
          },
          revert: (was, { services }) =>
            services.undoes(
              `b ${was.outcome === 'done' ? '' : was.error.kind} ${was.undo?.was} ${was.needs.a.id}`,
            ),
        });
      });
      mustBe((await play(graph)).outcome, 'reverted');
      same('What was undone', world.said, ['undo b refused second vol-1', 'undo a vol-1']);
    },
  ),
  engineCase(
    {
      id: 'engine-24',
      title: 'a step is tried as often as its policy says, and only as long as that is worth it',
    },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        const third = g.step('third', {
          retry: { attempts: 3, delayMs: 1 },
          run: (_, { services, attempt }) =>
            attempt < 3 ? services.fails(`try ${attempt}`) : services.does('third'),
        });
        g.step('hopeless', {
          after: [third],
          retry: { attempts: 9, delayMs: 1, when: ({ kind }) => kind !== 'refused' },
          run: (_, { services, attempt }) => services.fails(`hopeless ${attempt}`),
        });
      });
      mustBe((await play(graph)).outcome, 'reverted');
      same('The tries', world.said, ['try 1', 'try 2', 'third', 'hopeless 1']);
    },
  ),
  engineCase(
    {
      id: 'engine-25',
      title: 'between two tries the pause grows, on the engine’s clock',
      levers: ['advance'],
    },
    async ({ open, world, advance }) => {
      const graph = graphOf((g) => {
        g.step('rare', {
          retry: { attempts: 3, delayMs: 3_600_000, factor: 2 },
          run: (_, { services, attempt }) =>
            attempt < 3 ? services.fails(`try ${attempt}`) : services.does('rare'),
        });
      });
      const runner = await open(graph);
      const running = runner.run(graph, null, { id: 'r' });
      await seen(runner, 'attempt-failed', ({ attempt }) => attempt === 1);
      await advance(3_600_000);
      await seen(runner, 'attempt-failed', ({ attempt }) => attempt === 2);
      await advance(3_600_000);
      same('After half of the second pause', world.said, ['try 1', 'try 2']);
      await advance(3_600_000);
      mustBe(await must(running), 'success');
      same('In the end', world.said, ['try 1', 'try 2', 'rare']);
    },
  ),
  engineCase(
    {
      id: 'engine-26',
      title: 'an attempt that takes too long is told so; what it answers within its grace counts',
    },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        g.step('slow', {
          timeoutMs: 20,
          graceMs: 60_000,
          run: async (_, { services, signal }) => {
            await services.pass('never', signal);
            return services.does('slow, told');
          },
        });
      });
      mustBe((await play(graph)).outcome, 'success');
      same('What was done', world.said, ['slow, told']);
    },
  ),
  engineCase(
    {
      id: 'engine-27',
      title: 'what an attempt answers after its grace is not heard, and the doubt is settled by the probe',
    },
    async ({ play, world }) => {
      const graph = graphOf((g) =>
        g.step('slow', {
          timeoutMs: 10,
          graceMs: 10,
          run: async (_, { services }) => {
            await services.pass('late');
            return services.does('late');
          },
          probe: (_, { services }) => {
            services.say('probed');
            return ok({ happened: 'yes', output: 'found' });
          },
        }),
      );
      const { runner, outcome } = await play(graph);
      same('The output', mustBe(outcome, 'success').output, 'found');
      world.open('late');
      const events = await eventsOf(runner);
      same(
        'How often it was done',
        events.filter(({ event }) => event.kind === 'done').map(({ event }) => event),
        [{ kind: 'done', step: 'slow', output: 'found', adopted: true }],
      );
      same('What was done', world.said, ['probed', 'late']);
    },
  ),
  engineCase(
    {
      id: 'engine-28',
      title: 'a revert that fails for good leaves the run stuck with its first cause; other reverts go on',
    },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        const held = g.step('held', {
          run: (_, { services }) => services.does('held'),
          revert: (_, { services }) => services.fails('cannot undo held'),
          revertRetry: { attempts: 2, delayMs: 1 },
          revertBlind: true,
        });
        failing(g, 'fail', [held, step(g, 'other')]);
      });
      const { runner, outcome } = await play(graph, { keys: ['node/1'] });
      const stuck = mustBe(outcome, 'stuck');
      same('The cause', stuck.cause, refused);
      same(
        'What is stuck',
        stuck.stuck.map(({ step: of, why, verbs }) => ({ of, why, verbs })),
        [{ of: 'held', why: 'revert-failed', verbs: ['retry', 'mark-reverted'] }],
      );
      same('The other revert', world.said.includes('undo other'), true);
      same('How often it was tried', world.said.filter((each) => each === 'cannot undo held').length, 2);
      const info = await must(runner.get('r'));
      same('The keys', info.row.keysHeld, true);
      await must(runner.resolve('r', 'held', 'mark-reverted', word));
      mustBe(await must(runner.wait('r')), 'reverted');
      same('The keys, in the end', (await must(runner.get('r'))).row.keysHeld, false);
    },
  ),
  engineCase(
    {
      id: 'engine-29',
      title: 'a stuck revert can be tried again by a person, and by nobody who does not say why',
    },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        const held = g.step('held', {
          run: (_, { services }) => services.does('held'),
          revert: (_, { services }) =>
            services.said.includes('mended') ? services.undoes('held') : services.fails('no'),
          revertRetry: { attempts: 1 },
          revertBlind: true,
        });
        failing(g, 'fail', [held]);
      });
      const { runner, outcome } = await play(graph);
      mustBe(outcome, 'stuck');
      await mustFail(runner.resolve('r', 'held', 'retry', { by: 'ann', reason: '' }), 'invalid');
      await mustFail(runner.resolve('r', 'held', 'mark-done', word), 'refused');
      await mustFail(runner.resolve('r', 'fail', 'retry', word), 'refused');
      world.say('mended');
      await must(runner.resolve('r', 'held', 'retry', word));
      mustBe(await must(runner.wait('r')), 'reverted');
      same('The last', world.said.at(-1), 'undo held');
      const resolved = (await eventsOf(runner)).filter(({ event }) => event.kind === 'resolved');
      same(
        'What is kept of it',
        resolved.map(({ event }) => event),
        [{ kind: 'resolved', step: 'held', how: 'retry', ...word }],
      );
    },
  ),
];
