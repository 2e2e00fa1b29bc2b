import {
  type RecoverInput,
  type Restores,
  recover,
  type StartAgainInput,
  servingDuring,
  startAgain,
} from '@belay/planner';
import { check, memoryJournal, openRunner, shapeOf } from '@belay/runner';
import type { Operation } from '@belay/sim';
import { okAsync } from 'neverthrow';
import { describe, expect, test } from 'vitest';
import { good, openScene, type Scene, swapOf } from './shop.ts';

const word = { by: 'ada', reason: 'a test' };
const keys = ['node/web12'];

function recoverOf(scene: Scene, about: Partial<RecoverInput> = {}): RecoverInput {
  const { mayKeepVolume: _, ...move } = swapOf(scene).input;
  return { ...move, way: { kind: 'surviving-volume' }, ...about };
}

/** The newest snapshot of the shop, as a plan would find it. */
function snapshotWay(scene: Scene): RecoverInput['way'] {
  const [snapshot] = Object.values(scene.sim.world.state().snapshots);
  const disk = { name: 'web12-data-2', sizeGiB: 1000, diskType: scene.shop.diskType };
  return { kind: 'from-snapshot', snapshotId: snapshot?.id ?? '', disk };
}

async function openDown(options: Parameters<typeof openScene>[0] = {}) {
  const scene = await openScene(options);
  const { sim, shop } = scene;
  expect(sim.world.visit(shop.name)).toMatchObject({ order: 4 });
  sim.world.hang(shop.instanceId);
  const servers: string[] = [];
  sim.world.onServing(shop.name, ({ instanceId }) => servers.push(instanceId ?? 'nobody'));
  const runner = await openRunner({
    graphs: [recover, startAgain],
    services: sim,
    journal: memoryJournal(),
    clock: sim.clock,
  });
  const rescue = async (about: Partial<RecoverInput> = {}) =>
    good(await scene.until(runner.run(recover, recoverOf(scene, about), { id: 'rescue', keys })));
  return { scene, runner, rescue, servers };
}

function sourceState({ sim, shop }: Scene) {
  const source = sim.world.state().instances[shop.instanceId];
  return [source?.state, source?.name];
}

function leftovers({ sim }: Scene) {
  const { instances, volumes } = sim.world.state();
  return {
    servers: Object.values(instances).filter(({ state }) => state !== 'gone').length,
    disks: Object.values(volumes).filter(({ state }) => state !== 'gone').length,
  };
}

