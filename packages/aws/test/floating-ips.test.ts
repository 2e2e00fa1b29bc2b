import { describe, expect, it } from 'vitest';
import { zones } from './fake-ec2.ts';
import { type Opened, openFake } from './open-fake.ts';

async function instance({ clock, cloud }: Opened, key: string): Promise<string> {
  const spec = { name: key, zone: zones[0], instanceType: 't3.micro', imageId: 'ami-1' };
  return (await clock.run(cloud.instances.create(spec, { key })))._unsafeUnwrap().id;
}

async function address({ clock, cloud }: Opened, key: string): Promise<string> {
  return (await clock.run(cloud.floatingIps.create({}, { key })))._unsafeUnwrap().id;
}

/** Lets time pass in small steps until it is so. */
async function until(clock: Opened['clock'], isSo: () => boolean): Promise<void> {
  while (!isSo()) await clock.advance(10);
}

describe('a new address', () => {
  it('whose answer is lost is found by its key, and no second one is taken', async () => {
    const opened = openFake();
    opened.ec2.levers.loseReply('floatingIps.create');
    const first = await address(opened, 'address');
    expect(await address({ ...opened, cloud: opened.open() }, 'address')).toBe(first);
    expect(opened.ec2.sent('allocateAddress')).toBe(1);
  });

  it('that EC2 has named but never shows is not said to have failed without effect', async () => {
    const { clock, cloud, ec2 } = openFake();
    ec2.levers.hideNew(1_000);
    const create = cloud.floatingIps.create({}, { key: 'address' });
    const error = (await clock.run(create))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'not-found', applied: 'yes' });
    expect(error.resourceId).toMatch(/^eipalloc-/);
  });

  it('that EC2 has named is known to be there when the wait for it is cancelled or out of time', async () => {
    for (const [kind, end] of [
      ['cancelled', { signal: true }],
      ['timeout', { timeoutMs: 6_500 }],
    ] as const) {
      const { clock, cloud, ec2 } = openFake();
      const stop = new AbortController();
      const call = 'signal' in end ? { signal: stop.signal } : end;
      ec2.levers.hideNew(1_000);
      const create = cloud.floatingIps.create({}, { key: 'address', ...call });
      await until(clock, () => ec2.sent('allocateAddress') === 1);
      await clock.advance(500);
      if (kind === 'cancelled') stop.abort();
      expect((await clock.run(create))._unsafeUnwrapErr()).toMatchObject({ kind, applied: 'yes' });
    }
  });

  it('whose answer is lost is in doubt until it has been looked for', async () => {
    const { clock, cloud, ec2 } = openFake();
    const stop = new AbortController();
    ec2.levers.loseReply('floatingIps.create');
    ec2.levers.hideNew(1_000);
    const create = cloud.floatingIps.create({}, { key: 'address', signal: stop.signal });
    await until(clock, () => ec2.sent('allocateAddress') === 1);
    await clock.advance(1_000);
    stop.abort();
    expect((await clock.run(create))._unsafeUnwrapErr()).toMatchObject({
      kind: 'cancelled',
      applied: 'unknown',
    });
  });

  it('is one for calls that run side by side under one key', async () => {
    const opened = openFake();
    const [a, b] = await Promise.all(
      [1, 2]
        .map(() => opened.cloud.floatingIps.create({}, { key: 'address' }))
        .map((one) => opened.clock.run(one)),
    );
    expect(a?._unsafeUnwrap().id).toBe(b?._unsafeUnwrap().id);
    expect(opened.ec2.sent('allocateAddress')).toBe(1);
  });
});

describe('a move', () => {
  it('asks EC2 to take a bound address only where the move was planned from there', async () => {
    const opened = openFake();
    const { clock, cloud, ec2 } = opened;
    const [a, b] = [await instance(opened, 'a'), await instance(opened, 'b')];
    const id = await address(opened, 'address');
    const bound = await clock.run(cloud.floatingIps.move(id, { from: undefined, to: a }, { key: '1' }));
    const moved = await clock.run(cloud.floatingIps.move(id, { from: a, to: b }, { key: '2' }));
    expect([bound._unsafeUnwrap().instanceId, moved._unsafeUnwrap().instanceId]).toEqual([a, b]);
    expect(ec2.requests('associateAddress').map((one) => Reflect.get(one, 'AllowReassociation'))).toEqual([
      false,
      true,
    ]);
    expect(ec2.sent('disassociateAddress')).toBe(0);
  });

  it('is refused where the target would lose an address that it has', async () => {
    const opened = openFake();
    const { clock, cloud, ec2 } = opened;
    const a = await instance(opened, 'a');
    const [first, second] = [await address(opened, 'first'), await address(opened, 'second')];
    const bound = await clock.run(cloud.floatingIps.move(first, { from: undefined, to: a }, { key: '1' }));
    expect(bound.isOk()).toBe(true);
    const move = cloud.floatingIps.move(second, { from: undefined, to: a }, { key: '2' });
    const error = (await clock.run(move))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'busy', resourceId: a });
    expect(ec2.sent('associateAddress')).toBe(1);
    expect((await clock.run(cloud.floatingIps.get(first)))._unsafeUnwrap().instanceId).toBe(a);
  });
});
