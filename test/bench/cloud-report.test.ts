import { createSim } from '@belay/sim';
import { expect, test } from 'vitest';
import { readOptions } from '../../bench/cloud/options.ts';
import { figuresOf, reportOf, table } from '../../bench/cloud/report.ts';
import { seedPairs } from '../../bench/cloud/scene.ts';
import { overOpenstack } from '../../bench/cloud/subjects/over-openstack.ts';
import { overEc2 } from '../../bench/cloud/subjects/over-port.ts';
import { sdkWaiters } from '../../bench/cloud/subjects/sdk-waiters.ts';
import type { Trial } from '../../bench/cloud/subjects/subject.ts';
import { watch } from '../../bench/cloud/watch.ts';
import { watchedSim } from '../../bench/cloud/watched-sim.ts';

const none = { 'instance-running': 0, 'volume-available': 0, 'volume-attached': 0 };

function trial(more: Partial<Trial> & { readonly attached?: readonly number[] } = {}): Trial {
  const { attached = [], ...rest } = more;
  return {
    swaps: 2,
    seconds: 10,
    ended: { 'instance-running': [], 'volume-available': [], 'volume-attached': attached },
    early: none,
    describes: { instances: [], volumes: [] },
    lookups: { instances: 0, volumes: 0 },
    ...rest,
  };
}

test('the lag of a wait runs from the moment at which the cloud reached the state', async () => {
  const sim = createSim({ latencies: { 'volumes.detach': [3_000, 3_000, 3_000] } });
  const [pair] = seedPairs(sim, 1);
  const { volumeId = '', sourceId: instanceId = '' } = pair ?? {};
  const onlooker = watch(watchedSim(sim));
  const detached = await sim.clock.until(sim.cloud.volumes.detach({ volumeId, instanceId }, { key: 'x' }));
  expect(detached.isOk()).toBe(true);
  const reachedAtMs = sim.world.events().find(({ what }) => what === 'volume.detached')?.atMs ?? 0;
  await sim.clock.advance(reachedAtMs + 5_000 - onlooker.nowMs());
  onlooker.noticed('volume-available', volumeId);
  onlooker.noticed('volume-attached', volumeId);
  const { ended, early, describes, lookups } = onlooker.seen();
  expect(ended['volume-available']).toEqual([5_000]);
  expect(early).toEqual({ ...none, 'volume-attached': 1 });
  expect(describes.volumes.reduce((all, count) => all + count, 0)).toBe(sim.world.calls('volumes.get'));
  expect(describes.volumes[0]).toBeGreaterThan(0);
  expect(lookups).toEqual({ instances: 0, volumes: 0 });
});

test('median and p99 are of all rounds together', () => {
  const all = Array.from({ length: 100 }, (_, index) => index + 1);
  const { lagMs } = figuresOf([trial({ attached: all.slice(0, 30) }), trial({ attached: all.slice(30) })]);
  expect(lagMs['volume-attached']).toEqual({ median: 50.5, p99: 99, max: 100, samples: 100 });
  expect(lagMs['volume-available']).toBeNull();
});

test('calls are told for each operation, and for each second where there were most of them', () => {
  const volumes = [...Array<number>(20).fill(1), ...Array<number>(10).fill(4), 0, 0];
  const figures = figuresOf([
    trial({ swaps: 5, describes: { instances: [3, 3], volumes }, lookups: { instances: 3, volumes: 0 } }),
  ]);
  expect(figures.describesPerOperation).toEqual({ instances: 0.4, volumes: 4 });
  expect(figures.lookupsPerOperation).toEqual({ instances: 0.2, volumes: 0 });
  expect(figures.describesPerSecond).toEqual({ instances: 3, volumes: 4 });
});

test('belay is judged by what was promised, and others are only compared with it', () => {
  const ours = figuresOf([trial({ attached: [1_000], describes: { instances: [2], volumes: [3] } })]);
  const theirs = figuresOf([
    trial({
      attached: [15_000],
      early: { ...none, 'volume-available': 2 },
      describes: { instances: [4], volumes: [9] },
    }),
  ]);
  const report = reportOf({
    [overEc2.name]: { '100 swaps': ours },
    [sdkWaiters.name]: { '100 swaps': theirs },
  });
  expect(report.targets).toEqual({
    [`lag-p99-ms/volume-attached, ${overEc2.name}, 100 swaps`]: {
      atMost: 1_000,
      value: 1_000,
      holds: true,
    },
    [`ended-early, ${overEc2.name}, 100 swaps`]: { atMost: 0, value: 0, holds: true },
    [`describes-per-second/instances, ${overEc2.name}, 100 swaps`]: { atMost: 2, value: 2, holds: true },
    [`describes-per-second/volumes, ${overEc2.name}, 100 swaps`]: { atMost: 2, value: 3, holds: false },
  });
  expect(report.ratios).toMatchObject({
    [`lag-median/volume-attached, ${sdkWaiters.name}, 100 swaps`]: 15,
    [`describes-per-operation/volumes, ${sdkWaiters.name}, 100 swaps`]: 3,
  });
  const text = table(report);
  expect(text).toMatch(/MISSED describes-per-second\/volumes.* 3 +at most 2/);
  expect(text).toContain('2 ended before it was there');
});

test('the swaps over OpenStack are noticed in time and cost what was promised, also where ten run at once', async () => {
  const figures = figuresOf([await overOpenstack.run(10, 1)]);
  const { targets } = reportOf({ [overOpenstack.name]: { '100 swaps': figures } });
  expect(Object.entries(targets).filter(([, { holds }]) => !holds)).toEqual([]);
  expect(Object.keys(targets)).toContain(`describes-per-second/volumes, ${overOpenstack.name}, 100 swaps`);
  expect(figures.lagMs['volume-attached']?.samples).toBe(10);
});

test('a wait that ends early is a missed target of belay', () => {
  const figures = figuresOf([trial({ early: { ...none, 'volume-attached': 1 } })]);
  const { targets } = reportOf({ [overEc2.name]: { '1 swap': figures } });
  expect(targets[`ended-early, ${overEc2.name}, 1 swap`]?.holds).toBe(false);
});

test('arguments that mean nothing are answered with what can be said', () => {
  expect(readOptions([], [])).toMatchObject({ swaps: [1, 10, 100], seed: 1, json: false });
  expect(readOptions(['--swaps', '3', '--json'], [])).toMatchObject({ swaps: [3], json: true });
  expect(readOptions(['--only', 'x'], ['a', 'b'])).toBe('--only x: there are a, b');
  expect(readOptions(['--swaps', '0'], [])).toContain('--swaps');
  expect(readOptions(['--seed', 'x'], [])).toContain('--seed');
  expect(readOptions(['--nonsense'], [])).toContain('--nonsense');
});
