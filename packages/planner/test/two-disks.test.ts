// A workload with its data on two disks, one mounted within the other: both move, or neither.

import type { Hosts } from '@belay/cloud';
import {
  type CloneInput,
  explain,
  observe,
  plan,
  planner,
  type ResizeInput,
  type RsyncInput,
} from '@belay/planner';
import { check, memoryJournal, openRunner } from '@belay/runner';
import type { Operation } from '@belay/sim';
import { describe, expect, test } from 'vitest';
import { eventsOf, good, openScene, type Scene, sourceAsBefore } from './shop.ts';
import { addDisk, inner } from './two-disks.ts';

const word = { by: 'ada', reason: 'a test' };
const accept = [{ guard: 'whole-backup', by: 'ada', reason: 'the logs can be lost' }];

async function twoDisks(traits: 'ec2' | 'openstack' = 'ec2') {
  const scene = await openScene({ traits });
  const { sim, shop, until } = scene;
  const { secondId, workload } = await addDisk(scene);
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
    const at = [shop.dataVolumeId, secondId].map((id) =>
      state.volumes[id]?.attachments.map(({ instanceId, state: how }) => `${instanceId} ${how}`).join(),
    );
    const mounts = (id: string) => state.guests[id]?.mounts.map(({ mountPoint }) => mountPoint).sort();
    return { at, mounts };
  };
  return { scene, workload, planned, swap, disks, runner, secondId };
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
    const { scene, planned, runner, secondId } = await twoDisks();
    const { sim, shop, until } = scene;
    const { input, keys } = await planned();
    const host = sim.hosts.get({ ...shop.at, id: shop.instanceId });
    good(await until(host.mounts.unmount(inner.mountPoint, { key: 'gone' })));
    const pair = { volumeId: secondId, instanceId: shop.instanceId };
    good(await until(sim.cloud.volumes.detach(pair, { key: 'off' })));
    const outcome = good(await until(runner.run(planner.volumeSwap, input, { id: 'swap', keys })));
    expect(outcome).toMatchObject({ state: 'reverted' });
    expect(JSON.stringify(outcome)).toMatch(/attached-once|data-on-own-disk/);
    expect(sim.world.whoServes(shop.name).instanceId).toBe(shop.instanceId);
  });
});

describe.each(['rsync', 'snapshot-clone'] as const)('a move of two disks by %s', (strategy) => {
  async function copied(operation?: Operation, after = 0) {
    const at = await twoDisks();
    const { scene } = at;
    const { sim, shop, until } = scene;
    const facts = await until(observe(at.workload, scene.target, sim, { clock: sim.clock }));
    const made = plan(good(facts), scene.target, { now: scene.now(), strategy, accept });
    const { run } = made;
    if (run?.graph !== 'rsync' && run?.graph !== 'snapshot-clone') throw new Error(explain(made));
    const graph = run.graph === 'rsync' ? planner.rsync : planner.snapshotClone;
    // Both graphs take what the plan gives the one that it names.
    const input = run.input as CloneInput & RsyncInput;
    expect(check(graph, input)).toEqual([]);
    const before = { ...sourceAsBefore(scene), at: at.disks().at, pictures: pictures(scene) };
    if (operation !== undefined) {
      sim.faults.next(operation, { kind: 'failed', message: 'broken for good', at: 'port', after });
    }
    const outcome = good(await until(at.runner.run(graph, input, { id: 'move', keys: run.keys })));
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
    ['mounts.mount', 1],
    ['host.copy', 1],
    ['services.start', 0],
    ...(strategy === 'rsync'
      ? ([['disks.format', 1]] as const)
      : ([
          ['mounts.freeze', 0],
          ['mounts.freeze', 1],
          ['snapshots.create', 0],
          ['snapshots.create', 1],
        ] as const)),
  ];
  for (const [operation, after] of failures) {
    test(`leaves the source as it was, and no disk behind, where ${operation} fails for the ${after === 0 ? 'first' : 'second'}`, async () => {
      const { scene, outcome, before, disks } = await copied(operation, after);
      expect(outcome.state).toBe('reverted');
      expect(JSON.stringify(outcome)).toContain('broken for good');
      expect({ ...sourceAsBefore(scene), at: disks().at, pictures: pictures(scene) }).toEqual(before);
      expect(scene.sim.world.state().guests[scene.shop.instanceId]?.frozen ?? {}).toEqual({});
      expect(scene.sim.world.readFile(scene.shop.dataVolumeId, 'db/orders')).toBe(
        'order 1\norder 2\norder 3\n',
      );
    });
  }
});

