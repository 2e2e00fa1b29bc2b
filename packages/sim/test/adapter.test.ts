// The promises of the port on top of an API that breaks in every way it can.

import { KEY_TAG } from '@belay/cloud';
import { describe, expect, test } from 'vitest';
import { type Family, type Operation, openstackTraits } from '../src/index.ts';
import { call, openScene, type Scene } from './scene.ts';

const families: readonly Family[] = ['ec2', 'openstack'];

const instanceSpec = ({ shop }: Scene, name = 'new') => ({
  name,
  zone: shop.zone,
  instanceType: 'eagle-4xl',
  imageId: shop.imageId,
});

const volumeSpec = ({ shop }: Scene) => ({
  name: 'new',
  zone: shop.zone,
  sizeGiB: 10,
  diskType: shop.diskType,
});

/** Every create of the port, as something that gives an id. */
const creates: Readonly<Record<string, (scene: Scene, key: string) => Promise<string>>> = {
  'instances.create': async (scene, key) =>
    (await scene.must(scene.cloud.instances.create(instanceSpec(scene), { key }))).id,
  'volumes.create': async (scene, key) =>
    (await scene.must(scene.cloud.volumes.create(volumeSpec(scene), { key }))).id,
  'snapshots.create': async (scene, key) =>
    (
      await scene.must(
        scene.cloud.snapshots.create({ name: 'new', volumeId: scene.shop.dataVolumeId }, { key }),
      )
    ).id,
  'floatingIps.create': async (scene, key) =>
    (await scene.must(scene.cloud.floatingIps.create({}, { key }))).id,
};

function carrying(scene: Scene, key: string): readonly string[] {
  const { instances, volumes, snapshots, floatingIps } = scene.world.state();
  return [instances, volumes, snapshots, floatingIps]
    .flatMap((all) => Object.values<{ id: string; tags: Record<string, string>; state?: string }>(all))
    .filter(({ tags, state }) => tags[KEY_TAG] === key && state !== 'gone')
    .map(({ id }) => id);
}

