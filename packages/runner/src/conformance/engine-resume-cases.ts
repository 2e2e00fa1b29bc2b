import { ok } from 'neverthrow';
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

/** What a process finds that comes later: runs of other code, runs that wait for people, runs that were left in order. */
export const engineResumeCases: readonly EngineCase[] = [
  engineCase(
    {
      id: 'engine-126',
      title: 'a run whose graph is not known here is left as it is, with its keys',
      levers: ['crash'],
    },
    async ({ open, world, crash }) => {
      const graph = graphOf((g) => gated(g, 'slow'));
      const other = graphOf((g) => step(g, 'other'), 'other');
      const first = await open(graph);
      void first.run(graph, null, { id: 'r', keys: ['node/1'] });
      await world.reached('slow');
      await crash(first);
      const second = await open(other);
      const { recovered, left } = await must(second.recover());
      same('Recovered', recovered, []);
      same(
        'Left',
        left.map(({ runId, error }) => [runId, error.kind]),
        [['r', 'unknown-graph']],
      );
      same('Its keys', (await must(second.get('r'))).row.keysHeld, true);
    },
  ),
  engineCase(
    {
      id: 'engine-127',
      title:
        'a run whose started steps were changed in the code is left as it is, and the differences are named',
      levers: ['crash'],
    },
    async ({ open, crash }) => {
      const before = graphOf((g) => void g.hold('word', { after: [step(g, 'old')], ask: '?' }));
      const after = graphOf((g) => void g.hold('word', { after: [step(g, 'new')], ask: '?' }));
      const first = await open(before);
      void first.run(before, null, { id: 'r' });
      await seen(first, 'asked');
      await crash(first);
      const second = await open(after);
      const { recovered, left } = await must(second.recover());
      same('Recovered', recovered, []);
      same('The error', left[0]?.error.kind, 'rewired');
      same(
        'The step is named',
        left[0]?.error.diff?.some((line) => line.includes('old')),
        true,
      );
      const third = await open(before);
      same('By the code that fits', (await must(third.recover())).recovered, ['r']);
    },
  ),
  engineCase(
    {
      id: 'engine-128',
      title: 'steps that the code gained since then are run, and are in no doubt',
      levers: ['crash'],
    },
    async ({ open, world, crash }) => {
      const grown = (more: boolean): Played<void> =>
        graphOf((g) => {
          g.hold('word', { after: [step(g, 'old')], ask: '?' });
          if (more) g.step('new', { run: (_, { services }) => services.does('new') });
        });
      const before = grown(false);
      const first = await open(before);
      void first.run(before, null, { id: 'r' });
      await seen(first, 'asked');
      await crash(first);
      const second = await open(grown(true));
      await must(second.recover());
      await seen(second, 'done', ({ step: of }) => of === 'new');
      await must(second.release('r', 'word', word));
      mustBe(await must(second.wait('r')), 'success');
      same('What was done', world.said, ['old', 'new']);
      const doubts = (await eventsOf(second)).filter(({ event }) => event.kind === 'interrupted');
      same('Doubts', doubts, []);
    },
  ),
  engineCase(
    {
      id: 'engine-129',
      title: 'closing in order lets what is in flight finish, suspends the run, and another carries on',
    },
    async ({ open, world }) => {
      const graph = graphOf((g) => step(g, 'second', [gated(g, 'first')]));
      const runner = await open(graph);
      const running = runner.run(graph, null, { id: 'r', keys: ['node/1'] });
      await world.reached('first');
      const closing = runner.close();
      world.open('first');
      await closing;
      mustBe(await must(running), 'suspended');
      same('What was done', world.said, ['first begins', 'first']);
      const next = await open(graph);
      const { row } = await must(next.get('r'));
      same('Its row', [row.state, row.keysHeld, row.ownerIs], ['suspended', true, 'none']);
      same('Recovered', (await must(next.recover())).recovered, ['r']);
      mustBe(await must(next.wait('r')), 'success');
      same('In the end', world.said, ['first begins', 'first', 'second']);
    },
  ),
  engineCase(
    {
      id: 'engine-130',
      title: 'a person can be answered by a process that was not there when it asked',
      levers: ['crash'],
    },
    async ({ open, world, crash }) => {
      const graph = graphOf((g) => {
        step(g, 'go', [g.hold('word', { after: [step(g, 'first')], ask: '?' })]);
      });
      const first = await open(graph);
      void first.run(graph, null, { id: 'r' });
      await seen(first, 'asked');
      await crash(first);
      const second = await open(graph);
      same('The holds', (await must(second.get('r'))).holds, [{ hold: 'word', ask: '?' }]);
      await must(second.release('r', 'word', word));
      mustBe(await must(second.wait('r')), 'success');
      same('What was done', world.said, ['first', 'go']);
    },
  ),
  engineCase(
    {
      id: 'engine-131',
      title: 'a run that is paused stays so when it is recovered, until somebody resumes it',
      levers: ['crash'],
    },
    async ({ open, world, crash }) => {
      const graph = graphOf((g) => step(g, 'second', [gated(g, 'first')]));
      const first = await open(graph);
      const running = first.run(graph, null, { id: 'r' });
      await world.reached('first');
      await must(first.pause('r', word));
      world.open('first');
      mustBe(await must(running), 'suspended');
      await crash(first);
      const second = await open(graph);
      same('Recovered', (await must(second.recover())).recovered, []);
      same('Its state', (await must(second.get('r'))).row.state, 'suspended');
      await must(second.resume('r', { by: 'ann' }));
      mustBe(await must(second.wait('r')), 'success');
      same('What was done', world.said, ['first begins', 'first', 'second']);
    },
  ),
  engineCase(
    {
      id: 'engine-133',
      title: 'a run that was paused and resumed before its process died goes on by itself',
      levers: ['crash'],
    },
    async ({ open, world, crash }) => {
      const graph = graphOf((g) => step(g, 'third', [gated(g, 'second', [gated(g, 'first')])]));
      const first = await open(graph);
      const running = first.run(graph, null, { id: 'r' });
      await world.reached('first');
      await must(first.pause('r', word));
      world.open('first');
      mustBe(await must(running), 'suspended');
      await must(first.resume('r', { by: 'ann' }));
      await mustFail(first.resume('r', { by: 'ann' }), 'refused');
      await world.reached('second');
      await crash(first);
      const second = await open(graph);
      same('Recovered', (await must(second.recover())).recovered, ['r']);
      same('What is stuck', mustBe(await must(second.wait('r')), 'stuck').stuck[0]?.step, 'second');
    },
  ),
  engineCase(
    {
      id: 'engine-134',
      title:
        'what was asked of a process that dies before it answers is not lost: who asked carries the run on',
      levers: ['crash'],
    },
    async ({ open, world, crash }) => {
      const graph = graphOf((g) => {
        step(g, 'go', [g.hold('word', { after: [step(g, 'first')], ask: '?' })]);
      });
      const first = await open(graph);
      void first.run(graph, null, { id: 'r' });
      await seen(first, 'asked');
      const second = await open(graph);
      const asked = second.release('r', 'word', word);
      // Once these have their answers, the question has been put.
      for (let i = 0; i < 3; i++) same('The owner', (await must(second.get('r'))).row.ownerIs, 'live');
      await crash(first);
      await must(asked);
      mustBe(await must(second.wait('r')), 'success');
      same('What was done', world.said, ['first', 'go']);
    },
  ),
  engineCase(
    {
      id: 'engine-135',
      title: 'a run whose process died while it came to rest is brought to rest when it is recovered',
      levers: ['crash'],
    },
    async ({ open, world, crash }) => {
      const graph = graphOf((g) => {
        const slow = g.step('slow', {
          run: async (_, { services }) => {
            await services.pass('slow');
            return services.does('slow');
          },
          probe: (_, { services }) => {
            services.say('probe');
            return ok({ happened: 'yes', output: 'found' });
          },
        });
        step(g, 'next', [slow]);
      });
      const first = await open(graph);
      void first.run(graph, null, { id: 'r' });
      await world.reached('slow');
      await must(first.pause('r', word));
      await crash(first);
      const second = await open(graph);
      await must(second.recover());
      mustBe(await must(second.wait('r')), 'suspended');
      same('What was done', world.said, ['probe']);
      await must(second.resume('r', { by: 'ann' }));
      mustBe(await must(second.wait('r')), 'success');
      same('What was done in the end', world.said, ['probe', 'next']);
    },
  ),
];
