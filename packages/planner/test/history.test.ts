// What own runs teach: journals in, figures out; and whether the figures hold for the runs that come after.

import { learn, parametersFrom, plan, planner, spreadOf } from '@belay/planner';
import type { RunEvent, StoredEvent } from '@belay/runner';
import { describe, expect, test } from 'vitest';
import { factsWith, options, target } from './example.ts';
import { eventsOf, good, openScene } from './shop.ts';

function journal(...events: readonly (readonly [seconds: number, RunEvent])[]): readonly StoredEvent[] {
  return events.map(([seconds, event], i) => ({ seq: i + 1, atMs: seconds * 1000, fence: 1, event }));
}

const created: RunEvent = {
  kind: 'created',
  graph: 'volume-swap',
  input: { at: { provider: 'sim', account: 'shop', region: 'r1' } },
  keys: [],
};
const started = (step: string, attempt = 1): RunEvent => ({ kind: 'started', step, attempt, wires: 'w' });
const done = (step: string): RunEvent => ({ kind: 'done', step });
const finished: RunEvent = { kind: 'finished', state: 'success' };

/** A swap whose stop took so long, and its mount two seconds. */
function swap(stopSeconds: number, ...between: readonly (readonly [number, RunEvent])[]) {
  return journal(
    [0, created],
    [1, started('place#0/provision-target')],
    [31, done('place#0/provision-target')],
    [40, started('stop-services')],
    ...between,
    [40 + stopSeconds, done('stop-services')],
    [40 + stopSeconds, started('mount')],
    [42 + stopSeconds, done('mount')],
    [45 + stopSeconds, finished],
  );
}

describe('journals', () => {
  test('teach how long each step took and how long nobody served', () => {
    const [history] = learn([swap(3), swap(5)]);
    expect(history).toMatchObject({
      graph: 'volume-swap',
      runs: 2,
      steps: { 'provision-target': [30, 30], 'stop-services': [3, 5], mount: [2, 2] },
      windows: [5, 7],
    });
  });

  test('of runs that went back, or never ended, teach nothing', () => {
    const back = [...swap(3).slice(0, -1), ...journal([60, { kind: 'finished', state: 'reverted' }])];
    expect(learn([back, swap(3).slice(0, -1), []])).toEqual([]);
  });

  test('teach nothing about a window that stood still in the middle', () => {
    const interrupted = swap(
      900,
      [45, { kind: 'interrupted', step: 'stop-services' }],
      [600, { kind: 'claimed', owner: 'another' }],
      [601, started('stop-services', 2)],
    );
    expect(learn([interrupted])[0]).toMatchObject({ windows: [], steps: { mount: [2] } });
    expect(learn([interrupted])[0]?.steps).not.toHaveProperty('stop-services');
  });

  test('count at the place that is asked for, where one is', () => {
    const at = { provider: 'sim', account: 'shop', region: 'r1' };
    expect(learn([swap(3)], { at })).toHaveLength(1);
    expect(learn([swap(3)], { at: { ...at, region: 'r2' } })).toEqual([]);
  });

  test('of copies teach the cost of a file and the width of the path', () => {
    const first = {
      seconds: 100,
      entries: 1_000_000,
      changedFiles: 1_000_000,
      changedBytes: 5e9,
      vanishedFiles: 0,
    };
    const rehearsed = {
      scanSeconds: 42,
      entries: 1_000_000,
      changedFiles: 3,
      changedBytes: 900,
      finalSeconds: 42,
    };
    const copied = journal(
      [0, created],
      [1, { kind: 'done', step: 'first-pass', output: first }],
      [2, { kind: 'done', step: 'rehearse', output: rehearsed }],
      [3, finished],
    );
    const [history] = learn([copied]);
    expect(history?.scanFile).toEqual([42e-6]);
    expect(history?.bandwidth).toEqual([5e7]);
    const parameters = parametersFrom(learn(Array.from({ length: 5 }, () => copied)));
    expect(parameters.scanFile).toMatchObject({ likelySeconds: 42e-6, from: 'own-history' });
    expect(parameters).toMatchObject({ bandwidthBytesPerSecond: 5e7, bandwidthFrom: 'own-history' });
  });
});

describe('what a file costs to look at', () => {
  const looked = (graph: string, entries: number, scanSeconds: number) =>
    journal(
      [0, { ...created, graph }],
      [1, { kind: 'done', step: 'rehearse', output: { scanSeconds, entries } }],
      [2, finished],
    );
  const five = (graph: string, entries: number, scanSeconds: number) =>
    Array.from({ length: 5 }, () => looked(graph, entries, scanSeconds));

  test('is learned where there were many: of a few, the beginning is most of it', () => {
    expect(parametersFrom(learn(five('rsync', 1_000, 0.2))).scanFile).toBeUndefined();
    expect(parametersFrom(learn(five('rsync', 10_000, 0.4))).scanFile?.likelySeconds).toBeCloseTo(40e-6);
  });

  test('is another thing on a disk made of a snapshot, and each is told by its own runs', () => {
    const parameters = parametersFrom(
      learn([...five('rsync', 1_000_000, 40), ...five('snapshot-clone', 1_000_000, 60)]),
    );
    expect(parameters.scanFile?.likelySeconds).toBeCloseTo(40e-6);
    expect(parameters.lazyScanFile).toMatchObject({ from: 'own-history', note: '5 passes over clones here' });
    const finalOf = (own: typeof parameters) => {
      const made = plan(factsWith(), target, options({ parameters: own, strategy: 'snapshot-clone' }));
      const { downtime } = made.candidates.find(({ strategy }) => strategy === 'snapshot-clone')!;
      return downtime!.phases.find(({ name }) => name === 'final-pass')!;
    };
    const { lazyScanFile: _, ...without } = parameters;
    // Two million files at 60 µs, and not at four times 40.
    const gained = finalOf(without).likelySeconds - finalOf(parameters).likelySeconds;
    expect(gained).toBeGreaterThan(150);
    expect(finalOf(without).from).toBe('assumed');
  });
});

