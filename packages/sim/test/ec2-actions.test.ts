// What the other actions do and answer, with the real SDK: nothing that it reads out of an answer is made up here.

import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  CancelCapacityReservationCommand,
  CopySnapshotCommand,
  CopyVolumesCommand,
  CreateCapacityReservationCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteTagsCommand,
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeCapacityReservationsCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  DescribeTagsCommand,
  DescribeVolumeStatusCommand,
  DescribeVolumesCommand,
  DisassociateAddressCommand,
  ModifyInstanceAttributeCommand,
  ModifySnapshotAttributeCommand,
  ModifyVolumeCommand,
  ReleaseAddressCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { codeOf, type Ec2Scene, launched, openEc2, otherZone, quick, volumeOf, zone } from './ec2-scene.ts';

const slow = [600_000, 600_000, 600_000] as const;

describe('instances', () => {
  test('a launch shows what was asked for, and so do later looks', async () => {
    const scene = await openEc2();
    const { ec2, imageId } = scene;
    const id = await launched(scene, {
      SubnetId: 'subnet-1',
      SecurityGroupIds: ['sg-1'],
      KeyName: 'mine',
      TagSpecifications: [
        {
          ResourceType: 'instance',
          Tags: [
            { Key: 'Name', Value: 'web12' },
            { Key: 'team', Value: 'a' },
          ],
        },
        { ResourceType: 'volume', Tags: [{ Key: 'of', Value: 'web12' }] },
      ],
      BlockDeviceMappings: [
        { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 30, VolumeType: 'io2', Iops: 100 } },
      ],
    });
    const { Reservations } = await ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: 'tag:Name', Values: ['web12'] }] }),
    );
    const [instance] = Reservations?.[0]?.Instances ?? [];
    expect(instance).toMatchObject({
      InstanceId: id,
      ImageId: imageId,
      InstanceType: 't3.micro',
      SubnetId: 'subnet-1',
      KeyName: 'mine',
      Placement: { AvailabilityZone: zone, AvailabilityZoneId: 'use1-az1' },
      SecurityGroups: [{ GroupId: 'sg-1' }],
      Tags: [
        { Key: 'Name', Value: 'web12' },
        { Key: 'team', Value: 'a' },
      ],
      BlockDeviceMappings: [
        { DeviceName: '/dev/xvda', Ebs: { Status: 'attached', DeleteOnTermination: true } },
      ],
    });
    expect(instance?.LaunchTime).toBeInstanceOf(Date);
    expect(instance?.PublicIpAddress).toMatch(/^198\.1[89]\./);
    const root = instance?.BlockDeviceMappings?.[0]?.Ebs?.VolumeId ?? '';
    const { Volumes } = await ec2.send(new DescribeVolumesCommand({ VolumeIds: [root] }));
    expect(Volumes?.[0]).toMatchObject({
      Size: 30,
      VolumeType: 'io2',
      Iops: 100,
      Tags: [{ Key: 'of', Value: 'web12' }],
    });
  });

  test('stop, start and terminate tell each state before and after, and can be repeated', async () => {
    const scene = await openEc2({ world: { latencies: quick({ 'instances.stop': slow }) } });
    const { ec2 } = scene;
    const InstanceIds = [await launched(scene)];
    const { StoppingInstances } = await ec2.send(new StopInstancesCommand({ InstanceIds }));
    expect(StoppingInstances).toEqual([
      {
        InstanceId: InstanceIds[0],
        PreviousState: { Code: 16, Name: 'running' },
        CurrentState: { Code: 64, Name: 'stopping' },
      },
    ]);
    const again = await ec2.send(new StopInstancesCommand({ InstanceIds }));
    expect(again.StoppingInstances?.[0]?.PreviousState?.Name).toBe('stopping');
    expect(await codeOf(ec2.send(new StartInstancesCommand({ InstanceIds })))).toBe('IncorrectInstanceState');
    const ended = await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    expect(ended.TerminatingInstances?.[0]?.CurrentState).toEqual({ Code: 32, Name: 'shutting-down' });
    expect(await codeOf(ec2.send(new StopInstancesCommand({ InstanceIds: ['i-00000000000000000'] })))).toBe(
      'InvalidInstanceID.NotFound',
    );
  });

  test('an instance that was stopped may find no machine to start on', async () => {
    const scene = await openEc2();
    const { ec2, sim, until } = scene;
    const id = await launched(scene);
    sim.faults.outOfStock('t3.micro', zone);
    await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
    await until(
      async () => sim.world.state().instances[id]?.state,
      (state) => state === 'stopped',
    );
    expect(await codeOf(ec2.send(new StartInstancesCommand({ InstanceIds: [id] })))).toBe(
      'InsufficientInstanceCapacity',
    );
  });

  test('attributes are changed one at a time, and come back as they were given', async () => {
    const scene = await openEc2();
    const { ec2, sim, until } = scene;
    const sent = Buffer.from([0, 255, 128, 10]).toString('base64');
    const InstanceId = await launched(scene, { UserData: sent });
    const read = (Attribute: 'userData' | 'disableApiTermination' | 'instanceType' | 'blockDeviceMapping') =>
      ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute }));
    const change = (what: object) => ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, ...what }));
    expect((await read('userData')).UserData?.Value).toBe(sent);
    await change({ DisableApiTermination: { Value: true } });
    expect((await read('disableApiTermination')).DisableApiTermination?.Value).toBe(true);
    expect(await codeOf(ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] })))).toBe(
      'OperationNotPermitted',
    );
    await change({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: false } }] });
    expect((await read('blockDeviceMapping')).BlockDeviceMappings?.[0]?.Ebs?.DeleteOnTermination).toBe(false);
    const nothing = {
      BlockDeviceMappings: [{ DeviceName: '/dev/sdz', Ebs: { DeleteOnTermination: false } }],
    };
    expect(await codeOf(change(nothing))).toBe('InvalidInstanceAttributeValue');
    const two = { DisableApiTermination: { Value: false }, InstanceType: { Value: 't3.small' } };
    expect(await codeOf(change(two))).toBe('InvalidParameterCombination');
    expect(await codeOf(change({ UserData: { Value: Buffer.from('aGk=') } }))).toBe('IncorrectInstanceState');
    await ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }));
    await until(
      async () => sim.world.state().instances[InstanceId]?.state,
      (state) => state === 'stopped',
    );
    await change({ Attribute: 'instanceType', Value: 't3.small' });
    expect((await read('instanceType')).InstanceType?.Value).toBe('t3.small');
  });

  test('the status of an instance is that of its guest: initializing, ok, impaired', async () => {
    const scene = await openEc2({ world: { latencies: quick({ boot: [12_000, 12_000, 12_000] }) } });
    const { ec2, sim, until } = scene;
    const id = await launched(scene);
    const status = async () => {
      const { InstanceStatuses } = await ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: [id] }));
      return InstanceStatuses?.[0]?.InstanceStatus?.Status;
    };
    expect(await status()).toBe('initializing');
    await until(status, (word) => word === 'ok');
    sim.world.hang(id);
    expect(await status()).toBe('impaired');
    await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
    await until(status, (word) => word === undefined);
    const all = await ec2.send(new DescribeInstanceStatusCommand({ IncludeAllInstances: true }));
    expect(all.InstanceStatuses?.map(({ InstanceId }) => InstanceId)).toEqual([id]);
  });
});

