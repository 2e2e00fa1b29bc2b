// Plays of what a plan gives: the same graphs with their gates, and with names that are made quick beforehand.

import {
  explain,
  observe,
  plan,
  planner,
  type StrategyName,
  type SwapOutput,
  type Target,
} from '@belay/planner';
import { good, type Scene, type SceneOptions } from '../shop.ts';
import { afterCopy } from './moves.ts';
import { type Afterwards, openShop, type Play } from './stage.ts';

interface Planned extends SceneOptions {
  readonly strategy: StrategyName;
  readonly target?: Partial<Target>;
  /** For so long the world believes the shop's name. */
  readonly ttlSeconds?: number;
  readonly afterwards: (scene: Scene, output: unknown) => Afterwards;
}

function asPlanned(name: string, { strategy, target, ttlSeconds, afterwards, ...options }: Planned): Play {
  return {
    name: `${name}, as planned`,
    // Whether the disk was still is known of a picture only whose answer was heard, and such a plan asks for it.
    ...(strategy === 'snapshot-clone' && { mayAlsoEnd: ['reverted'] as const }),
    async open(seed) {
      const scene = await openShop(seed, options);
      const { sim, shop, until } = scene;
      if (ttlSeconds !== undefined) {
        const from = good(await until(sim.cloud.dns.get(shop.recordName, 'A')));
        if (from === undefined) throw new Error('the shop has no name');
        good(await until(sim.cloud.dns.change({ from, to: { ...from, ttlSeconds } }, { key: 'slow' })));
      }
      const to = { ...scene.target, ...target };
      const facts = good(await until(observe(scene.workload, to, sim, { clock: sim.clock })));
      const made = plan(facts, to, { now: scene.now(), strategy });
      const { run } = made;
      const graph = planner.graphs.find((each) => each.name === run?.graph);
      if (run === undefined || graph === undefined || made.missing.length > 0) throw new Error(explain(made));
      return {
        scene,
        graph,
        input: () => run.input,
        home: () => shop.instanceId,
        afterwards: (output) => afterwards(scene, output),
      };
    },
  };
}

function swapped({ shop }: Scene, output: unknown): Afterwards {
  const { id } = (output as SwapOutput).target;
  return { server: id, disk: shop.dataVolumeId, made: [id] };
}

function inPlace({ shop }: Scene): Afterwards {
  return { server: shop.instanceId, disk: shop.dataVolumeId, made: [] };
}

const copied = (_: Scene, output: unknown): Afterwards => afterCopy(output);

export const planned: readonly Play[] = [
  asPlanned('volume-swap', { strategy: 'volume-swap', afterwards: swapped }),
  asPlanned('volume-swap by a slow name', {
    strategy: 'volume-swap',
    named: true,
    ttlSeconds: 3600,
    afterwards: swapped,
  }),
  asPlanned('snapshot-clone', { strategy: 'snapshot-clone', afterwards: copied }),
  asPlanned('rsync', { strategy: 'rsync', afterwards: copied }),
  asPlanned('resize-in-place', {
    strategy: 'resize-in-place',
    traits: 'openstack',
    target: { carries: { filesystems: ['ext4'], instanceTypes: ['eagle-4xl'] } },
    afterwards: inPlace,
  }),
];
