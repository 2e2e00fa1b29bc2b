import { type InstanceSpec, tokenOf } from '@belay/cloud';
import { describe, expect, it } from 'vitest';
import { must, mustFail, openEc2, zones } from './open-ec2.ts';

// What the conformance cases do not say of instances: tokens, what is sent, and what an error says that was in doubt.

const call = { key: 'run-1/target' };
const token = (generation: number) =>
  tokenOf({ key: call.key, kind: 'instance', verb: 'create', generation });
const tokensSent = (requests: readonly object[]) => requests.map((one) => Reflect.get(one, 'ClientToken'));

async function open(options = {}) {
  const opened = await openEc2(options);
  const spec: InstanceSpec = {
    name: 'web12',
    zone: zones[0],
    instanceType: 't3.micro',
    imageId: opened.imageId,
  };
  return { ...opened, spec };
}

describe('an instance that somebody has stopped', () => {
  it('is there for a create under its key, and the error says so', async () => {
    const { cloud, imageId, sent } = await openEc2();
    const spec = { name: 'web12', zone: zones[0], instanceType: 't3.micro', imageId };
    const { id } = await must(cloud.instances.create(spec, { key: 'server' }));
    await must(cloud.instances.stop(id, { key: 'stop' }));
    const error = await mustFail(cloud.instances.create(spec, { key: 'server' }));
    expect(error).toMatchObject({ kind: 'busy', applied: 'yes', resourceId: id, lastState: 'stopped' });
    expect(sent('runInstances')).toBe(1);
  });
});

