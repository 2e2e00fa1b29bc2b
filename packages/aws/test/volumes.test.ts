import type { VolumeSpec } from '@belay/cloud';
import { describe, expect, it } from 'vitest';
import { must, mustFail, type Opened, openEc2, zones } from './open-ec2.ts';

// What the conformance cases do not say of volumes: what is sent, how often, and what an error says that was in doubt.

const spec: VolumeSpec = { name: 'data', zone: zones[0], sizeGiB: 8, diskType: 'gp3' };

async function pairingOf({ cloud, imageId }: Opened) {
  const server = { name: 'web12', zone: zones[0], instanceType: 't3.micro', imageId };
  const { id: volumeId } = await must(cloud.volumes.create(spec, { key: 'data' }));
  const { id: instanceId } = await must(cloud.instances.create(server, { key: 'server' }));
  return { volumeId, instanceId };
}

async function attached(opened: Opened) {
  const pairing = await pairingOf(opened);
  const { state } = await must(opened.cloud.volumes.attach(pairing, { key: 'attach' }));
  expect(state).toBe('attached');
  return pairing;
}

describe('a volume that EC2 accepts and takes away again', () => {
  it('has failed, with a hint at the key of its encryption, and the next try makes another one', async () => {
    const { cloud, faults } = await openEc2();
    faults.rollBack('volumes.create');
    const error = await mustFail(cloud.volumes.create(spec, { key: 'data' }));
    expect(error).toMatchObject({ kind: 'failed', applied: 'unknown' });
    expect(error.message).toContain('KMS');
    await must(cloud.volumes.create(spec, { key: 'data' }));
  });
});

describe('a create whose first answer is lost', () => {
  it.each(['VolumeLimitExceeded', 'UnauthorizedOperation', 'RequestLimitExceeded'])(
    'may have happened, also where EC2 refuses the second try with %s',
    async (code) => {
      const { cloud, failNext } = await openEc2();
      failNext('createVolume', 'InternalError', 'An internal error has occurred', 500);
      failNext('createVolume', code);
      const error = await mustFail(cloud.volumes.create(spec, { key: 'data' }));
      expect(error).toMatchObject({ code, applied: 'unknown' });
    },
  );
});

describe('an attach', () => {
  it('says how the guest finds the disk, and never a device name', async () => {
    const opened = await openEc2();
    const pairing = await attached(opened);
    const again = await must(opened.cloud.volumes.attach(pairing, { key: 'again' }));
    const serial = pairing.volumeId.replace('-', '');
    expect(again.disk).toEqual({ serial, byId: [`nvme-Amazon_Elastic_Block_Store_${serial}`] });
    expect(JSON.stringify(again)).not.toContain('/dev/');
    expect(opened.sent('attachVolume')).toBe(1);
  });

  for (const kind of ['cancelled', 'timeout'] as const) {
    it(`whose answer is lost may have happened, also where the looks after it end as ${kind}`, async () => {
      const opened = await openEc2();
      const pairing = await pairingOf(opened);
      const stop = new AbortController();
      opened.loseNext('attachVolume');
      const options = { key: 'a', timeoutMs: 60_000, signal: stop.signal };
      const attach = opened.cloud.volumes.attach(pairing, options);
      await opened.until(() => opened.sent('attachVolume') > 0);
      for (let i = 0; i < 9; i++) opened.hangNext('describeVolumes');
      await opened.pause(3_000);
      if (kind === 'cancelled') stop.abort();
      expect(await mustFail(attach)).toMatchObject({ kind, applied: 'unknown' });
    });
  }

  it('never asks for a device name a second time on the same instance while there are others', async () => {
    const opened = await openEc2();
    const pairing = await attached(opened);
    for (let i = 0; i < 3; i++) {
      await must(opened.cloud.volumes.detach(pairing, { key: `off${i}` }));
      await must(opened.cloud.volumes.attach(pairing, { key: `on${i}` }));
    }
    const names = opened.requests('attachVolume').map((one) => Reflect.get(one, 'Device'));
    expect(names).toHaveLength(4);
    expect(new Set(names).size).toBe(4);
  });

  it('names the verb that waited, where a read that is shared with others is refused', async () => {
    const opened = await openEc2();
    const pairing = await pairingOf(opened);
    opened.failNext('describeVolumes', 'UnauthorizedOperation', 'You are not authorized', 403);
    const error = await mustFail(opened.cloud.volumes.attach(pairing, { key: 'attach' }));
    expect(error).toMatchObject({ kind: 'forbidden', operation: 'volumes.attach', applied: 'no' });
  });
});

