import { confirmResize, firstRunsOf, type ResizeInput, resizeInPlace, servingDuring } from '@belay/planner';
import { check, memoryJournal, openRunner, type Runner, shapeOf } from '@belay/runner';
import type { Operation } from '@belay/sim';
import { describe, expect, test } from 'vitest';
import { good, openScene, type Scene, type SceneOptions, sourceAsBefore, untilHeld } from './shop.ts';

const word = { by: 'ada', reason: 'a test' };
const keys = ['node/web12'];
const risk = { acceptedBy: 'ada', reason: 'a quarter of an hour without the shop is bearable tonight' };

function resizeOf({ shop, workload }: Scene, about: Partial<ResizeInput> = {}): ResizeInput {
  const { services, probe, floatingIps, names } = workload;
  return {
    at: shop.at,
    source: { id: shop.instanceId, name: shop.instanceName },
    volume: { id: shop.dataVolumeId, mountPoint: shop.mountPoint, filesystemUuid: shop.filesystemUuid },
    services,
    probe,
    floatingIps,
    names,
    fromType: shop.instanceType,
    toType: 'eagle-4xl',
    way: 'kept',
    ...about,
  };
}

async function openResize(options: SceneOptions, about: Partial<ResizeInput> = {}) {
  const scene = await openScene(options);
  const { clouds, hosts, clock } = scene.sim;
  const services = { clouds, hosts, releases: firstRunsOf(() => runner) };
  const graphs = [resizeInPlace, confirmResize] as const;
  const runner: Runner = await openRunner({ graphs, services, journal: memoryJournal(), clock });
  const input = resizeOf(scene, about);
  const resize = async () =>
    good(await scene.until(runner.run(resizeInPlace, input, { id: 'resize', keys })));
  return { scene, runner, input, resize };
}

function serverOf({ sim, shop }: Scene) {
  const server = sim.world.state().instances[shop.instanceId];
  return [server?.state, server?.instanceType];
}

const nova = { traits: 'openstack' } as const;
const ec2 = { traits: 'ec2' } as const;
const onEc2: Partial<ResizeInput> = { way: 'stopped', capacity: risk };

describe('a resize where the cloud keeps the old server', () => {
  test('serves in the new type with all data, and can be reverted until somebody confirms', async () => {
    const { scene, runner, resize } = await openResize(nova);
    const { sim, shop } = scene;
    expect((await resize()).state).toBe('success');
    expect(serverOf(scene)).toEqual(['resized', 'eagle-4xl']);
    expect(sim.world.visit(shop.name)).toEqual({ servedBy: shop.instanceId, order: 4 });

    const back = good(await scene.until(runner.revert('resize', word)));
    expect(back.state).toBe('reverted');
    expect(serverOf(scene)).toEqual(['running', 'eagle-2xl']);
    expect(sim.world.visit(shop.name)).toEqual({ servedBy: shop.instanceId, order: 5 });
  });

  test('is confirmed by a run of its own, which seals the first', async () => {
    const { scene, runner, input, resize } = await openResize(nova);
    await resize();
    const end = { firstRunId: 'resize', resize: input, ...word, hold: true };
    const running = runner.run(confirmResize, end, { id: 'confirm', keys });
    await untilHeld(scene, runner, 'confirm');
    expect(serverOf(scene)).toEqual(['resized', 'eagle-4xl']);
    good(await scene.until(runner.release('confirm', 'confirm', word)));
    expect(good(await scene.until(running)).state).toBe('success');
    expect(serverOf(scene)).toEqual(['running', 'eagle-4xl']);
    expect((await scene.until(runner.revert('resize', word)))._unsafeUnwrapErr().message).toContain('sealed');
  });

  test('is not confirmed where the new one does not serve', async () => {
    const { scene, runner, input, resize } = await openResize(nova);
    await resize();
    const host = scene.sim.hosts.get({ ...scene.shop.at, id: scene.shop.instanceId });
    good(await scene.until(host.services.stop(['nginx'], { key: 'down' })));
    const end = { firstRunId: 'resize', resize: input, ...word };
    const outcome = good(await scene.until(runner.run(confirmResize, end, { id: 'confirm', keys })));
    expect(outcome).toMatchObject({ state: 'reverted', cause: { kind: 'not-serving' } });
    expect(serverOf(scene)[0]).toBe('resized');
  });

  test('may be confirmed at its end, which is then its point of no return', async () => {
    const { scene, runner, resize } = await openResize(nova, { confirm: 'at-the-end' });
    expect((await resize()).state).toBe('success');
    expect(serverOf(scene)).toEqual(['running', 'eagle-4xl']);
    expect((await scene.until(runner.revert('resize', word)))._unsafeUnwrapErr().message).toContain(
      'point of no return',
    );
  });

  test('that finds no host leaves the server as it was', async () => {
    const { scene, resize } = await openResize(nova);
    const before = sourceAsBefore(scene);
    scene.sim.faults.outOfStock('eagle-4xl', scene.shop.zone);
    expect((await resize()).state).toBe('reverted');
    expect(sourceAsBefore(scene)).toEqual(before);
    expect(serverOf(scene)).toEqual(['running', 'eagle-2xl']);
  });
});

