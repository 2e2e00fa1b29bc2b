// A process that sleeps in the middle of a call, and is replaced meanwhile: the simulated cloud's own adapter and its
// way into servers send nothing more for it, as those of real clouds do.

import { expect, test } from 'vitest';
import { call, openScene } from './scene.ts';

const replaced = async (): Promise<boolean> => false;

test('a process that was replaced changes nothing in the cloud, and sees what there is', async () => {
  const { cloud, shop, must, refused } = openScene();
  const stop = cloud.instances.stop(shop.instanceId, { ...call(), stillOurs: replaced });
  expect(await refused(stop)).toMatchObject({ kind: 'cancelled', applied: 'no' });
  expect((await must(cloud.instances.get(shop.instanceId))).state).toBe('running');
});

test('a process that was replaced changes nothing on a server, and sees what there is', async () => {
  const { source, must, refused } = openScene();
  const stop = source.services.stop(['mysql'], { ...call(), stillOurs: replaced });
  expect(await refused(stop)).toMatchObject({ kind: 'cancelled', applied: 'no' });
  const mysql = (await must(source.services.list())).find(({ name }) => name === 'mysql');
  expect(mysql?.state).toBe('active');
});

test('a call whose journal does not answer ends with its time, and has changed nothing', async () => {
  const { cloud, shop, source, refused } = openScene();
  const waiting = { stillOurs: () => new Promise<boolean>(() => undefined), timeoutMs: 60_000 };
  const stop = cloud.instances.stop(shop.instanceId, { ...call(), ...waiting });
  expect(await refused(stop)).toMatchObject({ kind: 'timeout', applied: 'no' });
  const quiet = source.services.stop(['mysql'], { ...call(), ...waiting });
  expect(await refused(quiet)).toMatchObject({ kind: 'timeout', applied: 'no' });
});

test('a process that is replaced while it waits out a throttled account does not try again', async () => {
  const { cloud, faults, shop, refused } = openScene();
  const words = [true, false];
  faults.add({ on: 'instances.stop', does: { what: 'fails', kind: 'throttled' } });
  const stop = cloud.instances.stop(shop.instanceId, { ...call(), stillOurs: () => words.shift() ?? true });
  expect(await refused(stop)).toMatchObject({ kind: 'cancelled', applied: 'no' });
  expect(words).toEqual([]);
});
