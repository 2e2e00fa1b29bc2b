import type {
  DescribeInstanceAttributeRequest,
  DescribeInstancesRequest,
  DescribeInstancesResult,
  DescribeInstanceTypeOfferingsRequest,
  DescribeInstanceTypesRequest,
  Instance,
  InstanceAttribute,
  ModifyInstanceAttributeRequest,
  Reservation,
  RunInstancesRequest,
} from '@aws-sdk/client-ec2';
import { ec2Error, isHidden, made, matches, tagsIn, type World } from './fake-ec2.ts';
import type { FakeVolumes } from './fake-volumes.ts';

interface FakeInstance {
  readonly id: string;
  readonly zone: string;
  readonly type: string;
  readonly image: string;
  readonly rootDevice: string;
  readonly tags: { Key: string; Value: string }[];
  readonly keeps: Map<string, boolean>;
  state: 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';
  reason: string | undefined;
  protected: boolean;
}

interface Named {
  readonly InstanceIds?: string[] | undefined;
}

export interface FakeInstances {
  readonly all: Map<string, FakeInstance>;
  readonly calls: {
    runInstances(request: RunInstancesRequest): Reservation;
    startInstances(request: Named): object;
    stopInstances(request: Named): object;
    terminateInstances(request: Named): object;
    modifyInstanceAttribute(request: ModifyInstanceAttributeRequest): object;
    createTags(request: { Resources?: string[]; Tags?: { Key?: string; Value?: string }[] }): object;
    describeInstances(request: DescribeInstancesRequest): DescribeInstancesResult;
    describeInstanceAttribute(request: DescribeInstanceAttributeRequest): InstanceAttribute;
    describeInstanceTypeOfferings(request: DescribeInstanceTypeOfferingsRequest): object;
    describeInstanceTypes(request: DescribeInstanceTypesRequest): object;
    describeImages(request: object): object;
  };
  mustGet(id: string): FakeInstance;
  protect(id: string, on: boolean): void;
  /** The next launch is accepted and comes to nothing, for this reason. */
  loseNext(reason: string): void;
  /** As EC2 does when a launch failed, or a person was faster. */
  terminate(id: string): void;
}

