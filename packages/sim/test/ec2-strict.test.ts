// Where the usual emulator lets things pass and EC2 does not: each of these rules, by its code, with the real SDK.

import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AttachVolumeCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DescribeVolumesModificationsCommand,
  DetachVolumeCommand,
  ModifyInstanceAttributeCommand,
  ModifyVolumeCommand,
  ReleaseAddressCommand,
  RunInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import {
  codeOf,
  type Ec2Scene,
  launched,
  openEc2,
  otherZone,
  quick,
  refused,
  stateOf,
  volumeOf,
  zone,
} from './ec2-scene.ts';

const slow = [600_000, 600_000, 600_000] as const;

describe('client tokens', () => {
  const run = ({ imageId }: Ec2Scene, more: object = {}) =>
    new RunInstancesCommand({
      MinCount: 1,
      MaxCount: 1,
      ImageId: imageId,
      InstanceType: 't3.micro',
      Placement: { AvailabilityZone: zone },
      ClientToken: 'one-token',
      ...more,
    });
  const idIn = ({ Instances }: { Instances?: { InstanceId?: string | undefined }[] | undefined }) =>
    Instances?.[0]?.InstanceId;

  test('the same launch under the same token is the same instance', async () => {
    const scene = await openEc2();
    const first = await scene.ec2.send(run(scene));
    const second = await scene.ec2.send(run(scene));
    expect(idIn(second)).toBe(idIn(first));
    expect(second.ReservationId).toBe(first.ReservationId);
    expect(Object.keys(scene.sim.world.state().instances)).toEqual([idIn(first)]);
  });

  test('another launch under the same token is refused, whatever differs, and launches nothing', async () => {
    const scene = await openEc2();
    await scene.ec2.send(run(scene));
    for (const more of [{ InstanceType: 't3.small' }, { SecurityGroupIds: ['sg-1'] }, { UserData: 'aGk=' }]) {
      expect(await codeOf(scene.ec2.send(run(scene, more)))).toBe('IdempotentParameterMismatch');
    }
    expect(Object.keys(scene.sim.world.state().instances)).toHaveLength(1);
  });

  test('in another zone the same token launches another instance', async () => {
    const scene = await openEc2();
    const here = await scene.ec2.send(run(scene));
    const there = await scene.ec2.send(run(scene, { Placement: { AvailabilityZone: otherZone } }));
    expect(idIn(there)).not.toBe(idIn(here));
  });

  test('a token whose instance is terminated is burned', async () => {
    const scene = await openEc2();
    const made = await scene.ec2.send(run(scene));
    await scene.ec2.send(new TerminateInstancesCommand({ InstanceIds: [idIn(made) ?? ''] }));
    const { code, message } = await refused(scene.ec2.send(run(scene)));
    expect(code).toBe('IdempotentParameterMismatch');
    expect(message).toContain('already deleted');
  });

  test('an instance is found by its token, and so is none by another', async () => {
    const scene = await openEc2();
    const made = await scene.ec2.send(run(scene));
    const by = async (token: string) => {
      const Filters = [{ Name: 'client-token', Values: [token] }];
      const { Reservations = [] } = await scene.ec2.send(new DescribeInstancesCommand({ Filters }));
      return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId }) => InstanceId));
    };
    expect(await by('one-token')).toEqual([idIn(made)]);
    expect(await by('other-token')).toEqual([]);
  });

  test('volumes keep to theirs too, and a token has 64 characters at most', async () => {
    const { ec2, sim } = await openEc2();
    const create = (Size: number, ClientToken = 'volume-token') =>
      ec2.send(new CreateVolumeCommand({ AvailabilityZone: zone, Size, ClientToken }));
    const { VolumeId } = await create(5);
    expect((await create(5)).VolumeId).toBe(VolumeId);
    expect(await codeOf(create(6))).toBe('IdempotentParameterMismatch');
    expect(await codeOf(create(5, 'x'.repeat(65)))).toBe('InvalidParameterValue');
    expect(Object.keys(sim.world.state().volumes)).toEqual([VolumeId]);
    await ec2.send(new DeleteVolumeCommand({ VolumeId: VolumeId ?? '' }));
    expect(await codeOf(create(5))).toBe('IdempotentParameterMismatch');
  });
});

