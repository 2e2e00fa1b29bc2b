// A volume grows and changes its type: what is recorded of it, how often it may, and what the port makes of that.

import { expect, test } from 'vitest';
import { attachVolume } from '../src/attachments.ts';
import { modificationsToday, modifyVolume } from '../src/modify.ts';
import { openJudge } from './judge.ts';
import { disk } from './rules/case.ts';
import { call, openScene } from './scene.ts';

test('a modification is recorded from what to what, and is over only after it was optimized', async () => {
  const judge = openJudge('ec2', { 'volumes.optimize': [3_600_000, 3_600_000, 3_600_000] });
  const id = judge.volume();
  const change = () => judge.world.state.volumes[id]?.modification;
  judge.ask((world) => modifyVolume(world, id, { sizeGiB: 11, diskType: 'hdd' }))._unsafeUnwrap();
  expect(change()).toMatchObject({ state: 'modifying', fromSizeGiB: 10, fromDiskType: 'ssd' });
  expect(judge.world.state.volumes[id]).toMatchObject({ sizeGiB: 10, diskType: 'ssd' });
  await judge.clock.advance(10_000);
  judge.world.change(() => undefined);
  expect(judge.world.state.volumes[id]).toMatchObject({ sizeGiB: 11, diskType: 'hdd', state: 'available' });
  expect(change()).toMatchObject({ state: 'optimizing' });
  // Usable meanwhile, and not to be changed again.
  const pairing = { volumeId: id, instanceId: judge.server() };
  judge.ask((world) => attachVolume(world, pairing))._unsafeUnwrap();
  const again = judge.ask((world) => modifyVolume(world, id, { sizeGiB: 12 }));
  expect(again.isErr() ? again.error.rule : 'changed').toBe('modification-under-way');
  await judge.clock.advance(3_600_000);
  judge.world.change(() => undefined);
  expect(change()).toMatchObject({ state: 'completed', endedAtMs: judge.world.nowMs });
});

test('the day after, a volume may be modified again', async () => {
  const judge = openJudge('ec2');
  const id = judge.volume();
  for (const sizeGiB of [11, 12, 13, 14]) await judge.done((world) => modifyVolume(world, id, { sizeGiB }));
  await judge.clock.advance(86_400_000);
  await judge.done((world) => modifyVolume(world, id, { sizeGiB: 15 }));
  expect(judge.world.state.volumes[id]?.sizeGiB).toBe(15);
});

test('a request for what is so already takes one of the four at the API, and none through the port', async () => {
  const judge = openJudge('ec2');
  const id = judge.volume();
  await judge.done((world) => modifyVolume(world, id, { sizeGiB: disk().sizeGiB }));
  expect(modificationsToday(judge.world, judge.world.state.volumes[id]!)).toBe(1);

  const { cloud, shop, must, world } = openScene({ traits: 'ec2' });
  const sizeGiB = shop.dataSizeGiB;
  expect(await must(cloud.volumes.modify(shop.dataVolumeId, { sizeGiB }, call()))).toMatchObject({ sizeGiB });
  expect(world.calls('volumes.modify')).toBe(0);
});

test('the port says at once that the last change is still going on in the background', async () => {
  const { cloud, shop, must, refused, clock } = openScene({ traits: 'ec2' });
  await must(cloud.volumes.modify(shop.dataVolumeId, { sizeGiB: 1100 }, call()));
  const beganMs = clock.now();
  const more = cloud.volumes.modify(shop.dataVolumeId, { sizeGiB: 1200 }, call());
  expect(await refused(more)).toMatchObject({ kind: 'busy', applied: 'no', lastState: 'optimizing' });
  expect(clock.now() - beganMs).toBeLessThan(5_000);
});

test('a change that comes to nothing has failed, and the volume has its old size', async () => {
  for (const family of ['ec2', 'openstack'] as const) {
    const scene = openScene({ traits: family });
    const { cloud, shop, must, refused, faults } = scene;
    const spec = { name: 'new', zone: shop.zone, sizeGiB: 10, diskType: shop.diskType };
    const { id } = await must(cloud.volumes.create(spec, call()));
    faults.rollBack('volumes.modify');
    expect((await refused(cloud.volumes.modify(id, { sizeGiB: 20 }, call()))).kind).toBe('failed');
    expect(await must(cloud.volumes.get(id))).toMatchObject({
      sizeGiB: 10,
      providerState: family === 'ec2' ? 'available' : 'error_extending',
    });
  }
});

test('Cinder has words for what is going on, and is done when it is done', async () => {
  const { cloud, shop, clock, must } = openScene({
    traits: 'openstack',
    latencies: { 'volumes.modify': [10_000, 10_000, 10_000] },
  });
  const growing = cloud.volumes.modify(shop.dataVolumeId, { sizeGiB: 1100 }, call());
  await clock.advance(5_000);
  const seen = clock.until(cloud.volumes.get(shop.dataVolumeId));
  expect((await seen)._unsafeUnwrap().providerState).toBe('extending');
  await must(growing);
  expect(await must(cloud.volumes.modify(shop.dataVolumeId, { sizeGiB: 1200 }, call()))).toMatchObject({
    sizeGiB: 1200,
    providerState: 'in-use',
  });
});
