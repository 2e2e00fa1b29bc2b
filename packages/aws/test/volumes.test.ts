import type { VolumeSpec } from '@belay/cloud';
import { describe, expect, it } from 'vitest';
import { zones } from './fake-ec2.ts';
import { type Opened, openFake } from './open-fake.ts';

const spec: VolumeSpec = { name: 'data', zone: zones[0], sizeGiB: 8, diskType: 'gp3' };
const server = { name: 'web12', zone: zones[0], instanceType: 't3.micro', imageId: 'ami-1' };

async function volume({ clock, cloud }: Opened, key = 'data'): Promise<string> {
  return (await clock.run(cloud.volumes.create(spec, { key })))._unsafeUnwrap().id;
}

async function instance({ clock, cloud }: Opened, key: string): Promise<string> {
  return (await clock.run(cloud.instances.create(server, { key })))._unsafeUnwrap().id;
}

async function attached(opened: Opened): Promise<{ volumeId: string; instanceId: string }> {
  const pairing = { volumeId: await volume(opened), instanceId: await instance(opened, 'server') };
  const done = await opened.clock.run(opened.cloud.volumes.attach(pairing, { key: 'attach' }));
  expect(done._unsafeUnwrap().state).toBe('attached');
  return pairing;
}

describe('a new volume', () => {
  it('that EC2 denies at first is waited for', async () => {
    const opened = openFake();
    opened.ec2.levers.hideNew(3);
    await volume(opened);
    expect(opened.ec2.sent('createVolume')).toBe(1);
  });

  it('is adopted when a repeated create answers that the quota is full', async () => {
    const { clock, ec2, cloud, open } = openFake();
    const stop = new AbortController();
    ec2.levers.hideNew(2);
    const cut = cloud.volumes.create(spec, { key: 'data', signal: stop.signal });
    await clock.advance(70);
    stop.abort();
    expect((await cut)._unsafeUnwrapErr()).toMatchObject({ kind: 'cancelled', applied: 'unknown' });
    ec2.failNext('createVolume', 'VolumeLimitExceeded');
    const adopted = (await clock.run(open().volumes.create(spec, { key: 'data' })))._unsafeUnwrap();
    expect([...ec2.volumes.all.keys()]).toEqual([adopted.id]);
  });

  it('that EC2 accepts and takes away again has failed, with a hint at the key of its encryption', async () => {
    const opened = openFake();
    const { clock, ec2, cloud } = opened;
    const create = cloud.volumes.create(spec, { key: 'data' });
    await clock.advance(600);
    ec2.volumes.all.clear();
    const error = (await clock.run(create))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'failed', applied: 'unknown' });
    expect(error.message).toContain('KMS');
    await volume(opened);
    expect(ec2.volumes.all.size).toBe(1);
  });

  it('that exceeds a quota says so, and was not made', async () => {
    const { clock, ec2, cloud } = openFake();
    ec2.failNext('createVolume', 'VolumeLimitExceeded');
    const error = (await clock.run(cloud.volumes.create(spec, { key: 'data' })))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'quota', applied: 'no', requestId: 'req-VolumeLimitExceeded' });
  });
});

