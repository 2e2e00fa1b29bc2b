import { type GrowInput, growOnline, servingDuring } from '@belay/planner';
import { check, shapeOf } from '@belay/runner';
import type { Operation } from '@belay/sim';
import { describe, expect, test } from 'vitest';
import { good, openScene, type Scene, untilHeld } from './shop.ts';

const word = { by: 'ada', reason: 'a test' };
const keys = ['node/web12'];

function growOf({ shop, workload }: Scene, about: Partial<GrowInput> = {}): GrowInput {
  const from = { sizeGiB: shop.dataSizeGiB, diskType: shop.diskType };
  return {
    at: shop.at,
    instance: { id: shop.instanceId, name: shop.instanceName },
    volume: { id: shop.dataVolumeId, mountPoint: shop.mountPoint, filesystemUuid: shop.filesystemUuid },
    from,
    to: { ...from, sizeGiB: 2000 },
    probe: workload.probe,
    ...about,
  };
}

async function grown(scene: Scene, about: Partial<GrowInput> = {}) {
  const runner = await scene.runner();
  const run = runner.run(growOnline, growOf(scene, about), { id: 'grow', keys });
  return { runner, outcome: good(await scene.until(run)) };
}

function diskOf({ sim, shop }: Scene) {
  const volume = sim.world.state().volumes[shop.dataVolumeId];
  return [volume?.sizeGiB, volume?.diskType];
}

describe('a disk that grows in use', () => {
  for (const traits of ['ec2', 'openstack'] as const) {
    test(`is bigger for the server too, on ${traits}, and the shop never stops`, async () => {
      const scene = await openScene({ traits });
      const { sim, shop } = scene;
      const seen: (string | undefined)[] = [];
      sim.world.onServing(shop.name, ({ instanceId }) => seen.push(instanceId));
      const { outcome, runner } = await grown(scene);
      if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
      expect(diskOf(scene)).toEqual([2000, shop.diskType]);
      expect(outcome.output.filesystemBytes).toBeGreaterThan(1800 * 2 ** 30);
      expect(seen).toEqual([shop.instanceId]);
      expect((await scene.until(runner.revert('grow', word)))._unsafeUnwrapErr().message).toContain(
        'point of no return',
      );
    });
  }

  test('goes back to its old kind where only that has changed', async () => {
    const scene = await openScene();
    const { shop, sim } = scene;
    const to = { sizeGiB: shop.dataSizeGiB, diskType: 'io2' };
    const { outcome, runner } = await grown(scene, { to });
    expect(outcome.state).toBe('success');
    expect(diskOf(scene)).toEqual([1000, 'io2']);
    // The provider is busy with the disk for hours.
    await sim.clock.advance(6 * 3_600_000);
    expect(good(await scene.until(runner.revert('grow', word))).state).toBe('reverted');
    expect(diskOf(scene)).toEqual([1000, 'gp3']);
  });

  test('waits for a word where that is wished', async () => {
    const scene = await openScene();
    const runner = await scene.runner();
    const running = runner.run(growOnline, growOf(scene, { hold: true }), { id: 'grow', keys });
    await untilHeld(scene, runner, 'grow');
    expect(diskOf(scene)).toEqual([1000, 'gp3']);
    good(await scene.until(runner.release('grow', 'grow', word)));
    expect(good(await scene.until(running)).state).toBe('success');
  });

  const refusals: readonly (readonly [string, (scene: Scene) => Partial<GrowInput>])[] = [
    ['disk-as-planned', () => ({ from: { sizeGiB: 500, diskType: 'gp3' } })],
    ['never-smaller', () => ({ to: { sizeGiB: 900, diskType: 'gp3' } })],
    ['right-filesystem', (scene) => ({ volume: { ...growOf(scene).volume, filesystemUuid: 'another' } })],
    [
      'disk-in-place',
      (scene) => ({ instance: { id: 'i-00000000000000000', name: scene.shop.instanceName } }),
    ],
  ];
  for (const [guard, about] of refusals) {
    test(`is refused as ${guard} before anything is changed`, async () => {
      const scene = await openScene();
      const { outcome } = await grown(scene, about(scene));
      expect(outcome).toMatchObject({ state: 'reverted', cause: { guard } });
      expect(diskOf(scene)).toEqual([1000, 'gp3']);
    });
  }

  const failures: readonly (readonly [Operation, 'reverted' | 'stuck', number])[] = [
    ['volumes.get', 'reverted', 1000],
    ['volumes.modify', 'reverted', 1000],
    ['mounts.grow', 'stuck', 2000],
  ];
  for (const [operation, state, sizeGiB] of failures) {
    test(`ends ${state} where ${operation} fails for good, and the shop serves`, async () => {
      const scene = await openScene();
      const { sim, shop } = scene;
      sim.faults.next(operation, { kind: 'failed', at: 'port' });
      const { outcome, runner } = await grown(scene);
      expect(outcome.state).toBe(state);
      expect(diskOf(scene)[0]).toBe(sizeGiB);
      expect(sim.world.visit(shop.name)).toMatchObject({ servedBy: shop.instanceId });
      if (outcome.state !== 'stuck') return;
      good(await scene.until(runner.resolve('grow', outcome.stuck[0]?.step ?? '', 'retry', word)));
      expect(good(await scene.until(runner.wait('grow'))).state).toBe('success');
    });
  }

  for (const operation of ['volumes.modify', 'mounts.grow'] as const) {
    test(`is done once where the answer of ${operation} is lost`, async () => {
      const scene = await openScene();
      scene.sim.faults.loseReply(operation, { at: 'port' });
      const { outcome } = await grown(scene);
      expect(outcome.state).toBe('success');
      expect(scene.sim.world.calls(operation)).toBe(operation === 'volumes.modify' ? 1 : 2);
    });
  }

  test('has a sound graph, during which the source serves', async () => {
    const scene = await openScene();
    const retyped = { to: { sizeGiB: 1000, diskType: 'io2' } };
    for (const input of [growOf(scene), growOf(scene, { hold: true }), growOf(scene, retyped)]) {
      expect(check(growOnline, input)).toEqual([]);
      const { nodes } = shapeOf(growOnline, input)._unsafeUnwrap();
      expect(nodes.map(({ path }) => servingDuring(path)).every((who) => who === 'source')).toBe(true);
    }
  });
});
