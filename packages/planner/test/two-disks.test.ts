// A workload with its data on two disks, one mounted within the other: both move, or neither.

import type { Hosts } from '@belay/cloud';
import { explain, observe, plan, planner, type ResizeInput, type Workload } from '@belay/planner';
import { check, memoryJournal, openRunner } from '@belay/runner';
import type { Operation } from '@belay/sim';
import { describe, expect, test } from 'vitest';
import { eventsOf, good, openScene, sourceAsBefore } from './shop.ts';

const inner = { mountPoint: '/data/logs', filesystemUuid: '5b1f7a52-5f0c-4d8b-9d6a-3a1b7c0de001' };
const word = { by: 'ada', reason: 'a test' };

async function twoDisks(traits: 'ec2' | 'openstack' = 'ec2') {
  const scene = await openScene({ traits });
  const { sim, shop, until } = scene;
  const { volumes } = sim.cloud;
  const host = sim.hosts.get({ ...shop.at, id: shop.instanceId });
  const spec = { name: 'web12-logs', zone: shop.zone, sizeGiB: 50, diskType: shop.diskType };
  const second = good(await until(volumes.create(spec, { key: 'second' })));
  const pair = { volumeId: second.id, instanceId: shop.instanceId };
  const { disk } = good(await until(volumes.attach(pair, { key: 'attach' })));
  const filesystem = { disk, filesystemType: 'ext4' as const, filesystemUuid: inner.filesystemUuid };
  good(await until(host.disks.format(filesystem, { key: 'format' })));
  good(await until(host.mounts.mount({ disk, ...inner }, { key: 'mount' })));
  const workload: Workload = { ...scene.workload, moreVolumes: [{ volumeId: second.id, ...inner }] };
  const accept = [{ guard: 'whole-backup', by: 'ada', reason: 'the logs can be lost' }];
  const planned = async () => {
    const facts = await until(observe(workload, scene.target, sim, { clock: sim.clock }));
    const made = plan(good(facts), scene.target, { now: scene.now(), strategy: 'volume-swap', accept });
    if (made.run?.graph !== 'volume-swap') throw new Error(explain(made));
    return made.run;
  };
  const runner = await openRunner({
    graphs: planner.graphs,
    services: sim,
    journal: memoryJournal(),
    clock: sim.clock,
  });
  const swap = async (id: string) => {
    const { input, keys } = await planned();
    return good(await until(runner.run(planner.volumeSwap, input, { id, keys })));
  };
  /** Where both disks are, and what is mounted there. */
  const disks = () => {
    const state = sim.world.state();
    const at = [shop.dataVolumeId, second.id].map((id) =>
      state.volumes[id]?.attachments.map(({ instanceId, state: how }) => `${instanceId} ${how}`).join(),
    );
    const mounts = (id: string) => state.guests[id]?.mounts.map(({ mountPoint }) => mountPoint).sort();
    return { at, mounts };
  };
  return { scene, workload, planned, swap, disks, runner, second };
}

