import { err, ok, type Result } from 'neverthrow';
import { expect, test } from 'vitest';
import { check } from '../src/check.ts';
import type { RunEvent, StoredEvent } from '../src/event.ts';
import type { Failure } from '../src/failure.ts';
import { type GraphBuilder, type StepGraph, stepGraph } from '../src/graph.ts';
import { memoryJournal } from '../src/journal/index.ts';
import { openRunner, type Runner } from '../src/runner.ts';
import { shapeOf } from '../src/shape.ts';
import { type NodeView, type RunView, viewOf } from '../src/view.ts';

const probe = () => ok({ happened: 'no' as const });
const revert = () => ok(undefined);

type Graph = StepGraph<unknown, null, unknown>;

function graph(build: (g: GraphBuilder<unknown>) => void): Graph {
  return stepGraph('trial', (g: GraphBuilder<unknown>, _input: null) => build(g));
}

async function watched(of: Graph, act?: (runner: Runner, event: RunEvent) => void): Promise<RunView> {
  expect(check(of, null)).toEqual([]);
  await using runner = await openRunner({ graphs: [of], services: {}, journal: memoryJournal() });
  const outcome = runner.run(of, null, { id: 'r1' });
  const events: StoredEvent[] = [];
  const isStuck = (view: RunView) => view.state === 'stuck';
  const shape = shapeOf(of, null)._unsafeUnwrap();
  for await (const event of runner.events('r1')) {
    events.push(event);
    act?.(runner, event.event);
    if (isStuck(viewOf(shape, events))) break;
  }
  const view = viewOf(shape, events);
  expect(view.state).toBe((await outcome)._unsafeUnwrap().state);
  expect(view.unknown).toEqual([]);
  return view;
}

function node(view: RunView, path: string): NodeView {
  return view.nodes.find((each) => each.path === path)!;
}

test('a real run that went back after retries and two tries of a scope is told as it was', async () => {
  const order: string[] = [];
  const view = await watched(
    graph((g) => {
      const first = g.step('first', {
        run: () => ok(1),
        probe,
        revert: () => ok(order.push('first')),
      });
      const place = g.scope('place', { choices: ['a', 'b'], after: [first] }, (s, zone) =>
        s.step('create', {
          needs: { zone },
          run: (needs) => (needs.zone === 'a' ? err({ kind: 'full', message: 'a is full' }) : ok(needs.zone)),
          probe,
          revert: (was) => ok(order.push(`create ${was.needs.zone}`)),
        }),
      );
      g.step('flaky', {
        after: [place],
        run: () => err({ kind: 'boo', message: 'it broke' }),
        retry: { attempts: 3, delayMs: 1 },
      });
    }),
  );
  expect(node(view, 'place').tries?.map(({ value, error }) => [value, error?.kind])).toEqual([
    ['a', 'full'],
    ['b', undefined],
  ]);
  expect(node(view, 'flaky')).toMatchObject({ attempts: 3, ended: 'failed', state: 'reverted' });
  expect(node(view, 'flaky').errors.map(({ attempt, error }) => [attempt, error.kind])).toEqual([
    [1, 'boo'],
    [2, 'boo'],
    [3, 'boo'],
  ]);
  expect(order).toEqual(['create a', 'create b', 'first']);
  expect(node(view, 'place').tries?.[0]?.nodes[0]?.revert?.order).toBe(1);
  expect([node(view, 'place/create').revert?.order, node(view, 'first').revert?.order]).toEqual([2, 3]);
});

test('a real run past its point of no return is told with hold, pivot and the step that is stuck', async () => {
  const view = await watched(
    graph((g) => {
      const sure = g.hold('sure', { ask: 'Go on?' });
      const cut = g.pivot('cut', { after: [sure], run: () => ok(1), probe });
      g.step('start', { after: [cut], run: () => err({ kind: 'boo', message: 'it broke' }) });
      g.step('clean', { after: [cut], run: () => ok(1) });
    }),
    (runner, event) => {
      if (event.kind === 'asked') void runner.release('r1', 'sure', { by: 'anna', reason: 'green' });
    },
  );
  expect(view.pivotPassed).toBe(true);
  expect(view.said).toMatchObject([{ what: 'released', by: 'anna', step: 'sure' }]);
  expect(node(view, 'start')).toMatchObject({ state: 'stuck', stuck: 'failed-after-pivot' });
  expect(node(view, 'clean').state).toBe('done');
});

test('a real run that was cancelled is told with who and why', async () => {
  const view = await watched(
    graph((g) => {
      const a = g.step('a', { run: () => ok(1), probe, revert });
      g.step('long', {
        after: [a],
        idempotent: true,
        run: (_, { signal }) =>
          new Promise<Result<number, Failure>>((settle) => {
            signal.addEventListener('abort', () => settle(err({ kind: 'stopped', message: 'told to stop' })));
          }),
      });
    }),
    (runner, event) => {
      if (event.kind === 'started' && event.step === 'long') {
        void runner.cancel('r1', { by: 'anna', reason: 'wrong node' });
      }
    },
  );
  expect(view).toMatchObject({ state: 'reverted', cause: { message: 'cancelled by anna: wrong node' } });
  expect(view.nodes.map(({ state }) => state)).toEqual(['reverted', 'reverted']);
});
