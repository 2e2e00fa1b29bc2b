import { Secret, secretStore } from '@belay/cloud';
import { type StandbyImport, servingDuring, type TakeoverInput, takeover } from '@belay/planner';
import { check, memoryJournal, openRunner, shapeOf } from '@belay/runner';
import type { Operation } from '@belay/sim';
import { describe, expect, test } from 'vitest';
import { openKeeper, sundayEvening } from './keeper.ts';
import { good, openScene, type Scene, swapOf, untilHeld } from './shop.ts';

const word = { by: 'ada', reason: 'a test' };
const keys = ['node/web12'];
const standbyUuid = '9c1a7e52-4b0d-4f7a-8f2e-3d6b5a4c1e90';
const password = 'correct horse battery staple';

/** A house that keeps a standby: it imported the first three orders, the last one on Sunday evening. */
function openHouse(scene: Scene) {
  const { sim, shop } = scene;
  const volumeId = sim.world.seed.volume({
    name: 'web12-clone-data',
    zone: shop.zone,
    sizeGiB: shop.dataSizeGiB,
    diskType: shop.diskType,
    filesystem: {
      uuid: standbyUuid,
      type: 'ext4',
      files: {
        'db/orders': 'order 1\norder 2\norder 3\n',
        'db/mysql_version': '8.0.44',
        [`sites/${shop.name}/index.php`]: '<?php echo "Welcome to the shop";',
      },
      otherBytes: 412_000_000_000,
      otherInodes: 2_100_000,
    },
  });
  const standbyId = sim.world.seed.server({
    name: 'web12-clone',
    zone: shop.zone,
    instanceType: shop.instanceType,
    imageId: shop.imageId,
    volumes: [{ volumeId, mountPoint: shop.mountPoint }],
  });
  const { standbys, state: kept, told } = openKeeper();
  const state = { typed: password as string | undefined };
  const services = {
    clouds: sim.clouds,
    hosts: sim.hosts,
    secrets: secretStore({ 'takeover-web12': password }),
    authorisations: {
      given: () => (state.typed === undefined ? undefined : new Secret(state.typed)),
    },
    standbys,
  };
  return { standbyId, volumeId, services, state, kept, told };
}

async function openTakeover(kind: 'planned' | 'emergency') {
  const scene = await openScene();
  const { sim, shop } = scene;
  const house = openHouse(scene);
  expect(sim.world.visit(shop.name)).toMatchObject({ order: 4 });
  if (kind === 'emergency') sim.world.hang(shop.instanceId);
  const journal = memoryJournal();
  const { services } = house;
  const runner = await openRunner({ graphs: [takeover], services, journal, clock: sim.clock });
  const { zones: _, target: __, mayKeepVolume: ___, ...served } = swapOf(scene).input;
  const input: TakeoverInput = {
    ...served,
    standby: { at: shop.at, id: house.standbyId, name: 'web12-clone' },
    password: { secret: 'takeover-web12' },
    by: 'ada',
    reason: 'the master is overloaded',
    mode:
      kind === 'planned'
        ? { kind, standbyFilesystemUuid: standbyUuid, passTimeoutMs: 24 * 3_600_000 }
        : { kind, dataAtLeast: '2026-11-22T19:00:00.000Z' },
  };
  const servers: string[] = [];
  sim.world.onServing(shop.name, ({ instanceId }) => servers.push(instanceId ?? 'nobody'));
  const take = async (more: Partial<TakeoverInput> = {}) =>
    good(await scene.until(runner.run(takeover, { ...input, ...more }, { id: 'takeover', keys })));
  return { scene, runner, house, input, take, servers };
}

function namesOf({ sim, shop }: Scene, standbyId: string) {
  const { instances } = sim.world.state();
  return [instances[shop.instanceId]?.name, instances[standbyId]?.name];
}