describe.each(families)('on a cloud of the family %s', (family) => {
  for (const [operation, create] of Object.entries(creates)) {
    test(`${operation} makes one thing for one key, also where answers are lost`, async () => {
      const scene = openScene({ traits: family });
      scene.faults.loseReply(operation as Operation, { times: 2 });
      const first = await create(scene, 'one');
      const again = await create(scene, 'one');
      expect(again).toBe(first);
      expect(carrying(scene, 'one')).toEqual([first]);
    });

    test(`${operation} comes through when the API fails in passing`, async () => {
      const scene = openScene({ traits: family });
      scene.faults.next(operation as Operation, { kind: 'transient', times: 2 });
      const id = await create(scene, 'one');
      expect(carrying(scene, 'one')).toEqual([id]);
    });
  }

  test('find gives what was made under a key at once, and nothing only after the time it takes to be sure', async () => {
    const scene = openScene({ traits: family });
    const { cloud, clock, faults, must } = scene;
    faults.stale('volumes.create', 400);
    const { id } = await must(cloud.volumes.create(volumeSpec(scene), { key: 'made' }));
    expect((await must(cloud.volumes.find('made')))?.id).toBe(id);
    const beganMs = clock.now();
    expect(await must(cloud.volumes.find('never made'))).toBeUndefined();
    expect(clock.now() - beganMs).toBeGreaterThanOrEqual(family === 'ec2' ? 2_000 : 500);
  });

  test('find answers with an error, and not with nothing, when the API does not answer', async () => {
    const { cloud, faults, refused } = openScene({ traits: family });
    faults.outage(true);
    expect((await refused(cloud.instances.find('key', { timeoutMs: 30_000 }))).kind).toBe('timeout');
  });

  test('no capacity is out of stock, with nothing left behind', async () => {
    const scene = openScene({ traits: family });
    scene.faults.outOfStock('eagle-4xl', scene.shop.zone);
    const error = await scene.refused(scene.cloud.instances.create(instanceSpec(scene), { key: 'one' }));
    expect(error).toMatchObject({ kind: 'out-of-stock', applied: 'no' });
    expect(carrying(scene, 'one')).toEqual([]);
    expect(await scene.must(scene.cloud.instances.offer('eagle-4xl', scene.shop.zone))).toMatchObject({
      creatable: 'no',
    });
    scene.faults.restock('eagle-4xl', scene.shop.zone);
    await scene.must(scene.cloud.instances.create(instanceSpec(scene), { key: 'one' }));
  });

  test('an instance that never comes up has failed, and is deleted again', async () => {
    const scene = openScene({ traits: family });
    scene.faults.rollBack('instances.create');
    const error = await scene.refused(scene.cloud.instances.create(instanceSpec(scene), { key: 'one' }));
    expect(error).toMatchObject({ kind: 'failed', applied: 'no' });
    expect(carrying(scene, 'one')).toEqual([]);
  });

  test('an attach that is rolled back has failed, and the volume is free', async () => {
    const { cloud, shop, faults, free, target, must, refused } = openScene({ traits: family });
    const instanceId = await target();
    await free();
    faults.rollBack('volumes.attach');
    const pairing = { volumeId: shop.dataVolumeId, instanceId };
    expect(await refused(cloud.volumes.attach(pairing, call()))).toMatchObject({
      kind: 'failed',
      applied: 'no',
    });
    expect((await must(cloud.volumes.get(shop.dataVolumeId))).state).toBe('available');
  });

  test('an attach that never ends is a timeout that names the last state, and can be waited for again', async () => {
    const { cloud, shop, faults, free, target, must, refused } = openScene({ traits: family });
    const instanceId = await target();
    await free();
    faults.stick('volumes.attach');
    const pairing = { volumeId: shop.dataVolumeId, instanceId };
    const error = await refused(cloud.volumes.attach(pairing, { ...call(), timeoutMs: 90_000 }));
    expect(error).toMatchObject({ kind: 'timeout', applied: 'unknown', lastState: 'attaching' });
    faults.unstick();
    expect(await must(cloud.volumes.attach(pairing, call()))).toMatchObject({ state: 'attached' });
  });

  test('an attach whose answer was lost is seen to have happened, and is not sent again', async () => {
    const { cloud, shop, faults, free, target, must, world } = openScene({ traits: family });
    const instanceId = await target();
    await free();
    const before = world.calls('volumes.attach');
    faults.loseReply('volumes.attach');
    const pairing = { volumeId: shop.dataVolumeId, instanceId };
    await must(cloud.volumes.attach(pairing, call()));
    expect(world.calls('volumes.attach') - before).toBe(1);
  });

  test('a detach that is rolled back has failed, and the disk is where it was', async () => {
    const { cloud, shop, faults, source, must, refused } = openScene({ traits: family });
    await must(source.services.stop(shop.services, call()));
    await must(source.mounts.unmount('/data', call()));
    faults.rollBack('volumes.detach');
    const pairing = { volumeId: shop.dataVolumeId, instanceId: shop.instanceId };
    expect((await refused(cloud.volumes.detach(pairing, call()))).kind).toBe('failed');
    const { attachments } = await must(cloud.volumes.get(shop.dataVolumeId));
    expect(attachments).toMatchObject([{ instanceId: shop.instanceId, state: 'attached' }]);
  });

  test('a disk that is mounted is not taken off', async () => {
    const { cloud, shop, world, source, must, refused } = openScene({ traits: family });
    const pairing = { volumeId: shop.dataVolumeId, instanceId: shop.instanceId };
    expect(await refused(cloud.volumes.detach(pairing, call()))).toMatchObject({ kind: 'busy' });
    expect(world.visit(shop.name)).toMatchObject({ servedBy: shop.instanceId });
    await must(source.services.stop(shop.services, call()));
    await must(source.mounts.unmount('/data', call()));
    expect(await must(cloud.volumes.detach(pairing, call()))).toMatchObject({
      state: 'available',
      attachments: [],
    });
  });

  test('an attach to an instance that is still pending waits for it', async () => {
    const scene = openScene({ traits: family });
    const { cloud, clock, shop, must, free } = scene;
    await free();
    const making = cloud.instances.create(instanceSpec(scene), { key: 'one' });
    await clock.advance(3_000);
    const [instanceId = ''] = carrying(scene, 'one');
    expect(scene.world.state().instances[instanceId]?.state).toBe('pending');
    const attachment = await must(cloud.volumes.attach({ volumeId: shop.dataVolumeId, instanceId }, call()));
    expect(attachment.state).toBe('attached');
    expect((await must(making)).state).toBe('running');
  });

  test('a type is changed as this cloud does it', async () => {
    const { cloud, shop, must, refused } = openScene({ traits: family });
    if (cloud.traits.resizeOnlyWhenStopped) {
      expect((await refused(cloud.instances.resize(shop.instanceId, 'eagle-4xl', call()))).kind).toBe('busy');
      await must(cloud.instances.stop(shop.instanceId, call()));
    }
    const resized = await must(cloud.instances.resize(shop.instanceId, 'eagle-4xl', call()));
    expect(resized).toMatchObject({
      instanceType: 'eagle-4xl',
      state: cloud.traits.resizeKeptUntilConfirmed ? 'resized' : 'stopped',
    });
  });

  test('an instance is renamed, and its disk told to outlive it', async () => {
    const { cloud, shop, must, refused } = openScene({ traits: family });
    expect((await must(cloud.instances.rename(shop.instanceId, 'web12-old', call()))).name).toBe('web12-old');
    const root = await must(cloud.instances.keepVolume(shop.instanceId, shop.rootVolumeId, true, call()));
    expect(root.volumes.find(({ isRoot }) => isRoot)?.deleteOnTermination).toBe(false);
    const foreign = cloud.instances.keepVolume(shop.instanceId, 'vol-0', true, call());
    expect((await refused(foreign)).kind).toBe('not-found');
  });

  test('a record is put in place of the one that is expected, known to all servers, and of no other', async () => {
    const { cloud, shop, clock, world, must, refused } = openScene({ traits: family });
    const from = await must(cloud.dns.get(shop.recordName, 'A'));
    expect(from).toEqual({ name: shop.recordName, type: 'A', values: [shop.address], ttlSeconds: 300 });
    const to = { name: shop.recordName, type: 'A', values: ['198.18.9.9'], ttlSeconds: 60 } as const;
    const changing = cloud.dns.change({ from, to }, call());
    await clock.advance(3_000);
    expect(world.whoServes(shop.name).instanceId).toBe(shop.instanceId);
    expect(await must(changing)).toEqual(to);
    expect(world.whoServes(shop.name).instanceId).toBeUndefined();
    expect(await must(cloud.dns.change({ from, to }, call()))).toEqual(to);
    const late = cloud.dns.change({ from, to: { ...to, values: ['198.18.9.10'] } }, call());
    expect((await refused(late)).kind).toBe('busy');
    expect(await must(cloud.dns.change({ from: to, to: undefined }, call()))).toBeUndefined();
  });

  test('a signal ends a call at once, and the error does not claim to know', async () => {
    const scene = openScene({ traits: family });
    const stop = new AbortController();
    const making = scene.cloud.instances.create(instanceSpec(scene), { key: 'one', signal: stop.signal });
    await scene.clock.advance(4_000);
    stop.abort();
    expect(await scene.refused(making)).toMatchObject({ kind: 'cancelled', applied: 'unknown' });
    await scene.clock.run();
    expect(carrying(scene, 'one')).toHaveLength(1);
  });

  test('a fault above the adapter reaches its caller', async () => {
    const { cloud, shop, faults, must, refused, world } = openScene({ traits: family });
    faults.next('instances.stop', { kind: 'forbidden', at: 'port' });
    expect(await refused(cloud.instances.stop(shop.instanceId, call()))).toMatchObject({
      kind: 'forbidden',
      applied: 'no',
    });
    expect(world.state().instances[shop.instanceId]?.state).toBe('running');
    faults.loseReply('instances.stop', { at: 'port' });
    expect(await refused(cloud.instances.stop(shop.instanceId, call()))).toMatchObject({
      kind: 'transient',
      applied: 'unknown',
    });
    expect((await must(cloud.instances.get(shop.instanceId))).state).toBe('stopped');
  });

  test('lists come page by page, whole and without repeats', async () => {
    const scene = openScene({ traits: family });
    for (let count = 0; count < 250; count += 1) {
      scene.world.seed.volume({ name: `v${count}`, zone: 'a', sizeGiB: 1, diskType: scene.shop.diskType });
    }
    const ids = await scene.clock.until(
      (async () => {
        const seen: string[] = [];
        for await (const volume of scene.cloud.volumes.list()) seen.push(volume._unsafeUnwrap().id);
        return seen;
      })(),
    );
    expect(ids).toHaveLength(252);
    expect(new Set(ids).size).toBe(252);
  });
});

