// Graphs, killed at every append of its journal, before it is durable and after, and carried on by another process
// while what the first one had under way is still on its way.

import { growOnline, recover, resizeInPlace, volumeSwap } from '@belay/planner';
import { memoryJournal, memoryStore, type Outcome, openRunner, type Runner } from '@belay/runner';
import { type Kill, killJournal } from '@belay/runner/testkit';
import type { Sim, VirtualClock } from '@belay/sim';
import { describe, expect, test } from 'vitest';
import { good, openScene, type Scene, type SceneOptions, sourceAsBefore, swapOf } from './shop.ts';

const keys = ['node/web12'];
const graphs = [volumeSwap, growOnline, resizeInPlace, recover] as const;

interface Play {
  readonly options?: SceneOptions;
  /** What is done to the world before the run. */
  readonly before?: (scene: Scene) => void;
  readonly start: (scene: Scene, runner: Runner) => ReturnType<Runner['wait']>;
  /** What must be true at the end, whatever was killed when. */
  readonly holds: (scene: Scene, outcome: Outcome<unknown>, asBefore: unknown) => void;
}

const plays: Readonly<Record<string, Play>> = {
  'volume-swap': {
    start: (scene, runner) => runner.run(volumeSwap, swapOf(scene).input, { id: 'run', keys }),
    holds: movedOn,
  },
  'volume-swap on its way back': {
    before: ({ sim }) => sim.faults.next('instances.keepVolume', { kind: 'failed', at: 'port', times: 50 }),
    start: (scene, runner) => runner.run(volumeSwap, swapOf(scene).input, { id: 'run', keys }),
    holds: (scene, outcome, asBefore) => {
      expect(outcome.state).toBe('reverted');
      expect(sourceAsBefore(scene)).toEqual(asBefore);
    },
  },
  'grow-online': {
    start: ({ shop, workload: { probe } }, runner) =>
      runner.run(
        growOnline,
        {
          at: shop.at,
          instance: { id: shop.instanceId, name: shop.instanceName },
          volume: { id: shop.dataVolumeId, mountPoint: shop.mountPoint, filesystemUuid: shop.filesystemUuid },
          from: { sizeGiB: shop.dataSizeGiB, diskType: shop.diskType },
          to: { sizeGiB: 2000, diskType: shop.diskType },
          probe,
        },
        { id: 'run', keys },
      ),
    holds: ({ sim, shop }, outcome) => {
      expect(outcome.state).toBe('success');
      expect(sim.world.state().volumes[shop.dataVolumeId]?.sizeGiB).toBe(2000);
      expect(sim.world.calls('volumes.modify')).toBe(1);
    },
  },
  'resize-in-place': {
    options: { traits: 'openstack' },
    start: (scene, runner) => {
      const { zones: _, target: __, mayKeepVolume: ___, ...served } = swapOf(scene).input;
      const types = { fromType: 'eagle-2xl', toType: 'eagle-4xl', way: 'kept' } as const;
      return runner.run(resizeInPlace, { ...served, ...types }, { id: 'run', keys });
    },
    holds: ({ sim, shop }, outcome) => {
      expect(outcome.state).toBe('success');
      const server = sim.world.state().instances[shop.instanceId];
      expect([server?.state, server?.instanceType]).toEqual(['resized', 'eagle-4xl']);
      expect(sim.world.visit(shop.name)).toEqual({ servedBy: shop.instanceId, order: 5 });
    },
  },
  recover: {
    before: ({ sim, shop }) => sim.world.hang(shop.instanceId),
    start: (scene, runner) => {
      const { mayKeepVolume: _, ...move } = swapOf(scene).input;
      return runner.run(recover, { ...move, way: { kind: 'surviving-volume' } }, { id: 'run', keys });
    },
    holds: (scene, outcome) => {
      movedOn(scene, outcome);
      expect(scene.sim.world.state().instances[scene.shop.instanceId]?.state).toBe('stopped');
    },
  },
};

/** One new server serves with every order, and nothing was made twice. */
function movedOn({ sim, shop }: Scene, outcome: Outcome<unknown>): void {
  expect(outcome.state, JSON.stringify(outcome)).toBe('success');
  const { instances } = sim.world.state();
  const servers = Object.values(instances).filter(({ state }) => state !== 'gone');
  expect(servers).toHaveLength(2);
  const target = servers.find(({ id }) => id !== shop.instanceId);
  expect(sim.world.visit(shop.name)).toEqual({ servedBy: target?.id, order: 5 });
}

async function play({ options, before, start }: Play, kill?: Omit<Kill, 'how'>) {
  const scene = await openScene(options);
  const { sim, shop } = scene;
  expect(sim.world.visit(shop.name)).toMatchObject({ order: 4 });
  const asBefore = sourceAsBefore(scene);
  before?.(scene);
  const store = memoryStore();
  const died = Promise.withResolvers<undefined>();
  const journal = killJournal(memoryJournal(store), kill && { ...kill, how: () => died.resolve(undefined) });
  const runner = await openRunner({
    graphs,
    services: services(sim),
    journal,
    clock: sim.clock,
    owner: 'first',
  });
  const running = start(scene, runner);
  if (kill === undefined) {
    return { scene, asBefore, outcome: good(await scene.until(running)), points: journal.points.length };
  }
  await scene.until(Promise.race([died.promise, running.then(() => undefined)]));
  store.kill('first');
  const second = await openRunner({
    graphs,
    services: services(sim),
    journal: memoryJournal(store),
    clock: sim.clock,
    owner: 'second',
  });
  good(await scene.until(second.recover()));
  // Where not even its beginning was durable, it is begun.
  const outcome = good(await scene.until(start(scene, second)));
  await second.close();
  return { scene, asBefore, outcome, points: journal.points.length };
}

function services({ clouds, hosts }: Sim<VirtualClock>) {
  return { clouds, hosts };
}

describe.each(Object.entries(plays))('%s', (name, one) => {
  test('comes to the same end wherever its process is killed', async () => {
    const whole = await play(one);
    one.holds(whole.scene, whole.outcome, whole.asBefore);
    expect(whole.points).toBeGreaterThan(4);
    for (let at = 1; at <= whole.points; at += 1) {
      // Both at each point for one of them, in turn for the others: they differ in their steps, not in their journal.
      const turn = at % 2 === 0 ? (['before'] as const) : (['after'] as const);
      for (const when of name === 'volume-swap' ? (['before', 'after'] as const) : turn) {
        const killed = await play(one, { at, when });
        one.holds(killed.scene, killed.outcome, killed.asBefore);
      }
    }
  }, 300_000);
});
