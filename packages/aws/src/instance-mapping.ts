import type { Instance as Ec2Instance } from '@aws-sdk/client-ec2';
import type { Instance, InstanceState, InstanceVolume } from '@belay/cloud';
import { nameOf, tagsOf } from './tags.ts';

/**
 * EC2's instance as the port's. A state that is not known is `unknown`, never an error. Whether it is protected EC2
 * tells in a call of its own.
 */
export function instanceOf(instance: Ec2Instance, deletionProtected?: boolean): Instance {
  const interfaces = instance.NetworkInterfaces ?? [];
  const ipv6 = interfaces.flatMap(({ Ipv6Addresses = [] }) =>
    Ipv6Addresses.flatMap((one) => one.Ipv6Address ?? []),
  );
  const ipv4 = interfaces.flatMap(({ PrivateIpAddresses = [] }) =>
    PrivateIpAddresses.flatMap((one) => one.PrivateIpAddress ?? []),
  );
  const { ImageId: imageId, LaunchTime, PublicIpAddress } = instance;
  return {
    id: instance.InstanceId ?? '',
    name: nameOf(instance.Tags),
    state: instanceState(instance),
    providerState: instance.State?.Name ?? 'unknown',
    zone: instance.Placement?.AvailabilityZone ?? '',
    instanceType: instance.InstanceType ?? '',
    ...(imageId === undefined ? {} : { imageId }),
    privateAddresses: unique([
      ...(instance.PrivateIpAddress === undefined ? [] : [instance.PrivateIpAddress]),
      ...ipv4,
      ...ipv6,
    ]),
    // EC2's IPv6 addresses are the world's too.
    publicAddresses: unique([...(PublicIpAddress === undefined ? [] : [PublicIpAddress]), ...ipv6]),
    volumes: volumesOf(instance),
    ...(deletionProtected === undefined ? {} : { deletionProtected }),
    tags: tagsOf(instance.Tags),
    ...(LaunchTime === undefined ? {} : { createdAt: LaunchTime.toISOString() }),
  };
}

const states: Readonly<Record<string, InstanceState>> = {
  pending: 'pending',
  running: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  // Past saving, and seen as gone by everybody who would use it.
  'shutting-down': 'gone',
  terminated: 'gone',
};

export function instanceState({ State }: Ec2Instance): InstanceState {
  return states[State?.Name ?? ''] ?? 'unknown';
}

/** The name under which the root volume is attached. */
export function isRootDevice({ RootDeviceName }: Ec2Instance, device: string | undefined): boolean {
  return device !== undefined && device === RootDeviceName;
}

function volumesOf(instance: Ec2Instance): readonly InstanceVolume[] {
  return (instance.BlockDeviceMappings ?? []).flatMap(({ DeviceName, Ebs }) =>
    Ebs?.VolumeId === undefined
      ? []
      : [
          {
            volumeId: Ebs.VolumeId,
            isRoot: isRootDevice(instance, DeviceName),
            deleteOnTermination: Ebs.DeleteOnTermination ?? false,
          },
        ],
  );
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