describe('a takeover', () => {
  test('of a living, overloaded primary stops it, copies the rest and loses nothing', async () => {
    const { scene, house, take, servers } = await openTakeover('planned');
    const { sim, shop } = scene;
    const outcome = await take();
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    expect(sim.world.visit(shop.name)).toEqual({ servedBy: house.standbyId, order: 5 });
    expect(sim.world.readFile(house.volumeId, 'db/orders')).toContain('order 4');
    expect(namesOf(scene, house.standbyId)).toEqual(['web12-broken', 'web12']);
    expect(outcome.output.fence.state).toBe('quiet');
    expect(outcome.output.nextStandby.id).toContain('request-standby');
    expect(servers).toEqual([shop.instanceId, 'nobody', house.standbyId]);
    expect(house.told).toEqual([
      `pause ${house.standbyId}`,
      `begin copy to ${house.standbyId}`,
      `seal copy to ${house.standbyId}`,
      `request for ${house.standbyId}`,
    ]);
    // It is worth something again, and its data is from the moment when the primary was quiet.
    expect(house.kept.last).toMatchObject({ valid: true });
    expect(Date.parse(house.kept.last.dataAt)).toBeGreaterThan(Date.parse(sundayEvening.dataAt));
    // Nothing was deleted.
    const { instances, volumes } = sim.world.state();
    expect(instances[shop.instanceId]?.state).toBe('running');
    expect(volumes[shop.dataVolumeId]?.attachments.map(({ instanceId }) => instanceId)).toEqual([
      shop.instanceId,
    ]);
  });

  test('of a primary that does not answer powers it off first, and loses what was agreed to', async () => {
    const { scene, house, take, servers } = await openTakeover('emergency');
    const { sim, shop } = scene;
    const outcome = await take();
    if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
    expect(outcome.output.fence.state).toBe('stopped');
    expect(outcome.output.import.dataAt).toBe('2026-11-22T20:00:00.000Z');
    expect(sim.world.visit(shop.name)).toEqual({ servedBy: house.standbyId, order: 4 });
    expect(servers).toEqual(['nobody', house.standbyId]);
    // The primary's disk still has the fourth order: somebody may want it.
    expect(sim.world.readFile(shop.dataVolumeId, 'db/orders')).toContain('order 4');
    expect(sim.world.state().instances[shop.instanceId]?.state).toBe('stopped');
  });

  test('waits for a word that says what would be lost', async () => {
    const { scene, runner, input, house } = await openTakeover('emergency');
    const running = runner.run(takeover, { ...input, hold: true }, { id: 'takeover', keys });
    await untilHeld(scene, runner, 'takeover');
    const { holds } = good(await scene.until(runner.get('takeover')));
    expect(holds[0]?.ask).toBe(
      'web12-clone is ready. Stop web12 for good and let it take over? What came after 2026-11-22T19:00:00.000Z may be lost.',
    );
    good(await scene.until(runner.release('takeover', 'cut-over', word)));
    expect(good(await scene.until(running)).state).toBe('success');
    expect(scene.sim.world.whoServes(scene.shop.name).instanceId).toBe(house.standbyId);
  });

  for (const typed of [undefined, '', 'correct horse battery stapl', `${password} `]) {
    test(`is refused with ${typed === undefined ? 'no password' : `“${typed}”`}, before anything is touched`, async () => {
      const { scene, house, take, servers } = await openTakeover('planned');
      house.state.typed = typed;
      expect(await take()).toMatchObject({ state: 'reverted', cause: { guard: 'authorised' } });
      expect(house.told).toEqual([]);
      expect(servers).toEqual([scene.shop.instanceId]);
    });
  }

  test('keeps no password anywhere in its journal', async () => {
    const { scene, runner, take } = await openTakeover('planned');
    await take();
    const events: unknown[] = [];
    await scene.until(
      (async () => {
        for await (const event of runner.events('takeover')) events.push(event);
      })(),
    );
    expect(events.length).toBeGreaterThan(20);
    expect(JSON.stringify(events)).not.toContain('horse');
  });

  const worthless: readonly (readonly [string, Partial<StandbyImport>, string])[] = [
    ['is not valid', { valid: false, log: ['mysql: table is full'] }, 'valid-import'],
    ['is older than was agreed', { dataAt: '2026-11-22T18:59:59.000Z' }, 'loss-as-agreed'],
    ['has no time', { dataAt: '' }, 'loss-as-agreed'],
  ];
  for (const [what, about, guard] of worthless) {
    test(`is refused where the last import ${what}: the primary is not touched`, async () => {
      const { scene, house, take } = await openTakeover('emergency');
      house.kept.last = { ...house.kept.last, ...about };
      expect(await take()).toMatchObject({ state: 'reverted', cause: { guard } });
      expect(scene.sim.world.state().instances[scene.shop.instanceId]?.state).toBe('running');
    });
  }

  test('promotes nobody while the primary cannot be powered off', async () => {
    const { scene, house, take, servers } = await openTakeover('emergency');
    scene.sim.faults.next('instances.stop', { kind: 'forbidden', at: 'port' });
    expect((await take()).state).toBe('reverted');
    expect(servers).toEqual(['nobody']);
    expect(house.told).toEqual([`pause ${house.standbyId}`, `resume ${house.standbyId}`]);
    expect(namesOf(scene, house.standbyId)).toEqual(['web12', 'web12-clone']);
  });

  const failures: readonly (readonly [Operation, number])[] = [
    ['host.ready', 0],
    ['host.copy', 0],
    ['host.observe', 0],
    ['services.stop', 0],
    ['services.list', 0],
    ['host.copy', 1],
    ['services.start', 0],
    ['host.check', 1],
    ['services.list', 1],
    ['floatingIps.move', 0],
  ];
  for (const [operation, after] of failures) {
    test(`that fails for good at ${operation} the ${after + 1}. time leaves the primary serving`, async () => {
      const { scene, house, take } = await openTakeover('planned');
      const { sim, shop } = scene;
      sim.faults.next(operation, { kind: 'failed', at: 'port', after, message: 'broken for good' });
      const outcome = await take();
      if (outcome.state !== 'reverted') throw new Error(JSON.stringify(outcome));
      expect(JSON.stringify(outcome.cause)).toContain('broken for good');
      expect(sim.world.visit(shop.name)).toEqual({ servedBy: shop.instanceId, order: 5 });
      expect(namesOf(scene, house.standbyId)).toEqual(['web12', 'web12-clone']);
    });
  }

  describe('that went back after files were copied', () => {
    async function goneBack() {
      const opened = await openTakeover('planned');
      const { scene, take } = opened;
      scene.sim.faults.next('services.start', { kind: 'failed', at: 'port', message: 'broken for good' });
      expect((await take()).state).toBe('reverted');
      return opened;
    }
    const emergency = { kind: 'emergency', dataAtLeast: '2026-11-22T19:00:00.000Z' } as const;

    test('leaves a standby that says of itself that it is worth nothing, and by whom', async () => {
      const { house } = await goneBack();
      expect(house.kept.last).toMatchObject({ valid: false, overwrittenBy: 'takeover' });
      expect(house.kept.last.log.at(-1)).toBe('takeover was given up');
      expect(house.told.at(-1)).toBe(`resume ${house.standbyId}`);
    });

    test('is never followed by an emergency that promotes the half of it', async () => {
      const { scene, runner, input, servers } = await goneBack();
      const { sim, shop } = scene;
      sim.world.hang(shop.instanceId);
      const later = runner.run(takeover, { ...input, mode: emergency }, { id: 'later', keys });
      const outcome = good(await scene.until(later));
      expect(outcome).toMatchObject({ state: 'reverted', cause: { guard: 'valid-import' } });
      expect(JSON.stringify(outcome)).toContain('takeover has copied over it and come to no end');
      expect(sim.world.state().instances[shop.instanceId]?.state).toBe('running');
      expect(servers.at(-1)).toBe('nobody');
    });

    test('may be planned again at once: all is copied anew, and sealed', async () => {
      const { scene, runner, input, house } = await goneBack();
      const outcome = good(await scene.until(runner.run(takeover, input, { id: 'again', keys })));
      expect(outcome.state).toBe('success');
      expect(house.kept.last.valid).toBe(true);
      expect(scene.sim.world.visit(scene.shop.name)).toMatchObject({ servedBy: house.standbyId });
    });
  });

  test('is worth nothing from before the first byte on, whatever becomes of the run', async () => {
    const { scene, house, take } = await openTakeover('planned');
    const worth: boolean[] = [];
    scene.sim.world.onEvent(({ what }) => {
      if (what === 'copied') worth.push(house.kept.last.valid);
    });
    await take();
    expect(worth).toEqual([false, false]);
  });

  test('does not begin where an import has begun since the standby was looked at', async () => {
    const { house, take, scene } = await openTakeover('emergency');
    const { pauseImports } = house.services.standbys;
    house.services.standbys.pauseImports = (...asked) => {
      house.kept.last = { ...house.kept.last, valid: false, log: ['half of mysql is there'] };
      return pauseImports(...asked);
    };
    expect(await take()).toMatchObject({ state: 'reverted', cause: { guard: 'valid-import' } });
    expect(scene.sim.world.state().instances[scene.shop.instanceId]?.state).toBe('running');
    expect(house.told.at(-1)).toBe(`resume ${house.standbyId}`);
  });

  test('of a workload with a second data disk is refused: what is there would be left behind', async () => {
    const { scene, take, house } = await openTakeover('planned');
    const id = scene.shop.dataVolumeId;
    const outcome = await take({
      moreVolumes: [{ id, mountPoint: '/srv/mail', filesystemUuid: standbyUuid }],
    });
    expect(outcome).toMatchObject({ state: 'reverted', cause: { guard: 'one-disk-to-copy' } });
    expect(JSON.stringify(outcome)).toContain('/srv/mail');
    expect(house.told).toEqual([]);
  });

  test('goes forward only once the first address leads to the standby', async () => {
    const { scene, runner, house, take } = await openTakeover('planned');
    const { sim, shop } = scene;
    sim.faults.next('instances.rename', { kind: 'failed', at: 'port' });
    const outcome = await take();
    if (outcome.state !== 'stuck') throw new Error(JSON.stringify(outcome));
    expect(outcome.stuck.map(({ step, why }) => `${step} ${why}`)).toEqual([
      'rename-source failed-after-pivot',
    ]);
    expect(sim.world.visit(shop.name)).toMatchObject({ servedBy: house.standbyId });
    good(await scene.until(runner.resolve('takeover', 'rename-source', 'retry', word)));
    expect(good(await scene.until(runner.wait('takeover'))).state).toBe('success');
    expect(namesOf(scene, house.standbyId)).toEqual(['web12-broken', 'web12']);
  });

  test('has a sound graph, and of every step it is known who serves', async () => {
    for (const kind of ['planned', 'emergency'] as const) {
      const { input } = await openTakeover(kind);
      for (const hold of [false, true]) {
        const some = { ...input, hold, names: [{ name: 'shop.example.', type: 'A' as const }] };
        expect(check(takeover, some)).toEqual([]);
        const { nodes } = shapeOf(takeover, some)._unsafeUnwrap();
        expect(nodes.filter(({ path }) => servingDuring(path) === undefined)).toEqual([]);
      }
    }
  });
});