describe('a detach', () => {
  it('always names the instance and is never forced', async () => {
    const opened = await openEc2();
    const pairing = await attached(opened);
    await must(opened.cloud.volumes.detach(pairing, { key: 'off' }));
    expect(opened.requests('detachVolume')).toEqual([
      { VolumeId: pairing.volumeId, InstanceId: pairing.instanceId, Force: false },
    ]);
  });

  for (const kind of ['cancelled', 'timeout'] as const) {
    it(`whose answer is lost may have happened, also where the looks after it end as ${kind}`, async () => {
      const opened = await openEc2();
      const pairing = await attached(opened);
      const stop = new AbortController();
      opened.loseNext('detachVolume');
      opened.failNext('detachVolume', 'IncorrectState');
      const options = { key: 'off', timeoutMs: 60_000, signal: stop.signal };
      const detach = opened.cloud.volumes.detach(pairing, options);
      await opened.until(() => opened.sent('detachVolume') > 1);
      for (let i = 0; i < 9; i++) opened.hangNext('describeVolumes');
      await opened.pause(3_000);
      if (kind === 'cancelled') stop.abort();
      expect(await mustFail(detach)).toMatchObject({ kind, applied: 'unknown' });
    });
  }
});

describe('a modification', () => {
  it('to what the volume is already sends nothing, for EC2 would count it', async () => {
    const { cloud, sent } = await openEc2();
    const { id } = await must(cloud.volumes.create(spec, { key: 'data' }));
    await must(cloud.volumes.modify(id, { sizeGiB: 8, diskType: 'gp3' }, { key: 'same' }));
    expect(sent('modifyVolume')).toBe(0);
  });

  it('to a smaller disk is refused before anything is sent', async () => {
    const { cloud, sent } = await openEc2();
    const { id } = await must(cloud.volumes.create(spec, { key: 'data' }));
    const error = await mustFail(cloud.volumes.modify(id, { sizeGiB: 4 }, { key: 'shrink' }));
    expect(error).toMatchObject({ kind: 'invalid', applied: 'no', resourceId: id });
    expect(sent('modifyVolume')).toBe(0);
  });

  it('whose answer is lost is found under way, and is not asked for twice', async () => {
    const { cloud, sent, loseNext } = await openEc2();
    const { id } = await must(cloud.volumes.create(spec, { key: 'data' }));
    loseNext('modifyVolume');
    const grown = await must(cloud.volumes.modify(id, { sizeGiB: 20, diskType: 'gp2' }, { key: 'grow' }));
    expect(grown).toMatchObject({ sizeGiB: 20, diskType: 'gp2' });
    expect(sent('modifyVolume')).toBe(1);
  });

  it('is done while EC2 still optimizes the disk', async () => {
    const { cloud, world } = await openEc2();
    const { id } = await must(cloud.volumes.create(spec, { key: 'data' }));
    await must(cloud.volumes.modify(id, { sizeGiB: 20 }, { key: 'grow' }));
    expect(world.state().volumes[id]?.modification?.state).toBe('optimizing');
  });

  it('asked for while EC2 still optimizes the disk is busy or too soon, and changes nothing', async () => {
    const { cloud } = await openEc2();
    const { id } = await must(cloud.volumes.create(spec, { key: 'data' }));
    await must(cloud.volumes.modify(id, { sizeGiB: 20 }, { key: 'grow' }));
    const error = await mustFail(
      cloud.volumes.modify(id, { sizeGiB: 30 }, { key: 'more', timeoutMs: 60_000 }),
    );
    expect(['busy', 'rate-cooldown']).toContain(error.kind);
    expect(error.applied).toBe('no');
  });
});

describe('a copy', () => {
  it('is made once for its key by EC2’s own token, and never under that of a create', async () => {
    const { cloud, open, requests, loseNext } = await openEc2();
    const { id: volumeId } = await must(cloud.volumes.create(spec, { key: 'data' }));
    const copy = { name: 'copy', volumeId, sizeGiB: 10 };
    loseNext('copyVolumes');
    const made = await must(cloud.volumes.copy(copy, { key: 'copy' }));
    expect(made).toMatchObject({ state: 'available', sizeGiB: 10, zone: zones[0], name: 'copy' });
    expect((await must(open().volumes.copy(copy, { key: 'copy' }))).id).toBe(made.id);
    const tokens = requests('copyVolumes').map((one) => Reflect.get(one, 'ClientToken'));
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('under the key of a copy of another volume is a mismatch', async () => {
    const { cloud } = await openEc2();
    const { id: a } = await must(cloud.volumes.create(spec, { key: 'a' }));
    const { id: b } = await must(cloud.volumes.create(spec, { key: 'b' }));
    await must(cloud.volumes.copy({ name: 'copy', volumeId: a }, { key: 'copy' }));
    const error = await mustFail(cloud.volumes.copy({ name: 'copy', volumeId: b }, { key: 'copy' }));
    expect(error.kind).toBe('idempotency-mismatch');
  });
});

describe('many volumes', () => {
  it('that are waited for together share their reads', async () => {
    const { cloud, requests } = await openEc2();
    const made = await Promise.all(
      Array.from({ length: 30 }, (_, i) => cloud.volumes.create(spec, { key: `data-${i}` })),
    );
    expect(made.every((one) => one.isOk())).toBe(true);
    const reads = requests('describeVolumes').filter((one) => 'VolumeIds' in one);
    expect(reads.length).toBeLessThanOrEqual(20);
  });
});