describe('what there is', () => {
  test('types with their facts, and where they are offered', async () => {
    const { ec2, sim } = await openEc2();
    sim.world.retire('m5.large', undefined, otherZone);
    const { InstanceTypes } = await ec2.send(
      new DescribeInstanceTypesCommand({ InstanceTypes: ['m5.large'] }),
    );
    expect(InstanceTypes?.[0]).toMatchObject({
      VCpuInfo: { DefaultVCpus: 2 },
      MemoryInfo: { SizeInMiB: 8192 },
      EbsInfo: { MaximumEbsAttachments: 27 },
    });
    expect(
      await codeOf(ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: ['x9.none' as 't3.micro'] }))),
    ).toBe('InvalidInstanceType');
    const { InstanceTypeOfferings } = await ec2.send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: 'availability-zone',
        Filters: [{ Name: 'instance-type', Values: ['m5.large'] }],
      }),
    );
    expect(InstanceTypeOfferings?.map(({ Location }) => Location)).toEqual([zone]);
  });

  test('zones and images', async () => {
    const { ec2, imageId } = await openEc2();
    const { AvailabilityZones } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
    expect(AvailabilityZones?.map(({ ZoneName, ZoneId, State }) => [ZoneName, ZoneId, State])).toEqual([
      [zone, 'use1-az1', 'available'],
      [otherZone, 'use1-az2', 'available'],
    ]);
    const { Images } = await ec2.send(
      new DescribeImagesCommand({ Owners: ['self'], Filters: [{ Name: 'name', Values: ['debian-*'] }] }),
    );
    expect(Images?.[0]).toMatchObject({ ImageId: imageId, RootDeviceName: '/dev/xvda', State: 'available' });
    expect((await ec2.send(new DescribeImagesCommand({ Owners: ['amazon'] }))).Images).toEqual([]);
  });
});

