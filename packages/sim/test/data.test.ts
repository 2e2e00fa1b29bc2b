// What is written stays written: data goes where its disk goes, and a customer's order is never lost on the way.

import { expect, test } from 'vitest';
import { call, openScene } from './scene.ts';

test('the data of a shop go with its volume to another server, with every order that was accepted', async () => {
  const { cloud, shop, world, must, target, host, free } = openScene();
  expect(world.visit(shop.name)).toEqual({ servedBy: shop.instanceId, order: 4 });
  const targetId = await target();
  await free();
  expect(world.visit(shop.name)).toMatchObject({ servedBy: undefined });
  const pairing = { volumeId: shop.dataVolumeId, instanceId: targetId };
  const { disk } = await must(cloud.volumes.attach(pairing, call()));
  const { mountPoint, filesystemUuid } = shop;
  await must(host(targetId).mounts.mount({ disk, mountPoint, filesystemUuid }, call()));
  await must(host(targetId).services.start([...shop.services].reverse(), call()));
  const way = { from: shop.instanceId, to: targetId };
  await must(cloud.floatingIps.move(shop.floatingIpId, way, call()));

  expect(world.visit(shop.name)).toEqual({ servedBy: targetId, order: 5 });
  await must(cloud.instances.delete(shop.instanceId, call()));
  expect(world.readFile(shop.dataVolumeId, 'db/orders')).toMatch(/order 4\norder 5\n$/);
  expect((await must(host(targetId).observe())).mounts).toMatchObject([
    { mountPoint: '/data', filesystemUuid, bootEntry: 'uuid' },
  ]);
});

test('a volume made of a snapshot carries what was written before it was taken, and nothing later', async () => {
  const { cloud, shop, world, must } = openScene();
  const spec = { name: 'nightly', volumeId: shop.dataVolumeId };
  const snapshot = await must(cloud.snapshots.create(spec, call()));
  expect(snapshot).toMatchObject({ state: 'creating', volumeId: shop.dataVolumeId });
  expect(snapshot.readyAt).toBeUndefined();
  world.visit(shop.name);
  const ready = await must(cloud.snapshots.untilReady(snapshot.id));
  expect(ready.state).toBe('ready');
  expect(Date.parse(ready.readyAt ?? '')).toBeGreaterThan(Date.parse(ready.takenAt));
  const { zone, diskType, dataSizeGiB } = shop;
  const copy = await must(
    cloud.volumes.create(
      { name: 'copy', zone, diskType, sizeGiB: dataSizeGiB, snapshotId: snapshot.id },
      call(),
    ),
  );
  expect(world.readFile(copy.id, 'db/orders')).toMatch(/order 3\n$/);
  expect(world.readFile(shop.dataVolumeId, 'db/orders')).toMatch(/order 4\n$/);
});

test('a disk grows in use and keeps its data; it does not shrink', async () => {
  const { cloud, shop, world, must, refused } = openScene();
  const grown = await must(cloud.volumes.modify(shop.dataVolumeId, { sizeGiB: 1200 }, call()));
  expect(grown).toMatchObject({ sizeGiB: 1200, state: 'in-use' });
  expect(world.visit(shop.name)).toMatchObject({ order: 4 });
  const smaller = cloud.volumes.modify(shop.dataVolumeId, { sizeGiB: 1000 }, call());
  expect((await refused(smaller)).kind).toBe('invalid');
});

test('who serves is told at each change, with the time of the change', async () => {
  const { shop, world, clock, must, source } = openScene();
  const beganMs = clock.now();
  const told: (readonly [string | undefined, boolean])[] = [];
  const end = world.onServing(shop.name, ({ instanceId }, atMs) => told.push([instanceId, atMs > beganMs]));
  await must(source.services.stop(shop.services, call()));
  await must(source.services.start([...shop.services].reverse(), call()));
  end();
  await must(source.services.stop(['nginx'], call()));
  expect(told).toEqual([
    [shop.instanceId, false],
    [undefined, true],
    [shop.instanceId, true],
  ]);
});