describe('the recovery of a shop whose server hangs', () => {
  for (const traits of ['ec2', 'openstack'] as const) {
    test(`brings its disk to a new server on ${traits}: no order is lost, and the old one is off and kept`, async () => {
      const { scene, runner, rescue, servers } = await openDown({ traits });
      const { sim, shop } = scene;
      const outcome = await rescue();
      if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
      expect(outcome.output.fence.state).toBe('stopped');
      expect(sourceState(scene)).toEqual(['stopped', 'web12-broken']);
      expect(sim.world.visit(shop.name)).toEqual({ servedBy: outcome.output.target.id, order: 5 });
      expect(servers).toEqual(['nobody', outcome.output.target.id]);

      // With the surviving disk there is a way back: it brings its orders with it.
      expect(good(await scene.until(runner.revert('rescue', word))).state).toBe('reverted');
      expect(
        sim.world.state().volumes[shop.dataVolumeId]?.attachments.map(({ instanceId }) => instanceId),
      ).toEqual([shop.instanceId]);
      expect(sim.world.readFile(shop.dataVolumeId, 'db/orders')).toContain('order 5');
      expect(sourceState(scene)).toEqual(['running', 'web12']);
    });
  }

  test('makes a disk of the newest snapshot where the old one is not to be had, at the price that was said', async () => {
    const { scene, runner, rescue } = await openDown();
    const { sim, shop } = scene;
    const outcome = await rescue({ way: snapshotWay(scene) });
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    // The fourth order came after the snapshot.
    expect(sim.world.visit(shop.name)).toEqual({ servedBy: outcome.output.target.id, order: 4 });
    expect(sim.world.readFile(shop.dataVolumeId, 'db/orders')).toContain('order 4');
    expect(sourceState(scene)).toEqual(['stopped', 'web12-broken']);
    expect((await scene.until(runner.revert('rescue', word)))._unsafeUnwrapErr().message).toContain(
      'point of no return',
    );
  });

  test('puts the files of a backup onto a new disk, through a port of the house', async () => {
    const { scene } = await openDown();
    const { sim, shop } = scene;
    const disk = {
      name: 'web12-data-2',
      sizeGiB: 500,
      diskType: shop.diskType,
      from: { kind: 'empty', filesystemType: 'ext4', filesystemUuid: '5b6f0a3e-2f6a-4d8b-9a55-0e6a41f2c7d1' },
    } as const;
    const way = { kind: 'from-backup', backupId: 'nightly-3', disk, timeoutMs: 3_600_000 } as const;
    const ordered: string[] = [];
    const restores: Restores['restores'] = {
      restore({ backupId, to, path, filesystemUuid }) {
        ordered.push(`${backupId} ${path} ${filesystemUuid}`);
        const volumeId = sim.world.state().guests[to.id]?.mounts[0]?.volumeId ?? '';
        sim.world.writeFile(volumeId, 'db/orders', 'order 1\norder 2\n');
        sim.world.writeFile(volumeId, `sites/${shop.name}/index.php`, 'welcome');
        return okAsync({ files: 2, bytes: 30 });
      },
    };
    const { clouds, hosts, clock } = sim;
    const services = { clouds, hosts, restores };
    const runner = await openRunner({ graphs: [recover], services, journal: memoryJournal(), clock });
    const run = runner.run(recover, recoverOf(scene, { way }), { id: 'files', keys });
    const outcome = good(await scene.until(run));
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    expect(ordered).toEqual([`nightly-3 /data ${disk.from.filesystemUuid}`]);
    expect(sim.world.visit(shop.name)).toEqual({ servedBy: outcome.output.target.id, order: 3 });

    const without = await openDown();
    expect(await without.rescue({ way })).toMatchObject({
      state: 'reverted',
      cause: { guard: 'service-given' },
    });
  });

  test('leaves a source alone that has come back by itself, and takes its own server away again', async () => {
    const scene = await openScene();
    const { shop, sim } = scene;
    const runner = await openRunner({
      graphs: [recover],
      services: sim,
      journal: memoryJournal(),
      clock: sim.clock,
    });
    const outcome = good(await scene.until(runner.run(recover, recoverOf(scene), { id: 'rescue', keys })));
    expect(outcome).toMatchObject({ state: 'reverted', cause: { guard: 'source-down' } });
    expect(sourceState(scene)).toEqual(['running', 'web12']);
    expect(leftovers(scene).servers).toBe(1);
    expect(sim.world.visit(shop.name)).toMatchObject({ servedBy: shop.instanceId });
  });

  test('promotes nobody while the fence cannot be confirmed', async () => {
    const { scene, rescue, servers } = await openDown();
    const { sim, shop } = scene;
    const machineBack = sim.faults.hangHost(shop.instanceId);
    sim.faults.next('instances.stop', { kind: 'failed', at: 'port', message: 'the machine does not answer' });
    const outcome = await rescue();
    expect(outcome.state).toBe('reverted');
    expect(servers).toEqual(['nobody']);
    machineBack();
    expect(leftovers(scene).servers).toBe(1);
  });

  test('never lets two serve where the source is powered on again in the middle', async () => {
    const { scene, runner } = await openDown();
    const { sim, shop } = scene;
    const running = runner.run(recover, recoverOf(scene, { way: snapshotWay(scene) }), {
      id: 'rescue',
      keys,
    });
    await scene.until(
      (async () => {
        await sim.clock.advance(1000);
        for await (const { event } of runner.events('rescue')) {
          if (event.kind === 'done' && event.step === 'start-services') return;
        }
      })(),
    );
    good(await scene.until(sim.anotherCloud().instances.start(shop.instanceId, { key: 'somebody' })));
    const outcome = good(await scene.until(running));
    expect(outcome).toMatchObject({ state: 'reverted', cause: { guard: 'fenced' } });
    // It is the source that serves then, with its own disk and every order.
    await sim.clock.advance(600_000);
    expect(sim.world.visit(shop.name)).toMatchObject({ servedBy: shop.instanceId, order: 5 });
    expect(leftovers(scene)).toEqual({ servers: 1, disks: 2 });
  });

  const failures: readonly (readonly [Operation, RecoverInput['way']['kind']])[] = [
    ['instances.create', 'surviving-volume'],
    ['host.ready', 'surviving-volume'],
    ['instances.stop', 'surviving-volume'],
    ['volumes.detach', 'surviving-volume'],
    ['volumes.attach', 'surviving-volume'],
    ['mounts.mount', 'surviving-volume'],
    ['services.start', 'surviving-volume'],
    ['floatingIps.move', 'surviving-volume'],
    ['instances.rename', 'surviving-volume'],
    ['volumes.create', 'from-snapshot'],
    ['snapshots.get', 'from-snapshot'],
    ['mounts.mount', 'from-snapshot'],
    ['services.start', 'from-snapshot'],
    ['floatingIps.move', 'from-snapshot'],
  ];
  for (const [operation, kind] of failures) {
    test(`by ${kind} that fails for good at ${operation} leaves the source with its disk, and nothing else`, async () => {
      const { scene, rescue } = await openDown();
      const { sim, shop } = scene;
      const before = leftovers(scene);
      sim.faults.next(operation, { kind: 'failed', at: 'port', message: 'broken for good' });
      const outcome = await rescue(kind === 'from-snapshot' ? { way: snapshotWay(scene) } : {});
      if (outcome.state !== 'reverted') throw new Error(JSON.stringify(outcome));
      expect(leftovers(scene)).toEqual(before);
      expect(
        sim.world.state().volumes[shop.dataVolumeId]?.attachments.map(({ instanceId }) => instanceId),
      ).toEqual([shop.instanceId]);
      expect(sourceState(scene)).toEqual(['running', 'web12']);
      expect(sim.world.readFile(shop.dataVolumeId, 'db/orders')).toContain('order 4');
    });
  }
});