describe('attachments', () => {
  const attach = ({ ec2 }: Ec2Scene, VolumeId: string, InstanceId: string, Device = '/dev/sdf') =>
    ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device }));

  test('a volume that is attached elsewhere stays there', async () => {
    const scene = await openEc2();
    const [one, two, volume] = [await launched(scene), await launched(scene), await volumeOf(scene)];
    await attach(scene, volume, one);
    expect(await codeOf(attach(scene, volume, two))).toBe('VolumeInUse');
    const holders = scene.sim.world.state().volumes[volume]?.attachments.map(({ instanceId }) => instanceId);
    expect(holders).toEqual([one]);
  });

  test('a second attach to the same instance is refused', async () => {
    const scene = await openEc2();
    const [instance, volume] = [await launched(scene), await volumeOf(scene)];
    await attach(scene, volume, instance);
    expect(await codeOf(attach(scene, volume, instance))).toBe('VolumeInUse');
    expect(await codeOf(attach(scene, volume, instance, '/dev/sdg'))).toBe('VolumeInUse');
  });

  test('a volume goes to no instance of another zone', async () => {
    const scene = await openEc2();
    const instance = await launched(scene);
    const volume = await volumeOf(scene, { AvailabilityZone: otherZone });
    expect(await codeOf(attach(scene, volume, instance))).toBe('InvalidVolume.ZoneMismatch');
  });

  test('a device name is taken once, by either of its names; what is no device name is refused', async () => {
    const scene = await openEc2();
    const [instance, one, two] = [await launched(scene), await volumeOf(scene), await volumeOf(scene)];
    await attach(scene, one, instance, '/dev/sdf');
    const { code, message } = await refused(attach(scene, two, instance, '/dev/xvdf'));
    expect([code, message.includes('already in use')]).toEqual(['InvalidParameterValue', true]);
    expect(await codeOf(attach(scene, two, instance, '/dev/xvda'))).toBe('InvalidParameterValue');
    expect(await codeOf(attach(scene, two, instance, 'data'))).toBe('InvalidParameterValue');
    expect((await attach(scene, two, instance, '/dev/sdg')).Device).toBe('/dev/sdg');
  });

  test('nothing is attached to an instance that is pending or terminated, and a stopped one takes it', async () => {
    const scene = await openEc2({ world: { latencies: quick({ 'instances.create': slow }) } });
    const { ec2, imageId, sim } = scene;
    const volume = await volumeOf(scene);
    const { Instances: [made] = [] } = await ec2.send(
      new RunInstancesCommand({
        MinCount: 1,
        MaxCount: 1,
        ImageId: imageId,
        InstanceType: 't3.micro',
        Placement: { AvailabilityZone: zone },
      }),
    );
    const pending = made?.InstanceId ?? '';
    expect(await codeOf(attach(scene, volume, pending))).toBe('IncorrectState');
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [pending] }));
    expect(await codeOf(attach(scene, volume, pending))).toBe('IncorrectState');
    const stopped = sim.world.seed.server({ name: 'old', zone, instanceType: 't3.micro', imageId });
    await ec2.send(new StopInstancesCommand({ InstanceIds: [stopped] }));
    await scene.until(
      async () => sim.world.state().instances[stopped]?.state,
      (state) => state === 'stopped',
    );
    expect((await attach(scene, volume, stopped)).State).toMatch(/^attach/);
  });

  test('what is not attached cannot be detached, and the refusal says what state it is in', async () => {
    const scene = await openEc2();
    const { ec2 } = scene;
    const [one, two, volume] = [await launched(scene), await launched(scene), await volumeOf(scene)];
    const detach = (InstanceId?: string) =>
      ec2.send(new DetachVolumeCommand({ VolumeId: volume, InstanceId }));
    const { code, message } = await refused(detach(one));
    expect([code, message.includes("'available' state")]).toEqual(['IncorrectState', true]);
    await attach(scene, volume, one);
    expect(await codeOf(detach(two))).toBe('InvalidAttachment.NotFound');
    // Without an instance it leaves whoever has it.
    await scene.until(
      () => detach(),
      ({ InstanceId }) => InstanceId === one,
    );
    await scene.until(
      () => stateOf(ec2, volume),
      (state) => state === 'available',
    );
  });

  test('a disk that the guest holds is busy until it is let go', async () => {
    const scene = await openEc2();
    const { ec2, sim } = scene;
    const [instance, volume] = [await launched(scene), await volumeOf(scene)];
    await attach(scene, volume, instance);
    const letGo = sim.world.holdDisk(volume);
    const attachment = async () => {
      const { Volumes } = await ec2.send(new DescribeVolumesCommand({ VolumeIds: [volume] }));
      return Volumes?.[0]?.Attachments?.[0]?.State;
    };
    await scene.until(attachment, (state) => state === 'attached');
    await ec2.send(new DetachVolumeCommand({ VolumeId: volume, InstanceId: instance }));
    await scene.until(attachment, (state) => state === 'busy');
    letGo();
    await scene.until(attachment, (state) => state === undefined);
  });

  test('an instance takes as many volumes as it has slots', async () => {
    const scene = await openEc2();
    scene.sim.world.seed.instanceType('tiny', { volumeSlots: 1 });
    const instance = scene.sim.world.seed.server({
      name: '',
      zone,
      instanceType: 'tiny',
      imageId: scene.imageId,
    });
    await attach(scene, await volumeOf(scene), instance);
    const { code } = await refused(attach(scene, await volumeOf(scene), instance, '/dev/sdg'));
    expect(code).toBe('AttachmentLimitExceeded');
  });

  test('the disk that a running instance boots from stays', async () => {
    const scene = await openEc2();
    const instance = await launched(scene);
    const root = scene.sim.world.state().instances[instance]?.rootVolumeId ?? '';
    const detach = new DetachVolumeCommand({ VolumeId: root, InstanceId: instance });
    expect(await codeOf(scene.ec2.send(detach))).toBe('OperationNotPermitted');
  });
});