describe('windows in which files were copied', () => {
  const copy = (entries: number, seconds: number) =>
    journal(
      [0, { ...created, graph: 'rsync' }],
      [1, started('stop-services')],
      [2, done('stop-services')],
      [2, started('final-pass')],
      [1 + seconds, { kind: 'done', step: 'final-pass', output: { entries, seconds: seconds - 1 } }],
      [2 + seconds, finished],
    );
  const rsyncOf = (entries: number, runs: number) => {
    const seconds = [95, 100, 104, 98, 103, 101].slice(0, runs);
    const parameters = parametersFrom(learn(seconds.map((each) => copy(entries, each))));
    const made = plan(factsWith(), target, options({ parameters }));
    return made.candidates.find(({ strategy }) => strategy === 'rsync')!.downtime!;
  };

  test('count for shops with about as many files, and for no others', () => {
    const alike = rsyncOf(2_000_000, 6);
    expect(alike.seen?.note).toMatch(/^n = 6 copies of as many files here, p90 \d+ s$/);
    expect(alike.p50Seconds).toBeCloseTo(100.5, 0);
    expect(rsyncOf(200_000, 6).seen).toBeUndefined();
    expect(rsyncOf(2_000_000, 4).seen).toBeUndefined();
  });
});

describe('figures of one’s own', () => {
  test('count from the fifth run on', () => {
    const runs = (count: number) => parametersFrom(learn(Array.from({ length: count }, () => swap(4))));
    expect(runs(4).stopServices).toBeUndefined();
    expect(runs(5).stopServices).toMatchObject({
      likelySeconds: 4,
      from: 'own-history',
      note: '5 times here',
    });
  });

  test('are wider the fewer there are', () => {
    const samples = [8, 9, 10, 11, 12];
    const few = spreadOf(samples, '');
    const many = spreadOf([...samples, ...samples, ...samples, ...samples], '');
    expect(few.worstSeconds).toBeGreaterThan(many.worstSeconds);
    expect([few.likelySeconds, many.likelySeconds]).toEqual([10, 10]);
  });

  test('are told in the plan with how often they were seen, and make it confident', () => {
    const parameters = parametersFrom(learn([3, 4, 5, 6, 4, 5, 3].map((seconds) => swap(seconds))));
    const made = plan(factsWith(), target, options({ parameters }));
    expect(made.downtime?.seen?.note).toMatch(/^n = 7 runs of volume-swap here, p90 \d+ s$/);
    expect(made.downtime?.confidence).toBe('good');
    expect(made.downtime!.p50Seconds).toBeCloseTo(6, 0);
  });
});

test('a move by rsync teaches what its files and its point of no return cost', async () => {
  const scene = await openScene();
  const runner = await scene.runner();
  const made = plan(await scene.facts(), scene.target, { now: scene.now(), strategy: 'rsync' });
  const run = good(planner.runOf(made, { now: scene.now() }));
  expect(good(await scene.until(planner.start(runner, run, { id: 'copy' }))).state).toBe('success');
  const [taught] = learn([await eventsOf(scene, runner, 'copy')]);
  await scene.until(runner.close());
  expect(taught?.scanFile).toHaveLength(1);
  expect(taught?.steps['switch-address']).toHaveLength(1);
  expect(taught?.steps).not.toHaveProperty('open-target');
});

test('after five swaps the next ten stay within what was foretold: p10 to p90 in at least seven', async () => {
  const runSwap = async (seed: number) => {
    const scene = await openScene({ seed });
    const runner = await scene.runner();
    const made = plan(await scene.facts(), scene.target, { now: scene.now() });
    const run = good(planner.runOf(made, { now: scene.now() }));
    good(await scene.until(planner.start(runner, run, { id: `swap-${seed}` })));
    const events = await eventsOf(scene, runner, `swap-${seed}`);
    await scene.until(runner.close());
    return { scene, events };
  };
  const taught: (readonly StoredEvent[])[] = [];
  for (const seed of [1, 2, 3, 4, 5]) taught.push((await runSwap(seed)).events);
  const { scene } = await runSwap(6);
  const parameters = parametersFrom(learn(taught));
  const foretold = plan(await scene.facts(), scene.target, { now: scene.now(), parameters });
  const swapOf = foretold.candidates.find(({ strategy }) => strategy === 'volume-swap')!.downtime!;
  let within = 0;
  for (const seed of [11, 12, 13, 14, 15, 16, 17, 18, 19, 20]) {
    const [seconds = 0] = learn([(await runSwap(seed)).events])[0]!.windows;
    if (seconds >= swapOf.p10Seconds && seconds <= swapOf.p90Seconds) within += 1;
  }
  expect(within).toBeGreaterThanOrEqual(7);
}, 60_000);
