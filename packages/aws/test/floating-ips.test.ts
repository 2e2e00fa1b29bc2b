import { describe, expect, it } from 'vitest';
import { must, mustFail, type Opened, openEc2, zones } from './open-ec2.ts';

async function instance({ cloud, imageId }: Opened, key: string): Promise<string> {
  const spec = { name: key, zone: zones[0], instanceType: 't3.micro', imageId };
  return (await must(cloud.instances.create(spec, { key }))).id;
}

async function address({ cloud }: Opened, key: string): Promise<string> {
  return (await must(cloud.floatingIps.create({}, { key }))).id;
}

describe('a new address', () => {
  it('whose answer is lost is found by its key, and no second one is taken', async () => {
    const opened = await openEc2();
    opened.loseNext('allocateAddress');
    const first = await address(opened, 'address');
    expect((await must(opened.open().floatingIps.create({}, { key: 'address' }))).id).toBe(first);
    expect(opened.sent('allocateAddress')).toBe(1);
  });

  for (const kind of ['cancelled', 'timeout'] as const) {
    it(`that EC2 has named is known to be there when the wait for it ends as ${kind}`, async () => {
      const { cloud, until, sent, hangNext } = await openEc2();
      const stop = new AbortController();
      const options = { key: 'address', timeoutMs: 60_000, signal: stop.signal };
      const create = cloud.floatingIps.create({}, options);
      await until(() => sent('allocateAddress') === 1);
      const looks = sent('describeAddresses');
      for (let i = 0; i < 9; i++) hangNext('describeAddresses');
      // The next look comes after EC2 has answered.
      await until(() => sent('describeAddresses') > looks);
      if (kind === 'cancelled') stop.abort();
      const error = await mustFail(create);
      expect(error).toMatchObject({ kind, applied: 'yes' });
      expect(error.resourceId).toMatch(/^eipalloc-/);
    });
  }

  it('whose answer is lost is in doubt until it has been looked for', async () => {
    const { cloud, until, sent, loseNext, hangNext, pause } = await openEc2();
    const stop = new AbortController();
    loseNext('allocateAddress');
    const create = cloud.floatingIps.create({}, { key: 'address', signal: stop.signal });
    await until(() => sent('allocateAddress') === 1);
    hangNext('describeAddresses');
    await pause(1_500);
    stop.abort();
    expect(await mustFail(create)).toMatchObject({ kind: 'cancelled', applied: 'unknown' });
  });

  it('is one for calls that run side by side under one key', async () => {
    const { cloud, sent } = await openEc2();
    const [a, b] = await Promise.all([1, 2].map(() => cloud.floatingIps.create({}, { key: 'address' })));
    expect(a?._unsafeUnwrap().id).toBe(b?._unsafeUnwrap().id);
    expect(sent('allocateAddress')).toBe(1);
  });

  it('that waits for its turn under a key is cancelled with nothing sent', async () => {
    const { cloud, sent, hangNext, until } = await openEc2();
    const stop = new AbortController();
    hangNext('describeAddresses');
    const first = cloud.floatingIps.create({}, { key: 'address', timeoutMs: 20_000 });
    await until(() => sent('describeAddresses') === 1);
    const second = cloud.floatingIps.create({}, { key: 'address', signal: stop.signal });
    stop.abort();
    expect(await mustFail(second)).toMatchObject({ kind: 'cancelled', applied: 'no' });
    expect(sent('allocateAddress')).toBe(0);
    expect((await mustFail(first)).kind).toBe('timeout');
  });
});

describe('an instance that takes no address yet', () => {
  it('is waited for, and the address is bound as soon as it runs', async () => {
    const opened = await openEc2();
    const { cloud, faults, requests } = opened;
    const [id, to] = [await address(opened, 'address'), await instance(opened, 'server')];
    await must(cloud.instances.stop(to, { key: 'stop' }));
    faults.slow('instances.start', 20);
    const start = cloud.instances.start(to, { key: 'start' });
    await opened.until(() => opened.world.state().instances[to]?.state === 'pending');
    const moved = await must(cloud.floatingIps.move(id, { from: undefined, to }, { key: 'move' }));
    expect(moved.instanceId).toBe(to);
    expect(requests('associateAddress')).toHaveLength(2);
    await must(start);
  });

  it('and never will is not found, and the address stays where it is', async () => {
    const opened = await openEc2();
    const { cloud } = opened;
    const [id, to] = [await address(opened, 'address'), await instance(opened, 'server')];
    await must(cloud.instances.delete(to, { key: 'delete' }));
    const error = await mustFail(cloud.floatingIps.move(id, { from: undefined, to }, { key: 'move' }));
    expect(error).toMatchObject({ kind: 'not-found', applied: 'no', resourceId: to });
  });
});

describe('a move', () => {
  it('asks EC2 to take a bound address only where the move was planned from there', async () => {
    const opened = await openEc2();
    const { cloud, requests, sent } = opened;
    const [a, b] = [await instance(opened, 'a'), await instance(opened, 'b')];
    const id = await address(opened, 'address');
    await must(cloud.floatingIps.move(id, { from: undefined, to: a }, { key: '1' }));
    const moved = await must(cloud.floatingIps.move(id, { from: a, to: b }, { key: '2' }));
    expect(moved.instanceId).toBe(b);
    const flags = requests('associateAddress').map((one) => Reflect.get(one, 'AllowReassociation'));
    expect(flags).toEqual([false, true]);
    expect(sent('disassociateAddress')).toBe(0);
  });

  it('is refused where the target would lose an address that it has', async () => {
    const opened = await openEc2();
    const { cloud, sent } = opened;
    const a = await instance(opened, 'a');
    const [first, second] = [await address(opened, 'first'), await address(opened, 'second')];
    await must(cloud.floatingIps.move(first, { from: undefined, to: a }, { key: '1' }));
    const move = cloud.floatingIps.move(second, { from: undefined, to: a }, { key: '2' });
    expect(await mustFail(move)).toMatchObject({ kind: 'busy', resourceId: a });
    expect(sent('associateAddress')).toBe(1);
    expect((await must(cloud.floatingIps.get(first))).instanceId).toBe(a);
  });
});