export function fakeInstances(world: World, volumes: FakeVolumes): FakeInstances {
  const all = new Map<string, FakeInstance>();
  let lose: string | undefined;
  const mustGet = (id: string): FakeInstance => {
    const instance = all.get(id);
    if (instance === undefined) {
      throw ec2Error('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
    }
    return instance;
  };
  const become = (instance: FakeInstance, from: FakeInstance['state'], to: FakeInstance['state']): void => {
    world.clock.after(world.latencyMs, () => {
      if (instance.state === from) instance.state = to;
    });
  };
  const terminate = (instance: FakeInstance): void => {
    if (instance.state === 'terminated') return;
    instance.state = 'shutting-down';
    world.clock.after(world.latencyMs, () => {
      instance.state = 'terminated';
      for (const volume of [...volumes.all.values()].filter(({ on }) => on?.instanceId === instance.id)) {
        volume.on = undefined;
        if (instance.keeps.get(volume.id) === false) volumes.all.delete(volume.id);
      }
    });
  };
  const each = (ids: readonly string[] | undefined, act: (instance: FakeInstance) => void): object => {
    for (const id of ids ?? []) act(mustGet(id));
    return {};
  };
  const toInstance = (instance: FakeInstance): Instance => ({
    InstanceId: instance.id,
    InstanceType: 't3.micro',
    ImageId: instance.image,
    Placement: { AvailabilityZone: instance.zone },
    State: { Name: instance.state },
    PrivateIpAddress: '10.0.0.7',
    RootDeviceName: instance.rootDevice,
    Tags: instance.tags,
    ...(instance.reason === undefined
      ? {}
      : { StateReason: { Code: instance.reason, Message: instance.reason } }),
    BlockDeviceMappings: [...volumes.all.values()].flatMap(({ id, on }) =>
      on?.instanceId === instance.id
        ? [
            {
              DeviceName: on.device,
              Ebs: { VolumeId: id, DeleteOnTermination: instance.keeps.get(id) === false },
            },
          ]
        : [],
    ),
  });

  return {
    all,
    mustGet,
    protect(id, on) {
      mustGet(id).protected = on;
    },
    loseNext(reason) {
      lose = reason;
    },
    terminate: (id) => terminate(mustGet(id)),
    calls: {
      runInstances({ ClientToken = '', ...request }) {
        const text = JSON.stringify(request);
        const before = world.tokens.get(ClientToken);
        if (before !== undefined) {
          if (before.request !== text) throw ec2Error('IdempotentParameterMismatch', 'Other parameters.');
          return { Instances: [toInstance(mustGet(before.id))] };
        }
        const zone = request.Placement?.AvailabilityZone ?? '';
        const instance: FakeInstance = {
          id: made(world, world.id('i')),
          zone,
          type: request.InstanceType ?? '',
          image: request.ImageId ?? '',
          rootDevice: '/dev/xvda',
          tags: tagsIn(request.TagSpecifications),
          keeps: new Map(),
          state: 'pending',
          reason: undefined,
          protected: false,
        };
        all.set(instance.id, instance);
        world.tokens.set(ClientToken, { request: text, id: instance.id });
        const on = { instanceId: instance.id, device: instance.rootDevice, state: 'attached' as const };
        instance.keeps.set(volumes.add(zone, 'available', { on }).id, false);
        if (lose !== undefined) {
          instance.reason = lose;
          terminate(instance);
          instance.state = 'pending';
          lose = undefined;
        } else {
          become(instance, 'pending', 'running');
        }
        return { Instances: [toInstance(instance)] };
      },
      startInstances: ({ InstanceIds }) =>
        each(InstanceIds, (instance) => {
          if (instance.state === 'running') return;
          if (instance.state !== 'stopped') throw ec2Error('IncorrectInstanceState', instance.state);
          instance.state = 'pending';
          become(instance, 'pending', 'running');
        }),
      stopInstances: ({ InstanceIds }) =>
        each(InstanceIds, (instance) => {
          if (instance.state === 'stopped') return;
          if (instance.state !== 'running') throw ec2Error('IncorrectInstanceState', instance.state);
          instance.state = 'stopping';
          become(instance, 'stopping', 'stopped');
        }),
      terminateInstances: ({ InstanceIds }) =>
        each(InstanceIds, (instance) => {
          if (instance.protected)
            throw ec2Error('OperationNotPermitted', 'The instance may not be terminated.');
          terminate(instance);
        }),
      modifyInstanceAttribute: ({ InstanceId = '', BlockDeviceMappings = [] }) =>
        each([InstanceId], (instance) => {
          for (const { DeviceName, Ebs } of BlockDeviceMappings) {
            const volume = [...volumes.all.values()].find(
              ({ on }) => on?.instanceId === InstanceId && on.device === DeviceName,
            );
            if (volume === undefined) throw ec2Error('InvalidInstanceAttributeValue', 'No such device.');
            instance.keeps.set(volume.id, Ebs?.DeleteOnTermination !== true);
          }
        }),
      createTags: ({ Resources, Tags = [] }) =>
        each(Resources, (instance) => {
          for (const { Key = '', Value = '' } of Tags) {
            const at = instance.tags.findIndex((tag) => tag.Key === Key);
            instance.tags.splice(at < 0 ? instance.tags.length : at, at < 0 ? 0 : 1, { Key, Value });
          }
        }),
      describeInstances({ InstanceIds, Filters, MaxResults = 1_000, NextToken = '0' }) {
        if (InstanceIds !== undefined) {
          const missing = InstanceIds.filter((id) => !all.has(id) || isHidden(world, id));
          if (missing.length > 0) {
            throw ec2Error(
              'InvalidInstanceID.NotFound',
              `The instance IDs '${missing.join(', ')}' do not exist`,
            );
          }
          return { Reservations: [{ Instances: InstanceIds.map(mustGet).map(toInstance) }] };
        }
        const found = [...all.values()].filter(
          (one) => matches(Filters, one.tags) && !isHidden(world, one.id),
        );
        const start = Number(NextToken);
        const rest = start + MaxResults < found.length ? { NextToken: String(start + MaxResults) } : {};
        return {
          Reservations: [{ Instances: found.slice(start, start + MaxResults).map(toInstance) }],
          ...rest,
        };
      },
      describeInstanceAttribute: ({ InstanceId = '' }) => ({
        DisableApiTermination: { Value: mustGet(InstanceId).protected },
      }),
      describeInstanceTypeOfferings: ({ Filters = [] }) => ({
        InstanceTypeOfferings: Filters.some(({ Values }) => Values?.includes('t3.micro') === true)
          ? [{ InstanceType: 't3.micro' }]
          : [],
      }),
      describeInstanceTypes: () => ({
        InstanceTypes: [
          {
            VCpuInfo: { DefaultVCpus: 2 },
            MemoryInfo: { SizeInMiB: 1_024 },
            EbsInfo: { MaximumEbsAttachments: 27 },
          },
        ],
      }),
      describeImages: () => ({
        Images: [{ ImageId: 'ami-1', RootDeviceName: '/dev/xvda', State: 'available' }],
      }),
    },
  };
}
