import type { CopySpec } from '@belay/cloud';
import { describe, expect, it } from 'vitest';
import { call, openScene, type Scene } from './scene.ts';

const uuid = '0b7c7f3e-1c2d-4e5f-8a9b-0c1d2e3f4a5b';

/** A second server with an empty disk of its own at `/data`. */
async function withBlankTarget(scene: Scene): Promise<{ target: string; volumeId: string }> {
  const { shop, cloud, must } = scene;
  const target = await scene.target();
  const spec = { name: 'new-data', zone: shop.zone, sizeGiB: 1000, diskType: shop.diskType };
  const { id: volumeId } = await must(cloud.volumes.create(spec, call()));
  const { disk } = await must(cloud.volumes.attach({ volumeId, instanceId: target }, call()));
  const host = scene.host(target);
  await must(host.services.stop(shop.services, call()));
  await must(host.disks.format({ disk, filesystemType: 'ext4', filesystemUuid: uuid }, call()));
  await must(host.mounts.mount({ disk, mountPoint: '/data', filesystemUuid: uuid }, call()));
  return { target, volumeId };
}

function pass(scene: Scene, target: string, kind: CopySpec['pass']): CopySpec {
  return {
    pass: kind,
    from: { path: '/data', filesystemUuid: scene.shop.filesystemUuid },
    to: { host: { ...scene.at, id: target }, path: '/data', filesystemUuid: uuid },
  };
}

const patient = (): { key: string; timeoutMs: number } => ({ ...call(), timeoutMs: 8 * 3_600_000 });

describe('a copy between two servers', () => {
  it('takes hours at first, minutes while the source serves, and less once it is quiet; nothing is lost', async () => {
    const scene = openScene();
    const { source, must, shop, world } = scene;
    const { target, volumeId } = await withBlankTarget(scene);

    const first = await must(source.copy(pass(scene, target, 'warm'), patient()));
    expect(first.changedFiles).toBe(first.entries);
    expect(first.tookMs).toBeGreaterThan(3_600_000);
    const second = await must(source.copy(pass(scene, target, 'warm'), patient()));
    expect(second.changedBytes).toBeLessThan(first.changedBytes / 10);
    expect(world.visit(shop.name)).toMatchObject({ servedBy: shop.instanceId, order: 4 });

    await must(source.services.stop(shop.services, call()));
    const last = await must(source.copy(pass(scene, target, 'final'), patient()));
    expect(last.changedFiles).toBeGreaterThanOrEqual(1);
    expect(world.readFile(volumeId, 'db/orders')).toBe(world.readFile(shop.dataVolumeId, 'db/orders'));
    const nothingLeft = await must(source.copy(pass(scene, target, 'final'), patient()));
    expect(nothingLeft.changedBytes).toBeLessThanOrEqual(last.changedBytes);
  });

  it('does not bring what is written after a pass began', async () => {
    const scene = openScene();
    const { clock, source, shop, world } = scene;
    const { target, volumeId } = await withBlankTarget(scene);
    const copying = source.copy(pass(scene, target, 'warm'), patient());
    await clock.advance(60_000);
    world.visit(shop.name);
    expect((await clock.until(copying)).isOk()).toBe(true);
    expect(world.readFile(volumeId, 'db/orders')).not.toContain('order 4');
    expect(world.readFile(shop.dataVolumeId, 'db/orders')).toContain('order 4');
  });

  it('says in a rehearsal what is to do, and writes nothing', async () => {
    const scene = openScene();
    const { target, volumeId } = await withBlankTarget(scene);
    const report = await scene.must(scene.source.copy(pass(scene, target, 'rehearsal'), patient()));
    expect(report.scanMs).toBe(report.tookMs);
    expect(report.changedFiles).toBeGreaterThan(2_000_000);
    expect(scene.world.readFile(volumeId, 'db/orders')).toBeUndefined();
  });

  it('refuses a folder that lies on another filesystem than was meant, and an empty mount point above all', async () => {
    const scene = openScene();
    const { source, shop, must, refused } = scene;
    const { target } = await withBlankTarget(scene);
    const wrong = { ...pass(scene, target, 'warm'), from: { path: '/data', filesystemUuid: uuid } };
    expect(await refused(source.copy(wrong, call()))).toMatchObject({ kind: 'wrong-disk', applied: 'no' });
    await must(source.services.stop(shop.services, call()));
    await must(source.mounts.unmount('/data', call()));
    expect((await refused(source.copy(pass(scene, target, 'final'), call()))).kind).toBe('not-found');
  });

  it('ends where a server has booted meanwhile, and goes on where the line was only down', async () => {
    const scene = openScene();
    const { clock, source, faults, cloud, must, refused } = scene;
    const { target } = await withBlankTarget(scene);
    const copying = source.copy(pass(scene, target, 'warm'), patient());
    await clock.advance(60_000);
    faults.outage(true, 'hosts');
    await clock.advance(90_000);
    faults.outage(false, 'hosts');
    expect((await must(copying)).resumed).toBe(1);

    const again = source.copy(pass(scene, target, 'warm'), patient());
    await clock.advance(2_000);
    await must(cloud.instances.stop(target, call()));
    await must(cloud.instances.start(target, call()));
    const error = await refused(again);
    expect(['rebooted', 'unreachable']).toContain(error.kind);
    expect(error.applied).toBe('unknown');
  });

  it('notes what vanishes in a warm pass and fails on it in the final one', async () => {
    const scene = openScene();
    const { clock, source, must, refused, world, shop } = scene;
    const { target, volumeId } = await withBlankTarget(scene);
    const vanishing = async (kind: CopySpec['pass']) => {
      world.writeFile(shop.dataVolumeId, 'cache/one', 'x');
      const copying = source.copy(pass(scene, target, kind), patient());
      await clock.advance(60_000);
      expect(world.removeFile(shop.dataVolumeId, 'cache/one')).toBe(true);
      return copying;
    };
    const warm = await must(source.copy(pass(scene, target, 'warm'), patient()));
    expect(warm).toMatchObject({ vanished: [], vanishedFiles: 0 });
    const noted = vanishing('warm');
    expect(await clock.until(noted.then((one) => one._unsafeUnwrap()))).toMatchObject({ vanishedFiles: 1 });
    expect(world.readFile(volumeId, 'cache/one')).toBeUndefined();
    const final = await clock.until(vanishing('final'));
    expect(final._unsafeUnwrapErr()).toMatchObject({ kind: 'incomplete', applied: 'yes' });
    expect(
      await refused(source.copy({ ...pass(scene, target, 'warm'), exclude: ['/'] }, call())),
    ).toMatchObject({
      kind: 'invalid',
    });
  });
});