describe('states', () => {
  test('everything is on its way for a while before it is there', async () => {
    const scene = await openEc2({
      timeScale: 1,
      world: {
        latencies: quick({
          'volumes.create': [200, 200, 200],
          'volumes.attach': [200, 200, 200],
          'volumes.detach': [200, 200, 200],
          'instances.create': [200, 200, 200],
        }),
      },
    });
    const { ec2, imageId } = scene;
    const run = await ec2.send(
      new RunInstancesCommand({
        MinCount: 1,
        MaxCount: 1,
        ImageId: imageId,
        InstanceType: 't3.micro',
        Placement: { AvailabilityZone: zone },
      }),
    );
    const InstanceId = run.Instances?.[0]?.InstanceId ?? '';
    expect(run.Instances?.[0]?.State).toEqual({ Code: 0, Name: 'pending' });
    const made = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: zone, Size: 1 }));
    const VolumeId = made.VolumeId ?? '';
    expect(made.State).toBe('creating');
    expect(
      await codeOf(ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: '/dev/sdf' }))),
    ).toBe('IncorrectState');
    await scene.until(
      () => stateOf(ec2, VolumeId),
      (state) => state === 'available',
    );
    await scene.until(
      () => ec2.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId] })),
      ({ Reservations }) => Reservations?.[0]?.Instances?.[0]?.State?.Code === 16,
    );
    const attached = await ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: '/dev/sdf' }));
    expect(attached.State).toBe('attaching');
    const seen = async () =>
      (await ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId] }))).Volumes?.[0];
    expect(await seen()).toMatchObject({ State: 'in-use', Attachments: [{ State: 'attaching' }] });
    await scene.until(seen, (volume) => volume?.Attachments?.[0]?.State === 'attached');
    const detached = await ec2.send(new DetachVolumeCommand({ VolumeId, InstanceId }));
    expect(detached.State).toBe('detaching');
    await scene.until(seen, (volume) => volume?.State === 'available');
  });

  test('what was just made is not found by reads for a moment', async () => {
    const scene = await openEc2({
      timeScale: 1,
      world: { latencies: quick({ visibility: [300, 300, 300] }) },
    });
    const { ec2 } = scene;
    const { VolumeId = '' } = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: zone, Size: 1 }));
    expect(await codeOf(stateOf(ec2, VolumeId))).toBe('InvalidVolume.NotFound');
    const later = await scene.until(
      () => stateOf(ec2, VolumeId).catch(() => undefined),
      (state) => state !== undefined,
    );
    expect(later).toBe('available');
  });

  test('a terminated instance is still shown, and its own volumes are not', async () => {
    const scene = await openEc2();
    const { ec2 } = scene;
    const InstanceId = await launched(scene);
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
    const shown = await scene.until(
      async () => {
        const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId] }));
        return Reservations?.[0]?.Instances?.[0];
      },
      (instance) => instance?.State?.Name === 'terminated',
    );
    expect(shown?.BlockDeviceMappings).toEqual([]);
    expect((await ec2.send(new DescribeVolumesCommand({}))).Volumes).toEqual([]);
  });

  test('a volume that came with the launch dies with it, one that was attached later does not', async () => {
    const scene = await openEc2();
    const { ec2 } = scene;
    const mapping = (DeviceName: string, DeleteOnTermination?: boolean) => ({
      DeviceName,
      Ebs: { VolumeSize: 1, VolumeType: 'gp3' as const, DeleteOnTermination },
    });
    const InstanceId = await launched(scene, {
      BlockDeviceMappings: [mapping('/dev/sdf'), mapping('/dev/sdg', false)],
    });
    const later = await volumeOf(scene);
    await ec2.send(new AttachVolumeCommand({ VolumeId: later, InstanceId, Device: '/dev/sdh' }));
    const on = async (device: string) => {
      const Filters = [{ Name: 'attachment.device', Values: [device] }];
      const { Volumes } = await ec2.send(new DescribeVolumesCommand({ Filters }));
      return Volumes?.[0]?.VolumeId;
    };
    const kept = await on('/dev/sdg');
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
    const left = await scene.until(
      async () => (await ec2.send(new DescribeVolumesCommand({}))).Volumes ?? [],
      (volumes) => volumes.every(({ State }) => State === 'available'),
    );
    expect(left.map(({ VolumeId }) => VolumeId).sort()).toEqual([kept, later].sort());
  });
});