describe('volumes and snapshots', () => {
  const taken = async ({ ec2, until }: Ec2Scene, VolumeId: string) => {
    const { SnapshotId = '' } = await ec2.send(
      new CreateSnapshotCommand({
        VolumeId,
        Description: 'before the move',
        TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'key', Value: 'k1' }] }],
      }),
    );
    await until(
      () => ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] })),
      ({ Snapshots }) => Snapshots?.[0]?.State === 'completed',
    );
    return SnapshotId;
  };

  test('a volume is copied in its zone with what is on it, under a token', async () => {
    const scene = await openEc2();
    const { ec2, sim, until } = scene;
    const SourceVolumeId = sim.world.seed.volume({
      name: 'data',
      zone,
      sizeGiB: 10,
      diskType: 'gp3',
      filesystem: { uuid: 'u', type: 'ext4', files: { orders: '42' } },
    });
    const copy = (Size: number) =>
      ec2.send(new CopyVolumesCommand({ SourceVolumeId, Size, ClientToken: 'copy-1', VolumeType: 'gp3' }));
    const { Volumes: [made] = [] } = await copy(12);
    expect(made).toMatchObject({ Size: 12, AvailabilityZone: zone, SourceVolumeId, Iops: 3000 });
    expect((await copy(12)).Volumes?.[0]?.VolumeId).toBe(made?.VolumeId);
    expect(await codeOf(copy(13))).toBe('IdempotentParameterMismatch');
    expect(sim.world.readFile(made?.VolumeId ?? '', 'orders')).toBe('42');
    await until(
      async () => sim.world.state().volumes[made?.VolumeId ?? '']?.state,
      (state) => state === 'available',
    );
  });

  test('a volume is well once it has been made', async () => {
    const scene = await openEc2({
      world: { latencies: quick({ 'volumes.create': [12_000, 12_000, 12_000] }) },
    });
    const { ec2, until } = scene;
    const { VolumeId = '' } = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: zone, Size: 1 }));
    const status = async () => {
      const { VolumeStatuses } = await ec2.send(new DescribeVolumeStatusCommand({ VolumeIds: [VolumeId] }));
      return VolumeStatuses?.[0]?.VolumeStatus?.Status;
    };
    expect(await status()).toBe('insufficient-data');
    await until(status, (word) => word === 'ok');
  });

  test('what a modification sets is shown as target at once and on the volume when it has taken place', async () => {
    const scene = await openEc2({ world: { latencies: quick({ 'volumes.modify': slow }) } });
    const VolumeId = await volumeOf(scene);
    const { VolumeModification } = await scene.ec2.send(
      new ModifyVolumeCommand({ VolumeId, VolumeType: 'gp3', Iops: 4000, Size: 20 }),
    );
    expect(VolumeModification).toMatchObject({
      TargetIops: 4000,
      OriginalIops: 3000,
      TargetSize: 20,
      Progress: 0,
    });
    const { Volumes } = await scene.ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId] }));
    expect(Volumes?.[0]).toMatchObject({ Iops: 3000, Size: 10 });
  });

  test('snapshots are taken, found by their tags, copied and deleted', async () => {
    const scene = await openEc2();
    const { ec2, until } = scene;
    const VolumeId = await volumeOf(scene);
    const SnapshotId = await taken(scene, VolumeId);
    const found = await ec2.send(
      new DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters: [{ Name: 'tag:key', Values: ['k1'] }] }),
    );
    expect(found.Snapshots).toHaveLength(1);
    expect(found.Snapshots?.[0]).toMatchObject({
      SnapshotId,
      VolumeId,
      Progress: '100%',
      Description: 'before the move',
      VolumeSize: 10,
    });
    const copied = await ec2.send(
      new CopySnapshotCommand({ SourceRegion: 'us-east-1', SourceSnapshotId: SnapshotId }),
    );
    expect(copied.SnapshotId).not.toBe(SnapshotId);
    await ec2.send(new DeleteSnapshotCommand({ SnapshotId }));
    await until(
      () => ec2.send(new DescribeSnapshotsCommand({})),
      ({ Snapshots }) => Snapshots?.length === 1 && Snapshots[0]?.SnapshotId === copied.SnapshotId,
    );
    expect(await codeOf(ec2.send(new DeleteSnapshotCommand({ SnapshotId })))).toBe(
      'InvalidSnapshot.NotFound',
    );
  });

  test('a snapshot is shared with accounts and no longer', async () => {
    const scene = await openEc2();
    const { ec2 } = scene;
    const SnapshotId = await taken(scene, await volumeOf(scene));
    const users = async () => {
      const shown = await ec2.send(
        new DescribeSnapshotAttributeCommand({ SnapshotId, Attribute: 'createVolumePermission' }),
      );
      return shown.CreateVolumePermissions?.map(({ UserId }) => UserId);
    };
    const change = (CreateVolumePermission: object) =>
      ec2.send(new ModifySnapshotAttributeCommand({ SnapshotId, CreateVolumePermission }));
    await change({ Add: [{ UserId: '111122223333' }, { UserId: '444455556666' }] });
    expect(await users()).toEqual(['111122223333', '444455556666']);
    await ec2.send(
      new ModifySnapshotAttributeCommand({
        SnapshotId,
        Attribute: 'createVolumePermission',
        OperationType: 'remove',
        UserIds: ['111122223333'],
      }),
    );
    expect(await users()).toEqual(['444455556666']);
    expect(await codeOf(change({ Add: [{ UserId: 'bob' }] }))).toBe('InvalidUserID.Malformed');
  });
});

