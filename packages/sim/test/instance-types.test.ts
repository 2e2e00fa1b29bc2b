// The life of an instance type ends zone by zone, and on a known day.

import { expect, test } from 'vitest';
import { call, openScene } from './scene.ts';

test('a type that is retired in one zone is offered in the others, and its servers start no more there', async () => {
  const { cloud, shop, world, must, refused } = openScene();
  world.retire(shop.instanceType, undefined, shop.zone);
  expect(await must(cloud.instances.offer(shop.instanceType, shop.zone))).toMatchObject({
    lifecycle: 'retired',
    creatable: 'no',
  });
  expect(await must(cloud.instances.offer(shop.instanceType, 'b'))).toMatchObject({
    lifecycle: 'current',
    creatable: 'yes',
  });
  await must(cloud.instances.stop(shop.instanceId, call()));
  expect((await refused(cloud.instances.start(shop.instanceId, call()))).kind).toBe('out-of-stock');
});

test('a type whose end is known is current until then, and retired from then on', async () => {
  const { cloud, clock, world, must } = openScene();
  const endsAt = new Date(clock.now() + 3_600_000).toISOString();
  world.seed.instanceType('old', { endsAt });
  expect(await must(cloud.instances.offer('old', 'a'))).toMatchObject({
    lifecycle: 'current',
    endsAt,
    creatable: 'yes',
  });
  await clock.advance(3_600_000);
  expect(await must(cloud.instances.offer('old', 'a'))).toMatchObject({
    lifecycle: 'retired',
    creatable: 'no',
  });
});
