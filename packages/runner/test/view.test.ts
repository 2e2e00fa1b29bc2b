import fc from 'fast-check';
import { ok } from 'neverthrow';
import { describe, expect, test } from 'vitest';
import type { RunEvent, StoredEvent } from '../src/event.ts';
import { type GraphBuilder, type Returned, stepGraph } from '../src/graph.ts';
import { type Shape, shapeOf } from '../src/shape.ts';
import { toSvg } from '../src/svg.ts';
import { type NodeView, type RunView, viewOf } from '../src/view.ts';
import { once, play, type Script, startMs } from './played.ts';

const run = () => ok(1);
const probe = () => ok({ happened: 'no' as const });
const revert = () => ok(undefined);
const all = { run, probe, revert };

function shape(build: (g: GraphBuilder<unknown>) => Returned): Shape {
  return shapeOf(
    stepGraph('trial', (g: GraphBuilder<unknown>, _input: null) => build(g)),
    null,
  )._unsafeUnwrap();
}

const swap = shape((g) => {
  const stop = g.step('stop', { ...all, title: 'stop services', weight: 2 });
  const place = g.scope('place', { choices: ['a', 'b'], after: [stop] }, (s, zone) => {
    const create = s.step('create', { needs: { zone }, ...all });
    return s.step('attach', { needs: { create }, ...all });
  });
  const start = g.step('start', { after: [place], ...all, weight: 5 });
  g.step('report', { after: [start], run });
});

function view(of: Shape, script?: Script, nowMs?: number): RunView {
  return viewOf(of, play(of, script).events, nowMs);
}

function node(of: RunView, path: string): NodeView {
  return of.nodes.find((each) => each.path === path)!;
}

function words(of: RunView): Record<string, string> {
  return Object.fromEntries(of.nodes.map(({ path, state }) => [path, state]));
}

const broken = { kind: 'boo', message: 'it broke', applied: 'yes' as const };

describe('before and after', () => {
  test('a plan is all pending', () => {
    const plan = viewOf(swap, []);
    expect(plan).toMatchObject({
      state: 'pending',
      tasks: { done: 0, all: 5 },
      progress: 0,
      running: [],
      said: [],
    });
    expect(new Set(Object.values(words(plan)))).toEqual(new Set(['pending']));
    expect(plan.startedAt).toBeUndefined();
  });

  test('a run that succeeded is done throughout, with times', () => {
    const seen = view(swap);
    expect(seen).toMatchObject({ state: 'success', tasks: { done: 5, all: 5 }, progress: 1 });
    expect(new Set(Object.values(words(seen)))).toEqual(new Set(['done']));
    expect(seen.startedAt).toBe('2026-01-02T03:04:05.000Z');
    expect(node(seen, 'stop')).toMatchObject({
      title: 'stop services',
      attempts: 1,
      run: { startedAt: '2026-01-02T03:04:06.000Z', endedAt: '2026-01-02T03:04:07.000Z', durationMs: 1_000 },
    });
    expect(seen.durationMs).toBe(Date.parse(seen.endedAt!) - Date.parse(seen.startedAt!));
  });

  test('a scope lasts from its first choice to the end of its last step', () => {
    const place = node(view(swap), 'place');
    expect(place.run?.durationMs).toBe(4_000);
    expect(place.tries).toEqual([
      {
        choice: 0,
        value: 'only',
        startedAt: '2026-01-02T03:04:08.000Z',
        endedAt: '2026-01-02T03:04:12.000Z',
        nodes: [],
      },
    ]);
  });

  test('a view is plain JSON', () => {
    const seen = view(swap, { run: (step) => (step === 'start' ? broken : undefined) });
    expect(JSON.parse(JSON.stringify(seen))).toEqual(seen);
  });
});