describe('a resize for which the server must stop', () => {
  test('is refused where nobody holds capacity and nobody takes the risk', async () => {
    const { scene, resize } = await openResize(ec2, { way: 'stopped' });
    const seen: (string | undefined)[] = [];
    scene.sim.world.onServing(scene.shop.name, ({ instanceId }) => seen.push(instanceId));
    expect(await resize()).toMatchObject({ state: 'reverted', cause: { guard: 'capacity-held' } });
    expect(seen).toEqual([scene.shop.instanceId]);
  });

  test('is done where somebody takes the risk by name, and can be taken back', async () => {
    const { scene, runner, resize } = await openResize(ec2, onEc2);
    const { sim, shop } = scene;
    expect((await resize()).state).toBe('success');
    expect(serverOf(scene)).toEqual(['running', 'eagle-4xl']);
    expect(sim.world.visit(shop.name)).toEqual({ servedBy: shop.instanceId, order: 4 });
    expect(good(await scene.until(runner.revert('resize', word))).state).toBe('reverted');
    expect(serverOf(scene)).toEqual(['running', 'eagle-2xl']);
    expect(sim.world.visit(shop.name)).toEqual({ servedBy: shop.instanceId, order: 5 });
  });

  test('is done with held capacity of the new type, and refused with any other', async () => {
    const scene = await openScene(ec2);
    const { sim, shop, until } = scene;
    const held = async (instanceType: string) => {
      const spec = { instanceType, zone: shop.zone, count: 1 };
      return good(await until(sim.cloud.reservations.create(spec, { key: instanceType }))).id;
    };
    const runner = await openRunner({
      graphs: [resizeInPlace],
      services: sim,
      journal: memoryJournal(),
      clock: sim.clock,
    });
    const run = async (id: string, reservationId: string) => {
      const input = resizeOf(scene, { way: 'stopped', capacity: { reservationId } });
      return good(await until(runner.run(resizeInPlace, input, { id, keys })));
    };
    expect(await run('wrong', await held('eagle-3xl'))).toMatchObject({ cause: { guard: 'capacity-held' } });
    expect((await run('right', await held('eagle-4xl'))).state).toBe('success');
  });

  test('starts in what was held for it where nothing else is left, and leaves it on its way back', async () => {
    const scene = await openScene(ec2);
    const { sim, shop, until } = scene;
    const spec = { instanceType: 'eagle-4xl', zone: shop.zone, count: 1 };
    const { id: reservationId } = good(await until(sim.cloud.reservations.create(spec, { key: 'held' })));
    sim.world.setStock('eagle-4xl', shop.zone, 0);
    const free = async () => good(await until(sim.cloud.reservations.get(reservationId))).free;
    const runner = await openRunner({
      graphs: [resizeInPlace],
      services: sim,
      journal: memoryJournal(),
      clock: sim.clock,
    });
    const input = resizeOf(scene, { way: 'stopped', capacity: { reservationId } });
    expect(good(await until(runner.run(resizeInPlace, input, { id: 'resize', keys }))).state).toBe('success');
    expect(serverOf(scene)).toEqual(['running', 'eagle-4xl']);
    expect(await free()).toBe(0);
    expect(good(await until(runner.revert('resize', word))).state).toBe('reverted');
    expect(serverOf(scene)).toEqual(['running', 'eagle-2xl']);
    expect(await free()).toBe(1);
  });

  for (const operation of ['instances.resize', 'instances.start'] as const) {
    test(`in held capacity goes back where ${operation} fails for good`, async () => {
      const scene = await openScene(ec2);
      const { sim, shop, until } = scene;
      const before = sourceAsBefore(scene);
      const spec = { instanceType: 'eagle-4xl', zone: shop.zone, count: 1 };
      const { id: reservationId } = good(await until(sim.cloud.reservations.create(spec, { key: 'held' })));
      const runner = await openRunner({
        graphs: [resizeInPlace],
        services: sim,
        journal: memoryJournal(),
        clock: sim.clock,
      });
      sim.faults.next(operation, { kind: 'failed', at: 'port', message: 'broken for good' });
      const input = resizeOf(scene, { way: 'stopped', capacity: { reservationId } });
      const outcome = good(await until(runner.run(resizeInPlace, input, { id: 'resize', keys })));
      expect(outcome).toMatchObject({ state: 'reverted', cause: { message: 'broken for good' } });
      expect(sourceAsBefore(scene)).toEqual(before);
      expect(serverOf(scene)).toEqual(['running', 'eagle-2xl']);
    });
  }
});

