import { ok, type Result } from 'neverthrow';
import type { Failure } from '../failure.ts';
import { type EngineCase, engineCase, eventsOf, gated, graphOf, mustBe, same, step } from './engine-bench.ts';

/** What goes forward: order, values, keys, and what there is to see. */
export const engineOrderCases: readonly EngineCase[] = [
  engineCase(
    { id: 'engine-01', title: 'a step starts when what it needs is done, and is handed the values by name' },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        const first = step(g, 'first');
        return g.step('second', {
          needs: { of: first },
          run: (needs, { services }) => services.does(`second of ${needs.of}`),
        });
      });
      const { outcome } = await play(graph);
      same('What was done', world.said, ['first', 'second of first']);
      same('The output', mustBe(outcome, 'success').output, 'second of first');
    },
  ),
  engineCase(
    { id: 'engine-02', title: 'steps that do not wait for one another are under way together' },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        step(g, 'both', [gated(g, 'left'), gated(g, 'right')]);
      });
      const playing = play(graph);
      await Promise.all([world.reached('left'), world.reached('right')]);
      same('Before one of them is done', world.said.toSorted(), ['left begins', 'right begins']);
      world.openAll();
      mustBe((await playing).outcome, 'success');
      same('The last', world.said.at(-1), 'both');
    },
  ),
  engineCase(
    { id: 'engine-03', title: 'a graph gives back a record of outputs, or nothing' },
    async ({ open }) => {
      const pair = graphOf((g) => ({ a: step(g, 'a'), b: step(g, 'b') }), 'pair');
      const none = graphOf((g) => void step(g, 'a'), 'none');
      const runner = await open(pair, none);
      const first = await runner.run(pair, null, { id: 'r' });
      same('A record', first.isOk() && mustBe(first.value, 'success').output, { a: 'a', b: 'b' });
      const second = await runner.run(none, null, { id: 's' });
      same('Nothing', second.isOk() && mustBe(second.value, 'success').output, undefined);
    },
  ),
  engineCase(
    {
      id: 'engine-04',
      title: 'each dependent gets a copy of its own, as the journal holds it',
    },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        const list = g.step('list', {
          run: (): Result<{ of: number[]; not?: string }, Failure> => {
            const list = { of: [1, 2] };
            // What the types leave open: an absent property that is written out.
            Reflect.set(list, 'not', undefined);
            return ok(list);
          },
        });
        const spoils = g.step('spoils', {
          needs: { list },
          run: (needs, { services }) => {
            needs.list.of.push(3);
            return services.does('spoils');
          },
        });
        return g.step('reads', {
          needs: { list },
          after: [spoils],
          run: (needs, { services }) => services.does(`${JSON.stringify(needs.list)} ${'not' in needs.list}`),
        });
      });
      mustBe((await play(graph)).outcome, 'success');
      same('What was read', world.said.at(-1), '{"of":[1,2]} false');
    },
  ),
  engineCase(
    { id: 'engine-05', title: 'an output that JSON cannot carry fails the step, which is then undone' },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        g.step('dates', {
          // The types were lied to.
          run: () => ok({ when: new Date(0) } as unknown as { when: string }),
          revert: (was, { services }) => services.undoes(`dates, ${was.outcome}`),
          revertBlind: true,
        });
      });
      const { cause } = mustBe((await play(graph)).outcome, 'reverted');
      same('The kind', cause.kind, 'output-not-json');
      same('What was done', world.said, ['undo dates, failed']);
    },
  ),
  engineCase(
    {
      id: 'engine-06',
      title: 'the key of an effect is the run and the path, and stays with it in every attempt',
    },
    async ({ play, world }) => {
      const graph = graphOf((g) => {
        g.step('buy', {
          retry: { attempts: 3, delayMs: 1 },
          run: (_, { services, key, keyFor, attempt }) =>
            attempt < 3 ? services.fails(`${attempt} ${key}`) : services.does(keyFor('data')),
        });
      });
      mustBe((await play(graph)).outcome, 'success');
      same('The keys', world.said, ['1 r/buy', '2 r/buy', 'r/buy//data']);
    },
  ),
  engineCase(
    { id: 'engine-07', title: 'a graph can be a step of another, and waits for what it was put after' },
    async ({ play, world }) => {
      const inner = graphOf((g) => step(g, 'two', [step(g, 'one')]), 'inner');
      const graph = graphOf((g) => {
        const first = step(g, 'first');
        const middle = g.graph('middle', inner, { input: null, after: [first] });
        return g.step('last', {
          needs: { middle },
          run: ({ middle: of }, { services, key }) => services.does(`last of ${of}, ${key}`),
        });
      });
      mustBe((await play(graph)).outcome, 'success');
      same('What was done', world.said, ['first', 'one', 'two', 'last of two, r/last']);
    },
  ),
  engineCase(
    { id: 'engine-08', title: 'events are numbered without a gap, the same live and read afterwards' },
    async ({ open, world }) => {
      const graph = graphOf((g) => void step(g, 'b', [gated(g, 'a')]));
      const runner = await open(graph);
      const running = runner.run(graph, null, { id: 'r' });
      await world.reached('a');
      const live = eventsOf(runner);
      world.open('a');
      const done = await running;
      same('The outcome', done.isOk() && done.value.state, 'success');
      const [watched, read] = [await live, await eventsOf(runner)];
      same('Live and read', watched, read);
      same(
        'The numbers',
        read.map(({ seq }) => seq),
        read.map((_, i) => i + 1),
      );
      same('The first', read[0]?.event, { kind: 'created', graph: 'played', input: null, keys: [] });
      same('The last', read.at(-1)?.event, { kind: 'finished', state: 'success' });
      const order = read.flatMap(({ event }) => ('step' in event ? [`${event.kind} ${event.step}`] : []));
      same('The steps', order, ['started a', 'done a', 'started b', 'done b']);
    },
  ),
  engineCase({ id: 'engine-09', title: 'how far a step is can be seen in the events' }, async ({ play }) => {
    const graph = graphOf((g) => {
      g.step('copy', {
        run: (_, { services, progress }) => {
          progress(0.4, '12 of 30 GiB');
          return services.does('copy');
        },
      });
    });
    const { runner, outcome } = await play(graph);
    mustBe(outcome, 'success');
    const progress = (await eventsOf(runner)).flatMap(({ event }) =>
      event.kind === 'progress' ? [event] : [],
    );
    same('The progress', progress, [{ kind: 'progress', step: 'copy', fraction: 0.4, note: '12 of 30 GiB' }]);
  }),
];