describe('on its way', () => {
  const atStart = view(swap, { run: (step) => (step === 'start' ? 'never' : undefined) }, startMs + 60_000);

  test('progress counts by weight and names what runs', () => {
    expect(atStart).toMatchObject({ state: 'running', running: ['start'], tasks: { done: 3, all: 5 } });
    expect(atStart.progress).toBeCloseTo(4 / 10);
    expect(words(atStart)).toMatchObject({ start: 'running', report: 'pending' });
  });

  test('a step that goes on lasts until now', () => {
    expect(node(atStart, 'start').run).toEqual({
      startedAt: '2026-01-02T03:04:13.000Z',
      durationMs: 60_000 - 8_000,
    });
    expect(
      node(view(swap, { run: (s) => (s === 'start' ? 'never' : undefined) }), 'start').run,
    ).not.toHaveProperty('durationMs');
    expect(atStart.durationMs).toBe(60_000);
    expect(atStart.endedAt).toBeUndefined();
  });

  test('a step’s own progress counts, and never makes the whole 1 before the end', () => {
    const told = (fraction: number, note?: string) =>
      view(swap, {
        run: (step) => (step === 'start' || step === 'report' ? 'never' : undefined),
        meanwhile: once(
          'started',
          { kind: 'progress', step: 'start', fraction, ...(note && { note }) },
          'start',
        ),
      });
    expect(told(0.5, '6 of 12 GiB').progress).toBeCloseTo((4 + 2.5) / 10);
    expect(node(told(0.5, '6 of 12 GiB'), 'start').progress).toEqual({ fraction: 0.5, note: '6 of 12 GiB' });
    const only = shape((g) => g.step('a', { run }));
    const full = view(only, {
      run: () => 'never',
      meanwhile: once('started', { kind: 'progress', step: 'a', fraction: 7 }),
    });
    expect(full.progress).toBe(0.99);
  });

  test('a hold that waits says what it asks, and who released it', () => {
    const held = shape((g) => {
      const sure = g.hold('sure', { ask: 'Cut over?' });
      g.step('cut', { after: [sure], run });
    });
    const waiting = view(held);
    expect(waiting).toMatchObject({ state: 'waiting', waiting: ['sure'], running: [] });
    expect(node(waiting, 'sure')).toMatchObject({ state: 'waiting', ask: 'Cut over?' });
    const go: RunEvent = { kind: 'released', hold: 'sure', by: 'anna', reason: 'all green' };
    const after = view(held, { meanwhile: once('asked', go) });
    expect(after.state).toBe('success');
    expect(after.said).toEqual([
      { what: 'released', at: '2026-01-02T03:04:07.000Z', by: 'anna', reason: 'all green', step: 'sure' },
    ]);
  });

  test('what goes on after the keys were given away is in the background', () => {
    const slow = shape((g) => g.step('warm', { run, lockFree: true, patienceMs: 1 }));
    const seen = view(slow, {
      run: () => 'never',
      meanwhile: once('started', { kind: 'patience-over', step: 'warm' }),
    });
    expect(seen).toMatchObject({ state: 'background', running: ['warm'] });
    expect(node(seen, 'warm').state).toBe('background');
  });

  test('attempts and their errors are kept', () => {
    const seen = view(swap, {
      meanwhile: once('started', { kind: 'attempt-failed', step: 'stop', attempt: 1, error: broken }, 'stop'),
      run: (step) => (step === 'stop' ? 'never' : undefined),
    });
    expect(node(seen, 'stop')).toMatchObject({
      state: 'running',
      attempts: 2,
      errors: [{ during: 'run', attempt: 1, error: broken }],
    });
  });
});

