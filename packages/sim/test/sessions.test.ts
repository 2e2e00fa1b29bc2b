// A session with the provider ends, and nobody above the adapter has to know.

import { expect, test } from 'vitest';
import { call, openScene } from './scene.ts';

test('one session serves all calls, and one renewal all that met its end at once', async () => {
  const { cloud, shop, clock, faults, world } = openScene({ traits: 'openstack' });
  const read = () => cloud.volumes.get(shop.dataVolumeId);
  expect((await clock.until(read())).isOk()).toBe(true);
  expect(world.sessions()).toBe(1);
  faults.endSessions();
  const answers = await clock.until(Promise.all(Array.from({ length: 20 }, read)));
  expect(answers.every((answer) => answer.isOk())).toBe(true);
  expect(world.sessions()).toBe(2);
});

test('a session that ends in the middle of a wait is renewed in the middle of it', async () => {
  const { cloud, shop, clock, faults, must } = openScene({ traits: 'openstack' });
  const stopping = cloud.instances.stop(shop.instanceId, call());
  await clock.advance(3_000);
  faults.endSessions();
  expect((await must(stopping)).state).toBe('stopped');
});

test('a session ends by itself after its time', async () => {
  const { cloud, shop, clock, must, world } = openScene({ traits: 'openstack' });
  await must(cloud.volumes.get(shop.dataVolumeId));
  await clock.advance(3_600_000);
  await must(cloud.volumes.get(shop.dataVolumeId));
  expect(world.sessions()).toBe(2);
});

test('credentials that are refused make every call unauthenticated, without any effect', async () => {
  const { cloud, shop, must, refused, faults, world } = openScene({ traits: 'openstack' });
  const admit = faults.refuseSessions();
  expect(await refused(cloud.instances.stop(shop.instanceId, call()))).toMatchObject({
    kind: 'unauthenticated',
    applied: 'no',
  });
  expect(world.state().instances[shop.instanceId]?.state).toBe('running');
  admit();
  await must(cloud.instances.stop(shop.instanceId, call()));
});

test('EC2 has no sessions: each request is signed for itself', async () => {
  const { cloud, shop, must, faults, world } = openScene({ traits: 'ec2' });
  faults.endSessions();
  await must(cloud.volumes.get(shop.dataVolumeId));
  expect(world.sessions()).toBe(0);
});
