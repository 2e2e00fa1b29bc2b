import {
  type EngineCase,
  engineCase,
  eventsOf,
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

/** What people ask of runs: hold, release, cancel, pause, resume, revert, seal; and who may wait how long. */
export const enginePeopleCases: readonly EngineCase[] = [
  engineCase(
    { id: 'engine-80', title: 'a hold waits for a person, with the keys held, and hands on who said what' },
    async ({ open, world }) => {
      const graph = asking();
      const runner = await open(graph);
      const running = runner.run(graph, null, { id: 'r', keys: ['node/1'] });
      same('The question', (await seen(runner, 'asked')).ask, 'May it go on?');
      const info = await must(runner.get('r'));
      same('The state', [info.row.state, info.row.keysHeld], ['waiting', true]);
      same('The holds', info.holds, [{ hold: 'word', ask: 'May it go on?' }]);
      same(
        'In the list',
        (await must(runner.list({ state: 'waiting' }))).map(({ runId }) => runId),
        ['r'],
      );
      same('What was done', world.said, ['first']);
      await mustFail(runner.release('r', 'first', word), 'refused');
      await mustFail(runner.release('r', 'word', { by: '', reason: 'x' }), 'invalid');
      await must(runner.release('r', 'word', word));
      same('The output', mustBe(await must(running), 'success').output, 'ann: she looked');
      await mustFail(runner.release('r', 'word', word), 'refused');
    },
  ),
  engineCase(
    { id: 'engine-81', title: 'a run that waits for a person can be cancelled' },
    async ({ open, world }) => {
      const graph = asking();
      const runner = await open(graph);
      const running = runner.run(graph, null, { id: 'r' });
      await seen(runner, 'asked');
      await must(runner.cancel('r', word));
      const { cause } = mustBe(await must(running), 'reverted');
      same(
        'The cause',
        [cause.kind, cause.message.includes('ann'), cause.message.includes('she looked')],
        ['cancelled', true, true],
      );
      same('What was done', world.said, ['first', 'undo first']);
    },
  ),
  engineCase(
    { id: 'engine-82', title: 'cancel tells what is in flight, awaits it, and reverts all' },
    async ({ open, world }) => {
      const graph = graphOf((g) => {
        const first = step(g, 'first');
        const slow = g.step('slow', {
          after: [first],
          run: async (_, { services, signal }) => {
            await services.pass('slow', signal);
            return services.does(`slow, told ${signal.aborted}`);
          },
          revert: (_, { services, signal }) => services.undoes(`slow, told ${signal.aborted}`),
          revertBlind: true,
        });
        step(g, 'next', [slow]);
      });
      const runner = await open(graph);
      const running = runner.run(graph, null, { id: 'r' });
      await world.reached('slow');
      await must(runner.cancel('r', word));
      mustBe(await must(running), 'reverted');
      same('What was done', world.said, ['first', 'slow, told true', 'undo slow, told false', 'undo first']);
      await mustFail(runner.cancel('r', word), 'refused');
      const cancelled = (await eventsOf(runner)).find(({ event }) => event.kind === 'cancelled');
      same('The event', cancelled?.event, { kind: 'cancelled', ...word });
    },
  ),
  engineCase(
    {
      id: 'engine-83',
      title: 'a paused run finishes what is in flight and starts nothing new until it is resumed',
    },
    async ({ open, world }) => {
      const graph = graphOf((g) => step(g, 'second', [gated(g, 'first')]));
      const runner = await open(graph);
      const running = runner.run(graph, null, { id: 'r', keys: ['node/1'] });
      await world.reached('first');
      await must(runner.pause('r', word));
      world.open('first');
      const { reason } = mustBe(await must(running), 'suspended');
      same('Who and why', [reason.includes('ann'), reason.includes('she looked')], [true, true]);
      same('What was done', world.said, ['first begins', 'first']);
      const { row } = await must(runner.get('r'));
      same('The state', [row.state, row.keysHeld], ['suspended', true]);
      await must(runner.resume('r', { by: 'ann' }));
      mustBe(await must(runner.wait('r')), 'success');
      same('The last', world.said.at(-1), 'second');
    },
  ),
  engineCase(
    { id: 'engine-84', title: 'the caller’s signal ends the waiting, and not the run' },
    async ({ open, world }) => {
      const graph = graphOf((g) => gated(g, 'slow'));
      const runner = await open(graph);
      const caller = new AbortController();
      const running = runner.run(graph, null, { id: 'r', signal: caller.signal });
      await world.reached('slow');
      caller.abort();
      await mustFail(running, 'stopped-waiting');
      world.open('slow');
      mustBe(await must(runner.wait('r')), 'success');
    },
  ),
  engineCase(
    { id: 'engine-85', title: 'an id names one run for ever: asked again, it is that run that answers' },
    async ({ open, world }) => {
      const graph = graphOf((g) => gated(g, 'slow'));
      const other = graphOf((g) => step(g, 'other'), 'other');
      const runner = await open(graph, other);
      const first = runner.run(graph, null, { id: 'r', keys: ['node/1'] });
      await world.reached('slow');
      const second = runner.run(graph, null, { id: 'r', keys: ['node/1'] });
      await mustFail(runner.run(other, null, { id: 'r' }), 'run-id-taken');
      world.open('slow');
      same('Both', mustBe(await must(first), 'success'), mustBe(await must(second), 'success'));
      mustBe(await must(runner.run(graph, null, { id: 'r', keys: ['node/1'] })), 'success');
      same('What was done', world.said, ['slow begins', 'slow']);
    },
  ),
  engineCase({ id: 'engine-86', title: 'what is not there is said to be not there' }, async ({ open }) => {
    const graph = graphOf((g) => step(g, 'a'));
    const stranger = graphOf((g) => step(g, 'a'), 'stranger');
    const runner = await open(graph);
    await mustFail(runner.run(stranger, null, { id: 'r' }), 'unknown-graph');
    await mustFail(runner.get('r'), 'unknown-run');
    await mustFail(runner.wait('r'), 'unknown-run');
    await mustFail(runner.cancel('r', word), 'unknown-run');
    same('The list', await must(runner.list()), []);
    await runner.close();
    await mustFail(runner.run(graph, null, { id: 'r' }), 'closed');
    await mustFail(runner.list(), 'closed');
  }),
  engineCase(
    { id: 'engine-87', title: 'a run that succeeded can be undone, in the order of a failure' },
    async ({ play, world }) => {
      const { runner, outcome } = await play(graphOf((g) => step(g, 'b', [step(g, 'a')])));
      mustBe(outcome, 'success');
      const { cause } = mustBe(await must(runner.revert('r', word)), 'reverted');
      same('The cause', [cause.kind, cause.message.includes('she looked')], ['revert-requested', true]);
      same('What was done', world.said, ['a', 'b', 'undo b', 'undo a']);
      await mustFail(runner.revert('r', word), 'refused');
    },
  ),
  engineCase(
    { id: 'engine-88', title: 'a run that was sealed can no longer be undone' },
    async ({ play, world }) => {
      const { runner, outcome } = await play(graphOf((g) => step(g, 'a')));
      mustBe(outcome, 'success');
      await must(runner.seal('r', word));
      const { message } = await mustFail(runner.revert('r', word), 'refused');
      same('The reason is given', message.includes('sealed'), true);
      same('What was done', world.said, ['a']);
    },
  ),
  engineCase(
    {
      id: 'engine-89',
      title: 'what is asked of a run in another process reaches it, and so does its outcome',
    },
    async ({ open, world }) => {
      const graph = asking();
      const [owner, other] = [await open(graph), await open(graph)];
      const running = owner.run(graph, null, { id: 'r' });
      await seen(owner, 'asked');
      const waiting = other.wait('r');
      const attached = other.run(graph, null, { id: 'r' });
      await mustFail(other.release('r', 'nothing', word), 'refused');
      await must(other.release('r', 'word', word));
      const outcomes = [await must(running), await must(waiting), await must(attached)];
      same(
        'The outcomes',
        outcomes.map((outcome) => mustBe(outcome, 'success').output),
        ['ann: she looked', 'ann: she looked', 'ann: she looked'],
      );
      same('What was done', world.said, ['first', 'ann: she looked']);
      same('The events, from there', await eventsOf(other), await eventsOf(owner));
    },
  ),
];

function asking(): Played<string> {
  return graphOf((g) => {
    const first = step(g, 'first');
    const said = g.hold('word', { after: [first], ask: 'May it go on?' });
    return g.step('go', {
      needs: { said },
      run: (needs, { services }) => services.does(`${needs.said.by}: ${needs.said.reason}`),
    });
  });
}
