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
  type Played,
  same,
  step,
  word,
} from './engine-bench.ts';
import { refused } from './engine-world.ts';

/** What becomes of a run whose process dies in the middle of its work. */
export const engineCrashCases: readonly EngineCase[] = [
  engineCase(
    {
      id: 'engine-120',
      title: 'what was done is not done again, and what was in flight is looked for and adopted',
      levers: ['crash'],
    },
    async ({ open, world, crash }) => {
      const graph = buying('yes');
      const first = await open(graph);
      void first.run(graph, null, { id: 'r', keys: ['node/1'] });
      await world.reached('buying');
      await crash(first);
      const second = await open(graph);
      same('Recovered', (await must(second.recover())).recovered, ['r']);
      same('The output', mustBe(await must(second.wait('r')), 'success').output, 'next of vol-7');
      same('What was done', world.said, ['first', 'buy r/buy 1', 'probe r/buy', 'next of vol-7']);
    },
  ),
  engineCase(
    {
      id: 'engine-121',
      title: 'what was in flight and did not happen is run again, under the same key and a higher fence',
      levers: ['crash'],
    },
    async ({ open, world, crash }) => {
      const graph = buying('no');
      const first = await open(graph);
      void first.run(graph, null, { id: 'r' });
      await world.reached('buying');
      await crash(first);
      const second = await open(graph);
      await must(second.recover());
      same('The output', mustBe(await must(second.wait('r')), 'success').output, 'next of vol-8');
      same('What was done', world.said, [
        'first',
        'buy r/buy 1',
        'probe r/buy',
        'buy r/buy 2',
        'next of vol-8',
      ]);
      const fences = new Set((await eventsOf(second)).map(({ fence }) => fence));
      same('The fences', [...fences].length, 2);
    },
  ),
  engineCase(
    {
      id: 'engine-122',
      title: 'what cannot be looked for nor repeated waits for a person after a crash',
      levers: ['crash'],
    },
    async ({ open, world, crash }) => {
      const graph = graphOf((g) =>
        g.step('mail', {
          run: async (_, { services }) => {
            services.say('mail');
            await services.pass('mailing');
            return ok('mail');
          },
        }),
      );
      const first = await open(graph);
      void first.run(graph, null, { id: 'r' });
      await world.reached('mailing');
      await crash(first);
      const second = await open(graph);
      await must(second.recover());
      const { stuck } = mustBe(await must(second.wait('r')), 'stuck');
      same(
        'What is stuck',
        stuck.map(({ step: of, why }) => [of, why]),
        [['mail', 'outcome-unknown']],
      );
      await must(second.resolve('r', 'mail', 'mark-done', { ...word, output: 'sent' }));
      same('The output', mustBe(await must(second.wait('r')), 'success').output, 'sent');
      same('What was done', world.said, ['mail']);
    },
  ),
  engineCase(
    {
      id: 'engine-123',
      title: 'a revert that was cut off is called again, and what was reverted is not',
      levers: ['crash'],
    },
    async ({ open, world, crash }) => {
      const graph = graphOf((g) => {
        const a = g.step('a', {
          run: (_, { services }) => services.does('a'),
          revert: async (_, { services }) => {
            services.say('undoing a');
            if (services.said.filter((each) => each === 'undoing a').length === 1)
              await services.pass('undoing');
            return services.undoes('a');
          },
          revertBlind: true,
        });
        failing(g, 'c', [step(g, 'b', [a])]);
      });
      const first = await open(graph);
      void first.run(graph, null, { id: 'r' });
      await world.reached('undoing');
      await crash(first);
      const second = await open(graph);
      await must(second.recover());
      const { cause } = mustBe(await must(second.wait('r')), 'reverted');
      same('The cause', cause, refused);
      same('What was done', world.said, [
        'a',
        'b',
        'c',
        'undo c',
        'undo b',
        'undoing a',
        'undoing a',
        'undo a',
      ]);
    },
  ),
  engineCase(
    {
      id: 'engine-124',
      title: 'what a step saved for its revert is there after a crash',
      levers: ['crash'],
    },
    async ({ open, world, crash }) => {
      const graph = graphOf((g) => {
        g.step('stop', {
          undo: json<{ readonly wasRunning: readonly string[] }>(),
          run: async (_, { services, saveUndo, attempt }) => {
            if (attempt > 1) return err(refused);
            const saved = await saveUndo({ wasRunning: ['db', 'web'] });
            await services.pass('stopping');
            return saved;
          },
          probe: (_, { undo, services }) => {
            services.say(`probe ${undo?.wasRunning}`);
            return ok({ happened: 'no' });
          },
          revert: (was, { services }) => services.undoes(`stop ${was.undo?.wasRunning}`),
        });
      });
      const first = await open(graph);
      void first.run(graph, null, { id: 'r' });
      await world.reached('stopping');
      await crash(first);
      const second = await open(graph);
      await must(second.recover());
      mustBe(await must(second.wait('r')), 'reverted');
      same('What was done', world.said, ['probe db,web', 'undo stop db,web']);
    },
  ),
  engineCase(
    {
      id: 'engine-125',
      title: 'what a process does with a run that it lost is not heard, and it is told that it lost it',
      levers: ['crash'],
    },
    async ({ open, world, crash }) => {
      const graph = graphOf((g) => {
        g.step('slow', {
          run: async (_, { services, attempt }) => {
            if (attempt > 1) return services.does('slow, anew');
            await services.pass('slow');
            return services.does('slow, late');
          },
          probe: () => ok({ happened: 'no' }),
        });
      });
      const first = await open(graph);
      void first.run(graph, null, { id: 'r' });
      await world.reached('slow');
      await crash(first);
      const second = await open(graph);
      await must(second.recover());
      mustBe(await must(second.wait('r')), 'success');
      const before = await eventsOf(second);
      world.open('slow');
      await world.reached('slow');
      const done = before.flatMap(({ event }) => (event.kind === 'done' ? [event.output] : []));
      same('What counts', done, ['slow, anew']);
      same('The events, later', await eventsOf(second), before);
    },
  ),
  engineCase(
    {
      id: 'engine-132',
      title: 'to run a run that nobody owns any more is to carry it on',
      levers: ['crash'],
    },
    async ({ open, world, crash }) => {
      const graph = buying('yes');
      const first = await open(graph);
      void first.run(graph, null, { id: 'r' });
      await world.reached('buying');
      await crash(first);
      const second = await open(graph);
      mustBe(await must(second.run(graph, null, { id: 'r' })), 'success');
      same('What was done', world.said, ['first', 'buy r/buy 1', 'probe r/buy', 'next of vol-7']);
    },
  ),
];

/** Waits in the middle of its second step, which the probe says has happened or not. */
function buying(happened: 'yes' | 'no'): Played<string> {
  return graphOf((g) => {
    const before = step(g, 'first');
    const bought = g.step('buy', {
      after: [before],
      run: async (_, { services, key, attempt }) => {
        services.say(`buy ${key} ${attempt}`);
        if (attempt === 1) await services.pass('buying');
        return ok('vol-8');
      },
      probe: (_, { services, key }) => {
        services.say(`probe ${key}`);
        return ok(happened === 'yes' ? { happened, output: 'vol-7' } : { happened });
      },
    });
    return g.step('next', {
      needs: { bought },
      run: (needs, { services }) => services.does(`next of ${needs.bought}`),
    });
  });
}