describe('a launch', () => {
  it('whose answer is lost is looked for and adopted, not repeated', async () => {
    const { cloud, spec, sent, loseNext } = await open();
    loseNext('runInstances');
    expect((await must(cloud.instances.create(spec, call))).state).toBe('running');
    expect(sent('runInstances')).toBe(1);
  });

  it('that never reached EC2 is sent again with the same token, after a look that may be believed', async () => {
    const { cloud, spec, requests, failNext } = await open();
    failNext('runInstances', 'InternalError', 'An internal error has occurred', 500);
    await must(cloud.instances.create(spec, call));
    expect(tokensSent(requests('runInstances'))).toEqual([token(0), token(0)]);
  });

  it('walks past a token whose instance is gone, and finds the next one again in another process', async () => {
    const { cloud, spec, requests, open: another } = await open();
    const first = await must(cloud.instances.create(spec, call));
    await must(cloud.instances.delete(first.id, { key: 'run-1/back' }));
    const second = await must(another().instances.create(spec, call));
    expect(second.id).not.toBe(first.id);
    expect((await must(another().instances.create(spec, call))).id).toBe(second.id);
    expect(tokensSent(requests('runInstances'))).toEqual([token(0), token(0), token(1)]);
  });

  it('that EC2 accepts and gives up for want of capacity is out of stock; the next one is a new launch', async () => {
    const { cloud, spec, faults, requests } = await open();
    faults.rollBack('instances.create');
    const error = await mustFail(cloud.instances.create(spec, call));
    expect(['out-of-stock', 'failed']).toContain(error.kind);
    expect(error.applied).toBe('no');
    await must(cloud.instances.create(spec, call));
    expect(new Set(tokensSent(requests('runInstances')))).toEqual(new Set([token(0), token(1)]));
  });

  it('ends at its deadline though EC2 never answers, and says that it may have happened', async () => {
    const { cloud, spec, hangNext } = await open();
    hangNext('runInstances');
    const launch = cloud.instances.create(spec, { ...call, timeoutMs: 40_000 });
    expect(await mustFail(launch)).toMatchObject({ kind: 'timeout', applied: 'unknown' });
    await must(cloud.instances.create(spec, call));
  });

  it('carries its data, its tags and its key in the one call that makes it', async () => {
    const { cloud, spec, requests } = await open();
    const more = { userData: '#cloud-config\n', rootSizeGiB: 20, tags: { team: 'shop' } };
    await must(cloud.instances.create({ ...spec, ...more }, call));
    expect(requests('runInstances')).toEqual([
      expect.objectContaining({
        UserData: Buffer.from('#cloud-config\n').toString('base64'),
        BlockDeviceMappings: [
          {
            DeviceName: expect.stringMatching(/^\/dev\//),
            Ebs: { DeleteOnTermination: true, VolumeSize: 20 },
          },
        ],
        TagSpecifications: [
          {
            ResourceType: 'instance',
            Tags: [
              { Key: 'team', Value: 'shop' },
              { Key: 'Name', Value: 'web12' },
              { Key: 'belay:key', Value: 'run-1/target' },
            ],
          },
        ],
      }),
    ]);
  });

  it('with more user data than EC2 takes is refused before anything is sent', async () => {
    const { cloud, spec, sent } = await open();
    const error = await mustFail(cloud.instances.create({ ...spec, userData: 'ä'.repeat(8_193) }, call));
    expect(error).toMatchObject({ kind: 'invalid', applied: 'no' });
    expect(error.message).toContain('16386');
    expect(sent('runInstances')).toBe(0);
  });
});

describe('an instance', () => {
  it('is looked for by key until nothing can be hidden any more', async () => {
    const { cloud, clock } = await open({ visibilityMs: 5_000 });
    const startedMs = clock.now();
    expect(await must(cloud.instances.find('nobody'))).toBe(undefined);
    expect(clock.now() - startedMs).toBeGreaterThanOrEqual(5_000);
  });

  it('is renamed and keeps a volume, each read back', async () => {
    const { cloud, spec } = await open();
    const { id, volumes } = await must(cloud.instances.create(spec, call));
    const volumeId = volumes[0]?.volumeId ?? '';
    expect(volumes[0]).toMatchObject({ isRoot: true, deleteOnTermination: true });
    expect((await must(cloud.instances.rename(id, 'web12-superseded', { key: 'r' }))).name).toBe(
      'web12-superseded',
    );
    const kept = await must(cloud.instances.keepVolume(id, volumeId, true, { key: 'k' }));
    expect(kept.volumes[0]?.deleteOnTermination).toBe(false);
    const missing = cloud.instances.keepVolume(id, 'vol-0000000000000000f', true, { key: 'm' });
    expect((await mustFail(missing)).kind).toBe('not-found');
  });

  it('changes its type while it is stopped, and what was sent is read back', async () => {
    const { cloud, spec, sent } = await open();
    const { id } = await must(cloud.instances.create(spec, call));
    expect(await mustFail(cloud.instances.resize(id, 't3.small', { key: 'early' }))).toMatchObject({
      kind: 'busy',
      applied: 'no',
      lastState: 'running',
    });
    expect(sent('modifyInstanceAttribute')).toBe(0);
    await must(cloud.instances.stop(id, { key: 'stop' }));
    const resized = await must(cloud.instances.resize(id, 't3.small', { key: 'resize' }));
    expect(resized).toMatchObject({ instanceType: 't3.small', state: 'stopped' });
    await must(cloud.instances.resize(id, 't3.small', { key: 'again' }));
    expect(sent('modifyInstanceAttribute')).toBe(1);
  });

  it('has no old one to be confirmed or taken back', async () => {
    const { cloud, spec } = await open();
    const { id } = await must(cloud.instances.create(spec, call));
    expect((await must(cloud.instances.confirmResize(id, { key: 'c' }))).id).toBe(id);
    const error = await mustFail(cloud.instances.revertResize(id, { key: 'b' }));
    expect(error).toMatchObject({ kind: 'unsupported', applied: 'no', resourceId: id });
  });
});

describe('an offer', () => {
  it('of a type that the zone offers says that it is current, and that nobody knows whether any is left', async () => {
    const { cloud } = await open();
    expect(await must(cloud.instances.offer('t3.micro', zones[0]))).toMatchObject({
      lifecycle: 'current',
      creatable: 'unknown',
      vcpus: 2,
      memoryMiB: 1_024,
    });
  });

  it('of a type that has gone from one zone says that it is retired there, and only there', async () => {
    const { cloud, world } = await open();
    world.retire('t3.micro', undefined, zones[0]);
    const [gone, stays] = [
      await must(cloud.instances.offer('t3.micro', zones[0])),
      await must(cloud.instances.offer('t3.micro', zones[1])),
    ];
    expect(gone).toMatchObject({ lifecycle: 'retired', creatable: 'no' });
    expect(stays.creatable).toBe('unknown');
  });

  it('of a type that nobody knows does not stand, and is no error', async () => {
    const { cloud } = await open();
    const absent = await must(cloud.instances.offer('x9.huge', zones[0]));
    expect(absent).toMatchObject({ creatable: 'no', lifecycle: 'unknown' });
  });
});

describe('a read that fails after the work is done', () => {
  it('is listed without a call of its own, and says whether it is protected when it is asked for', async () => {
    const { cloud, sent, world, imageId } = await openEc2();
    const spec = { name: 'web12', zone: zones[0], instanceType: 't3.micro', imageId };
    const { id } = await must(cloud.instances.create(spec, { key: 'listed' }));
    world.protect(id, true);
    const before = sent('describeInstanceAttribute');
    const listed: unknown[] = [];
    for await (const one of cloud.instances.list()) listed.push(one._unsafeUnwrap().id);
    expect(listed).toEqual([id]);
    expect(sent('describeInstanceAttribute')).toBe(before);
    expect((await must(cloud.instances.get(id))).deletionProtected).toBe(true);
  });

  it('does not say that nothing was done', async () => {
    const { cloud, spec, failNext } = await open();
    const { id } = await must(cloud.instances.create(spec, call));
    failNext('describeInstanceAttribute', 'UnauthorizedOperation', 'You are not authorized', 403);
    const error = await mustFail(cloud.instances.stop(id, { key: 'run-1/stop' }));
    expect(error).toMatchObject({ kind: 'forbidden', applied: 'yes', operation: 'instances.stop' });
  });

  it('leaves open what became of a start', async () => {
    const { cloud, spec, faults, sent, failNext, until } = await open();
    const { id } = await must(cloud.instances.create(spec, call));
    await must(cloud.instances.stop(id, { key: 'stop' }));
    faults.freeze(id);
    const start = cloud.instances.start(id, { key: 'start' });
    await until(() => sent('startInstances') > 0);
    for (let i = 0; i < 3; i++) failNext('describeInstances', 'UnauthorizedOperation', 'No', 403);
    expect(await mustFail(start)).toMatchObject({ kind: 'forbidden', applied: 'unknown' });
  });
});
