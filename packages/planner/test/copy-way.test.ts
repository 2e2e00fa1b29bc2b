// Which way the bytes of a copy take: straight from server to server where that is proven, and through us otherwise.

import { type Bandwidth, formatRef, type Place, type ProbeRequest } from '@belay/cloud';
import { explain, type Facts, observe, type Plan, plan, planner } from '@belay/planner';
import { describe, expect, test } from 'vitest';
import { factsWith, options, probeWith, target } from './example.ts';
import { eventsOf, good, openScene, type Scene } from './shop.ts';

/** The facts with what a stream to another server has found. */
function streamed(found: Partial<Bandwidth>, at: Place = target.at): Facts {
  const bandwidth: Bandwidth = {
    to: formatRef({ ...at, id: 'i-9' }),
    bytesPerSecond: 900e6,
    overMs: 5000,
    way: 'direct',
    ...found,
  };
  const facts = factsWith();
  const probe = { known: true, value: probeWith({ bandwidth }), at: facts.host.at, source: 'probe' } as const;
  return { ...facts, probe };
}

function wayOf(made: Plan): unknown {
  const { run } = made;
  return run?.graph === 'rsync' || run?.graph === 'snapshot-clone' ? run.input.passes.way : 'no copy';
}

describe.each(['rsync', 'snapshot-clone'] as const)('a plan by %s', (strategy) => {
  const planned = (facts: Facts) => plan(facts, target, options({ strategy }));
  const told = (made: Plan) => explain(made, { facts: true }).replaceAll(/\s+/g, ' ');

  test('copies straight where a stream went straight to the target’s place, and counts with its rate', () => {
    const made = planned(streamed({}));
    expect(wayOf(made)).toBe('direct');
    expect(told(made)).toContain('copied straight to the target (900 MB/s to');
    const through = planned(streamed({ way: 'relayed', bytesPerSecond: 20e6, notDirect: 'no way out' }));
    expect(made.downtime?.totalP50Seconds).toBeLessThan(through.downtime?.totalP50Seconds ?? 0);
  });

  test.each([
    ['nobody has sent anything', factsWith(), 'copied through us: a straight way is not known of'],
    [
      'only the way through us was measured',
      streamed({ way: 'relayed' }),
      'copied through us: a straight way is not known of (only the way through us was measured)',
    ],
    [
      'the stream found no straight way',
      streamed({ way: 'relayed', notDirect: 'port 22 is closed' }),
      'copied through us: no straight way (port 22 is closed)',
    ],
    [
      'the stream went elsewhere',
      streamed({}, { ...target.at, region: 'r9' }),
      'which is not where the target will be',
    ],
  ])('copies through us where %s, and says so', (_, facts, sentence) => {
    const made = planned(facts);
    expect(wayOf(made)).toBeUndefined();
    expect(told(made)).toContain(sentence);
  });
});

describe('a move whose way is proven straight', () => {
  /** Another server of the shop's own place answers the stream. */
  async function moved(disturb: (scene: Scene) => void = () => {}) {
    const scene = await openScene();
    const { sim, shop, workload, until } = scene;
    const other = sim.world.seed.server({
      name: 'neighbour',
      zone: shop.zone,
      instanceType: shop.instanceType,
      imageId: shop.imageId,
    });
    const probe: ProbeRequest = {
      sampleMs: 1000,
      bandwidthTo: { ...shop.at, id: other },
      bandwidthWay: 'direct',
    };
    const facts = good(await until(observe(workload, scene.target, sim, { clock: sim.clock, probe })));
    const made = plan(facts, scene.target, { now: scene.now(), strategy: 'rsync' });
    if (made.run?.graph !== 'rsync') throw new Error(explain(made));
    disturb(scene);
    const runner = await scene.runner();
    const run = runner.run(planner.rsync, made.run.input, { id: 'move', keys: made.run.keys });
    const outcome = good(await until(run));
    const events = await eventsOf(scene, runner, 'move');
    const passes = events.flatMap(({ event }) =>
      event.kind === 'done' && /-pass(es)?$/.test(event.step) ? [event.output] : [],
    );
    return { made, outcome, passes };
  }

  test('is copied straight in every pass', async () => {
    const { made, outcome, passes } = await moved();
    expect(wayOf(made)).toBe('direct');
    expect(outcome.state).toBe('success');
    expect(passes).toEqual([
      expect.objectContaining({ way: 'direct' }),
      expect.objectContaining({ way: 'direct' }),
      expect.objectContaining({ way: 'direct' }),
    ]);
  });

  test('is copied through us where the way has gone since, and the run says why', async () => {
    const { outcome, passes } = await moved(({ sim, shop }) => sim.faults.noWay(shop.instanceId));
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    expect(outcome.output.finalPass).toMatchObject({
      way: 'relayed',
      notDirect: expect.stringContaining('No way leads from'),
    });
    expect(passes).toHaveLength(3);
  });
});