describe('going back', () => {
  const lost = view(swap, { run: (step) => (step === 'start' ? broken : undefined) });

  test('everything that started is reverted, in an order that the view numbers', () => {
    expect(lost).toMatchObject({ state: 'reverted', cause: broken, progress: 0, tasks: { done: 0, all: 5 } });
    expect(words(lost)).toEqual({
      stop: 'reverted',
      place: 'reverted',
      'place/create': 'reverted',
      'place/attach': 'reverted',
      start: 'reverted',
      report: 'skipped',
    });
    const order = lost.nodes.flatMap(({ path, revert: back }) => (back?.order ? [[back.order, path]] : []));
    expect(order.sort()).toEqual([
      [1, 'start'],
      [2, 'place/attach'],
      [3, 'place/create'],
      [4, 'stop'],
    ]);
    expect(node(lost, 'start').errors).toEqual([
      { at: '2026-01-02T03:04:14.000Z', during: 'run', attempt: 1, error: broken },
    ]);
    expect(node(lost, 'start').revert?.durationMs).toBe(1_000);
  });

  test('a revert that goes on is shown as such, and what comes after it still stands', () => {
    const seen = view(swap, {
      run: (step) => (step === 'start' ? broken : undefined),
      revert: (step) => (step === 'place#0/attach' ? 'never' : undefined),
    });
    expect(seen).toMatchObject({ state: 'reverting', running: ['place#0/attach'] });
    expect(words(seen)).toMatchObject({
      stop: 'done',
      place: 'reverting',
      'place/create': 'done',
      'place/attach': 'reverting',
      start: 'reverted',
      report: 'skipped',
    });
  });

  test('a revert that failed for good is stuck, with its error', () => {
    const seen = view(swap, {
      run: (step) => (step === 'start' ? broken : undefined),
      revert: (step) => (step === 'stop' ? { kind: 'gone', message: 'no answer' } : undefined),
    });
    expect(seen).toMatchObject({ state: 'stuck', cause: broken });
    expect(node(seen, 'stop')).toMatchObject({ state: 'stuck', stuck: 'revert-failed' });
    expect(node(seen, 'stop').errors.at(-1)).toMatchObject({
      during: 'revert',
      error: { message: 'no answer' },
    });
  });

  test('a person’s cancel is the cause, and is remembered with name and reason', () => {
    const seen = view(swap, {
      meanwhile: once('done', { kind: 'cancelled', by: 'anna', reason: 'wrong node' }, 'stop'),
    });
    expect(seen).toMatchObject({
      state: 'reverted',
      cause: { kind: 'cancelled', message: 'cancelled by anna: wrong node' },
      said: [{ what: 'cancelled', by: 'anna', reason: 'wrong node' }],
    });
    expect(words(seen)).toMatchObject({
      stop: 'reverted',
      place: 'skipped',
      'place/create': 'skipped',
      start: 'skipped',
    });
  });

  test('a run that is reverted after it succeeded is shown as going back', () => {
    const { events } = play(swap);
    const later = (seq: number, event: RunEvent): StoredEvent => ({
      seq,
      atMs: startMs + seq * 1_000,
      fence: 2,
      event,
    });
    const asked: RunEvent = { kind: 'revert-requested', by: 'anna', reason: 'too slow' };
    const count = events.length;
    const seen = viewOf(swap, [...events, later(count + 1, asked), later(count + 2, { kind: 'keys-taken' })]);
    expect(seen.state).toBe('reverting');
    expect(seen.cause).toEqual({ kind: 'revert-requested', message: 'reverted by anna: too slow' });
    expect(seen.progress).toBeLessThan(1);
  });
});

