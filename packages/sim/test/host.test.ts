// The inside of a server: reachable while it runs, careful with disks, and up again after a boot as it was told.

import { describe, expect, test } from 'vitest';
import { call, openScene } from './scene.ts';

describe('a server', () => {
  test('lets one in only while its instance runs, and boots under a new id', async () => {
    const { cloud, shop, source, must, refused } = openScene();
    const before = await must(source.ready());
    await must(cloud.instances.stop(shop.instanceId, call()));
    expect(await refused(source.observe())).toMatchObject({ kind: 'unreachable', applied: 'no' });
    await must(cloud.instances.start(shop.instanceId, call()));
    expect((await refused(source.observe())).kind).toBe('unreachable');
    const after = await must(source.ready());
    expect(after.hostname).toBe('web12');
    expect(after.bootId).not.toBe(before.bootId);
  });

  test('that nobody ever made is unreachable', async () => {
    const { host, refused } = openScene();
    expect((await refused(host('i-0').ready())).kind).toBe('unreachable');
  });

  test('mounts its disks and starts its services when it boots', async () => {
    const { cloud, shop, source, world, must } = openScene();
    await must(cloud.instances.stop(shop.instanceId, call()));
    await must(cloud.instances.start(shop.instanceId, call()));
    await must(source.ready());
    expect(world.visit(shop.name)).toMatchObject({ servedBy: shop.instanceId });
  });

  test('keeps a stopped service down over a boot, until it is started', async () => {
    const { cloud, shop, source, must } = openScene();
    await must(source.services.stop(['mysql'], call()));
    await must(cloud.instances.stop(shop.instanceId, call()));
    await must(cloud.instances.start(shop.instanceId, call()));
    await must(source.ready());
    const mysql = (await must(source.services.list())).find(({ name }) => name === 'mysql');
    expect(mysql).toEqual({ name: 'mysql', state: 'inactive', masked: true });
    expect(await must(source.services.start(['mysql'], call()))).toEqual([
      { name: 'mysql', state: 'active', masked: false },
    ]);
  });

  test('that hangs answers nobody and keeps its disk until it is stopped', async () => {
    const { cloud, shop, world, source, must, refused } = openScene();
    world.hang(shop.instanceId);
    expect((await refused(source.observe())).kind).toBe('unreachable');
    const pairing = { volumeId: shop.dataVolumeId, instanceId: shop.instanceId };
    expect((await refused(cloud.volumes.detach(pairing, call()))).kind).toBe('busy');
    await must(cloud.instances.stop(shop.instanceId, call()));
    expect((await must(cloud.volumes.detach(pairing, call()))).state).toBe('available');
  });
});

describe('services', () => {
  test('that need a mount do not start without it', async () => {
    const { target, host, refused } = openScene();
    const there = host(await target());
    const error = await refused(there.services.start(['mysql'], call()));
    expect(error).toMatchObject({ kind: 'failed', message: expect.stringContaining('/data is not mounted') });
  });

  test('are all left alone where one of them is not known', async () => {
    const { source, must, refused } = openScene();
    expect((await refused(source.services.stop(['nginx', 'apache'], call()))).kind).toBe('not-found');
    const states = (await must(source.services.list())).map(({ state, masked }) => [state, masked]);
    expect(states).toEqual([
      ['active', false],
      ['active', false],
      ['active', false],
    ]);
  });

  test('are stopped one after the other, in the order given', async () => {
    const { source, world, must } = openScene();
    await must(source.services.stop(['nginx', 'php-fpm', 'mysql'], call()));
    const stops = world.events().filter(({ what }) => what === 'service.stopped');
    expect(stops.map(({ details }) => details['service'])).toEqual(['nginx', 'php-fpm', 'mysql']);
  });

  test('that never stop end the call at its deadline, which says that it is unknown what happened', async () => {
    const { source, faults, refused } = openScene();
    faults.stick('services.stop');
    const error = await refused(source.services.stop(['mysql'], { ...call(), timeoutMs: 60_000 }));
    expect(error).toMatchObject({ kind: 'timeout', applied: 'unknown' });
  });
});

describe('mounts', () => {
  test('are busy while a service has files open on them', async () => {
    const { source, must, refused } = openScene();
    const error = await refused(source.mounts.unmount('/data', call()));
    expect(error).toMatchObject({ kind: 'busy', message: expect.stringContaining('mysql') });
    expect(await must(source.mounts.list())).toHaveLength(1);
  });

  test('are busy while somebody else has files open on them', async () => {
    const { shop, source, world, must, refused } = openScene();
    await must(source.services.stop(shop.services, call()));
    const release = world.holdMount(shop.instanceId, '/data', 'backup (pid 4711)');
    expect(await refused(source.mounts.unmount('/data', call()))).toMatchObject({
      kind: 'busy',
      message: expect.stringContaining('backup'),
    });
    release();
    await must(source.mounts.unmount('/data', call()));
    await must(source.mounts.unmount('/data', call()));
    expect(await must(source.mounts.list())).toEqual([]);
  });

  test('take only the filesystem that was meant', async () => {
    const { cloud, shop, free, source, must, refused } = openScene();
    await free();
    const pairing = { volumeId: shop.dataVolumeId, instanceId: shop.instanceId };
    const { disk } = await must(cloud.volumes.attach(pairing, call()));
    const other = { disk, mountPoint: '/data', filesystemUuid: '00000000-0000-4000-8000-000000000000' };
    expect((await refused(source.mounts.mount(other, call()))).kind).toBe('wrong-disk');
    const absent = { ...other, disk: { serial: 'vol0', byId: [] } };
    expect((await refused(source.mounts.mount(absent, call()))).kind).toBe('not-found');
    expect(await must(source.mounts.list())).toEqual([]);
    const right = { ...other, filesystemUuid: shop.filesystemUuid };
    await must(source.mounts.mount(right, call()));
    expect(await must(source.mounts.mount(right, call()))).toMatchObject({ diskSerial: disk.serial });
  });
});

describe('a health check', () => {
  test('is good only where the services run on the data of that name', async () => {
    const { shop, source, must } = openScene();
    expect(await must(source.check({ name: shop.name }))).toMatchObject({ healthy: true });
    expect(await must(source.check({ name: 'other.example' }))).toMatchObject({
      healthy: false,
      detail: expect.stringContaining('404'),
    });
    await must(source.services.stop(['php-fpm'], call()));
    expect(await must(source.check({ name: shop.name }))).toMatchObject({
      healthy: false,
      detail: expect.stringContaining('php-fpm is inactive'),
    });
  });

  test('asks as often as it is told, two seconds apart', async () => {
    const { clock, shop, source, must } = openScene();
    const beganMs = clock.now();
    await must(source.check({ name: shop.name, inARow: 5 }));
    expect(clock.now() - beganMs).toBeGreaterThan(8_000);
  });
});
