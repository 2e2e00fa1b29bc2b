import {
  type EngineCase,
  engineCase,
  failing,
  gated,
  graphOf,
  must,
  mustBe,
  mustFail,
  type Played,
  same,
  seen,
  step,
  word,
} from './engine-bench.ts';
import { lost } from './engine-world.ts';

/** The keys that runs hold, and runs that go on in the background without them. */
export const engineKeyCases: readonly EngineCase[] = [
  engineCase(
    {
      id: 'engine-100',
      title: 'a key that a run holds keeps others out, who learn which run, and is free in the end',
    },
    async ({ open, world }) => {
      const slow = graphOf((g) => gated(g, 'slow'), 'slow');
      const quick = graphOf((g) => step(g, 'quick'), 'quick');
      const runner = await open(slow, quick);
      const first = runner.run(slow, null, { id: 'r', keys: ['node/2', 'node/1', 'node/2'] });
      await world.reached('slow');
      const { holder } = await mustFail(runner.run(quick, null, { id: 's', keys: ['node/1'] }), 'locked');
      same('The holder', [holder?.key, holder?.runId], ['node/1', 'r']);
      mustBe(await must(runner.run(quick, null, { id: 't', keys: ['node/3'] })), 'success');
      same('Its keys', (await must(runner.get('r'))).row.keys, ['node/1', 'node/2']);
      same(
        'By key',
        (await must(runner.list({ key: 'node/2' }))).map(({ runId }) => runId),
        ['r'],
      );
      world.open('slow');
      mustBe(await must(first), 'success');
      mustBe(await must(runner.run(quick, null, { id: 's', keys: ['node/1'] })), 'success');
    },
  ),
  engineCase({ id: 'engine-101', title: 'keys are free after a run was reverted' }, async ({ open }) => {
    const fails = graphOf((g) => failing(g, 'a'), 'fails');
    const quick = graphOf((g) => step(g, 'quick'), 'quick');
    const runner = await open(fails, quick);
    mustBe(await must(runner.run(fails, null, { id: 'r', keys: ['node/1'] })), 'reverted');
    mustBe(await must(runner.run(quick, null, { id: 's', keys: ['node/1'] })), 'success');
  }),
  engineCase(
    {
      id: 'engine-102',
      title: 'a stuck run’s keys can be handed to a rescue run, and the stuck one is given up',
    },
    async ({ open, world }) => {
      const stuck = graphOf((g) => {
        const first = step(g, 'first');
        g.step('mail', { after: [first], run: (_, { services }) => services.fails('mail', lost) });
      }, 'stuck');
      const mends = graphOf((g) => step(g, 'mend'), 'mends');
      const runner = await open(mends, stuck);
      mustBe(await must(runner.run(stuck, null, { id: 'r', keys: ['node/1'] })), 'stuck');
      await mustFail(runner.run(mends, null, { id: 's', keys: ['node/1'] }), 'locked');
      const rescued = await must(runner.rescue('r', mends, null, { id: 's', ...word }));
      mustBe(rescued, 'success');
      const { by } = mustBe(await must(runner.wait('r')), 'abandoned');
      same('By', by, 'ann');
      same('What was done', world.said, ['first', 'mail', 'mend']);
      await mustFail(runner.resolve('r', 'mail', 'retry', word), 'refused');
      await mustFail(runner.rescue('s', mends, null, { id: 't', ...word }), 'refused');
      mustBe(await must(runner.run(mends, null, { id: 'u', keys: ['node/1'] })), 'success');
    },
  ),
  engineCase(
    {
      id: 'engine-103',
      title: 'to be undone after its success a run needs its keys again',
    },
    async ({ open, world }) => {
      const done = graphOf((g) => step(g, 'a'), 'done');
      const slow = graphOf((g) => gated(g, 'slow'), 'slow');
      const runner = await open(done, slow);
      mustBe(await must(runner.run(done, null, { id: 'r', keys: ['node/1'] })), 'success');
      const other = runner.run(slow, null, { id: 's', keys: ['node/1'] });
      await world.reached('slow');
      const { holder } = await mustFail(runner.revert('r', word), 'locked');
      same('The holder', holder?.runId, 's');
      world.open('slow');
      mustBe(await must(other), 'success');
      mustBe(await must(runner.revert('r', word)), 'reverted');
      same('The last', world.said.at(-1), 'undo a');
    },
  ),
  engineCase(
    {
      id: 'engine-104',
      title:
        'when only what needs no lock is left and patience is over, the keys are free and the run goes on',
    },
    async ({ open, world }) => {
      const graph = cleaning('does');
      const quick = graphOf((g) => step(g, 'quick'), 'quick');
      const runner = await open(graph, quick);
      const outcome = await must(runner.run(graph, null, { id: 'r', keys: ['node/1'] }));
      same('Its steps', mustBe(outcome, 'background').steps, ['clean']);
      same('Its row', (await must(runner.get('r'))).row.keysHeld, false);
      mustBe(await must(runner.run(quick, null, { id: 's', keys: ['node/1'] })), 'success');
      const ending = runner.wait('r');
      world.open('clean');
      mustBe(await must(ending), 'success');
      same('What was done', world.said, ['swap', 'quick', 'clean']);
    },
  ),
  engineCase(
    {
      id: 'engine-105',
      title: 'a run that fails in the background has its keys again before anything is undone',
    },
    async ({ open, world }) => {
      const graph = cleaning('fails');
      const slow = graphOf((g) => gated(g, 'slow'), 'slow');
      const quick = graphOf((g) => step(g, 'quick'), 'quick');
      const runner = await open(graph, slow, quick);
      mustBe(await must(runner.run(graph, null, { id: 'r', keys: ['node/1'] })), 'background');
      const other = runner.run(slow, null, { id: 's', keys: ['node/1'] });
      await world.reached('slow');
      world.open('clean');
      await seen(runner, 'failed');
      // It stands in line: who comes later is not let past it.
      const { holder } = await mustFail(runner.run(quick, null, { id: 't', keys: ['node/1'] }), 'locked');
      same('The holder', holder?.key, 'node/1');
      same('What was done', world.said, ['swap', 'slow begins', 'clean']);
      world.open('slow');
      mustBe(await must(other), 'success');
      mustBe(await must(runner.wait('r')), 'reverted');
      same('In the end', world.said, ['swap', 'slow begins', 'clean', 'slow', 'undo swap']);
    },
  ),
];

/** Its last step waits at a gate for longer than its patience. */
function cleaning(end: 'does' | 'fails'): Played<void> {
  return graphOf((g) => {
    const swapped = step(g, 'swap');
    g.step('clean', {
      after: [swapped],
      lockFree: true,
      patienceMs: 20,
      run: async (_, { services }) => {
        await services.pass('clean');
        return services[end]('clean');
      },
    });
  });
}
