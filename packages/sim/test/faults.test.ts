// Every lever does what it says, as often as it says, and then lets go.

import { cloudErrorKinds } from '@belay/cloud';
import { describe, expect, test } from 'vitest';
import { faultBook } from '../src/fault-book.ts';
import { call, openScene } from './scene.ts';

describe('a fault that is asked for', () => {
  test.each(cloudErrorKinds)('reaches the caller as %s', async (kind) => {
    const { cloud, shop, faults, refused, world } = openScene();
    faults.next('instances.stop', { kind, at: 'port' });
    expect((await refused(cloud.instances.stop(shop.instanceId, call()))).kind).toBe(kind);
    expect(world.state().instances[shop.instanceId]?.state).toBe('running');
  });

  test.each(['forbidden', 'unauthenticated', 'quota', 'failed', 'unsupported', 'protected'] as const)(
    'of kind %s is not tried again by the adapter',
    async (kind) => {
      const { cloud, shop, faults, refused, world } = openScene();
      faults.next('instances.stop', { kind });
      expect(await refused(cloud.instances.stop(shop.instanceId, call()))).toMatchObject({
        kind,
        applied: 'no',
      });
      expect(world.calls('instances.stop')).toBe(1);
    },
  );

  test('strikes after so many calls, so many times', () => {
    const book = faultBook();
    book.next('volumes.attach', { kind: 'failed', after: 1, times: 2 });
    const strikes = [1, 2, 3, 4].map(() => book.strike('volumes.attach', 'api', true).error?.kind);
    expect(strikes).toEqual([undefined, 'failed', 'failed', undefined]);
  });

  test('waits for its turn: rules for one operation are what its next calls will meet, one each', () => {
    const book = faultBook();
    book.loseReply('volumes.create');
    book.next('volumes.create', { kind: 'quota', times: 2 });
    book.slow('volumes.create', 3);
    const strikes = [1, 2, 3, 4, 5].map(() => {
      const { error, loseReply, slowBy } = book.strike('volumes.create', 'api', true);
      return error?.kind ?? (loseReply === true ? 'lost' : slowBy);
    });
    expect(strikes).toEqual(['lost', 'quota', 'quota', 3, 1]);
  });

  test('strikes any of several operations, and is taken back alone', () => {
    const book = faultBook();
    const on = ['volumes.attach', 'volumes.detach'] as const;
    const takeBack = book.add({ on, times: 5, does: { what: 'fails', kind: 'failed' } });
    book.next('volumes.create', { kind: 'failed' });
    expect(book.strike('volumes.detach', 'api', true).error?.kind).toBe('failed');
    takeBack();
    expect(book.strike('volumes.attach', 'api', true).error).toBeUndefined();
    expect(book.strike('volumes.create', 'api', true).error?.kind).toBe('failed');
  });

  test('meets one resource only, where it names one', async () => {
    const { cloud, shop, faults, must, refused, world } = openScene();
    const other = world.seed.volume({ name: 'x', zone: shop.zone, sizeGiB: 1, diskType: shop.diskType });
    const third = world.seed.volume({ name: 'y', zone: shop.zone, sizeGiB: 1, diskType: shop.diskType });
    faults.add({ on: 'volumes.attach', resourceId: third, does: { what: 'rolls-back' } });
    const { instanceId } = shop;
    await must(cloud.volumes.attach({ volumeId: other, instanceId }, call()));
    const attach = cloud.volumes.attach({ volumeId: third, instanceId }, call());
    expect((await refused(attach)).kind).toBe('failed');
  });

  test('carries the code that it is told to', async () => {
    const { cloud, shop, faults, refused } = openScene();
    const does = { what: 'fails', kind: 'quota', code: 'VcpuLimitExceeded' } as const;
    faults.add({ on: 'instances.stop', does });
    expect(await refused(cloud.instances.stop(shop.instanceId, call()))).toMatchObject({
      kind: 'quota',
      code: 'VcpuLimitExceeded',
    });
  });

  test('that hangs leaves its caller without an answer until it gives up, and without an effect', async () => {
    for (const at of ['api', 'port'] as const) {
      const { cloud, shop, faults, refused, clock, world } = openScene();
      faults.add({ on: 'instances.stop', at, does: { what: 'hangs' } });
      const beganMs = clock.now();
      const stop = cloud.instances.stop(shop.instanceId, { ...call(), timeoutMs: 120_000 });
      expect(await refused(stop)).toMatchObject({ kind: 'timeout', applied: 'unknown' });
      expect(clock.now() - beganMs).toBe(120_000);
      expect(world.state().instances[shop.instanceId]?.state).toBe('running');
    }
  });

  test('strikes no other operation and no other level', () => {
    const book = faultBook();
    book.next('volumes.attach', { kind: 'failed' });
    expect(book.strike('volumes.detach', 'api', true).error).toBeUndefined();
    expect(book.strike('volumes.attach', 'port', true).error).toBeUndefined();
  });

  test('is taken back', () => {
    const book = faultBook();
    book.next('volumes.attach', { kind: 'failed' });
    book.random({ seed: 1, rate: 1 });
    book.outage(true);
    book.clear();
    expect(book.strike('volumes.attach', 'api', true)).toEqual({ slowBy: 1 });
    expect(book.isOut('api')).toBe(false);
  });
});

