import { ok } from 'neverthrow';
import type { Played } from './engine-bench.ts';
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
  step,
  word,
} from './engine-bench.ts';
import { lost } from './engine-world.ts';

/** What is done about effects of which nobody knows whether they happened. */
export const engineDoubtCases: readonly EngineCase[] = [
  engineCase(
    {
      id: 'engine-60',
      title: 'an effect whose answer was lost is looked for, and adopted where it is found',
    },
    async ({ play, world }) => {
      const graph = graphOf((g) =>
        g.step('buy', {
          run: (_, { services }) => services.fails('buy', lost),
          probe: (_, { services, key }) => {
            services.say(`probe ${key}`);
            return ok({ happened: 'yes', output: 'vol-7' });
          },
        }),
      );
      const { runner, outcome } = await play(graph);
      same('The output', mustBe(outcome, 'success').output, 'vol-7');
      same('What was done', world.said, ['buy', 'probe r/buy']);
      const done = (await eventsOf(runner)).find(({ event }) => event.kind === 'done');
      same('The event', done?.event, { kind: 'done', step: 'buy', output: 'vol-7', adopted: true });
    },
  ),
  engineCase(
    {
      id: 'engine-61',
      title: 'where it is not found it is tried again if the policy allows, else it has failed',
    },
    async ({ open, world }) => {
      const buying = (attempts: number): Played<string> =>
        graphOf(
          (g) =>
            g.step('buy', {
              retry: { attempts, delayMs: 1 },
              run: (_, { services, attempt }) =>
                attempt === 1 ? services.fails('buy', lost) : services.does('bought'),
              probe: (_, { services }) => {
                services.say('probe');
                return ok({ happened: 'no' });
              },
            }),
          `buying-${attempts}`,
        );
      const [twice, once] = [buying(2), buying(1)];
      const runner = await open(twice, once);
      mustBe(await must(runner.run(twice, null, { id: 'r' })), 'success');
      same('With another try', world.said.splice(0), ['buy', 'probe', 'bought']);
      const { cause } = mustBe(await must(runner.run(once, null, { id: 's' })), 'reverted');
      same('The cause', cause.kind, 'lost');
      same('Without', world.said, ['buy', 'probe']);
    },
  ),
  engineCase(
    {
      id: 'engine-62',
      title: 'without a probe a doubt stops the run for a person, and what was in flight has finished',
    },
    async ({ play, world }) => {
      const { runner, outcome } = await play(mailing());
      const { stuck } = mustBe(outcome, 'stuck');
      same(
        'What is stuck',
        stuck.map(({ step: of, why, verbs }) => ({ of, why, verbs })),
        [{ of: 'mail', why: 'outcome-unknown', verbs: ['retry', 'mark-done', 'mark-not-happened'] }],
      );
      same('What was done', world.said, ['mail', 'beside']);
      await must(runner.resolve('r', 'mail', 'mark-done', { ...word, output: 'mail, says ann' }));
      same('The outcome', mustBe(await must(runner.wait('r')), 'success').output, 'next of mail, says ann');
      same('What was done in the end', world.said.toSorted(), [
        'after',
        'beside',
        'mail',
        'next of mail, says ann',
      ]);
    },
  ),
  engineCase(
    { id: 'engine-63', title: 'a person may have a doubtful step run again' },
    async ({ play, world }) => {
      const { runner, outcome } = await play(mailing());
      mustBe(outcome, 'stuck');
      world.say('mended');
      await must(runner.resolve('r', 'mail', 'retry', word));
      mustBe(await must(runner.wait('r')), 'success');
      same('How often', world.said.filter((each) => each === 'mail').length, 2);
    },
  ),
  engineCase(
    {
      id: 'engine-64',
      title: 'a person may say that it did not happen: the run goes back, that step with it',
    },
    async ({ play, world }) => {
      const { runner, outcome } = await play(mailing());
      mustBe(outcome, 'stuck');
      await mustFail(runner.resolve('r', 'mail', 'mark-reverted', word), 'refused');
      await must(runner.resolve('r', 'mail', 'mark-not-happened', word));
      mustBe(await must(runner.wait('r')), 'reverted');
      same('What was done', world.said, ['mail', 'beside', 'undo beside']);
    },
  ),
  engineCase(
    { id: 'engine-65', title: 'what may be done twice under one key is repeated without a question' },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        g.step('put', {
          idempotent: true,
          retry: { attempts: 2, delayMs: 1 },
          run: (_, { services, attempt, key }) =>
            attempt === 1 ? services.fails(key, lost) : services.does(key),
        });
      });
      mustBe((await play(graph)).outcome, 'success');
      same('What was done', world.said, ['r/put', 'r/put']);
    },
  ),
  engineCase(
    {
      id: 'engine-66',
      title: 'while a run goes back, a doubt is looked into first, and only then handed to revert as unknown',
    },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        const slow = g.step('slow', {
          run: async (_, { services, signal }) => {
            await services.pass('slow', signal);
            return services.fails('slow', lost);
          },
          probe: (_, { services }) => {
            services.say('probe');
            return ok({ happened: 'unknown' });
          },
          revert: (was, { services }) => services.undoes(`slow, ${was.outcome}`),
        });
        step(g, 'after', [slow]);
        g.step('fail', {
          run: async (_, { services }) => {
            await services.reached('slow');
            return services.fails('fail');
          },
        });
      });
      mustBe((await play(graph)).outcome, 'reverted');
      same('What was done', world.said, ['fail', 'slow', 'probe', 'undo slow, unknown']);
    },
  ),
  engineCase(
    { id: 'engine-67', title: 'what was found to have happened while a run goes back is reverted as done' },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        g.step('slow', {
          run: async (_, { services, signal }) => {
            await services.pass('slow', signal);
            return services.fails('slow', lost);
          },
          probe: () => ok({ happened: 'yes', output: 'vol-7' }),
          revert: (was, { services }) =>
            services.undoes(was.outcome === 'done' ? `slow ${was.output}` : was.outcome),
        });
        g.step('fail', {
          run: async (_, { services }) => {
            await services.reached('slow');
            return services.fails('fail');
          },
        });
      });
      mustBe((await play(graph)).outcome, 'reverted');
      same('What was done', world.said, ['fail', 'slow', 'undo slow vol-7']);
    },
  ),
  engineCase(
    { id: 'engine-68', title: 'a stuck run can be given up as it stands, and its keys are free' },
    async ({ play, world }) => {
      const { runner, outcome } = await play(mailing(), { keys: ['node/1'] });
      mustBe(outcome, 'stuck');
      await must(runner.abandon('r', word));
      const { by, reason } = mustBe(await must(runner.wait('r')), 'abandoned');
      same('Who and why', { by, reason }, word);
      same('What was done', world.said, ['mail', 'beside']);
      same('The keys', (await must(runner.get('r'))).row.keysHeld, false);
      await mustFail(runner.resolve('r', 'mail', 'retry', word), 'refused');
    },
  ),
  engineCase(
    { id: 'engine-69', title: 'graphs that nobody could get out of doubt about are refused before they run' },
    async ({ open, world }) => {
      const graph = graphOf((g) => {
        g.step('buy', {
          run: (_, { services }) => services.does('buy'),
          revert: (_, { services }) => services.undoes('buy'),
        });
        failing(g, 'fail');
      });
      const runner = await open(graph);
      const { message } = await mustFail(runner.run(graph, null, { id: 'r' }), 'invalid');
      same('The step is named', message.includes('buy'), true);
      same('What was done', world.said, []);
      await mustFail(runner.get('r'), 'unknown-run');
    },
  ),
];

/** A mail that can neither be looked for nor repeated, something beside it that takes longer, and what comes after. */
function mailing(): Played<string> {
  return graphOf((g) => {
    const beside = g.step('beside', {
      run: async (_, { services }) => {
        await services.reached('mailed');
        return services.does('beside');
      },
      revert: (_, { services }) => services.undoes('beside'),
      revertBlind: true,
    });
    step(g, 'after', [beside]);
    const mail = g.step('mail', {
      run: (_, { services }) => {
        const mended = services.said.includes('mended');
        services.say('mail');
        void services.pass('mailed');
        return mended ? ok('mail') : services.lose();
      },
    });
    return g.step('next', {
      needs: { mail },
      run: (needs, { services }) => services.does(`next of ${needs.mail}`),
    });
  });
}