describe('a swap of two disks', () => {
  test('brings both to the target, the inner filesystem unmounted first and mounted last', async () => {
    const { scene, swap, disks, runner, planned } = await twoDisks();
    const { sim, shop } = scene;
    expect(check(planner.volumeSwap, (await planned()).input)).toEqual([]);
    const outcome = await swap('swap');
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    const { id } = (outcome.output as { readonly target: { readonly id: string } }).target;
    expect(disks().at).toEqual([`${id} attached`, `${id} attached`]);
    expect(disks().mounts(id)).toEqual(expect.arrayContaining(['/data', '/data/logs']));
    expect(sim.world.visit(shop.name)).toMatchObject({ servedBy: id, order: 4 });
    const done = (await eventsOf(scene, runner, 'swap')).flatMap(({ event }) =>
      event.kind === 'done' ? [event.step] : [],
    );
    expect(done.indexOf('unmount-2')).toBeLessThan(done.indexOf('unmount-1'));
    expect(done.indexOf('mount-1')).toBeLessThan(done.indexOf('mount-2'));
    // Neither dies with the server that has it now.
    const server = good(await scene.until(sim.cloud.instances.get(id)));
    const data = server.volumes.filter(({ isRoot }) => !isRoot);
    expect(data.map(({ deleteOnTermination }) => deleteOnTermination)).toEqual([false, false]);
  });

  test('brings both back with the run, and nothing is lost', async () => {
    const { scene, swap, disks, runner } = await twoDisks();
    const { sim, shop, until } = scene;
    const before = { ...sourceAsBefore(scene), at: disks().at, mounts: disks().mounts(shop.instanceId) };
    expect((await swap('swap')).state).toBe('success');
    expect(sim.world.visit(shop.name)).toMatchObject({ order: 4 });
    expect(good(await until(runner.revert('swap', word))).state).toBe('reverted');
    const after = { ...sourceAsBefore(scene), at: disks().at, mounts: disks().mounts(shop.instanceId) };
    expect({ ...after, mounts: [...(after.mounts ?? [])].sort() }).toEqual({
      ...before,
      mounts: [...(before.mounts ?? [])].sort(),
    });
    expect(sim.world.readFile(shop.dataVolumeId, 'db/orders')).toContain('order 4');
  });

  const failures: readonly (readonly [Operation, number])[] = [
    ['mounts.unmount', 0],
    ['mounts.unmount', 1],
    ['volumes.detach', 0],
    ['volumes.detach', 1],
    ['volumes.attach', 0],
    ['volumes.attach', 1],
    ['mounts.mount', 0],
    ['mounts.mount', 1],
    ['services.start', 0],
  ];
  for (const traits of ['ec2', 'openstack'] as const) {
    for (const [operation, after] of failures) {
      test(`leaves both with the source where ${operation} fails for the ${after === 0 ? 'first' : 'second'} on ${traits}`, async () => {
        const { scene, swap, disks } = await twoDisks(traits);
        const { sim, shop } = scene;
        const before = [sourceAsBefore(scene), disks().at];
        const mounted = [...(disks().mounts(shop.instanceId) ?? [])].sort();
        sim.faults.next(operation, { kind: 'failed', message: 'broken for good', at: 'port', after });
        const outcome = await swap('swap');
        expect(outcome.state).toBe('reverted');
        expect(JSON.stringify(outcome)).toContain('broken for good');
        const { mounts: _, ...now } = sourceAsBefore(scene);
        const { mounts: __, ...then } = before[0] as Record<string, unknown>;
        expect([now, disks().at]).toEqual([then, before[1]]);
        expect([...(disks().mounts(shop.instanceId) ?? [])].sort()).toEqual(mounted);
        expect(sim.world.readFile(shop.dataVolumeId, 'db/orders')).toBe('order 1\norder 2\norder 3\n');
      });
    }
  }

  test('does not begin where the second is attached elsewhere by then', async () => {
    const { scene, planned, runner, second } = await twoDisks();
    const { sim, shop, until } = scene;
    const { input, keys } = await planned();
    const host = sim.hosts.get({ ...shop.at, id: shop.instanceId });
    good(await until(host.mounts.unmount(inner.mountPoint, { key: 'gone' })));
    const pair = { volumeId: second.id, instanceId: shop.instanceId };
    good(await until(sim.cloud.volumes.detach(pair, { key: 'off' })));
    const outcome = good(await until(runner.run(planner.volumeSwap, input, { id: 'swap', keys })));
    expect(outcome).toMatchObject({ state: 'reverted' });
    expect(JSON.stringify(outcome)).toMatch(/attached-once|data-on-own-disk/);
    expect(sim.world.whoServes(shop.name).instanceId).toBe(shop.instanceId);
  });
});

