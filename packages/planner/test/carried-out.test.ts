// From facts to a plan to a run that ends: every strategy on the simulator, by way of its plan and nothing else.

import {
  type Plan,
  type PlanOptions,
  plan,
  planner,
  type StrategyName,
  servingDuring,
  type Target,
} from '@belay/planner';
import { describe, expect, test } from 'vitest';
import { good, openScene, type Scene, type SceneOptions } from './shop.ts';

interface Way {
  readonly strategy: Exclude<StrategyName, 'nothing'>;
  readonly scene?: SceneOptions;
  readonly target: (scene: Scene) => Partial<Target>;
  readonly options?: Partial<PlanOptions>;
  /** Who serves in the end. */
  readonly served: 'source' | 'target';
}

const accept = ['versions-match', 'capacity-kept'].map((guard) => ({
  guard,
  by: 'ada',
  reason: 'a test on a simulator',
}));

const ways: readonly Way[] = [
  {
    strategy: 'grow-online',
    target: ({ shop }) => ({ instanceType: shop.instanceType, sizeGiB: 1500 }),
    served: 'source',
  },
  {
    strategy: 'resize-in-place',
    target: () => ({ carries: { instanceTypes: ['eagle-4xl'] } }),
    options: { accept },
    served: 'source',
  },
  {
    strategy: 'resize-in-place',
    scene: { traits: 'openstack' },
    target: () => ({ carries: { instanceTypes: ['eagle-4xl'] } }),
    served: 'source',
  },
  { strategy: 'volume-swap', target: () => ({}), served: 'target' },
  { strategy: 'snapshot-clone', target: () => ({ sizeGiB: 1200 }), options: { accept }, served: 'target' },
  { strategy: 'rsync', target: () => ({}), options: { accept }, served: 'target' },
];

async function planned(way: Way): Promise<{ readonly scene: Scene; readonly made: Plan }> {
  const scene = await openScene(way.scene);
  const target = { ...scene.target, ...way.target(scene) };
  const facts = await scene.facts();
  const made = plan(facts, target, { now: scene.now(), strategy: way.strategy, ...way.options });
  return { scene, made };
}

describe('a plan that is carried out', () => {
  for (const way of ways) {
    const where = way.scene === undefined ? '' : ' on OpenStack';
    test(`by ${way.strategy}${where} ends with the workload served`, async () => {
      const { scene, made } = await planned(way);
      expect([made.strategy, made.missing]).toEqual([way.strategy, []]);
      const runner = await scene.runner();
      const run = good(planner.runOf(made, { now: scene.now() }));
      const outcome = good(await scene.until(planner.start(runner, run, { id: way.strategy })));
      expect(outcome).toMatchObject({ state: 'success' });
      const { instanceId } = scene.sim.world.whoServes(scene.shop.name);
      expect(instanceId === scene.shop.instanceId ? 'source' : 'target').toBe(way.served);
      await scene.until(runner.close());
    });

    test(`by ${way.strategy}${where} has a time for every step in which nobody serves`, async () => {
      const { made } = await planned(way);
      const nobody = made.steps.filter(({ step }) => servingDuring(step) === 'nobody');
      expect(nobody.length > 0).toBe(way.strategy !== 'grow-online');
      expect(nobody.filter(({ estimateSeconds }) => estimateSeconds === undefined)).toEqual([]);
      // And the model has no phase of the window that the graph does not have.
      const names = nobody.map(({ step }) => step);
      const window = made.downtime!.phases.filter(({ serving }) => serving === 'nobody');
      expect(window.map(({ name }) => name).filter((name) => !names.includes(name))).toEqual([]);
    });
  }
});