describe('tries of a scope', () => {
  const seen = view(swap, {
    choices: { place: ['a', 'b', 'c'] },
    run: (step) => (step === 'place#0/attach' || step === 'place#1/create' ? broken : undefined),
  });

  test('are kept with their choices and errors, the present one last', () => {
    expect(
      node(seen, 'place').tries?.map(({ choice, value, error }) => [choice, value, error?.kind]),
    ).toEqual([
      [0, 'a', 'boo'],
      [1, 'b', 'boo'],
      [2, 'c', undefined],
    ]);
    expect(node(seen, 'place')).toMatchObject({ state: 'done', attempts: 3 });
    expect(node(seen, 'place/create')).toMatchObject({ at: 'place#2/create', errors: [], attempts: 1 });
  });

  test('keep what began in them, and how it ended', () => {
    const [first, second] = node(seen, 'place').tries!;
    expect(first!.nodes.map(({ at, state }) => [at, state])).toEqual([
      ['place#0/create', 'reverted'],
      ['place#0/attach', 'reverted'],
    ]);
    expect(first!.nodes.map((each) => each.revert?.order)).toEqual([2, 1]);
    expect(second!.startedAt > first!.endedAt!).toBe(true);
    expect(second!.nodes.map(({ at }) => at)).toEqual(['place#1/create']);
  });

  test('that were all in vain make the scope fail, and the run go back', () => {
    const vain = view(swap, {
      choices: { place: ['a', 'b'] },
      run: (step) => (step.endsWith('/create') ? broken : undefined),
    });
    expect(vain).toMatchObject({ state: 'reverted', cause: { kind: 'exhausted' } });
    expect(words(vain)).toMatchObject({
      stop: 'reverted',
      place: 'reverted',
      'place/create': 'reverted',
      'place/attach': 'skipped',
    });
    expect(node(vain, 'place').tries).toHaveLength(2);
  });

  test('of a scope within a scope begin anew with each try of the outer one', () => {
    const nested = shape((g) =>
      g.scope('region', { choices: ['eu', 'us'] }, (r) =>
        r.scope('zone', { choices: ['a', 'b'] }, (z) => z.step('create', all)),
      ),
    );
    const inner = view(nested, {
      choices: { region: ['eu', 'us'], 'region#0/zone': ['a', 'b'], 'region#1/zone': ['a', 'b'] },
      run: (step) => (step.startsWith('region#0/') ? broken : undefined),
    });
    expect(node(inner, 'region/zone')).toMatchObject({ at: 'region#1/zone', attempts: 1, state: 'done' });
    expect(node(inner, 'region/zone').tries?.map(({ value }) => value)).toEqual(['a']);
    expect(node(inner, 'region/zone/create').at).toBe('region#1/zone#0/create');
    const first = node(inner, 'region').tries![0]!;
    expect(first.error?.kind).toBe('exhausted');
    const zone = first.nodes.find(({ path }) => path === 'region/zone')!;
    expect(zone.tries?.map(({ value, error }) => [value, error?.kind])).toEqual([
      ['a', 'boo'],
      ['b', 'boo'],
    ]);
  });

  test('steps of a try that goes back are still to come if another choice may follow', () => {
    const { events } = play(swap, {
      choices: { place: ['a', 'b'] },
      run: (step) => (step === 'place#0/create' ? broken : undefined),
      revert: () => 'never',
    });
    expect(words(viewOf(swap, events))).toMatchObject({
      place: 'reverting',
      'place/create': 'reverting',
      'place/attach': 'pending',
      start: 'pending',
    });
  });

  test('a scope between two tries is at work, and its steps may still come', () => {
    const { events } = play(swap, {
      choices: { place: ['a', 'b'] },
      run: (step) => (step === 'place#0/create' ? broken : undefined),
    });
    const end = events.findIndex(({ event }) => event.kind === 'reverted') + 1;
    const between = viewOf(swap, events.slice(0, end));
    expect(words(between)).toMatchObject({ place: 'running', 'place/attach': 'pending', start: 'pending' });
  });
});

describe('past the point of no return', () => {
  const cut = shape((g) => {
    const p = g.pivot('cut', { run, probe });
    g.step('start', { after: [p], run, probe });
    g.step('clean', { after: [p], run });
  });

  test('what failed for good is stuck alone', () => {
    const seen = view(cut, { run: (step) => (step === 'start' ? broken : undefined) });
    expect(seen).toMatchObject({ state: 'stuck', pivotPassed: true, cause: broken });
    expect(words(seen)).toEqual({ cut: 'done', start: 'stuck', clean: 'done' });
    expect(node(seen, 'start').stuck).toBe('failed-after-pivot');
  });

  test('a person’s decision is kept with step, verb and reason', () => {
    const mark: RunEvent = {
      kind: 'resolved',
      step: 'start',
      how: 'mark-done',
      by: 'anna',
      reason: 'by hand',
      output: null,
    };
    const seen = view(cut, {
      run: (step) => (step === 'start' ? broken : undefined),
      meanwhile: once('done', mark, 'clean'),
    });
    expect(seen.state).toBe('success');
    expect(seen.said).toMatchObject([{ what: 'resolved', step: 'start', how: 'mark-done', by: 'anna' }]);
  });

  test('a doubt that no probe settles is stuck as such', () => {
    const seen = view(cut, {
      probed: 'unknown',
      run: (step) => (step === 'cut' ? { ...broken, applied: 'unknown' } : undefined),
    });
    expect(node(seen, 'cut')).toMatchObject({ state: 'stuck', stuck: 'outcome-unknown' });
    expect(node(seen, 'cut').errors.map(({ during }) => during)).toEqual(['run', 'probe']);
  });
});

