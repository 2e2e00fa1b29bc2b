import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cloud, CloudRegistry } from '@belay/cloud';
import { explain, type PlanOptions, plan, planner, servingDuring, volumeSwap } from '@belay/planner';
import { check, memoryJournal, openRunner, shapeOf, sqliteJournal } from '@belay/runner';
import type { Operation } from '@belay/sim';
import { describe, expect, onTestFinished, test } from 'vitest';
import { eventsOf, good, openScene, type Scene, sourceAsBefore, swapOf } from './shop.ts';

async function swapped(scene: Scene, before: () => void = () => undefined) {
  const run = swapOf(scene);
  before();
  const runner = await scene.runner();
  const outcome = good(await scene.until(runner.run(volumeSwap, run.input, { id: 'swap', keys: run.keys })));
  return { outcome, runner, run };
}

/** The path without the choices of its scopes. */
function plain(path: string): string {
  return path.replaceAll(/#\d+/g, '');
}

describe('a swap that goes well', () => {
  test('ends with the target serving all data, and the source kept', async () => {
    const scene = await openScene();
    const { sim, shop } = scene;
    const before = sim.world.visit(shop.name);
    const { outcome } = await swapped(scene);
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    const { target, attachment } = outcome.output;

    expect(sim.world.whoServes(shop.name).instanceId).toBe(target.id);
    expect(attachment.disk.serial).not.toBe('');
    const orders = sim.world.readFile(shop.dataVolumeId, 'db/orders');
    expect(orders).toBe('order 1\norder 2\norder 3\norder 4\n');
    expect(before).toEqual({ servedBy: shop.instanceId, order: 4 });
    const state = sim.world.state();
    expect(state.volumes[shop.dataVolumeId]?.attachments.map(({ instanceId }) => instanceId)).toEqual([
      target.id,
    ]);
    expect([state.instances[shop.instanceId]?.state, state.instances[shop.instanceId]?.name]).toEqual([
      'running',
      'web12-superseded',
    ]);
    expect(state.guests[shop.instanceId]?.services.every(({ masked }) => masked)).toBe(true);
    expect(state.instances[target.id]?.instanceType).toBe('eagle-4xl');
  });

  test('a source that cannot settle is moved all the same, and the run says why it could not', async () => {
    const scene = await openScene();
    const { outcome, runner } = await swapped(scene, () =>
      scene.sim.faults.next('mounts.settle', { kind: 'unsupported', message: 'no such call', at: 'port' }),
    );
    expect(outcome.state).toBe('success');
    const events = await eventsOf(scene, runner, 'swap');
    const settled = events.find(({ event }) => event.kind === 'done' && event.step === 'settle-source');
    expect(settled?.event).toMatchObject({
      output: { mounts: [{ forgotten: 0, because: expect.stringContaining('no such call') }] },
    });
  });

  test('nobody serves only between the stop and the switch, and not for long', async () => {
    const scene = await openScene();
    const { sim, shop } = scene;
    const changes: { readonly atMs: number; readonly by: string | undefined }[] = [];
    sim.world.onServing(shop.name, ({ instanceId }, atMs) => changes.push({ atMs, by: instanceId }));
    const { outcome, runner } = await swapped(scene);
    expect(outcome.state).toBe('success');
    expect(changes.map(({ by }) => by !== undefined)).toEqual([true, false, true]);
    const downMs = changes[2]!.atMs - changes[1]!.atMs;
    expect(downMs).toBeGreaterThan(1000);
    expect(downMs).toBeLessThan(180_000);

    const events = await eventsOf(scene, runner, 'swap');
    const at = (kind: 'started' | 'done', step: string) =>
      events.find(({ event }) => event.kind === kind && plain(event.step) === step)!.atMs;
    expect(changes[1]!.atMs).toBeGreaterThanOrEqual(at('started', 'stop-services'));
    expect(changes[2]!.atMs).toBeLessThanOrEqual(at('done', 'switch-address'));
    // All that is slow came first.
    expect(at('done', 'place/target-ready')).toBeLessThanOrEqual(at('started', 'stop-services'));
    expect(at('started', 'rename-source')).toBeGreaterThanOrEqual(at('done', 'switch-address'));
  });

  test('is what the plan showed, step by step', async () => {
    const scene = await openScene();
    const made = plan(await scene.facts(), scene.target, { now: scene.now() });
    const runner = await scene.runner();
    const run = planner.runOf(made, { now: scene.now() })._unsafeUnwrap();
    expect(good(await scene.until(planner.start(runner, run, { id: 'swap' }))).state).toBe('success');
    const done = (await eventsOf(scene, runner, 'swap')).flatMap(({ event }) =>
      event.kind === 'done' ? [plain(event.step)] : [],
    );
    expect([...new Set(done)].sort()).toEqual(made.steps.map(({ step }) => step).sort());
    expect(explain(made)).toContain('volume swap');
  });

  test('every step of the graph is known to belong to source, nobody or target', async () => {
    const scene = await openScene();
    const { input } = swapOf(scene);
    const shape = shapeOf(volumeSwap, input)._unsafeUnwrap();
    const source = shape.nodes.filter(({ path }) => servingDuring(path) === 'source').map(({ path }) => path);
    expect(source).toEqual([
      'place',
      'place/provision-target',
      'place/target-ready',
      'place/check-target',
      'place/quiet-target',
      'keep-volume',
      'look-at-source',
      'settle-source',
    ]);
    expect(shape.nodes.filter(({ path }) => servingDuring(path) === 'target')).toHaveLength(3);
    expect(servingDuring('no-such-step')).toBeUndefined();
  });

  test('who serves is known of every step, with several addresses and names too', async () => {
    const scene = await openScene();
    const { input } = swapOf(scene);
    const names = ['shop.example.', 'www.shop.example.'].map((name) => ({ name, type: 'A' as const }));
    const shape = shapeOf(volumeSwap, { ...input, names, floatingIps: ['ip-1', 'ip-2'] })._unsafeUnwrap();
    expect(shape.nodes.filter(({ path }) => servingDuring(path) === undefined)).toEqual([]);
  });

  test('nothing is wrong with the graph, however many addresses and names there are', async () => {
    const scene = await openScene();
    const { input } = swapOf(scene);
    const names = ['shop.example.', 'www.shop.example.'].map((name) => ({ name, type: 'A' as const }));
    for (const floatingIps of [[], ['ip-1'], ['ip-1', 'ip-2']]) {
      for (const count of [0, 1, 2]) {
        expect(check(volumeSwap, { ...input, floatingIps, names: names.slice(0, count) })).toEqual([]);
      }
    }
  });

  test('follows a name where there is no floating address', async () => {
    const scene = await openScene({ named: true });
    const { sim, shop } = scene;
    const { outcome, runner } = await swapped(scene);
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    expect(sim.world.whoServes(shop.name).instanceId).toBe(outcome.output.target.id);
    const back = good(await scene.until(runner.revert('swap', { by: 'ada', reason: 'changed my mind' })));
    expect(back.state).toBe('reverted');
    expect(sim.world.whoServes(shop.name).instanceId).toBe(shop.instanceId);
  });

  test('tries the next zone where volumes are not bound to one and the first is sold out', async () => {
    const scene = await openScene({ traits: 'openstack', zones: ['a', 'b'] });
    const { sim } = scene;
    const run = swapOf(scene, { zones: ['a', 'b'] });
    sim.faults.outOfStock('eagle-4xl', 'a');
    const runner = await scene.runner();
    const outcome = good(
      await scene.until(runner.run(volumeSwap, run.input, { id: 'swap', keys: run.keys })),
    );
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    expect(outcome.output.target.zone).toBe('b');
    const left = Object.values(sim.world.state().instances).filter(({ state }) => state !== 'gone');
    expect(left).toHaveLength(2);
  });
});

describe('going back', () => {
  test('after success loses nothing that was written on the target', async () => {
    const scene = await openScene();
    const { sim, shop } = scene;
    const before = sourceAsBefore(scene);
    const { outcome, runner } = await swapped(scene);
    expect(outcome.state).toBe('success');
    expect(sim.world.visit(shop.name)).toMatchObject({ order: 4 });

    const back = good(
      await scene.until(runner.revert('swap', { by: 'ada', reason: 'the new one is too dear' })),
    );
    expect(back.state).toBe('reverted');
    expect(sourceAsBefore(scene)).toEqual(before);
    expect(sim.world.readFile(shop.dataVolumeId, 'db/orders')).toContain('order 4');
  });

  // What fails, and how many calls of it come before the one that is meant.
  const failures: readonly (readonly [string, Operation, number])[] = [
    ['provision-target', 'instances.create', 0],
    ['target-ready', 'host.ready', 0],
    ['check-target', 'host.observe', 0],
    ['quiet-target', 'services.stop', 0],
    ['look-at-source', 'host.check', 0],
    ['stop-services', 'services.stop', 1],
    ['unmount', 'mounts.unmount', 0],
    ['detach-volume', 'volumes.detach', 0],
    ['attach-volume', 'volumes.attach', 0],
    ['mount', 'mounts.mount', 0],
    ['start-services', 'services.start', 0],
    ['probe-target', 'host.check', 1],
    ['switch-address', 'floatingIps.move', 0],
    ['keep-volume-of-target', 'instances.keepVolume', 0],
    ['rename-source', 'instances.rename', 0],
  ];
  const everywhere = (['ec2', 'openstack'] as const).flatMap((traits) =>
    failures.map((failure) => [traits, ...failure] as const),
  );
  for (const [traits, step, operation, after] of everywhere) {
    test(`when ${step} fails on ${traits}, the source serves again and nothing is left behind`, async () => {
      const scene = await openScene({ traits });
      const before = sourceAsBefore(scene);
      const { outcome } = await swapped(scene, () =>
        scene.sim.faults.next(operation, { kind: 'failed', message: 'broken for good', at: 'port', after }),
      );
      if (outcome.state !== 'reverted') throw new Error(JSON.stringify(outcome));
      expect(JSON.stringify(outcome.cause)).toContain('broken for good');
      expect(sourceAsBefore(scene)).toEqual(before);
      expect(scene.sim.world.readFile(scene.shop.dataVolumeId, 'db/orders')).toBe(
        'order 1\norder 2\norder 3\n',
      );
    });
  }

  test('a source that is not whole is refused before anything stops, and what was down stays down', async () => {
    const scene = await openScene();
    const { sim, shop } = scene;
    const run = swapOf(scene);
    // php-fpm goes down between the plan and the run.
    const host = sim.hosts.get({ ...shop.at, id: shop.instanceId });
    good(await scene.until(host.services.stop(['php-fpm'], { key: 'by-hand' })));
    const runner = await scene.runner();
    const outcome = good(
      await scene.until(runner.run(volumeSwap, run.input, { id: 'swap', keys: run.keys })),
    );
    if (outcome.state !== 'reverted') throw new Error(JSON.stringify(outcome));
    expect(outcome.cause.message).toContain('php-fpm');
    const states = sim.world
      .state()
      .guests[shop.instanceId]?.services.map(({ name, state }) => `${name} ${state}`);
    expect(states).toContain('php-fpm inactive');
    expect(states).toContain('nginx active');
  });

  test('a service that nobody named keeps the disk busy, and the source serves on', async () => {
    const scene = await openScene();
    const run = swapOf(scene);
    const before = sourceAsBefore(scene);
    const input = { ...run.input, services: ['nginx', 'mysql'] };
    const runner = await scene.runner();
    const outcome = good(await scene.until(runner.run(volumeSwap, input, { id: 'swap', keys: run.keys })));
    if (outcome.state !== 'reverted') throw new Error(JSON.stringify(outcome));
    expect(outcome.cause.message).toContain('php-fpm');
    expect(sourceAsBefore(scene)).toEqual(before);
  });

  test('a source that does not serve is moved only where somebody takes that risk', async () => {
    const scene = await openScene();
    const { sim, shop } = scene;
    // Every request is answered with an error, for as long as the server is too small.
    const overloaded = () =>
      sim.faults.next('host.check', { kind: 'failed', message: '502 from web12', times: 100 });
    overloaded();
    const facts = await scene.facts();
    const made = (accept: PlanOptions['accept']) => plan(facts, scene.target, { now: scene.now(), accept });
    expect(made([]).missing).toEqual(['source-serves']);

    const risk = { guard: 'source-serves', by: 'ada', reason: 'it is too small: that is why it moves' };
    const run = made([risk]).run!;
    if (run.graph !== 'volume-swap') throw new Error(`planned was ${run.graph}`);
    const { input, keys } = run;
    const runner = await scene.runner();
    const strict = { ...input, sourceMustServe: true };
    const refused = good(await scene.until(runner.run(volumeSwap, strict, { id: 'no', keys })));
    expect(refused).toMatchObject({ state: 'reverted', cause: { kind: 'not-serving' } });

    // What the target answers is another matter, and it answers well.
    sim.faults.clear();
    const moved = good(await scene.until(runner.run(volumeSwap, input, { id: 'yes', keys })));
    expect(moved.state).toBe('success');
    expect(sim.world.whoServes(shop.name).instanceId).not.toBe(shop.instanceId);
  });

  test('a volume that would die with its server stops the run, unless the run may change that', async () => {
    const scene = await openScene();
    const { sim, shop } = scene;
    const run = swapOf(scene);
    good(
      await scene.until(
        sim.cloud.instances.keepVolume(shop.instanceId, shop.dataVolumeId, false, { key: 'k' }),
      ),
    );
    const runner = await scene.runner();
    const refused = good(await scene.until(runner.run(volumeSwap, run.input, { id: 'no', keys: run.keys })));
    expect(refused).toMatchObject({
      state: 'reverted',
      cause: { kind: 'refused', guard: 'volume-outlives-instance' },
    });

    const input = { ...run.input, mayKeepVolume: true };
    const done = good(await scene.until(runner.run(volumeSwap, input, { id: 'yes', keys: run.keys })));
    expect(done.state).toBe('success');
    const back = good(await scene.until(runner.revert('yes', { by: 'ada', reason: 'a test' })));
    expect(back.state).toBe('reverted');
    const source = good(await scene.until(sim.cloud.instances.get(shop.instanceId)));
    expect(source.volumes.find(({ volumeId }) => volumeId === shop.dataVolumeId)?.deleteOnTermination).toBe(
      true,
    );
  });
});

describe('the source', () => {
  // Every call that takes a server down, by verb and server, whoever makes it.
  function watching(scene: Scene) {
    const calls: string[] = [];
    const watched = (cloud: Cloud): Cloud => ({
      ...cloud,
      instances: {
        ...cloud.instances,
        stop(id, call) {
          calls.push(`stop ${id}`);
          return cloud.instances.stop(id, call);
        },
        delete(id, call) {
          calls.push(`delete ${id}`);
          return cloud.instances.delete(id, call);
        },
      },
    });
    const { sim } = scene;
    const clouds: CloudRegistry = { ...sim.clouds, get: (at) => watched(sim.clouds.get(at)) };
    const services = { clouds, hosts: sim.hosts };
    const open = () =>
      openRunner({ graphs: planner.graphs, services, journal: memoryJournal(), clock: sim.clock });
    return { calls, open };
  }

  async function takenDown(harm: (scene: Scene) => void, goBack = false): Promise<readonly string[]> {
    const scene = await openScene();
    const { source, ...run } = { ...swapOf(scene), source: scene.shop.instanceId };
    const { calls, open } = watching(scene);
    harm(scene);
    const runner = await open();
    const outcome = good(
      await scene.until(runner.run(volumeSwap, run.input, { id: 'swap', keys: run.keys })),
    );
    if (goBack) {
      expect(outcome.state).toBe('success');
      good(await scene.until(runner.revert('swap', { by: 'ada', reason: 'the new one is too dear' })));
    }
    return calls.map((call) => call.replace(source, 'the source'));
  }

  const used: readonly Operation[] = [
    'instances.create',
    'services.stop',
    'mounts.unmount',
    'volumes.detach',
    'volumes.attach',
    'mounts.mount',
    'services.start',
    'host.check',
    'floatingIps.move',
    'instances.rename',
  ];
  for (const operation of used) {
    test(`is neither powered off nor deleted when ${operation} fails or its answer is lost`, async () => {
      for (const after of [0, 1]) {
        const broken = { kind: 'failed', message: 'broken for good', at: 'port', after } as const;
        const calls = [
          ...(await takenDown(({ sim }) => sim.faults.next(operation, broken))),
          ...(await takenDown(({ sim }) =>
            sim.faults.loseReply(operation, { at: 'port', times: after + 1 }),
          )),
        ];
        expect(calls.filter((call) => call.endsWith('the source'))).toEqual([]);
      }
    });
  }

  test('is neither powered off nor deleted by a run that is undone after success: the target is', async () => {
    const calls = await takenDown(() => undefined, true);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatch(/^delete (?!the source)/);
  });
});

describe('somebody else in the window', () => {
  test('who takes the disk keeps it: nothing is forced, and the run waits for a person', async () => {
    const scene = await openScene();
    const { sim, shop } = scene;
    const run = swapOf(scene);
    const { imageId, zone } = shop;
    const spec = { name: 'other', zone, instanceType: 'eagle-xl', imageId };
    const other = good(await scene.until(sim.cloud.instances.create(spec, { key: 'other' })));
    const runner = await scene.runner();
    // The run's look at the volume in the window fails twice in passing, which gives the other three seconds.
    sim.faults.next('volumes.get', { kind: 'transient', at: 'port', after: 1, times: 2 });
    const running = runner.run(volumeSwap, run.input, { id: 'swap', keys: run.keys });
    const pairing = { volumeId: shop.dataVolumeId, instanceId: other.id };
    await scene.until(
      (async () => {
        for await (const { event } of runner.events('swap')) {
          if (event.kind === 'done' && event.step === 'detach-volume') return;
        }
      })(),
    );
    good(await scene.until(sim.anotherCloud().volumes.attach(pairing, { key: 'thief' })));
    const outcome = good(await scene.until(running));
    if (outcome.state !== 'stuck') throw new Error(JSON.stringify(outcome));
    expect(outcome.stuck.map(({ step, why }) => `${step} ${why}`)).toEqual(['detach-volume revert-failed']);
    const { volumes } = sim.world.state();
    expect(volumes[shop.dataVolumeId]?.attachments.map(({ instanceId }) => instanceId)).toEqual([other.id]);

    // A person takes the disk back and lets the run go on.
    good(await scene.until(sim.cloud.volumes.detach(pairing, { key: 'give-back' })));
    good(
      await scene.until(
        runner.resolve('swap', 'detach-volume', 'retry', { by: 'ada', reason: 'disk is free again' }),
      ),
    );
    const end = good(await scene.until(runner.wait('swap')));
    expect(end.state).toBe('reverted');
    expect(sim.world.whoServes(shop.name).instanceId).toBe(shop.instanceId);
  });
});

describe('answers that are lost', () => {
  const changes: readonly Operation[] = [
    'instances.create',
    'services.stop',
    'mounts.unmount',
    'volumes.detach',
    'volumes.attach',
    'mounts.mount',
    'services.start',
    'floatingIps.move',
    'instances.rename',
  ];
  for (const operation of changes) {
    test(`${operation} whose answer never came is looked up, not repeated blindly`, async () => {
      const scene = await openScene();
      const { outcome } = await swapped(scene, () => scene.sim.faults.loseReply(operation, { at: 'port' }));
      expect(outcome.state).toBe('success');
      const left = Object.values(scene.sim.world.state().instances).filter(({ state }) => state !== 'gone');
      expect(left).toHaveLength(2);
    });
  }
});

describe('chance', () => {
  const seeds = Array.from({ length: 12 }, (_, i) => i + 1);
  test('strikes one call in six, and still the data is on one server, which serves', async () => {
    const ends = new Set<string>();
    for (const seed of seeds) {
      const scene = await openScene({ seed });
      const { sim, shop } = scene;
      const { outcome } = await swapped(scene, () => sim.faults.random({ seed, rate: 1 / 6 }));
      ends.add(outcome.state);
      const { volumes, instances } = sim.world.state();
      const expected = outcome.state === 'success' ? outcome.output.target.id : shop.instanceId;
      expect(['success', 'reverted'], `seed ${seed}: ${JSON.stringify(outcome)}`).toContain(outcome.state);
      expect(
        volumes[shop.dataVolumeId]?.attachments.map(({ instanceId }) => instanceId),
        `seed ${seed}`,
      ).toEqual([expected]);
      expect(sim.world.whoServes(shop.name).instanceId, `seed ${seed}`).toBe(expected);
      expect(sim.world.readFile(shop.dataVolumeId, 'db/orders')).toBe('order 1\norder 2\norder 3\n');
      const left = Object.values(instances).filter(({ state }) => state !== 'gone');
      expect(left.length, `seed ${seed}`).toBe(outcome.state === 'success' ? 2 : 1);
    }
    expect(ends).toContain('success');
  });
});

describe('a run that its process leaves', () => {
  /** Leaves a run in order at the first event of that kind for that step, and lets another process carry it on. */
  async function leftAt(kind: 'started' | 'revert-started', step: string, before: (scene: Scene) => void) {
    const folder = mkdtempSync(join(tmpdir(), 'belay-planner-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'belay.db');
    const scene = await openScene({ journal: () => sqliteJournal(file) });
    const run = swapOf(scene);
    before(scene);
    const first = await scene.runner();
    const running = first.run(volumeSwap, run.input, { id: 'swap', keys: run.keys });
    await scene.until(
      (async () => {
        for await (const { event } of first.events('swap')) {
          if (event.kind === kind && plain(event.step) === step) return;
        }
        throw new Error(`${step} was never ${kind}`);
      })(),
    );
    await scene.until(first.close({ deadlineMs: 1 }));
    expect(good(await scene.until(running)).state).toBe('suspended');

    const second = await scene.runner();
    good(await scene.until(second.recover()));
    const outcome = good(await scene.until(second.wait('swap')));
    await second.close();
    const { instances, volumes } = scene.sim.world.state();
    return {
      state: outcome.state,
      servers: Object.values(instances).filter(({ state }) => state !== 'gone').length,
      attachments: volumes[scene.shop.dataVolumeId]?.attachments.length,
      served:
        scene.sim.world.whoServes(scene.shop.name).instanceId === scene.shop.instanceId ? 'source' : 'other',
    };
  }

  const onTheWay = [
    'place/provision-target',
    'place/target-ready',
    'place/quiet-target',
    'look-at-source',
    'stop-services',
    'unmount',
    'detach-volume',
    'attach-volume',
    'mount',
    'start-services',
    'probe-target',
    'switch-address',
    'rename-source',
  ];
  for (const step of onTheWay) {
    test(`in ${step} is carried on by the next one`, async () => {
      const end = await leftAt('started', step, () => undefined);
      expect(end).toEqual({ state: 'success', servers: 2, attachments: 1, served: 'other' });
    });
  }

  const onTheWayBack = [
    'switch-address',
    'start-services',
    'mount',
    'attach-volume',
    'detach-volume',
    'unmount',
    'stop-services',
    'place/provision-target',
  ];
  for (const step of onTheWayBack) {
    test(`while it takes ${step} back is brought home by the next one`, async () => {
      const end = await leftAt('revert-started', step, ({ sim }) =>
        sim.faults.next('instances.rename', { kind: 'failed', at: 'port' }),
      );
      expect(end).toEqual({ state: 'reverted', servers: 1, attachments: 1, served: 'source' });
    });
  }
});
