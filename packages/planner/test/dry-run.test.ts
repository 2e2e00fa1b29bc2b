// A dry run asks what the plan asked and the run will ask, with facts learned again, and changes nothing.

import { dryRun, dryRunOf, type Plan, plan, underWay } from '@belay/planner';
import { describe, expect, test } from 'vitest';
import { factsWith, now, options, probeWith, target } from './example.ts';
import { good, openScene, type Scene } from './shop.ts';

async function planned(): Promise<{ readonly scene: Scene; readonly made: Plan }> {
  const scene = await openScene();
  return { scene, made: plan(await scene.facts(), scene.target, { now: scene.now() }) };
}

describe('a dry run', () => {
  test('of a shop that is as it was says go, and leaves the world as it is', async () => {
    const { scene, made } = await planned();
    const { sim, until } = scene;
    const before = JSON.stringify(sim.world.state().instances) + JSON.stringify(sim.world.state().volumes);
    const looked = good(await until(dryRun(made, sim, { clock: sim.clock })));
    expect(JSON.stringify(sim.world.state().instances) + JSON.stringify(sim.world.state().volumes)).toBe(
      before,
    );
    expect(looked).toMatchObject({ isGo: true, moved: [] });
    expect(looked.toCome.map(({ name }) => name)).toContain('target-booted');
    expect(looked.table).toMatch(/^GO +G2 +capacity-proven/m);
  });

  test('names the fact that has moved since the plan was made', async () => {
    const { scene, made } = await planned();
    const { sim, shop, until } = scene;
    good(await until(sim.cloud.volumes.modify(shop.dataVolumeId, { sizeGiB: 1500 }, { key: 'grow' })));
    const looked = good(await until(dryRun(made, sim, { clock: sim.clock })));
    expect(looked.isGo).toBe(false);
    expect(looked.moved.map(({ fact }) => fact)).toEqual(['volume']);
    expect(looked.table).toMatch(/^NO-GO +G23 +facts-still-true +volume: was .*1000 GiB.* is .*1500 GiB/m);
  });

  test('of a plan that has grown old looks at nothing', async () => {
    const { scene, made } = await planned();
    await scene.sim.clock.advance(3_600_000);
    const looked = await scene.until(dryRun(made, scene.sim, { clock: scene.sim.clock }));
    expect(looked._unsafeUnwrapErr().kind).toBe('stale');
  });

  test('finds jobs that are under way: writers of no service, and timers that are about to begin', () => {
    const writer = {
      mountPoint: '/data',
      path: '/data/export.csv',
      processId: 7,
      command: 'export',
      forWrite: true,
    };
    const timer = { kind: 'timer' as const, state: 'active' as const, masked: false };
    const facts = factsWith({
      probe: probeWith({
        openForWrite: [writer, { ...writer, service: 'mysql', path: '/data/ibdata1', command: 'mysqld' }],
        timers: [
          { ...timer, name: 'report.timer', nextAt: '2026-11-22T11:10:00.000Z' },
          { ...timer, name: 'weekly.timer', nextAt: '2026-11-29T00:00:00.000Z' },
          { ...timer, name: 'masked.timer', masked: true, nextAt: '2026-11-22T11:10:00.000Z' },
        ],
      }),
    });
    expect(underWay(facts, now)).toEqual([
      'export writes to /data/export.csv',
      'report.timer begins at 2026-11-22T11:10:00.000Z',
    ]);
    const looked = dryRunOf(plan(facts, target, options()), facts, { now });
    expect(looked.guards.find(({ name }) => name === 'quiet-hour')).toMatchObject({ decision: 'NO-GO' });
    const accept = [{ guard: 'quiet-hour', by: 'ada', reason: 'the export can be made again' }];
    expect(dryRunOf(plan(facts, target, options()), facts, { now, accept }).isGo).toBe(true);
  });
});