describe('a move of two disks by rsync', () => {
  async function copied(operation?: Operation, after = 0) {
    const at = await twoDisks();
    const { scene, second } = at;
    const { sim, shop, until } = scene;
    expect(sim.world.writeFile(second.id, 'error.log', 'line 1\n')).toBe(true);
    const facts = await until(observe(at.workload, scene.target, sim, { clock: sim.clock }));
    const accept = [{ guard: 'whole-backup', by: 'ada', reason: 'the logs can be lost' }];
    const made = plan(good(facts), scene.target, { now: scene.now(), strategy: 'rsync', accept });
    if (made.run?.graph !== 'rsync') throw new Error(explain(made));
    const { input, keys } = made.run;
    expect(check(planner.rsync, input)).toEqual([]);
    const before = { ...sourceAsBefore(scene), at: at.disks().at };
    if (operation !== undefined) {
      sim.faults.next(operation, { kind: 'failed', message: 'broken for good', at: 'port', after });
    }
    const outcome = good(await until(at.runner.run(planner.rsync, input, { id: 'move', keys })));
    return { ...at, input, outcome, before, shop };
  }

  test('gives the target a disk for each, and both are copied whole', async () => {
    const { scene, outcome, disks, input, shop } = await copied();
    const { sim } = scene;
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    const { id } = outcome.output.target;
    expect(disks().mounts(id)).toEqual(expect.arrayContaining(['/data', '/data/logs']));
    expect(disks().at).toEqual([`${shop.instanceId} attached`, `${shop.instanceId} attached`]);
    const state = sim.world.state();
    const own = Object.values(state.volumes).filter(({ attachments }) =>
      attachments.some(({ instanceId }) => instanceId === id),
    );
    expect(own.map(({ sizeGiB }) => sizeGiB)).toEqual(expect.arrayContaining([1000, 50]));
    expect(input.moreDisks).toHaveLength(1);
    expect(input.moreDisks?.[0]?.from.filesystemUuid).not.toBe(inner.filesystemUuid);
    const logs = own.find(({ sizeGiB }) => sizeGiB === 50);
    expect(sim.world.readFile(logs?.id ?? '', 'error.log')).toBe('line 1\n');
    expect(sim.world.readFile(own.find(({ sizeGiB }) => sizeGiB === 1000)?.id ?? '', 'db/orders')).toContain(
      'order 3',
    );
    expect(sim.world.visit(shop.name)).toMatchObject({ servedBy: id });
  });

  const failures: readonly (readonly [Operation, number])[] = [
    ['volumes.create', 1],
    ['volumes.attach', 1],
    ['disks.format', 1],
    ['mounts.mount', 1],
    ['host.copy', 1],
    ['services.start', 0],
  ];
  for (const [operation, after] of failures) {
    test(`leaves the source as it was, and no disk behind, where ${operation} fails`, async () => {
      const { scene, outcome, before, disks } = await copied(operation, after);
      expect(outcome.state).toBe('reverted');
      expect(JSON.stringify(outcome)).toContain('broken for good');
      expect({ ...sourceAsBefore(scene), at: disks().at }).toEqual(before);
      expect(scene.sim.world.readFile(scene.shop.dataVolumeId, 'db/orders')).toBe(
        'order 1\norder 2\norder 3\n',
      );
    });
  }
});

test('a resize for which the server must stop has both mounted before its services start', async () => {
  const { scene, disks, runner, planned } = await twoDisks();
  const { sim, shop, until } = scene;
  const { input } = await planned();
  const { zones: _, target: __, mayKeepVolume: ___, gate: ____, ...served } = input;
  const resize: ResizeInput = {
    ...served,
    fromType: shop.instanceType,
    toType: 'eagle-4xl',
    way: 'stopped',
    capacity: { acceptedBy: 'ada', reason: 'a test' },
  };
  const asked: string[] = [];
  const hosts: Hosts['hosts'] = {
    ...sim.hosts,
    get(at) {
      const plain = sim.hosts.get(at);
      const mount: typeof plain.mounts.mount = (spec, call) => {
        asked.push(spec.mountPoint);
        return plain.mounts.mount(spec, call);
      };
      const start: typeof plain.services.start = (names, call) => {
        asked.push('start');
        return plain.services.start(names, call);
      };
      const { mounts, services } = plain;
      return { ...plain, mounts: { ...mounts, mount }, services: { ...services, start } };
    },
  };
  const second = await openRunner({
    graphs: [planner.resizeInPlace],
    services: { clouds: sim.clouds, hosts },
    journal: memoryJournal(),
    clock: sim.clock,
  });
  const outcome = good(await until(second.run(planner.resizeInPlace, resize, { id: 'resize' })));
  expect(outcome).toMatchObject({ state: 'success' });
  // The boot may find them or not: both are asked for, the outer one first.
  expect(asked).toEqual(['/data', '/data/logs', 'start']);
  expect(disks().mounts(shop.instanceId)).toEqual(expect.arrayContaining(['/data', '/data/logs']));
  await runner.close();
});