describe('faults by chance', () => {
  test('strike about as many changes as they are told, and no reads', () => {
    const book = faultBook();
    book.random({ seed: 'x', rate: 0.25 });
    const struck = (isChange: boolean) =>
      Array.from({ length: 2_000 }, () => book.strike('volumes.attach', 'api', isChange)).filter(
        ({ error, loseReply, slowBy }) => error !== undefined || loseReply === true || slowBy !== 1,
      ).length;
    expect(struck(true)).toBeGreaterThan(430);
    expect(struck(true)).toBeLessThan(570);
    expect(struck(false)).toBe(0);
  });

  test('do not keep a shop from being stopped and started', async () => {
    const { cloud, shop, faults, must } = openScene();
    faults.random({ seed: 'weather', rate: 0.3, kinds: ['transient', 'slow'] });
    expect((await must(cloud.instances.stop(shop.instanceId, call()))).state).toBe('stopped');
    expect((await must(cloud.instances.start(shop.instanceId, call()))).state).toBe('running');
  });
});

describe('things that go wrong around a call', () => {
  test('a call that arrives once more does what it did, or is refused for what is so by now', async () => {
    const { cloud, shop, faults, free, target, must, world } = openScene();
    const instanceId = await target();
    expect(faults.replay('volumes.detach')).toBe(false);
    await free();
    await must(cloud.volumes.attach({ volumeId: shop.dataVolumeId, instanceId }, call()));
    expect(faults.replay('volumes.detach')).toBe(true);
    expect(world.state().volumes[shop.dataVolumeId]?.attachments).toMatchObject([
      { instanceId, state: 'attached' },
    ]);
  });

  test('a machine that does not answer keeps EC2 waiting and is refused by Nova, until it answers', async () => {
    for (const family of ['ec2', 'openstack'] as const) {
      const { cloud, shop, faults, must, refused, world } = openScene({ traits: family });
      const release = faults.hangHost(shop.instanceId);
      const stop = cloud.instances.stop(shop.instanceId, { ...call(), timeoutMs: 60_000 });
      expect((await refused(stop)).kind).toBe('timeout');
      const state = world.state().instances[shop.instanceId]?.state;
      expect(state).toBe(family === 'ec2' ? 'stopping' : 'running');
      release();
      expect((await must(cloud.instances.stop(shop.instanceId, call()))).state).toBe('stopped');
    }
  });

  test('an outage of the API ends when it ends', async () => {
    const { cloud, shop, clock, faults, refused } = openScene();
    faults.outage(true);
    expect(await refused(cloud.instances.get(shop.instanceId, { timeoutMs: 20_000 }))).toMatchObject({
      kind: 'timeout',
      applied: 'no',
    });
    const waiting = cloud.instances.stop(shop.instanceId, call());
    await clock.advance(5_000);
    faults.outage(false);
    expect((await clock.until(waiting)).isOk()).toBe(true);
  });

  test('with the network to the servers down nobody gets in and nobody is served', async () => {
    const { shop, source, faults, world, refused } = openScene();
    faults.outage(true, 'hosts');
    expect((await refused(source.observe())).kind).toBe('unreachable');
    expect(world.whoServes(shop.name).instanceId).toBeUndefined();
    faults.outage(false, 'hosts');
    expect(world.whoServes(shop.name).instanceId).toBe(shop.instanceId);
  });

  test('a slow stop takes so many times as long', async () => {
    const timed = async (factor: number) => {
      const { cloud, shop, clock, faults, must } = openScene({
        latencies: { 'instances.stop': [10_000, 10_000, 10_000] },
      });
      if (factor > 1) faults.slow('instances.stop', factor);
      const beganMs = clock.now();
      await must(cloud.instances.stop(shop.instanceId, call()));
      return clock.now() - beganMs;
    };
    expect(await timed(10)).toBeGreaterThan(8 * (await timed(1)));
  });

  test('a command whose answer is lost may have been carried out, and the error says so', async () => {
    const { source, faults, must, refused } = openScene();
    faults.loseReply('services.stop');
    expect(await refused(source.services.stop(['nginx'], call()))).toMatchObject({
      kind: 'unreachable',
      applied: 'unknown',
    });
    expect((await must(source.services.stop(['nginx'], call())))[0]?.state).toBe('inactive');
  });

  test('capacity that was there when it was asked for may be gone when it is used', async () => {
    const { cloud, shop, faults, must, refused } = openScene();
    expect(await must(cloud.instances.offer('eagle-4xl', 'a'))).toMatchObject({ creatable: 'yes' });
    faults.outOfStock('eagle-2xl', 'a');
    await must(cloud.instances.stop(shop.instanceId, call()));
    expect((await refused(cloud.instances.start(shop.instanceId, call()))).kind).toBe('out-of-stock');
    expect((await must(cloud.instances.get(shop.instanceId))).state).toBe('stopped');
  });

  test('a health check that is struck finds the server ill', async () => {
    const { shop, source, faults, must } = openScene();
    faults.next('host.check', { kind: 'failed', message: '502 from nginx.', after: 1 });
    expect(await must(source.check({ name: shop.name }))).toEqual({
      healthy: false,
      detail: '502 from nginx.',
    });
  });
});