describe('every step that fails', () => {
  // What fails, and how many calls of it come before the one that is meant.
  const onBoth: readonly (readonly [Operation, number])[] = [
    ['instances.get', 0],
    ['instances.offer', 0],
    ['host.observe', 0],
    ['services.stop', 0],
    ['instances.resize', 0],
    ['host.ready', 0],
    ['mounts.mount', 0],
    ['services.start', 0],
    ['host.check', 1],
  ];
  const cases = [
    ...onBoth.map((failure) => ['openstack', ...failure] as const),
    ...onBoth.map((failure) => ['ec2', ...failure] as const),
    ['ec2', 'instances.stop', 0] as const,
    ['ec2', 'instances.start', 0] as const,
    ['openstack', 'instances.confirmResize', 0] as const,
  ];
  for (const [traits, operation, after] of cases) {
    test(`${operation} on ${traits}: the server serves as before`, async () => {
      const atTheEnd = operation === 'instances.confirmResize';
      const about = traits === 'ec2' ? onEc2 : atTheEnd ? { confirm: 'at-the-end' as const } : {};
      const { scene, resize } = await openResize({ traits }, about);
      const before = sourceAsBefore(scene);
      scene.sim.faults.next(operation, { kind: 'failed', at: 'port', after, message: 'broken for good' });
      const outcome = await resize();
      expect(outcome.state, JSON.stringify(outcome)).toBe('reverted');
      expect(sourceAsBefore(scene)).toEqual(before);
      expect(serverOf(scene)).toEqual(['running', 'eagle-2xl']);
    });
  }

  for (const operation of ['instances.stop', 'instances.resize', 'instances.start'] as const) {
    test(`whose answer of ${operation} is lost is looked up and goes on`, async () => {
      const { scene, resize } = await openResize(ec2, onEc2);
      scene.sim.faults.loseReply(operation, { at: 'port' });
      expect((await resize()).state).toBe('success');
      expect(serverOf(scene)).toEqual(['running', 'eagle-4xl']);
    });
  }
});

test('the graphs of a resize are sound, and of every step it is known who serves', async () => {
  const scene = await openScene(nova);
  for (const way of ['kept', 'stopped'] as const) {
    for (const confirm of ['later', 'at-the-end'] as const) {
      const input = resizeOf(scene, {
        way,
        confirm,
        hold: true,
        names: [{ name: 'shop.example.', type: 'A' }],
      });
      expect(check(resizeInPlace, input)).toEqual([]);
      const { nodes } = shapeOf(resizeInPlace, input)._unsafeUnwrap();
      expect(nodes.filter(({ path }) => servingDuring(path) === undefined)).toEqual([]);
      const end = { firstRunId: 'resize', resize: input, ...word, hold: true };
      expect(check(confirmResize, end)).toEqual([]);
    }
  }
});