test('a quota that is full with the very thing that was made does not hide it', async () => {
  const scene = openScene();
  scene.world.setQuota({ volumes: 2 });
  scene.faults.loseReply('volumes.create');
  scene.faults.next('volumes.create', { kind: 'quota', after: 1 });
  const { id } = await scene.must(scene.cloud.volumes.create(volumeSpec(scene), { key: 'one' }));
  expect(carrying(scene, 'one')).toEqual([id]);
});

test('a key that two resources carry is an error that names both', async () => {
  const scene = openScene({ traits: 'openstack' });
  const ids = ['one', 'two'].map((name) =>
    scene.world.seed.volume({ name, zone: 'a', sizeGiB: 1, diskType: 'ssd', tags: { [KEY_TAG]: 'twice' } }),
  );
  const error = await scene.refused(scene.cloud.volumes.find('twice'));
  expect(error).toMatchObject({ kind: 'idempotency-mismatch' });
  for (const id of ids) expect(error).toMatchObject({ message: expect.stringContaining(id) });
});

test('where an address moves in two calls, it is bound to nothing in between and ends where it should', async () => {
  const scene = openScene({ traits: { ...openstackTraits, floatingIpMoveAtomic: false } });
  const { cloud, shop, world, must, target } = scene;
  const to = await target();
  const moved = await must(cloud.floatingIps.move(shop.floatingIpId, { from: shop.instanceId, to }, call()));
  expect(moved.instanceId).toBe(to);
  expect(world.calls('floatingIps.move')).toBe(2);
});