describe('capacity', () => {
  test('what is reserved is there for those who name it, and for nobody else', async () => {
    const scene = await openEc2();
    const { ec2, sim, imageId, until } = scene;
    sim.faults.restock('m5.large', zone, 1);
    const create = (InstanceCount: number) =>
      ec2.send(
        new CreateCapacityReservationCommand({
          InstanceType: 'm5.large',
          InstancePlatform: 'Linux/UNIX',
          AvailabilityZone: zone,
          InstanceCount,
          InstanceMatchCriteria: 'targeted',
          ClientToken: 'reserve-1',
        }),
      );
    const { CapacityReservation } = await create(1);
    const id = CapacityReservation?.CapacityReservationId ?? '';
    expect((await create(1)).CapacityReservation?.CapacityReservationId).toBe(id);
    expect(await codeOf(create(2))).toBe('IdempotentParameterMismatch');
    const shown = async () => {
      const { CapacityReservations } = await ec2.send(
        new DescribeCapacityReservationsCommand({ CapacityReservationIds: [id] }),
      );
      return CapacityReservations?.[0];
    };
    await until(shown, (one) => one?.State === 'active');
    const run = (more: object) =>
      ec2.send(
        new RunInstancesCommand({
          MinCount: 1,
          MaxCount: 1,
          ImageId: imageId,
          InstanceType: 'm5.large',
          Placement: { AvailabilityZone: zone },
          ...more,
        }),
      );
    expect(await codeOf(run({}))).toBe('InsufficientInstanceCapacity');
    const target = {
      CapacityReservationSpecification: { CapacityReservationTarget: { CapacityReservationId: id } },
    };
    const { Instances } = await run(target);
    expect(Instances?.[0]?.CapacityReservationId).toBe(id);
    expect(await shown()).toMatchObject({ TotalInstanceCount: 1, AvailableInstanceCount: 0 });
    expect(await codeOf(run(target))).toBe('ReservationCapacityExceeded');
    expect((await ec2.send(new CancelCapacityReservationCommand({ CapacityReservationId: id }))).Return).toBe(
      true,
    );
    expect((await shown())?.State).toBe('cancelled');
    expect(await codeOf(ec2.send(new CancelCapacityReservationCommand({ CapacityReservationId: id })))).toBe(
      'InvalidCapacityReservationState',
    );
  });
});