describe('the same server, off and on again', () => {
  function restartOf(scene: Scene): StartAgainInput {
    const { target: _, zones: __, way: ___, ...served } = recoverOf(scene);
    return { ...served, acceptedBy: 'ada', reason: 'it hangs, and everything else takes longer' };
  }

  test('serves again with its disk and every order', async () => {
    const { scene, runner } = await openDown();
    const { sim, shop } = scene;
    const outcome = good(
      await scene.until(runner.run(startAgain, restartOf(scene), { id: 'start-again', keys })),
    );
    expect(outcome.state).toBe('success');
    expect(sim.world.visit(shop.name)).toEqual({ servedBy: shop.instanceId, order: 5 });
  });

  for (const operation of ['services.start', 'host.check'] as const) {
    test(`that fails at ${operation} leaves a server that serves once more after its way back`, async () => {
      const { scene, runner } = await openDown();
      const { sim, shop } = scene;
      // The first check is whether it still does not serve.
      const after = operation === 'host.check' ? 1 : 0;
      sim.faults.next(operation, { kind: 'failed', at: 'port', after, message: 'broken for good' });
      const run = runner.run(startAgain, restartOf(scene), { id: 'start-again', keys });
      const outcome = good(await scene.until(run));
      if (outcome.state !== 'reverted') throw new Error(JSON.stringify(outcome));
      expect(JSON.stringify(outcome.cause)).toContain('broken for good');
      expect(sourceState(scene)).toEqual(['running', 'web12']);
      await sim.clock.advance(600_000);
      expect(sim.world.visit(shop.name)).toEqual({ servedBy: shop.instanceId, order: 5 });
    });
  }

  test('that finds no hardware any more says so, and its disk is where it was', async () => {
    const { scene, runner } = await openDown();
    const { sim, shop } = scene;
    sim.faults.next('instances.start', { kind: 'out-of-stock', at: 'port', times: 20 });
    const outcome = good(
      await scene.until(runner.run(startAgain, restartOf(scene), { id: 'start-again', keys })),
    );
    if (outcome.state !== 'stuck') throw new Error(JSON.stringify(outcome));
    expect(outcome.stuck.map(({ step, why }) => `${step} ${why}`)).toEqual(['fence-source revert-failed']);
    expect(outcome.stuck[0]?.error.kind).toBe('out-of-stock');
    expect(sim.world.state().volumes[shop.dataVolumeId]?.attachments).toHaveLength(1);
  });

  test('has a sound graph', async () => {
    const scene = await openScene();
    expect(check(startAgain, restartOf(scene))).toEqual([]);
  });
});

test('the graph of a recovery is sound, and of every step it is known who serves', async () => {
  const scene = await openScene();
  for (const way of [{ kind: 'surviving-volume' } as const, snapshotWay(scene)]) {
    for (const hold of [false, true]) {
      const input = recoverOf(scene, { way, hold, names: [{ name: 'shop.example.', type: 'A' }] });
      expect(check(recover, input)).toEqual([]);
      const { nodes } = shapeOf(recover, input)._unsafeUnwrap();
      expect(nodes.filter(({ path }) => servingDuring(path) === undefined)).toEqual([]);
    }
  }
});