describe('an attach', () => {
  it('says how the guest finds the disk, and never a device name', async () => {
    const opened = openFake();
    const { volumeId, instanceId } = await attached(opened);
    const again = await opened.clock.run(
      opened.cloud.volumes.attach({ volumeId, instanceId }, { key: 'again' }),
    );
    const serial = volumeId.replace('-', '');
    expect(again._unsafeUnwrap().disk).toEqual({
      serial,
      byId: [`nvme-Amazon_Elastic_Block_Store_${serial}`],
    });
    expect(JSON.stringify(again)).not.toContain('/dev/');
    expect(opened.ec2.sent('attachVolume')).toBe(1);
  });

  it('asks EC2 for nothing where the volume is on another instance', async () => {
    const opened = openFake();
    const { volumeId } = await attached(opened);
    const other = await instance(opened, 'other');
    const before = opened.ec2.sent('attachVolume');
    const steal = opened.cloud.volumes.attach({ volumeId, instanceId: other }, { key: 'steal' });
    const error = (await opened.clock.run(steal))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'attached-elsewhere', applied: 'no' });
    expect(opened.ec2.sent('attachVolume')).toBe(before);
    expect(opened.ec2.sent('detachVolume')).toBe(0);
  });

  it('whose answer is lost is found to have happened', async () => {
    const opened = openFake();
    opened.ec2.levers.loseReply('volumes.attach');
    await attached(opened);
    expect(opened.ec2.sent('attachVolume')).toBe(1);
  });

  for (const kind of ['cancelled', 'timeout'] as const) {
    it(`whose answer is lost may have happened, also where the looks after it end as ${kind}`, async () => {
      const opened = openFake();
      const { clock, cloud, ec2 } = opened;
      const pairing = { volumeId: await volume(opened), instanceId: await instance(opened, 'server') };
      const stop = new AbortController();
      ec2.levers.loseReply('volumes.attach');
      const attach = cloud.volumes.attach(pairing, { key: 'a', timeoutMs: 9_000, signal: stop.signal });
      while (ec2.sent('attachVolume') === 0) await clock.advance(10);
      ec2.hangNext('describeVolumes');
      await clock.advance(3_000);
      if (kind === 'cancelled') stop.abort();
      expect((await clock.run(attach))._unsafeUnwrapErr()).toMatchObject({ kind, applied: 'unknown' });
    });
  }

  it('takes another device name where EC2 says that one is taken', async () => {
    const opened = openFake();
    opened.ec2.failNext(
      'attachVolume',
      'InvalidParameterValue',
      'Attachment point /dev/xvdbb is already in use',
    );
    await attached(opened);
    const names = opened.ec2.requests('attachVolume').map((one) => Reflect.get(one, 'Device'));
    expect(names).toHaveLength(2);
    expect(new Set(names).size).toBe(2);
  });

  it('never asks for a device name a second time on the same instance while there are others', async () => {
    const opened = openFake();
    const pairing = await attached(opened);
    for (let i = 0; i < 5; i++) {
      const off = await opened.clock.run(opened.cloud.volumes.detach(pairing, { key: `off${i}` }));
      const on = await opened.clock.run(opened.cloud.volumes.attach(pairing, { key: `on${i}` }));
      expect([off.isOk(), on.isOk()]).toEqual([true, true]);
    }
    const names = opened.ec2.requests('attachVolume').map((one) => Reflect.get(one, 'Device'));
    expect(new Set(names).size).toBe(6);
  });

  it('that EC2 accepts and then gives up has failed, and is not waited for', async () => {
    const opened = openFake();
    const [volumeId, instanceId] = [await volume(opened), await instance(opened, 'server')];
    const { clock, cloud, ec2 } = opened;
    ec2.levers.stickVolume(volumeId);
    const attach = cloud.volumes.attach({ volumeId, instanceId }, { key: 'attach' });
    await clock.advance(2_000);
    ec2.volumes.all.get(volumeId)!.on = undefined;
    const startedMs = clock.now();
    expect((await clock.run(attach))._unsafeUnwrapErr()).toMatchObject({
      kind: 'failed',
      lastState: 'available',
    });
    expect(clock.now() - startedMs).toBeLessThan(1_000);
  });

  it('that sticks names the state in which it stuck', async () => {
    const opened = openFake();
    const [volumeId, instanceId] = [await volume(opened), await instance(opened, 'server')];
    opened.ec2.levers.stickVolume(volumeId);
    const attach = opened.cloud.volumes.attach(
      { volumeId, instanceId },
      { key: 'attach', timeoutMs: 90_000 },
    );
    expect((await opened.clock.run(attach))._unsafeUnwrapErr()).toMatchObject({
      kind: 'timeout',
      lastState: 'attaching',
      applied: 'unknown',
      resourceId: volumeId,
    });
  });

  it('is seen within half a second', async () => {
    const opened = openFake();
    const [volumeId, instanceId] = [await volume(opened), await instance(opened, 'server')];
    const startedMs = opened.clock.now();
    expect(
      (await opened.clock.run(opened.cloud.volumes.attach({ volumeId, instanceId }, { key: 'a' }))).isOk(),
    ).toBe(true);
    // 1.5 s for EC2, the rest for looks and calls.
    expect(opened.clock.now() - startedMs).toBeLessThan(1_500 + 1_000);
  });
});

