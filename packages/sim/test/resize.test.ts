// A change of type is kept until somebody decides, or is written on a stopped instance: as the cloud does it.

import { describe, expect, test } from 'vitest';
import { runInstance, startInstance, stopInstance, terminateInstance } from '../src/instances.ts';
import { confirmResize, resizeInstance, revertResize } from '../src/resize.ts';
import { setStock } from '../src/stock.ts';
import { type Judge, openJudge } from './judge.ts';
import { run } from './rules/case.ts';
import { call, openScene } from './scene.ts';

/** Two machines of each type, one of them small and in use. */
async function scarce(judge: Judge): Promise<string> {
  for (const type of ['small', 'big']) setStock(judge.world, type, 'a', 2);
  return judge.done((world) => runInstance(world, run(judge), undefined));
}

const stockOf = ({ world }: Judge) => [world.state.stock['small@a'], world.state.stock['big@a']];

describe('where the old machine is kept', () => {
  test('it is kept until the new one is confirmed, and then given back', async () => {
    const judge = openJudge('openstack');
    const id = await scarce(judge);
    await judge.done((world) => resizeInstance(world, id, 'big'));
    expect(judge.world.state.instances[id]).toMatchObject({
      state: 'resized',
      instanceType: 'big',
      resizedFrom: 'small',
    });
    expect(stockOf(judge)).toEqual([1, 1]);
    await judge.done((world) => confirmResize(world, id));
    expect(judge.world.state.instances[id]?.state).toBe('running');
    expect(stockOf(judge)).toEqual([2, 1]);
  });

  test('it takes the server back, which is up again, and the new one is given back', async () => {
    const judge = openJudge('openstack');
    const id = await scarce(judge);
    await judge.done((world) => resizeInstance(world, id, 'big'));
    await judge.done((world) => revertResize(world, id));
    expect(judge.world.state.instances[id]).toMatchObject({ state: 'running', instanceType: 'small' });
    expect(judge.world.state.guests[id]?.up).toBe(true);
    expect(stockOf(judge)).toEqual([1, 2]);
  });

  test('a server that was stopped is stopped again, whichever way it goes', async () => {
    for (const decide of [confirmResize, revertResize]) {
      const judge = openJudge('openstack');
      const id = judge.server();
      await judge.done((world) => stopInstance(world, id));
      await judge.done((world) => resizeInstance(world, id, 'big'));
      await judge.done((world) => decide(world, id));
      expect(judge.world.state.instances[id]?.state).toBe('stopped');
    }
  });

  test('a host that is not found shows later, and the server is as it was', async () => {
    const judge = openJudge('openstack');
    const id = await scarce(judge);
    setStock(judge.world, 'big', 'a', 0);
    await judge.done((world) => resizeInstance(world, id, 'big'));
    expect(judge.world.state.instances[id]).toMatchObject({
      state: 'running',
      instanceType: 'small',
      fault: 'No valid host was found.',
    });
  });

  test('a server that is deleted meanwhile gives both machines back', async () => {
    const judge = openJudge('openstack');
    const id = await scarce(judge);
    await judge.done((world) => resizeInstance(world, id, 'big'));
    await judge.done((world) => terminateInstance(world, id));
    expect(stockOf(judge)).toEqual([2, 2]);
  });

  test('the port says so, confirms and takes back, and knows when there is nothing to decide', async () => {
    const { cloud, shop, must, refused, faults } = openScene({ traits: 'openstack' });
    const { instances } = cloud;
    const { instanceId: id, instanceType } = shop;
    expect(await must(instances.resize(id, 'eagle-4xl', call()))).toMatchObject({ state: 'resized' });
    expect(await refused(instances.resize(id, 'eagle-5xl', call()))).toMatchObject({ kind: 'busy' });
    faults.loseReply('instances.revertResize');
    expect(await must(instances.revertResize(id, call()))).toMatchObject({ state: 'running', instanceType });
    expect((await refused(instances.revertResize(id, call()))).kind).toBe('busy');
    await must(instances.resize(id, 'eagle-4xl', call()));
    faults.next('instances.confirmResize', { kind: 'transient' });
    expect(await must(instances.confirmResize(id, call()))).toMatchObject({ state: 'running' });
    expect(await must(instances.confirmResize(id, call()))).toMatchObject({ instanceType: 'eagle-4xl' });
  });

  test('the port knows that it took one back, also where that is over before it looks', async () => {
    const { cloud, shop, must } = openScene({
      traits: 'openstack',
      latencies: { 'instances.resize': [0, 0, 0] },
    });
    await must(cloud.instances.resize(shop.instanceId, 'eagle-4xl', call()));
    const reverted = await must(cloud.instances.revertResize(shop.instanceId, call()));
    expect(reverted).toMatchObject({ state: 'running', instanceType: shop.instanceType });
  });

  test('the port calls a resize without a host out of stock', async () => {
    const { cloud, shop, faults, must, refused } = openScene({ traits: 'openstack' });
    faults.outOfStock('eagle-4xl', shop.zone);
    const resize = cloud.instances.resize(shop.instanceId, 'eagle-4xl', call());
    expect(await refused(resize)).toMatchObject({ kind: 'out-of-stock', applied: 'no' });
    expect(await must(cloud.instances.get(shop.instanceId))).toMatchObject({
      state: 'running',
      instanceType: shop.instanceType,
    });
  });
});

describe('where the type is written on a stopped instance', () => {
  test('whether there is a machine shows at its start, and the old one is gone', async () => {
    const judge = openJudge('ec2');
    const id = await scarce(judge);
    await judge.done((world) => stopInstance(world, id));
    setStock(judge.world, 'big', 'a', 0);
    await judge.done((world) => resizeInstance(world, id, 'big'));
    const started = judge.ask((world) => startInstance(world, id));
    expect(started.isErr() ? started.error.rule : 'started').toBe('no-capacity');
    expect(stockOf(judge)).toEqual([2, 0]);
  });

  test('the port has nothing to confirm, and nothing to take back', async () => {
    const { cloud, shop, must, refused } = openScene({ traits: 'ec2' });
    await must(cloud.instances.stop(shop.instanceId, call()));
    await must(cloud.instances.resize(shop.instanceId, 'eagle-4xl', call()));
    expect(await must(cloud.instances.confirmResize(shop.instanceId, call()))).toMatchObject({
      state: 'stopped',
      instanceType: 'eagle-4xl',
    });
    expect((await refused(cloud.instances.revertResize(shop.instanceId, call()))).kind).toBe('unsupported');
  });
});
