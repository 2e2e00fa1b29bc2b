import type { InstanceSpec } from '@belay/cloud';
import { tokenOf } from '@belay/cloud';
import { describe, expect, it } from 'vitest';
import { zones } from './fake-ec2.ts';
import { openFake } from './open-fake.ts';

const spec: InstanceSpec = { name: 'web12', zone: zones[0], instanceType: 't3.micro', imageId: 'ami-1' };
const call = { key: 'run-1/target' };
const token = (generation: number) =>
  tokenOf({ key: call.key, kind: 'instance', verb: 'create', generation });
const tokensSent = (requests: readonly object[]) => requests.map((one) => Reflect.get(one, 'ClientToken'));

describe('a launch', () => {
  it('whose answer is lost is looked for and adopted, not repeated', async () => {
    const { clock, ec2, cloud } = openFake();
    ec2.levers.loseReply('instances.create');
    const made = await clock.run(cloud.instances.create(spec, call));
    expect(made._unsafeUnwrap().state).toBe('running');
    expect(ec2.sent('runInstances')).toBe(1);
    expect(ec2.instances.all.size).toBe(1);
  });

  it('that never reached EC2 is sent again with the same token, after a look that may be believed', async () => {
    const { clock, ec2, cloud } = openFake();
    ec2.failNext('runInstances', 'InternalError', 'An internal error has occurred', 500);
    expect((await clock.run(cloud.instances.create(spec, call))).isOk()).toBe(true);
    expect(tokensSent(ec2.requests('runInstances'))).toEqual([token(0), token(0)]);
  });

  it('walks past a token whose instance is gone, and finds the next one again in another process', async () => {
    const { clock, ec2, cloud, open } = openFake();
    const first = (await clock.run(cloud.instances.create(spec, call)))._unsafeUnwrap();
    expect((await clock.run(cloud.instances.delete(first.id, { key: 'run-1/back' }))).isOk()).toBe(true);
    const second = (await clock.run(open().instances.create(spec, call)))._unsafeUnwrap();
    expect(second.id).not.toBe(first.id);
    expect((await clock.run(open().instances.create(spec, call)))._unsafeUnwrap().id).toBe(second.id);
    expect(tokensSent(ec2.requests('runInstances'))).toEqual([token(0), token(0), token(1)]);
  });

  it('that EC2 accepts and gives up for want of capacity is out of stock; the next one is a new launch', async () => {
    const { clock, ec2, cloud } = openFake();
    ec2.instances.loseNext('Server.InsufficientInstanceCapacity');
    const error = (await clock.run(cloud.instances.create(spec, call)))._unsafeUnwrapErr();
    expect(error).toMatchObject({
      kind: 'out-of-stock',
      applied: 'no',
      code: 'Server.InsufficientInstanceCapacity',
    });
    expect((await clock.run(cloud.instances.create(spec, call))).isOk()).toBe(true);
    expect(tokensSent(ec2.requests('runInstances'))).toEqual([token(0), token(0), token(1)]);
  });

  it('under the key of another launch is a mismatch that names the instance', async () => {
    const { clock, ec2, cloud } = openFake();
    const { id } = (await clock.run(cloud.instances.create(spec, call)))._unsafeUnwrap();
    const other = { ...spec, zone: zones[1] };
    const error = (await clock.run(cloud.instances.create(other, call)))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'idempotency-mismatch', resourceId: id });
    expect(ec2.instances.all.size).toBe(1);
  });

  it('ends at its deadline though EC2 never answers, and says that it may have happened', async () => {
    const { clock, ec2, cloud } = openFake();
    ec2.hangNext('runInstances');
    const launch = cloud.instances.create(spec, { ...call, timeoutMs: 20_000 });
    expect((await clock.run(launch))._unsafeUnwrapErr()).toMatchObject({
      kind: 'timeout',
      applied: 'unknown',
    });
    expect(clock.now()).toBe(20_000);
    expect((await clock.run(cloud.instances.create(spec, call))).isOk()).toBe(true);
    expect(ec2.instances.all.size).toBe(1);
  });

  it('carries its data, its tags and its key in the one call that makes it', async () => {
    const { clock, ec2, cloud } = openFake();
    const more = { userData: '#cloud-config\n', rootSizeGiB: 20, keyName: 'ops', tags: { team: 'shop' } };
    expect((await clock.run(cloud.instances.create({ ...spec, ...more }, call))).isOk()).toBe(true);
    expect(ec2.requests('runInstances')).toEqual([
      expect.objectContaining({
        UserData: Buffer.from('#cloud-config\n').toString('base64'),
        KeyName: 'ops',
        BlockDeviceMappings: [
          { DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: true, VolumeSize: 20 } },
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
});

describe('an instance', () => {
  it('is looked for by key until nothing can be hidden any more', async () => {
    const { clock, cloud } = openFake();
    expect((await clock.run(cloud.instances.find('nobody')))._unsafeUnwrap()).toBe(undefined);
    expect(clock.now()).toBeGreaterThanOrEqual(5_000);
  });

  it('that shares its key with another is an error that names both', async () => {
    const { clock, ec2, cloud } = openFake();
    const a = (await clock.run(cloud.instances.create(spec, call)))._unsafeUnwrap();
    const b = (await clock.run(cloud.instances.create(spec, { key: 'other' })))._unsafeUnwrap();
    const tags = ec2.instances.mustGet(b.id).tags;
    tags.splice(0, tags.length, ...ec2.instances.mustGet(a.id).tags);
    const error = (await clock.run(cloud.instances.find(call.key)))._unsafeUnwrapErr();
    expect(error.message).toContain(a.id);
    expect(error.message).toContain(b.id);
  });

  it('is renamed and keeps a volume, each read back', async () => {
    const { clock, cloud } = openFake();
    const { id, volumes } = (await clock.run(cloud.instances.create(spec, call)))._unsafeUnwrap();
    const root = volumes[0]!;
    expect(root).toMatchObject({ isRoot: true, deleteOnTermination: true });
    const renamed = await clock.run(cloud.instances.rename(id, 'web12-superseded', { key: 'r' }));
    expect(renamed._unsafeUnwrap().name).toBe('web12-superseded');
    const kept = await clock.run(cloud.instances.keepVolume(id, root.volumeId, true, { key: 'k' }));
    expect(kept._unsafeUnwrap().volumes[0]?.deleteOnTermination).toBe(false);
    const missing = await clock.run(
      cloud.instances.keepVolume(id, 'vol-0000000000000000f', true, { key: 'm' }),
    );
    expect(missing._unsafeUnwrapErr().kind).toBe('not-found');
  });

  it('that is on its way down is waited for before it is started', async () => {
    const { clock, ec2, cloud } = openFake();
    const { id } = (await clock.run(cloud.instances.create(spec, call)))._unsafeUnwrap();
    ec2.instances.calls.stopInstances({ InstanceIds: [id] });
    const started = await clock.run(cloud.instances.start(id, { key: 'start' }));
    expect(started._unsafeUnwrap().state).toBe('running');
    expect(ec2.sent('startInstances')).toBe(1);
  });

  it('of a type that the zone does not offer cannot be created; of one that it offers, nobody knows', async () => {
    const { clock, cloud } = openFake();
    const offered = (await clock.run(cloud.instances.offer('t3.micro', zones[0])))._unsafeUnwrap();
    expect(offered).toEqual({
      instanceType: 't3.micro',
      zone: zones[0],
      lifecycle: 'unknown',
      creatable: 'unknown',
      vcpus: 2,
      memoryMiB: 1_024,
      volumeSlots: 26,
    });
    const absent = (await clock.run(cloud.instances.offer('x9.huge', zones[0])))._unsafeUnwrap();
    expect(absent.creatable).toBe('no');
  });
});

describe('a read that fails after the work is done', () => {
  it('does not say that nothing was done', async () => {
    const { clock, ec2, cloud } = openFake();
    ec2.failNext('describeInstanceAttribute', 'UnauthorizedOperation', 'You are not authorized', 403);
    const error = (await clock.run(cloud.instances.create(spec, call)))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'forbidden', applied: 'yes', operation: 'instances.create' });
    expect(ec2.instances.all.size).toBe(1);
  });

  it('leaves open what became of a start', async () => {
    const { clock, ec2, cloud } = openFake();
    const { id } = (await clock.run(cloud.instances.create(spec, call)))._unsafeUnwrap();
    expect((await clock.run(cloud.instances.stop(id, { key: 'stop' }))).isOk()).toBe(true);
    const start = cloud.instances.start(id, { key: 'start' });
    await clock.advance(500);
    ec2.failNext('describeInstances', 'UnauthorizedOperation', 'You are not authorized', 403);
    expect((await clock.run(start))._unsafeUnwrapErr()).toMatchObject({ kind: 'forbidden', applied: 'unknown' });
  });
});
