import type { HostRegistry, TimerState } from '@belay/cloud';
import {
  type CloneInput,
  type CopyInput,
  firstRunsOf,
  type RsyncInput,
  releaseSource,
  rsync,
  servingDuring,
  snapshotClone,
} from '@belay/planner';
import { check, memoryJournal, type Outcome, openRunner, type Runner, shapeOf } from '@belay/runner';
import { createSim, internet, type Operation } from '@belay/sim';
import { okAsync } from 'neverthrow';
import { describe, expect, test } from 'vitest';
import { good, openScene, type Scene, type SceneOptions, sourceAsBefore, swapOf, untilHeld } from './shop.ts';

const word = { by: 'ada', reason: 'a test' };
const newUuid = '5b6f0a3e-2f6a-4d8b-9a55-0e6a41f2c7d1';
const hourMs = 3_600_000;

const empty = { kind: 'empty', filesystemType: 'ext4', filesystemUuid: newUuid } as const;

function copyOf(scene: Scene, about: Partial<CopyInput> = {}): CopyInput {
  const { mayKeepVolume: _, ...move } = swapOf(scene).input;
  return {
    ...move,
    disk: { name: 'web12-data-2', sizeGiB: 1000, diskType: scene.shop.diskType, from: empty },
    passes: { warmAtMost: 3, passTimeoutMs: 24 * hourMs },
    ...about,
  };
}
const rsyncOf = (scene: Scene, about: Partial<RsyncInput> = {}) => copyOf(scene, about) as RsyncInput;
function cloneOf(scene: Scene, about: Partial<CloneInput> = {}): CloneInput {
  const { moreDisks: _, ...input } = copyOf(scene);
  return { ...input, disk: { ...input.disk, from: { kind: 'snapshot' } }, ...about };
}

type Move = 'rsync' | 'snapshot-clone';

/** What is wrong with the graph for this input, and its nodes. */
function shapeFor(by: Move, scene: Scene, about: Partial<CopyInput>) {
  const copy = { ...rsyncOf(scene), ...about } as RsyncInput;
  const clone = { ...cloneOf(scene), ...about } as CloneInput;
  return by === 'rsync'
    ? { problems: check(rsync, copy), shape: shapeOf(rsync, copy)._unsafeUnwrap() }
    : { problems: check(snapshotClone, clone), shape: shapeOf(snapshotClone, clone)._unsafeUnwrap() };
}

async function moved(scene: Scene, by: Move, about: Partial<CopyInput> = {}) {
  const runner = await scene.runner();
  const options = { id: 'move', keys: ['node/web12'] };
  const run =
    by === 'rsync'
      ? runner.run(rsync, { ...rsyncOf(scene), ...about } as RsyncInput, options)
      : runner.run(snapshotClone, { ...cloneOf(scene), ...about } as CloneInput, options);
  return { runner, outcome: good(await scene.until(run)) };
}

function targetOf(outcome: Outcome<{ readonly target: { readonly id: string } }>): string {
  if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
  return outcome.output.target.id;
}

/** Besides what the source is: no disk and no picture left behind, nothing masked. */
function asBefore(scene: Scene) {
  const { snapshots } = scene.sim.world.state();
  const names = Object.values(snapshots).flatMap(({ name, state }) => (state === 'gone' ? [] : [name]));
  return { ...sourceAsBefore(scene), snapshots: names };
}