describe('a detach', () => {
  it('always names the instance and is never forced', async () => {
    const opened = openFake();
    const pairing = await attached(opened);
    expect((await opened.clock.run(opened.cloud.volumes.detach(pairing, { key: 'off' }))).isOk()).toBe(true);
    expect(opened.ec2.requests('detachVolume')).toEqual([
      { VolumeId: pairing.volumeId, InstanceId: pairing.instanceId, Force: false },
    ]);
  });

  it('is not over while the reads still say attached', async () => {
    const opened = openFake();
    const pairing = await attached(opened);
    opened.ec2.levers.staleReads(pairing.volumeId, 6);
    const off = (
      await opened.clock.run(opened.cloud.volumes.detach(pairing, { key: 'off' }))
    )._unsafeUnwrap();
    expect(off).toMatchObject({ state: 'available', attachments: [] });
    expect(opened.ec2.sent('detachVolume')).toBe(1);
  });

  it('whose answer is lost is repeated and ends well', async () => {
    const opened = openFake();
    const pairing = await attached(opened);
    opened.ec2.levers.loseReply('volumes.detach');
    const off = await opened.clock.run(opened.cloud.volumes.detach(pairing, { key: 'off' }));
    expect(off._unsafeUnwrap().state).toBe('available');
  });

  for (const kind of ['cancelled', 'timeout'] as const) {
    it(`whose answer is lost may have happened, also where the looks after it end as ${kind}`, async () => {
      const opened = openFake();
      const { clock, cloud, ec2 } = opened;
      const pairing = await attached(opened);
      const stop = new AbortController();
      ec2.levers.loseReply('volumes.detach');
      ec2.failNext('detachVolume', 'IncorrectState');
      const detach = cloud.volumes.detach(pairing, { key: 'off', timeoutMs: 9_000, signal: stop.signal });
      while (ec2.sent('detachVolume') < 2) await clock.advance(10);
      ec2.hangNext('describeVolumes');
      await clock.advance(3_000);
      if (kind === 'cancelled') stop.abort();
      expect((await clock.run(detach))._unsafeUnwrapErr()).toMatchObject({ kind, applied: 'unknown' });
    });
  }

  it('of a root disk is refused before EC2 is asked', async () => {
    const opened = openFake();
    const instanceId = await instance(opened, 'server');
    const [root] = [...opened.ec2.volumes.all.keys()];
    const off = opened.cloud.volumes.detach({ volumeId: root!, instanceId }, { key: 'off' });
    expect((await opened.clock.run(off))._unsafeUnwrapErr().kind).toBe('invalid');
    expect(opened.ec2.sent('detachVolume')).toBe(0);
  });
});

describe('many volumes', () => {
  it('are listed page by page, each once', async () => {
    const { ec2, clock, cloud } = openFake();
    for (let i = 0; i < 1_001; i++) ec2.volumes.add(zones[0], 'available');
    const ids = await clock.run(
      (async () => {
        const found: string[] = [];
        for await (const one of cloud.volumes.list()) found.push(one._unsafeUnwrap().id);
        return found;
      })(),
    );
    expect(ids).toHaveLength(1_001);
    expect(new Set(ids).size).toBe(1_001);
    expect(ec2.sent('describeVolumes')).toBe(3);
  });

  it('that are waited for together share their reads', async () => {
    const { ec2, clock, cloud } = openFake();
    const made = await clock.run(
      Promise.all(Array.from({ length: 40 }, (_, i) => cloud.volumes.create(spec, { key: `data-${i}` }))),
    );
    expect(made.every((one) => one.isOk())).toBe(true);
    const reads = ec2.requests('describeVolumes').filter((one) => 'VolumeIds' in one);
    expect(reads.length).toBeLessThanOrEqual(12);
  });
});

describe('an error of a shared read', () => {
  it('names the verb that waited for it', async () => {
    const opened = openFake();
    const pairing = { volumeId: await volume(opened), instanceId: await instance(opened, 'server') };
    opened.ec2.failNext('describeVolumes', 'UnauthorizedOperation', 'You are not authorized', 403);
    const error = (
      await opened.clock.run(opened.cloud.volumes.attach(pairing, { key: 'attach' }))
    )._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'forbidden', operation: 'volumes.attach', applied: 'no' });
  });
});
