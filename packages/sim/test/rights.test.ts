// What an account may not do is refused, and EC2 says so beforehand.

import { changeVerbs } from '@belay/cloud';
import { expect, test } from 'vitest';
import { actionsOf } from '../src/policy.ts';
import { call, openScene } from './scene.ts';

test('a call that needs what is denied is forbidden, changes nothing and is not tried again', async () => {
  const { cloud, shop, world, must, refused } = openScene({ traits: 'ec2' });
  world.deny(['ec2:Stop*']);
  expect(await refused(cloud.instances.stop(shop.instanceId, call()))).toMatchObject({
    kind: 'forbidden',
    code: 'UnauthorizedOperation',
    applied: 'no',
  });
  expect(world.calls('instances.stop')).toBe(1);
  expect((await must(cloud.instances.get(shop.instanceId))).state).toBe('running');
  world.deny([]);
  await must(cloud.instances.stop(shop.instanceId, call()));
});

test('EC2 says beforehand what would be refused, in the order of the questions', async () => {
  const { cloud, world, must } = openScene({ traits: 'ec2' });
  world.deny(['ec2:DetachVolume', 'route53:*']);
  const answers = await must(
    cloud.permissions.check([
      { verb: 'volumes.detach' },
      { verb: 'volumes.attach' },
      { verb: 'dns.change', recordName: 'shop.example.' },
    ]),
  );
  expect(answers.map(({ verb, allowed }) => [verb, allowed])).toEqual([
    ['volumes.detach', 'no'],
    ['volumes.attach', 'yes'],
    ['dns.change', 'no'],
  ]);
  expect(answers[0]).toMatchObject({ actions: ['ec2:DetachVolume'], why: expect.stringContaining('Detach') });
});

test('a question that cannot be put is an error, and not a yes', async () => {
  const { cloud, faults, refused } = openScene({ traits: 'ec2' });
  faults.next('permissions.check', { kind: 'unauthenticated' });
  expect((await refused(cloud.permissions.check([{ verb: 'volumes.detach' }]))).kind).toBe('unauthenticated');
});

test('OpenStack cannot be asked, and refuses all the same', async () => {
  const { cloud, shop, world, must, refused } = openScene({ traits: 'openstack' });
  world.deny(['os_compute_api:servers:*']);
  const [answer] = await must(cloud.permissions.check([{ verb: 'instances.stop' }]));
  expect(answer).toMatchObject({ allowed: 'unknown', actions: ['os_compute_api:servers:stop'] });
  expect((await refused(cloud.instances.stop(shop.instanceId, call()))).kind).toBe('forbidden');
});

test('every verb that changes something needs a right, where the cloud has the verb', () => {
  const lacking = (family: 'ec2' | 'openstack') =>
    changeVerbs.filter((verb) => actionsOf(verb, family).length === 0);
  expect(lacking('ec2')).toEqual([]);
  expect(lacking('openstack')).toEqual([
    'snapshots.copy',
    'snapshots.share',
    'reservations.create',
    'reservations.delete',
  ]);
});