describe.each(['rsync', 'snapshot-clone'] as const)('a move by %s', (by) => {
  test('ends with the target serving every order, and the source kept with its disk', async () => {
    const scene = await openScene();
    const { sim, shop } = scene;
    const downs: number[] = [];
    sim.world.onServing(shop.name, ({ instanceId }, atMs) => {
      if (instanceId === undefined) downs.push(-atMs);
      else if (downs.length > 0) downs.push(atMs);
    });
    expect(sim.world.visit(shop.name)).toMatchObject({ order: 4 });
    const { outcome, runner } = await moved(scene, by);
    const targetId = targetOf(outcome);
    if (outcome.state !== 'success') return;
    const { disk, rehearsed, finalPass } = outcome.output;
    expect(sim.world.whoServes(shop.name).instanceId).toBe(targetId);
    expect(sim.world.readFile(disk.volumeId, 'db/orders')).toBe('order 1\norder 2\norder 3\norder 4\n');
    expect(sim.world.readFile(shop.dataVolumeId, 'db/orders')).toContain('order 4');
    const state = sim.world.state();
    expect(state.volumes[shop.dataVolumeId]?.attachments.map(({ instanceId }) => instanceId)).toEqual([
      shop.instanceId,
    ]);
    expect(state.instances[shop.instanceId]?.name).toBe('web12-superseded');
    // What was rehearsed is what it was, within a third; and nobody served for minutes, not for hours.
    expect(finalPass.seconds / rehearsed.finalSeconds).toBeGreaterThan(0.66);
    expect(finalPass.seconds / rehearsed.finalSeconds).toBeLessThan(1.34);
    expect(downs.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(10 * 60_000);
    const back = await scene.until(runner.revert('move', word));
    expect(back._unsafeUnwrapErr().message).toContain('point of no return');
  });

  const failures: readonly (readonly [Operation, number])[] = [
    ['instances.create', 0],
    ['volumes.create', 0],
    ['volumes.attach', 0],
    ['mounts.mount', 0],
    ['mounts.grow', 0],
    ['host.copy', 0],
    ['host.copy', 1],
    ['host.check', 0],
    ['services.stop', 1],
    ['mounts.holders', 0],
    ['services.start', 0],
    ['host.check', 1],
    ['floatingIps.move', 0],
    ...(by === 'rsync' ? ([['disks.format', 0]] as const) : ([['snapshots.create', 0]] as const)),
  ];
  for (const [operation, after] of failures) {
    test(`goes back where ${operation} fails for good the ${after + 1}. time: the source serves`, async () => {
      const scene = await openScene();
      const before = asBefore(scene);
      scene.sim.faults.next(operation, { kind: 'failed', at: 'port', after, message: 'broken for good' });
      const { outcome } = await moved(scene, by);
      if (outcome.state !== 'reverted') throw new Error(JSON.stringify(outcome));
      expect(JSON.stringify(outcome.cause)).toContain('broken for good');
      expect(asBefore(scene)).toEqual(before);
      expect(scene.sim.world.visit(scene.shop.name)).toMatchObject({
        servedBy: scene.shop.instanceId,
        order: 4,
      });
    });
  }

  test('stays on the target where something fails after its first write, and a person says more', async () => {
    const scene = await openScene();
    const { sim, shop } = scene;
    sim.faults.next('instances.rename', { kind: 'failed', at: 'port' });
    const { outcome, runner } = await moved(scene, by);
    if (outcome.state !== 'stuck') throw new Error(JSON.stringify(outcome));
    expect(outcome.stuck.map(({ step, why }) => `${step} ${why}`)).toEqual([
      'rename-source failed-after-pivot',
    ]);
    expect(sim.world.visit(shop.name)).toMatchObject({ order: 4 });
    expect(sim.world.whoServes(shop.name).instanceId).not.toBe(shop.instanceId);
    good(await scene.until(runner.resolve('move', 'rename-source', 'retry', word)));
    expect(good(await scene.until(runner.wait('move'))).state).toBe('success');
  });

  test('has a sound graph, and of every step it is known who serves', async () => {
    const scene = await openScene();
    const names = ['shop.example.', 'www.shop.example.'].map((name) => ({ name, type: 'A' as const }));
    for (const floatingIps of [[], ['ip-1'], ['ip-1', 'ip-2']]) {
      for (const count of [0, 1, 2]) {
        const about = { floatingIps, names: names.slice(0, count), hold: count === 1 };
        const { problems, shape } = shapeFor(by, scene, about);
        expect(problems).toEqual([]);
        const { nodes } = shape;
        expect(nodes.filter(({ path }) => servingDuring(path) === undefined)).toEqual([]);
        expect(nodes.filter(({ pivot }) => pivot === true).map(({ path }) => path)).toEqual(['open-target']);
      }
    }
  });
});

describe('the window of a copy', () => {
  test('does not open where the rehearsal finds it too long: the source has never stopped', async () => {
    const scene = await openScene();
    const { sim, shop } = scene;
    const seen: (string | undefined)[] = [];
    sim.world.onServing(shop.name, ({ instanceId }) => seen.push(instanceId));
    const passes = { warmAtMost: 2, passTimeoutMs: 24 * hourMs, finalAtMostSeconds: 30 };
    const { outcome } = await moved(scene, 'rsync', { passes });
    expect(outcome).toMatchObject({ state: 'reverted', cause: { guard: 'window-fits' } });
    expect(seen).toEqual([shop.instanceId]);
  });

  test('does not open where somebody else writes to the data, and the services come back', async () => {
    const scene = await openScene();
    const before = asBefore(scene);
    const { sim, shop } = scene;
    const letGo = sim.world.holdMount(shop.instanceId, shop.mountPoint, 'a nightly export');
    const { outcome } = await moved(scene, 'rsync');
    expect(outcome).toMatchObject({ state: 'reverted', cause: { guard: 'quiet' } });
    letGo();
    expect(asBefore(scene)).toEqual(before);
  });

  test('waits for a word after the first pass, and copies what has changed by then', async () => {
    const scene = await openScene();
    const { sim, shop } = scene;
    const runner = await scene.runner();
    const input = rsyncOf(scene, { hold: true });
    const running = runner.run(rsync, input, { id: 'move', keys: ['node/web12'] });
    await untilHeld(scene, runner, 'move', 10);
    expect(sim.world.visit(shop.name)).toMatchObject({ servedBy: shop.instanceId, order: 4 });
    good(await scene.until(runner.release('move', 'cut-over', word)));
    const outcome = good(await scene.until(running));
    targetOf(outcome);
    expect(sim.world.visit(shop.name)).toMatchObject({ order: 5 });
  });
});

describe('a clone', () => {
  test('may be bigger, of another kind, in another zone, and of a moment at which the disk was still', async () => {
    const scene = await openScene();
    const { sim, shop } = scene;
    const disk = {
      name: 'd',
      sizeGiB: 2000,
      diskType: 'io2',
      from: { kind: 'snapshot', freezeAtMostMs: 30_000 },
    } as const;
    const { outcome } = await moved(scene, 'snapshot-clone', { disk, zones: ['b'] });
    targetOf(outcome);
    if (outcome.state !== 'success') return;
    const made = sim.world.state().volumes[outcome.output.disk.volumeId];
    expect([made?.zone, made?.sizeGiB, made?.diskType]).toEqual(['b', 2000, 'io2']);
    expect(sim.world.events().map(({ what }) => what)).toContain('frozen');
    expect(sim.world.whoServes(shop.name).instanceId).toBe(outcome.output.target.id);
  });

  test('can do without a snapshot where the cloud copies disks', async () => {
    const scene = await openScene();
    const disk = { name: 'd', sizeGiB: 1000, diskType: 'gp3', from: { kind: 'copy' } } as const;
    const { outcome } = await moved(scene, 'snapshot-clone', { disk });
    targetOf(outcome);
    expect(asBefore(scene).snapshots).toEqual(['nightly']);
  });

  test('that thawed before the picture was taken is not called still', async () => {
    const scene = await openScene();
    const before = asBefore(scene);
    scene.sim.faults.slow('snapshots.create', 100);
    const disk = {
      name: 'd',
      sizeGiB: 1000,
      diskType: 'gp3',
      from: { kind: 'snapshot', freezeAtMostMs: 500 },
    } as const;
    const { outcome } = await moved(scene, 'snapshot-clone', { disk });
    expect(JSON.stringify(outcome)).toContain('still-filesystem');
    expect(outcome.state).toBe('reverted');
    expect(asBefore(scene)).toEqual(before);
  });
});

test('what the move began with is released with the source, by a run of its own', async () => {
  const scene = await openScene();
  const { sim, shop } = scene;
  const services = { clouds: sim.clouds, hosts: sim.hosts, releases: firstRunsOf(() => runner) };
  const graphs = [snapshotClone, releaseSource] as const;
  const runner: Runner = await openRunner({ graphs, services, journal: memoryJournal(), clock: sim.clock });
  const move = cloneOf(scene);
  const keys = ['node/web12'];
  const outcome = good(await scene.until(runner.run(snapshotClone, move, { id: 'move', keys })));
  if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
  const { target, picture, disk } = outcome.output;
  const input = {
    firstRunId: 'move',
    move,
    target,
    volumes: [shop.dataVolumeId],
    snapshots: picture === undefined ? [] : [picture.snapshotId],
    ...word,
  };
  const released = good(await scene.until(runner.run(releaseSource, input, { id: 'release', keys })));
  expect(released.state).toBe('success');
  const { instances, volumes, snapshots } = sim.world.state();
  expect(instances[shop.instanceId]?.state).toBe('gone');
  expect(volumes[shop.dataVolumeId]?.state).toBe('gone');
  expect(snapshots[picture?.snapshotId ?? '']?.state).toBe('gone');
  expect(volumes[disk.volumeId]?.state).toBe('in-use');
  expect(sim.world.visit(shop.name)).toMatchObject({ servedBy: target.id, order: 4 });
});

test('what starts by the clock is masked for the window, and let go on where the run goes back', async () => {
  const scene = await openScene();
  const { sim, shop } = scene;
  const masked = new Set(['logrotate.timer']);
  const names = ['backup.timer', 'cron', 'logrotate.timer'];
  const timers = (): readonly TimerState[] =>
    names.map((name) => ({ name, kind: 'timer', state: 'active', masked: masked.has(name) }));
  const asked: string[] = [];
  const hosts: HostRegistry = {
    ...sim.hosts,
    get(server) {
      const host = sim.hosts.get(server);
      if (server.id !== shop.instanceId) return host;
      const change = (verb: 'mask' | 'unmask', which: readonly string[]) => {
        asked.push(`${verb} ${which.join(' ')}`);
        for (const name of which) verb === 'mask' ? masked.add(name) : masked.delete(name);
        return okAsync(timers());
      };
      return {
        ...host,
        timers: {
          list: () => okAsync(timers()),
          mask: (which) => change('mask', which),
          unmask: (which) => change('unmask', which),
        },
      };
    },
  };
  const services = { clouds: sim.clouds, hosts };
  const runner = await openRunner({ graphs: [rsync], services, journal: memoryJournal(), clock: sim.clock });
  sim.faults.next('services.start', { kind: 'failed', at: 'port' });
  const run = runner.run(rsync, rsyncOf(scene), { id: 'move', keys: ['node/web12'] });
  expect(good(await scene.until(run)).state).toBe('reverted');
  // What was masked before stays so.
  expect(asked).toEqual(['mask backup.timer cron', 'unmask backup.timer cron']);
  expect([...masked]).toEqual(['logrotate.timer']);
});

test('a picture whose answer was lost is not taken for one of a still disk', async () => {
  const scene = await openScene();
  const before = asBefore(scene);
  scene.sim.faults.loseReply('snapshots.create', { at: 'port' });
  const disk = {
    name: 'd',
    sizeGiB: 1000,
    diskType: 'gp3',
    from: { kind: 'snapshot', freezeAtMostMs: 30_000 },
  } as const;
  const { outcome } = await moved(scene, 'snapshot-clone', { disk });
  expect(outcome).toMatchObject({ state: 'reverted', cause: { guard: 'still-filesystem' } });
  expect(asBefore(scene)).toEqual(before);
});

test('a shop moves from one cloud to another by its name, and its orders with it', async () => {
  const net = internet();
  const options: SceneOptions = { named: true, internet: net };
  const scene = await openScene(options);
  const { sim, shop } = scene;
  const other = createSim({ clock: sim.clock, provider: 'other', internet: net, seed: 7 });
  const { targetImage, zone } = secondHome(other);
  const at = other.at;
  const input = rsyncOf(scene, {
    at,
    source: { id: shop.instanceId, name: shop.instanceName, at: shop.at },
    zones: [zone],
    target: { name: 'web12', instanceType: 'm1.large', imageId: targetImage },
    disk: { name: 'web12-data', sizeGiB: 500, diskType: 'gp3', from: empty },
  });
  const both = <T>(here: { get(at: never): T; has(at: never): boolean }, there: typeof here) => ({
    ...here,
    get: (where: { readonly provider: string }) =>
      (where.provider === 'other' ? there : here).get(where as never),
  });
  const runner = await openRunner({
    graphs: [rsync],
    services: {
      clouds: {
        ...both(sim.clouds as never, other.clouds as never),
        places: sim.clouds.places,
      } as typeof sim.clouds,
      hosts: both(sim.hosts as never, other.hosts as never) as typeof sim.hosts,
    },
    journal: memoryJournal(),
    clock: sim.clock,
  });
  const outcome = good(await scene.until(runner.run(rsync, input, { id: 'move', keys: ['node/web12'] })));
  const targetId = targetOf(outcome);
  expect(sim.world.whoServes(shop.name)).toMatchObject({
    instanceId: targetId,
    server: { provider: 'other' },
  });
  expect(sim.world.visit(shop.name)).toMatchObject({ order: 4 });
});

/** What the shop needs in another cloud: a type, an image with its services, a public address for each server. */
function secondHome({ world }: ReturnType<typeof createSim>) {
  world.seed.instanceType('m1.large', { vcpus: 8 });
  const needsMount = '/data';
  const targetImage = world.seed.image({
    name: 'web',
    guest: {
      os: 'debian 12',
      kernel: '6.1.0',
      services: ['mysql', 'php-fpm', 'nginx'].map((name) => ({ name, startAtBoot: true, needsMount })),
    },
  });
  return { targetImage, zone: 'a' };
}