describe('addresses', () => {
  test('an address is bound, shown, unbound by the name of its bond, and released', async () => {
    const scene = await openEc2();
    const { ec2 } = scene;
    const InstanceId = await launched(scene);
    const { AllocationId = '', PublicIp = '' } = await ec2.send(
      new AllocateAddressCommand({
        Domain: 'vpc',
        TagSpecifications: [{ ResourceType: 'elastic-ip', Tags: [{ Key: 'Name', Value: 'shop' }] }],
      }),
    );
    const { AssociationId = '' } = await ec2.send(new AssociateAddressCommand({ AllocationId, InstanceId }));
    const { Addresses } = await ec2.send(
      new DescribeAddressesCommand({ Filters: [{ Name: 'instance-id', Values: [InstanceId] }] }),
    );
    expect(Addresses?.[0]).toMatchObject({
      PublicIp,
      AllocationId,
      AssociationId,
      Tags: [{ Key: 'Name', Value: 'shop' }],
    });
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId] }));
    expect(Reservations?.[0]?.Instances?.[0]?.PublicIpAddress).toBe(PublicIp);
    await ec2.send(new DisassociateAddressCommand({ AssociationId }));
    expect(await codeOf(ec2.send(new DisassociateAddressCommand({ AssociationId })))).toBe(
      'InvalidAssociationID.NotFound',
    );
    await ec2.send(new ReleaseAddressCommand({ AllocationId }));
    expect(await codeOf(ec2.send(new DescribeAddressesCommand({ AllocationIds: [AllocationId] })))).toBe(
      'InvalidAllocationID.NotFound',
    );
    expect(await codeOf(ec2.send(new DescribeAddressesCommand({ PublicIps: [PublicIp] })))).toBe(
      'InvalidAddress.NotFound',
    );
  });
});

describe('tags', () => {
  test('tags are written on all that is named or on none, and others stay', async () => {
    const scene = await openEc2();
    const { ec2, sim } = scene;
    const [instance, volume] = [await launched(scene), await volumeOf(scene)];
    const write = (Resources: string[], Tags: { Key: string; Value: string }[]) =>
      ec2.send(new CreateTagsCommand({ Resources, Tags }));
    await write(
      [instance, volume],
      [
        { Key: 'team', Value: 'a' },
        { Key: 'Name', Value: 'web12' },
      ],
    );
    await write([volume], [{ Key: 'team', Value: 'b' }]);
    const { Tags } = await ec2.send(
      new DescribeTagsCommand({ Filters: [{ Name: 'key', Values: ['team', 'Name'] }] }),
    );
    expect(Tags?.map((one) => [one.ResourceType, one.Key, one.Value]).sort()).toEqual([
      ['instance', 'Name', 'web12'],
      ['instance', 'team', 'a'],
      ['volume', 'Name', 'web12'],
      ['volume', 'team', 'b'],
    ]);
    expect(sim.world.state().instances[instance]?.name).toBe('web12');
    await ec2.send(
      new DeleteTagsCommand({
        Resources: [instance],
        Tags: [{ Key: 'team', Value: 'other' }, { Key: 'Name' }],
      }),
    );
    const left = await ec2.send(
      new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: [instance] }] }),
    );
    expect(left.Tags?.map(({ Key }) => Key)).toEqual(['team']);
    expect(await codeOf(write([volume, 'vol-00000000000000000'], [{ Key: 'x', Value: '1' }]))).toBe(
      'InvalidVolume.NotFound',
    );
    expect(sim.world.state().volumes[volume]?.tags).toEqual({ team: 'b' });
    expect(await codeOf(write(['thing-1'], [{ Key: 'x', Value: '1' }]))).toBe('InvalidID');
    expect(await codeOf(write([volume], [{ Key: 'aws:x', Value: '1' }]))).toBe('InvalidParameterValue');
    const many = Array.from({ length: 49 }, (_, at) => ({ Key: `k${at}`, Value: '' }));
    expect(await codeOf(write([volume], many))).toBe('TagLimitExceeded');
  });
});
