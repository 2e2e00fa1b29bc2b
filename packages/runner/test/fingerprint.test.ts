import { ok } from 'neverthrow';
import { describe, expect, test } from 'vitest';
import type { RunEvent, StoredEvent } from '../src/event.ts';
import { rewired, wiresOf } from '../src/fingerprint.ts';
import { type GraphBuilder, type Returned, stepGraph } from '../src/graph.ts';
import { type Shape, shapeOf } from '../src/shape.ts';

const run = () => ok(1);
const probe = () => ok({ happened: 'no' as const });
const revert = () => ok(undefined);

function shape(build: (g: GraphBuilder<unknown>) => Returned): Shape {
  return shapeOf(
    stepGraph('trial', (g: GraphBuilder<unknown>, _input: null) => build(g)),
    null,
  )._unsafeUnwrap();
}

/** A journal in which these nodes have started, as the given shape saw them. */
function begun(by: Shape, ...paths: readonly string[]): readonly StoredEvent[] {
  return paths.map((path, i) => {
    const node = by.nodes.findIndex((each) => each.path === path.replace(/#\d+/g, ''));
    const wires = wiresOf(by, node);
    const { kind } = by.nodes[node]!;
    const event: RunEvent =
      kind === 'scope'
        ? { kind: 'chosen', scope: path, choice: 0, value: 'a', wires }
        : kind === 'hold'
          ? { kind: 'asked', hold: path, ask: 'sure?', wires }
          : { kind: 'started', step: path, attempt: 1, wires };
    return { seq: i + 1, atMs: i, fence: 1, event };
  });
}

const swap = shape((g) => {
  const stop = g.step('stop', { run, revert, revertBlind: true });
  const move = g.step('move', { needs: { stop }, run, probe, revert });
  const place = g.scope('place', { choices: ['a', 'b'], after: [stop] }, (s, zone) =>
    s.step('create', { needs: { zone, stop }, run, probe, revert }),
  );
  const sure = g.hold('sure', { after: [move, place], ask: 'sure?' });
  g.step('start', { needs: { place }, after: [move, sure], run });
});

const all = ['stop', 'move', 'place', 'place#0/create', 'place#1/create', 'sure', 'start'];

describe('rewired', () => {
  test('has nothing to say of a run whose graph is the same', () => {
    expect(rewired(swap, begun(swap, ...all))).toEqual([]);
  });

  test('lets steps that have not started change, come and go', () => {
    const other = shape((g) => {
      const stop = g.step('stop', { run, revert, revertBlind: true });
      const extra = g.step('extra', { run });
      g.step('move', { needs: { extra }, after: [stop], version: 9, run });
    });
    expect(rewired(other, begun(swap, 'stop'))).toEqual([]);
  });

  test('lets a started step gain a probe, a revert or undo', () => {
    const was = shape((g) => g.step('stop', { run }));
    const is = shape((g) => g.step('stop', { run, probe, revert, idempotent: true }));
    expect(rewired(is, begun(was, 'stop'))).toEqual([]);
  });

  test('does not mind in which order needs and steps are written', () => {
    const was = shape((g) => {
      const a = g.step('a', { run });
      const b = g.step('b', { run });
      g.step('c', { needs: { a, b }, run });
      g.step('d', { after: [a, b], run });
    });
    const is = shape((g) => {
      const b = g.step('b', { run });
      const a = g.step('a', { run });
      g.step('c', { needs: { b, a }, run });
      g.step('d', { after: [b, a], run });
    });
    expect(rewired(is, begun(was, 'a', 'b', 'c', 'd'))).toEqual([]);
  });

  test('names a started step that is gone', () => {
    const other = shape((g) => g.step('stop', { run, revert, revertBlind: true }));
    expect(rewired(other, begun(swap, 'stop', 'move'))).toEqual([
      'move: it started in this run and is no longer in the graph',
    ]);
  });

  test('guesses the new name of a renamed step, and shows who was re-wired by it', () => {
    const other = shape((g) => {
      const stop = g.step('halt', { run, revert, revertBlind: true });
      g.step('move', { needs: { stop }, run, probe, revert });
    });
    expect(rewired(other, begun(swap, 'stop', 'move'))).toEqual([
      'move: it took stop from stop, now from halt',
      'stop: it started in this run and is no longer in the graph; perhaps it is halt now',
    ]);
  });

  test('guesses no name where two would do', () => {
    const other = shape((g) => {
      g.step('halt', { run, revert, revertBlind: true });
      g.step('end', { run, revert, revertBlind: true });
    });
    expect(rewired(other, begun(swap, 'stop'))).toEqual([
      'stop: it started in this run and is no longer in the graph',
    ]);
  });

  test('shows values that come from elsewhere, though the names are the same', () => {
    const graph = (swapped: boolean) =>
      shape((g) => {
        const a = g.step('a', { run });
        const b = g.step('b', { run });
        g.step('c', { needs: swapped ? { x: b, y: a } : { x: a, y: b }, run });
      });
    expect(rewired(graph(true), begun(graph(false), 'c'))).toEqual([
      'c: it took x from a, now from b',
      'c: it took y from b, now from a',
    ]);
  });

  test('shows needs that came and went, and order that changed', () => {
    const was = shape((g) => {
      const a = g.step('a', { run });
      const b = g.step('b', { run });
      g.step('c', { needs: { a }, after: [b], run });
    });
    const is = shape((g) => {
      const a = g.step('a', { run });
      const b = g.step('b', { run });
      g.step('c', { needs: { b }, after: [a], run });
    });
    expect(rewired(is, begun(was, 'c'))).toEqual([
      'c: it took a from a, now it does not need it',
      'c: it did not need b, now it takes it from b',
      'c: it waited for b, now for a',
    ]);
  });

  test('says which ability was lost', () => {
    const was = shape((g) => g.step('a', { run, probe, revert }));
    const is = shape((g) => g.step('a', { run }));
    expect(rewired(is, begun(was, 'a'))).toEqual(['a: its probe is gone', 'a: its revert is gone']);
  });

  test('says that the point of no return moved', () => {
    const graph = (second: boolean) =>
      shape((g) => {
        const a = second ? g.step('a', { run, probe }) : g.pivot('a', { run, probe });
        if (second) g.pivot('b', { after: [a], run, probe });
        else g.step('b', { after: [a], run, probe });
      });
    expect(rewired(graph(true), begun(graph(false), 'a', 'b'))).toEqual([
      'a: it was the point of no return and no longer is',
      'b: it has become the point of no return',
    ]);
  });

  test('heeds a new version of a started step', () => {
    const graph = (version: number) => shape((g) => g.step('a', { run, version }));
    expect(rewired(graph(2), begun(graph(1), 'a'))).toEqual(['a: its version was 1, now it is 2']);
  });

  test('tells a step that moved into a scope, under the same path, from the old one', () => {
    const inner = stepGraph('inner', (g: GraphBuilder<unknown>, _input: null) => g.step('x', { run }));
    const was = shape((g) => g.graph('place', inner, { input: null }));
    const is = shape((g) => g.scope('place', { choices: [1] }, (s) => s.step('x', { run })));
    expect(rewired(is, begun(was, 'place/x'))).toEqual([
      'place/x: it lived in no scope, now in the scope place',
    ]);
  });

  test('compares each step once, however many tries and attempts there were', () => {
    const other = shape((g) => {
      g.step('stop', { run, revert, revertBlind: true });
      g.scope('place', { choices: ['a'] }, (s, zone) => s.step('create', { needs: { zone }, run, probe }));
    });
    const tries = ['place#0/create', 'place#1/create', 'place#1/create'];
    expect(rewired(other, begun(swap, ...tries))).toEqual([
      'place/create: its revert is gone',
      'place/create: it took stop from stop, now it does not need it',
    ]);
  });

  test('does not throw on wires that it cannot read', () => {
    const event: RunEvent = { kind: 'started', step: 'stop', attempt: 1, wires: '?' };
    expect(rewired(swap, [{ seq: 1, atMs: 0, fence: 1, event }])).toEqual([
      'stop: the journal describes it in a way that this version cannot read',
    ]);
  });
});

describe('wires', () => {
  const fan = (count: number, last = 'last') =>
    shape((g) => {
      const many = Array.from({ length: count }, (_, i) => g.step(i === count - 1 ? last : `s${i}`, { run }));
      g.step('end', { after: many, run });
    });

  test('stay short however many dependencies a step has', () => {
    const wide = fan(1000);
    expect(wiresOf(wide, 1000).length).toBeLessThan(64);
    expect(rewired(wide, begun(wide, 'end'))).toEqual([]);
  });

  test('still show that one of a thousand dependencies is another', () => {
    expect(rewired(fan(1000, 'other'), begun(fan(1000), 'end'))).toEqual([
      'end: it had 1000 dependencies, now as many others',
    ]);
    expect(rewired(fan(16), begun(fan(17), 'end'))).toEqual(['end: it had 17 dependencies, now 16']);
  });

  test('of a hundred thousand started steps are compared within a few seconds', () => {
    const nodes = Array.from({ length: 100_000 }, (_, i) => ({
      path: `step-${i}`,
      kind: 'step' as const,
      scope: -1,
      after: i === 0 ? [] : [i - 1],
      needs: [],
    }));
    const long: Shape = { format: 1, graph: 'long', nodes };
    const events = begunFast(long);
    const before = performance.now();
    expect(rewired(long, events)).toEqual([]);
    expect(performance.now() - before).toBeLessThan(30_000);
  });
});

function begunFast(by: Shape): readonly StoredEvent[] {
  return by.nodes.map(({ path }, i) => ({
    seq: i + 1,
    atMs: 0,
    fence: 1,
    event: { kind: 'started', step: path, attempt: 1, wires: wiresOf(by, i) },
  }));
}