describe('a server from inside', () => {
  it('takes no writes while it is frozen, and thaws by itself when nobody does', async () => {
    const { source, world, shop, must, clock } = openScene();
    await must(source.mounts.freeze({ mountPoint: '/data', forAtMostMs: 30_000 }, call()));
    expect(world.visit(shop.name).servedBy).toBeUndefined();
    expect(await must(source.mounts.thaw('/data', call()))).toMatchObject({ held: true });
    expect(world.visit(shop.name).servedBy).toBe(shop.instanceId);
    await must(source.mounts.freeze({ mountPoint: '/data', forAtMostMs: 30_000 }, call()));
    await clock.advance(31_000);
    expect(world.visit(shop.name).servedBy).toBe(shop.instanceId);
    expect(await must(source.mounts.thaw('/data', call()))).toMatchObject({ held: false });
  });

  it('shows in one round what a plan wants to know', async () => {
    const { source, must, shop, at } = openScene();
    const facts = await must(source.probe({ sampleMs: 1_000, bandwidthTo: { ...at, id: 'i-nobody' } }));
    expect(facts.services).toMatchObject({ known: true });
    const services = facts.services.known ? facts.services.value : [];
    expect(services.find(({ name }) => name === 'mysql')?.stopTimeoutMs).toBe(20_000);
    expect(facts.databases.known && facts.databases.value[0]).toMatchObject({
      kind: 'mysql',
      version: '8.0.44',
      service: 'mysql',
    });
    expect(facts.bootEntries.known && facts.bootEntries.value).toMatchObject([
      { mountPoint: '/data', by: 'uuid', names: shop.filesystemUuid },
    ]);
    expect(facts.bandwidth?.known).toBe(false);
  });

  it('never formats a disk that carries something, and grows a filesystem with its disk', async () => {
    const { source, must, refused, shop, cloud } = openScene();
    const [disk] = (await must(cloud.volumes.get(shop.dataVolumeId))).attachments;
    const spec = {
      disk: disk?.disk ?? { serial: '', byId: [] },
      filesystemType: 'ext4',
      filesystemUuid: uuid,
    } as const;
    expect((await refused(source.disks.format(spec, call()))).kind).toBe('wrong-disk');
    await must(cloud.volumes.modify(shop.dataVolumeId, { sizeGiB: 1200 }, call()));
    const [before] = await must(source.mounts.list());
    const after = await must(source.mounts.grow('/data', call()));
    expect([before?.sizeBytes, after.sizeBytes]).toEqual([1000 * 2 ** 30, 1200 * 2 ** 30]);
  });

  it('restarts what runs and leaves down what is down; its own address stays', async () => {
    const { source, must, refused, shop } = openScene();
    await must(source.services.stop(['nginx'], call()));
    const states = await must(source.services.restart(shop.services, call()));
    expect(states.map(({ name, state }) => [name, state])).toEqual([
      ['mysql', 'active'],
      ['php-fpm', 'active'],
      ['nginx', 'inactive'],
    ]);
    const own = (await must(source.addresses.list()))[0]?.address ?? '';
    const extra = { address: '2001:db8::7', prefixLength: 64, device: 'eth0' };
    await must(source.addresses.set(extra, call()));
    expect(await must(source.addresses.list())).toContainEqual(extra);
    await must(source.addresses.remove(extra.address, call()));
    expect(await must(source.addresses.list())).toHaveLength(1);
    expect((await refused(source.addresses.remove(own, call()))).kind).toBe('busy');
  });

  it('copies a database as one moment of it', async () => {
    const { source, must, refused, world, shop, clock } = openScene();
    const copying = source.databases.copy(
      { kind: 'sqlite', file: '/data/db/orders', to: '/data/backup/orders' },
      call(),
    );
    await clock.advance(1_000);
    world.visit(shop.name);
    const copy = await must(copying);
    expect(copy.check).toBe('integrity_check: ok');
    expect(world.readFile(shop.dataVolumeId, 'backup/orders')).toBe('order 1\norder 2\norder 3\n');
    await must(source.services.stop(['mysql'], call()));
    const dump = { kind: 'mysql', database: 'shop', to: '/data/backup/shop.sql' } as const;
    expect((await refused(source.databases.copy(dump, call()))).kind).toBe('failed');
  });
});
