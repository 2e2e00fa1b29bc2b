// Two clouds and what lies between them: a name may lead from the one to the other.

import { cloudRegistry } from '@belay/cloud';
import { expect, test } from 'vitest';
import { createSim, internet, shopScenario, virtualClock } from '../src/index.ts';
import { call } from './scene.ts';

function twoClouds() {
  const clock = virtualClock();
  const net = internet();
  const here = createSim({ clock, internet: net, region: 'here' });
  const there = createSim({ clock, internet: net, region: 'there', traits: 'openstack' });
  return { clock, net, here, there };
}

test('a name moves from a server in one cloud to a server in another', async () => {
  const { clock, net, here, there } = twoClouds();
  const shop = shopScenario(here);
  const { seed } = there.world;
  seed.instanceType('big', {});
  const imageId = seed.image({
    name: 'web',
    guest: { os: 'debian 12', kernel: '6.1', services: [{ name: 'nginx', startAtBoot: true }] },
  });
  const volumeId = seed.volume({
    name: 'data',
    zone: 'a',
    sizeGiB: 10,
    diskType: 'ssd',
    filesystem: { uuid: 'u', type: 'ext4', files: { [`sites/${shop.name}/index.php`]: 'hello' } },
  });
  const instanceId = seed.server({
    name: 'web12',
    zone: 'a',
    instanceType: 'big',
    imageId,
    volumes: [{ volumeId, mountPoint: '/data' }],
  });
  seed.floatingIp({ boundTo: instanceId });
  const address = Object.values(there.world.state().floatingIps)[0]?.address ?? '';
  const told: (string | undefined)[] = [];
  here.world.onServing(shop.name, ({ server }) => told.push(server?.region));

  const from = { name: shop.recordName, type: 'A', values: [shop.address], ttlSeconds: 300 } as const;
  const change = here.cloud.dns.change({ from, to: { ...from, values: [address] } }, call());
  expect((await clock.until(change)).isOk()).toBe(true);
  expect(told).toEqual(['here', 'there']);
  expect(here.world.visit(shop.name)).toEqual({ servedBy: instanceId, order: 1 });
  expect(there.world.readFile(volumeId, 'db/orders')).toBe('order 1\n');
  there.world.hang(instanceId);
  expect(told).toEqual(['here', 'there', undefined]);
  expect(net.places).toEqual(['sim/test/here', 'sim/test/there']);
  expect(cloudRegistry([here.cloud, there.cloud]).places()).toHaveLength(2);
});

test('clouds that share no internet know nothing of each other', () => {
  const here = createSim({ region: 'here' });
  const there = createSim({ region: 'there' });
  const shop = shopScenario(here);
  expect(here.world.whoServes(shop.name).instanceId).toBe(shop.instanceId);
  expect(there.world.whoServes(shop.address).instanceId).toBeUndefined();
});

test('two clouds for one place are refused', () => {
  const net = internet();
  const first = createSim({ internet: net });
  expect(() => createSim({ internet: net })).toThrow('two clouds');
  first.close();
  expect(() => createSim({ internet: net })).not.toThrow();
});