describe('volumes', () => {
  const create = ({ ec2 }: Ec2Scene, more: object) =>
    ec2.send(new CreateVolumeCommand({ AvailabilityZone: zone, ...more }));

  test('an unknown zone is refused', async () => {
    const scene = await openEc2();
    expect(await codeOf(create(scene, { AvailabilityZone: 'us-east-1z', Size: 1 }))).toBe(
      'InvalidParameterValue',
    );
  });

  test('a volume is not smaller than its snapshot, and as large where nothing is said', async () => {
    const scene = await openEc2();
    const { ec2, until } = scene;
    const { SnapshotId = '' } = await ec2.send(
      new CreateSnapshotCommand({ VolumeId: await volumeOf(scene, { Size: 20 }) }),
    );
    await until(
      () => ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] })),
      ({ Snapshots }) => Snapshots?.[0]?.State === 'completed',
    );
    expect(await codeOf(create(scene, { SnapshotId, Size: 19 }))).toBe('InvalidParameterValue');
    expect(await create(scene, { SnapshotId })).toMatchObject({ Size: 20, SnapshotId });
    expect(await codeOf(create(scene, { SnapshotId: 'snap-00000000000000000' }))).toBe(
      'InvalidSnapshot.NotFound',
    );
  });

  test('no volume is made of a snapshot that is still pending', async () => {
    const scene = await openEc2({ world: { latencies: quick({ 'snapshots.create': slow }) } });
    const taken = await scene.ec2.send(new CreateSnapshotCommand({ VolumeId: await volumeOf(scene) }));
    expect(taken).toMatchObject({ State: 'pending', VolumeSize: 10, Progress: '0%' });
    expect(await codeOf(create(scene, { SnapshotId: taken.SnapshotId }))).toBe('IncorrectState');
  });

  test('gp2 where no type is said; sizes and speeds keep to their type', async () => {
    const scene = await openEc2();
    expect(await create(scene, { Size: 5 })).toMatchObject({ VolumeType: 'gp2' });
    expect(await create(scene, { Size: 5, VolumeType: 'gp3' })).toMatchObject({
      Iops: 3000,
      Throughput: 125,
    });
    expect(await codeOf(create(scene, { Size: 5, VolumeType: 'fast' }))).toBe('UnknownVolumeType');
    expect(await codeOf(create(scene, { Size: 5, VolumeType: 'gp2', Iops: 3000 }))).toBe(
      'InvalidParameterCombination',
    );
    expect(await codeOf(create(scene, { Size: 5, VolumeType: 'io2' }))).toBe('MissingParameter');
    expect(await codeOf(create(scene, { Size: 20_000, VolumeType: 'gp2' }))).toBe('InvalidParameterValue');
    expect(await codeOf(create(scene, { Size: 10, VolumeType: 'st1' }))).toBe('InvalidParameterValue');
    expect(await codeOf(create(scene, { Size: 5, VolumeType: 'gp3', MultiAttachEnabled: true }))).toBe(
      'InvalidParameterCombination',
    );
    expect(
      await create(scene, { Size: 5, VolumeType: 'io2', Iops: 100, MultiAttachEnabled: true }),
    ).toMatchObject({
      MultiAttachEnabled: true,
    });
    expect(await codeOf(create(scene, {}))).toBe('MissingParameter');
  });

  test('a volume in use is not deleted', async () => {
    const scene = await openEc2();
    const [InstanceId, VolumeId] = [await launched(scene), await volumeOf(scene)];
    await scene.ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: '/dev/sdf' }));
    expect(await codeOf(scene.ec2.send(new DeleteVolumeCommand({ VolumeId })))).toBe('VolumeInUse');
  });

  test('a modification goes through its stages, does not shrink, and is counted: four in a day', async () => {
    const scene = await openEc2({
      world: { latencies: quick({ 'volumes.optimize': [20_000, 20_000, 20_000] }) },
    });
    const { ec2 } = scene;
    const VolumeId = await volumeOf(scene, { Size: 10 });
    const grow = (Size: number) => ec2.send(new ModifyVolumeCommand({ VolumeId, Size }));
    const stage = async () => {
      const { VolumesModifications } = await ec2.send(
        new DescribeVolumesModificationsCommand({ VolumeIds: [VolumeId] }),
      );
      return VolumesModifications?.[0];
    };
    expect(await codeOf(stage())).toBe('InvalidVolumeModification.NotFound');
    expect(await codeOf(grow(9))).toBe('InvalidParameterValue');
    const begun = await grow(11);
    expect(begun.VolumeModification).toMatchObject({
      ModificationState: 'modifying',
      OriginalSize: 10,
      TargetSize: 11,
    });
    await scene.until(stage, (one) => one?.ModificationState === 'optimizing');
    const grown = await ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId] }));
    expect(grown.Volumes?.[0]?.Size).toBe(11);
    expect(await codeOf(grow(12))).toBe('IncorrectModificationState');
    const done = (one: Awaited<ReturnType<typeof stage>>) => one?.ModificationState === 'completed';
    await scene.until(stage, done);
    for (const size of [12, 13, 14]) {
      await grow(size);
      await scene.until(stage, done);
    }
    expect(await codeOf(grow(15))).toBe('VolumeModificationRateExceeded');
  });

  test('quotas have the words of what they are for', async () => {
    const scene = await openEc2();
    const { ec2, sim, imageId } = scene;
    sim.world.setQuota({ volumes: 0, instances: 0, snapshots: 0, floatingIps: 0 });
    expect(await codeOf(create(scene, { Size: 1 }))).toBe('VolumeLimitExceeded');
    expect(await codeOf(ec2.send(new AllocateAddressCommand({})))).toBe('AddressLimitExceeded');
    const run = new RunInstancesCommand({
      MinCount: 1,
      MaxCount: 1,
      ImageId: imageId,
      InstanceType: 't3.micro',
    });
    expect(await codeOf(ec2.send(run))).toBe('InstanceLimitExceeded');
    const VolumeId = sim.world.seed.volume({ name: '', zone, sizeGiB: 1, diskType: 'gp3' });
    expect(await codeOf(ec2.send(new CreateSnapshotCommand({ VolumeId })))).toBe('SnapshotLimitExceeded');
    sim.world.setQuota({ instances: 10, vcpus: 1 });
    expect(await codeOf(ec2.send(run))).toBe('VcpuLimitExceeded');
  });
});