function pictures({ sim }: Scene): readonly string[] {
  return Object.values(sim.world.state().snapshots).flatMap(({ id, state }) =>
    state === 'gone' ? [] : [id],
  );
}

describe('the pictures of two disks', () => {
  async function cloned(disturb: (scene: Scene) => void = () => {}) {
    const at = await twoDisks();
    const { scene, workload, runner } = at;
    const { sim, until } = scene;
    const facts = good(await until(observe(workload, scene.target, sim, { clock: sim.clock })));
    const made = plan(facts, scene.target, { now: scene.now(), strategy: 'snapshot-clone', accept });
    if (made.run?.graph !== 'snapshot-clone') throw new Error(explain(made));
    const seen: string[] = [];
    sim.world.onEvent(({ what, details }) => {
      const about = details['mountPoint'] ?? details['volumeId'] ?? '';
      if (['frozen', 'thawed', 'api snapshots.create'].includes(what)) seen.push(`${what} ${about}`.trim());
    });
    disturb(scene);
    const before = pictures(scene);
    const run = runner.run(planner.snapshotClone, made.run.input, { id: 'move', keys: made.run.keys });
    const outcome = good(await until(run));
    return { ...at, outcome, seen, made: pictures(scene).filter((id) => !before.includes(id)) };
  }

  test('are taken while writes to both wait, and are kept as one', async () => {
    const { outcome, seen, made, secondId } = await cloned();
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    expect(seen.map((each) => each.replace(/ (vol|snap)-.*/, ''))).toEqual([
      'frozen /data/logs',
      'frozen /data',
      'api snapshots.create',
      'api snapshots.create',
      'thawed /data',
      'thawed /data/logs',
    ]);
    const { picture } = outcome.output;
    expect(picture?.frozen).toBe(true);
    expect(picture?.more?.map(({ volumeId }) => volumeId)).toEqual([secondId]);
    expect([picture?.snapshotId, ...(picture?.more ?? []).map((each) => each.snapshotId)].sort()).toEqual(
      [...made].sort(),
    );
  });

  test('are taken anew together where one of them could not be taken', async () => {
    const { outcome, seen, made } = await cloned(({ sim }) => {
      sim.faults.next('snapshots.create', { kind: 'throttled', message: 'not now', at: 'port', after: 1 });
    });
    expect(outcome.state).toBe('success');
    // The one that had been taken before is gone: it was of another moment.
    expect(made).toHaveLength(2);
    expect(seen.filter((each) => each === 'frozen /data')).toHaveLength(2);
  });

  test('let writes go on at once where nobody heard whether a freeze came about', async () => {
    const { outcome, seen } = await cloned(({ sim }) =>
      sim.faults.loseReply('mounts.freeze', { at: 'port' }),
    );
    expect(outcome.state).toBe('success');
    expect(seen.slice(0, 4)).toEqual([
      'frozen /data/logs',
      'thawed /data/logs',
      'frozen /data/logs',
      'frozen /data',
    ]);
  });

  test('are not called one moment where a filesystem thawed too early', async () => {
    const { scene, outcome, made } = await cloned(({ sim }) => sim.faults.slow('snapshots.create', 100));
    expect(outcome).toMatchObject({ state: 'reverted', cause: { guard: 'still-filesystem' } });
    expect(made).toEqual([]);
    expect(scene.sim.world.whoServes(scene.shop.name).instanceId).toBe(scene.shop.instanceId);
  });
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
