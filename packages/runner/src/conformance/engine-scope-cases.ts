import { ok } from 'neverthrow';
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
import { lost, refused } from './engine-world.ts';

/** Scopes with choices, and the point of no return. */
export const engineScopeCases: readonly EngineCase[] = [
  engineCase(
    {
      id: 'engine-40',
      title: 'a scope that fails is reverted and tried with its next choice, under keys of its own',
    },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        const before = step(g, 'before');
        return g.scope('place', { choices: ['a', 'b'], after: [before] }, (s, zone) => {
          const taken = step(s, 'take');
          return s.step('fit', {
            needs: { zone },
            after: [taken],
            run: (needs, { services, key }) =>
              needs.zone === 'a' ? services.fails(key) : services.does(`${needs.zone} ${key}`),
          });
        });
      });
      const { runner, outcome } = await play(graph);
      same('The output', mustBe(outcome, 'success').output, 'b r/place#1/fit');
      same('What was done', world.said, [
        'before',
        'take',
        'r/place#0/fit',
        'undo take',
        'take',
        'b r/place#1/fit',
      ]);
      const chosen = (await eventsOf(runner)).flatMap(({ event }) =>
        event.kind === 'chosen' ? [[event.choice, event.value]] : [],
      );
      same('The history', chosen, [
        [0, 'a'],
        [1, 'b'],
      ]);
    },
  ),
  engineCase(
    { id: 'engine-41', title: 'what to choose from may be an earlier step’s output' },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        const zones = g.step('zones', { run: () => ok(['x', 'y']) });
        return g.scope('place', { choices: zones }, (s, zone) =>
          s.step('take', {
            needs: { zone },
            run: (needs, { services }) =>
              needs.zone === 'x' ? services.fails('x') : services.does(needs.zone),
          }),
        );
      });
      same('The output', mustBe((await play(graph)).outcome, 'success').output, 'y');
      same('What was done', world.said, ['x', 'y']);
    },
  ),
  engineCase(
    { id: 'engine-42', title: 'a scope with no choice left, or none at all, has failed where it stands' },
    async ({ open, world }) => {
      const tried = (choices: readonly string[], name: string) =>
        graphOf((g) => {
          const zones = g.step('zones', { run: () => ok(choices) });
          g.scope('place', { choices: zones, after: [step(g, 'before')] }, (s) => failing(s, 'take'));
        }, name);
      const [two, none] = [tried(['a', 'b'], 'two'), tried([], 'none')];
      const runner = await open(two, none);
      const first = mustBe(await must(runner.run(two, null, { id: 'r' })), 'reverted');
      same('The cause', first.cause.kind, 'exhausted');
      same('The last reason', first.cause.cause, refused);
      same('What was done', world.said, ['before', 'take', 'undo take', 'take', 'undo take', 'undo before']);
      const second = mustBe(await must(runner.run(none, null, { id: 's' })), 'reverted');
      same('The cause, with none', second.cause.kind, 'exhausted');
    },
  ),
  engineCase(
    { id: 'engine-43', title: 'a failure behind a scope reverts what the scope made, with no other choice' },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        const place = g.scope('place', { choices: ['a', 'b'] }, (s) => step(s, 'boot', [step(s, 'take')]));
        failing(g, 'sign', [place]);
      });
      mustBe((await play(graph)).outcome, 'reverted');
      same('What was done', world.said, ['take', 'boot', 'sign', 'undo sign', 'undo boot', 'undo take']);
    },
  ),
  engineCase(
    {
      id: 'engine-44',
      title: 'a revert that fails between two tries leaves the run stuck in the scope; resolved, it tries on',
    },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        const before = step(g, 'before');
        g.scope('place', { choices: ['a', 'b'], after: [before] }, (s, zone) => {
          const taken = s.step('take', {
            run: (_, { services, key }) => services.does(key),
            revert: (_, { services }) => services.fails('cannot undo take'),
            revertRetry: { attempts: 1 },
            revertBlind: true,
          });
          s.step('fit', {
            needs: { zone },
            after: [taken],
            run: (needs, { services }) => (needs.zone === 'a' ? services.fails('fit') : services.does('fit')),
          });
        });
      });
      const { runner, outcome } = await play(graph);
      const { stuck } = mustBe(outcome, 'stuck');
      same(
        'What is stuck',
        stuck.map(({ step: of, why }) => [of, why]),
        [['place#0/take', 'revert-failed']],
      );
      same('The rest', world.said.includes('undo before'), false);
      await must(runner.resolve('r', 'place#0/take', 'mark-reverted', word));
      mustBe(await must(runner.wait('r')), 'success');
      same('The second try', world.said.slice(-2), ['r/place#1/take', 'fit']);
    },
  ),
  engineCase(
    { id: 'engine-45', title: 'once the point of no return has passed a run does not go back' },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        const before = step(g, 'before');
        const switched = g.pivot('switch', {
          after: [before],
          run: (_, { services }) => services.does('switch'),
          probe: () => ok({ happened: 'yes', output: 'switch' }),
        });
        g.step('tell', {
          after: [switched],
          run: (_, { services }) =>
            services.said.includes('mended') ? services.does('tell') : services.fails('no'),
        });
        step(g, 'other', [switched]);
      });
      const { runner, outcome } = await play(graph);
      const { stuck } = mustBe(outcome, 'stuck');
      same(
        'What is stuck',
        stuck.map(({ step: of, why, verbs }) => ({ of, why, verbs })),
        [{ of: 'tell', why: 'failed-after-pivot', verbs: ['retry', 'mark-done'] }],
      );
      same('What was done', world.said.toSorted(), ['before', 'no', 'other', 'switch']);
      const { message } = await mustFail(runner.cancel('r', word), 'refused');
      same('The reason is given', message.includes('point of no return'), true);
      world.say('mended');
      await must(runner.resolve('r', 'tell', 'retry', word));
      mustBe(await must(runner.wait('r')), 'success');
      await mustFail(runner.revert('r', word), 'refused');
    },
  ),
  engineCase(
    { id: 'engine-46', title: 'a failure before the point of no return goes back' },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        const before = failing(g, 'before', [step(g, 'first')]);
        g.pivot('switch', {
          after: [before],
          run: (_, { services }) => services.does('switch'),
          probe: () => ok({ happened: 'no' }),
        });
      });
      mustBe((await play(graph)).outcome, 'reverted');
      same('What was done', world.said, ['first', 'before', 'undo before', 'undo first']);
    },
  ),
  engineCase(
    { id: 'engine-47', title: 'a pivot whose answer was lost has happened, or not, as its probe says' },
    async ({ open, world }) => {
      const crossing = (happened: 'yes' | 'no') =>
        graphOf((g) => {
          const before = step(g, `before ${happened}`);
          return g.pivot('switch', {
            after: [before],
            run: (_, { services }) => services.fails('switch', lost),
            probe: () => ok(happened === 'yes' ? { happened, output: 'switched' } : { happened }),
          });
        }, happened);
      const [yes, no] = [crossing('yes'), crossing('no')];
      const runner = await open(yes, no);
      const first = mustBe(await must(runner.run(yes, null, { id: 'r' })), 'success');
      same('The output', first.output, 'switched');
      mustBe(await must(runner.run(no, null, { id: 's' })), 'reverted');
      same('What was done', world.said, ['before yes', 'switch', 'before no', 'switch', 'undo before no']);
    },
  ),
  engineCase(
    {
      id: 'engine-48',
      title: 'a pivot that no probe can settle waits for a person, who may say that it did not happen',
    },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        const before = step(g, 'before');
        g.pivot('switch', {
          after: [before],
          run: (_, { services }) => services.fails('switch', lost),
          probe: () => ok({ happened: 'unknown', why: 'nobody answers' }),
        });
      });
      const { runner, outcome } = await play(graph);
      const { stuck } = mustBe(outcome, 'stuck');
      same(
        'What is stuck',
        stuck.map(({ step: of, why }) => [of, why]),
        [['switch', 'outcome-unknown']],
      );
      same('Its verbs', stuck[0]?.verbs.includes('mark-not-happened'), true);
      await mustFail(runner.cancel('r', word), 'refused');
      await must(runner.resolve('r', 'switch', 'mark-not-happened', word));
      mustBe(await must(runner.wait('r')), 'reverted');
      same('What was done', world.said, ['before', 'switch', 'undo before']);
    },
  ),
  engineCase(
    {
      id: 'engine-49',
      title: 'behind the point of no return a scope still reverts and tries its next choice',
    },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        const switched = g.pivot('switch', {
          run: (_, { services }) => services.does('switch'),
          probe: () => ok({ happened: 'yes', output: 'switch' }),
        });
        g.scope('tell', { choices: ['mail', 'phone'], after: [switched] }, (s, how) => {
          const ready = step(s, 'ready');
          s.step('call', {
            needs: { how },
            after: [ready],
            run: (needs, { services }) =>
              needs.how === 'mail' ? services.fails('mail') : services.does('phone'),
          });
        });
      });
      mustBe((await play(graph)).outcome, 'success');
      same('What was done', world.said, ['switch', 'ready', 'mail', 'undo ready', 'ready', 'phone']);
    },
  ),
  engineCase(
    { id: 'engine-50', title: 'a scope that is cancelled while it goes back tries no other choice' },
    async ({ open, world }) => {
      const graph = graphOf((g) => {
        g.scope('place', { choices: ['a', 'b'] }, (s) => {
          const taken = s.step('take', {
            run: (_, { services }) => services.does('take'),
            revert: async (_, { services }) => {
              await services.pass('undoing');
              return services.undoes('take');
            },
            revertBlind: true,
          });
          failing(s, 'fit', [taken]);
        });
      });
      const runner = await open(graph);
      const running = runner.run(graph, null, { id: 'r' });
      await world.reached('undoing');
      await must(runner.cancel('r', word));
      world.open('undoing');
      same('The cause', mustBe(await must(running), 'reverted').cause.kind, 'cancelled');
      same('What was done', world.said, ['take', 'fit', 'undo fit', 'undo take']);
    },
  ),
];