describe('instances', () => {
  test('the type is changed only while it is stopped, and to one that exists', async () => {
    const scene = await openEc2();
    const { ec2, until, sim } = scene;
    const InstanceId = await launched(scene);
    const become = (Value: string) =>
      ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, InstanceType: { Value } }));
    expect(await codeOf(become('t3.small'))).toBe('IncorrectInstanceState');
    await ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }));
    await until(
      async () => sim.world.state().instances[InstanceId]?.state,
      (state) => state === 'stopped',
    );
    expect(await codeOf(become('t9.huge'))).toBe('InvalidParameterValue');
    await become('t3.small');
    expect(sim.world.state().instances[InstanceId]?.instanceType).toBe('t3.small');
  });

  test('unknown types, images and zones are refused; a type that is not offered there is unsupported', async () => {
    const scene = await openEc2();
    const { ec2, imageId, sim } = scene;
    sim.world.seed.instanceType('only-b', { zones: [otherZone] });
    const run = (more: object) =>
      codeOf(
        ec2.send(
          new RunInstancesCommand({
            MinCount: 1,
            MaxCount: 1,
            ImageId: imageId,
            InstanceType: 't3.micro',
            Placement: { AvailabilityZone: zone },
            ...more,
          }),
        ),
      );
    expect(await run({ InstanceType: 't9.huge' })).toBe('InvalidParameterValue');
    expect(await run({ InstanceType: 'only-b' })).toBe('Unsupported');
    expect(await run({ ImageId: 'ami-00000000000000000' })).toBe('InvalidAMIID.NotFound');
    expect(await run({ Placement: { AvailabilityZone: 'us-east-1z' } })).toBe('InvalidParameterValue');
    expect(await run({ UserData: 'not base64!' })).toBe('InvalidUserData.Malformed');
    expect(await run({ UserData: Buffer.alloc(16_385).toString('base64') })).toBe('InvalidParameterValue');
    expect(await run({ MinCount: 2 })).toBe('InvalidParameterValue');
    expect(sim.world.state().instances).toEqual({});
  });

  test('as many as there is room for, and none where there is not enough', async () => {
    const { ec2, imageId, sim } = await openEc2();
    sim.faults.restock('t3.micro', zone, 2);
    const run = (MinCount: number, MaxCount: number) =>
      ec2.send(
        new RunInstancesCommand({
          MinCount,
          MaxCount,
          ImageId: imageId,
          InstanceType: 't3.micro',
          Placement: { AvailabilityZone: zone },
        }),
      );
    expect(await codeOf(run(3, 5))).toBe('InsufficientInstanceCapacity');
    expect(sim.world.state()).toMatchObject({
      instances: {},
      volumes: {},
      stock: { [`t3.micro@${zone}`]: 2 },
    });
    const { Instances = [], ReservationId } = await run(1, 5);
    expect(Instances).toHaveLength(2);
    const shown = await ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: 'reservation-id', Values: [ReservationId ?? ''] }] }),
    );
    expect(shown.Reservations?.map((one) => one.Instances?.length)).toEqual([2]);
  });
});

