// The names under which disks are attached, where somebody has to choose them.

import { expect, test } from 'vitest';
import { call, openScene, type Scene } from './scene.ts';

/** The data disk of the shop, free, and a server that it can go to. */
async function ready(scene: Scene): Promise<{ readonly volumeId: string; readonly instanceId: string }> {
  const instanceId = await scene.target();
  await scene.free();
  return { volumeId: scene.shop.dataVolumeId, instanceId };
}

const deviceOf = ({ world }: Scene, volumeId: string) =>
  world.state().volumes[volumeId]?.attachments[0]?.device;

test('a name that the image keeps for itself is left to it, and the next one is taken', async () => {
  const scene = openScene({ traits: 'ec2' });
  const pairing = await ready(scene);
  scene.world.spoilDevice(pairing.instanceId, '/dev/xvdf', 'taken');
  await scene.must(scene.cloud.volumes.attach(pairing, call()));
  expect(deviceOf(scene, pairing.volumeId)).toBe('/dev/sdg');
  expect(scene.world.calls('volumes.attach')).toBe(2);
});

test('a name under which an attach never ends is given up with the attach, and the disk is free again', async () => {
  const scene = openScene({ traits: 'ec2' });
  const { cloud, must, refused, world } = scene;
  const pairing = await ready(scene);
  world.spoilDevice(pairing.instanceId, '/dev/sdf', 'sticks');
  const stuck = cloud.volumes.attach(pairing, { ...call(), timeoutMs: 60_000 });
  expect(await refused(stuck)).toMatchObject({ kind: 'timeout', lastState: 'attaching' });
  expect(await must(cloud.volumes.detach(pairing, call()))).toMatchObject({ state: 'available' });
});

test('two disks that are attached side by side get two names', async () => {
  const scene = openScene({ traits: 'ec2' });
  const { cloud, shop, world, clock } = scene;
  const one = await ready(scene);
  const other = world.seed.volume({ name: 'logs', zone: shop.zone, sizeGiB: 1, diskType: shop.diskType });
  const both = [one, { ...one, volumeId: other }].map((pairing) => cloud.volumes.attach(pairing, call()));
  for (const answer of await clock.until(Promise.all(both))) expect(answer.isOk()).toBe(true);
  expect(new Set([deviceOf(scene, one.volumeId), deviceOf(scene, other)]).size).toBe(2);
});