test('a throttled account gets its answers later, and no call twice', async () => {
  const scene = openScene({ throttle: { perSecond: 1, burst: 2 } });
  const making = [1, 2, 3, 4].map((n) => scene.cloud.volumes.create(volumeSpec(scene), { key: `v${n}` }));
  const made = await scene.clock.until(Promise.all(making));
  expect(made.map((answer) => answer.isOk())).toEqual([true, true, true, true]);
  for (const n of [1, 2, 3, 4]) expect(carrying(scene, `v${n}`)).toHaveLength(1);
});

test("the limit of calls is the account's: two adapters share it", async () => {
  const { cloud, shop, anotherCloud, clock, world } = openScene({ throttle: { perSecond: 0.1, burst: 2 } });
  const clouds = [cloud, anotherCloud(), cloud, anotherCloud()];
  const beganMs = clock.now();
  await clock.until(Promise.all(clouds.map((one) => one.volumes.get(shop.dataVolumeId))));
  expect(clock.now() - beganMs).toBeGreaterThan(10_000);
  expect(world.calls('volumes.get')).toBeGreaterThan(4);
});

test('a create that was lost once and then refused does not claim that nothing was made', async () => {
  const scene = openScene();
  scene.faults.loseReply('volumes.create');
  scene.faults.stale('volumes.create', 60_000);
  scene.faults.next('volumes.create', { kind: 'forbidden', after: 1 });
  const error = await scene.refused(scene.cloud.volumes.create(volumeSpec(scene), { key: 'one' }));
  expect(error).toMatchObject({ kind: 'forbidden', applied: 'unknown' });
  expect(carrying(scene, 'one')).toHaveLength(1);
});

test('a key whose instance somebody else has ended makes another one, and only one', async () => {
  const scene = openScene();
  const first = await creates['instances.create']?.(scene, 'one');
  await scene.must(scene.cloud.instances.delete(first ?? '', call()));
  const second = await creates['instances.create']?.(scene, 'one');
  expect(second).not.toBe(first);
  expect(await creates['instances.create']?.(scene, 'one')).toBe(second);
});