describe('addresses', () => {
  const given = async ({ ec2 }: Ec2Scene) =>
    (await ec2.send(new AllocateAddressCommand({}))).AllocationId ?? '';

  test('an address moves from one instance to the other in one call, unless that is forbidden', async () => {
    const scene = await openEc2();
    const { ec2 } = scene;
    const [one, two, AllocationId] = [await launched(scene), await launched(scene), await given(scene)];
    const move = (InstanceId: string, AllowReassociation?: boolean) =>
      ec2.send(new AssociateAddressCommand({ AllocationId, InstanceId, AllowReassociation }));
    const first = await move(one, false);
    expect((await move(one, false)).AssociationId).toBe(first.AssociationId);
    expect(await codeOf(move(two, false))).toBe('Resource.AlreadyAssociated');
    const second = await move(two);
    expect(second.AssociationId).not.toBe(first.AssociationId);
    const { Addresses } = await ec2.send(new DescribeAddressesCommand({ AllocationIds: [AllocationId] }));
    expect(Addresses?.[0]).toMatchObject({ InstanceId: two, AssociationId: second.AssociationId });
  });

  test('an instance that is pending or terminated gets no address', async () => {
    const scene = await openEc2({ world: { latencies: quick({ 'instances.create': slow }) } });
    const { ec2, imageId } = scene;
    const AllocationId = await given(scene);
    const { Instances: [made] = [] } = await ec2.send(
      new RunInstancesCommand({ MinCount: 1, MaxCount: 1, ImageId: imageId, InstanceType: 't3.micro' }),
    );
    const InstanceId = made?.InstanceId ?? '';
    const bind = () => refused(ec2.send(new AssociateAddressCommand({ AllocationId, InstanceId })));
    expect(await bind()).toMatchObject({
      code: 'InvalidInstanceID',
      status: 400,
      message: `The pending instance '${InstanceId}' is not in a valid state for this operation.`,
    });
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
    expect((await bind()).code).toBe('InvalidInstanceID');
  });

  test('an address in use is not released', async () => {
    const scene = await openEc2();
    const [InstanceId, AllocationId] = [await launched(scene), await given(scene)];
    await scene.ec2.send(new AssociateAddressCommand({ AllocationId, InstanceId }));
    expect(await codeOf(scene.ec2.send(new ReleaseAddressCommand({ AllocationId })))).toBe(
      'InvalidIPAddress.InUse',
    );
  });
});