describe('a graph that has changed since', () => {
  test('has the steps that it no longer knows listed apart', () => {
    const { events } = play(swap, { run: (step) => (step === 'start' ? broken : undefined) });
    const other = shape((g) => g.step('stop', all));
    const seen = viewOf(other, events);
    expect(seen.state).toBe('reverted');
    expect(seen.unknown.map(({ at, last }) => [at, last])).toEqual([
      ['place', 'chosen'],
      ['place#0/create', 'reverted'],
      ['place#0/attach', 'reverted'],
      ['start', 'reverted'],
    ]);
    expect(seen.unknown.at(-1)?.error).toEqual(broken);
  });

  test('does not take a step’s events for a scope that has its name now', () => {
    const other = shape((g) => g.scope('stop', { choices: [1] }, (s) => s.step('x', { run })));
    expect(viewOf(other, play(swap).events).unknown[0]).toMatchObject({ at: 'stop', last: 'done' });
  });
});

test('events in any order, for any graph, are told and never thrown at', () => {
  const others = [
    swap,
    shape((g) => g.step('stop', all)),
    shape((g) => g.scope('stop', { choices: [1] }, (s) => s.hold('start', { ask: '?' }))),
    shape((g) =>
      g.scope('place', { choices: [1] }, (s) => s.scope('create', { choices: [1] }, () => undefined)),
    ),
    shape((g) => g.hold('place', { ask: '?' })),
  ];
  const { events } = play(swap, {
    choices: { place: ['a', 'b'] },
    run: (step) => (step === 'place#0/attach' || step === 'start' ? broken : undefined),
    revert: (step) => (step === 'stop' ? broken : undefined),
  });
  const more: readonly RunEvent[] = [
    { kind: 'resolved', step: 'stop', how: 'retry', by: 'anna', reason: 'again' },
    { kind: 'resolved', step: 'place', how: 'mark-reverted', by: 'anna', reason: 'by hand' },
    { kind: 'interrupted', step: 'place#0/create' },
    { kind: 'probed', step: 'start', happened: 'unknown' },
    { kind: 'released', hold: 'place', by: 'anna', reason: 'go' },
    { kind: 'paused', by: 'anna', reason: 'lunch' },
    { kind: 'keys-taken' },
    { kind: 'abandoned', by: 'anna', reason: 'no use' },
  ];
  const pool = [...events, ...more.map((event, i) => ({ seq: 900 + i, atMs: startMs, fence: 2, event }))];
  fc.assert(
    fc.property(fc.shuffledSubarray(pool), fc.constantFrom(...others), (some, of) => {
      const seen = viewOf(of, some, startMs);
      expect(seen.nodes).toHaveLength(of.nodes.length);
      expect(seen.progress).toBeGreaterThanOrEqual(0);
      expect(seen.progress).toBeLessThanOrEqual(1);
      expect(toSvg(of, seen)).not.toMatch(/NaN|undefined/);
    }),
    { numRuns: 300 },
  );
});

test('after every event the view tells the state that the machine has', () => {
  const cases: readonly Script[] = [
    {},
    { run: (step) => (step === 'start' ? broken : undefined) },
    {
      choices: { place: ['a', 'b'] },
      run: (step) => (step === 'place#0/attach' || step === 'report' ? broken : undefined),
    },
    {
      run: (step) => (step === 'start' ? broken : undefined),
      revert: (step) => (step === 'stop' ? broken : undefined),
    },
  ];
  for (const script of cases) {
    const { events, states } = play(swap, script);
    const seen = events.map((_, i) => viewOf(swap, events.slice(0, i + 1)).state);
    expect(seen).toEqual(states);
  }
});

test('a run that other owners carried on names them', () => {
  const { events } = play(swap);
  const claim: StoredEvent = {
    seq: 99,
    atMs: startMs,
    fence: 2,
    event: { kind: 'claimed', owner: 'b@host' },
  };
  expect(viewOf(swap, [...events, claim]).claims).toEqual([
    { owner: 'b@host', at: '2026-01-02T03:04:05.000Z' },
  ]);
});

test('twenty thousand steps in a row and reverted are folded within a few seconds', () => {
  const nodes = Array.from({ length: 20_000 }, (_, i) => ({
    path: `s${i}`,
    kind: 'step' as const,
    scope: -1,
    after: i === 0 ? [] : [i - 1],
    needs: [],
    hasRevert: true as const,
    hasProbe: true as const,
  }));
  const long: Shape = { format: 1, graph: 'long', nodes };
  const { events } = play(long, { run: (step) => (step === 's19999' ? broken : undefined) });
  const before = performance.now();
  expect(viewOf(long, events).state).toBe('reverted');
  expect(performance.now() - before).toBeLessThan(30_000);
});
