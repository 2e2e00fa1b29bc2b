import type { _InstanceType, BlockDeviceMapping, RunInstancesRequest } from '@aws-sdk/client-ec2';
import type { InstanceSpec } from '@belay/cloud';
import { newTags } from './tags.ts';

/** What EC2 is asked for to make one instance of this kind, but for the token. */
export function requestOf(
  spec: InstanceSpec,
  key: string,
  mappings: readonly BlockDeviceMapping[],
): RunInstancesRequest {
  const { reservationId } = spec;
  return {
    MinCount: 1,
    MaxCount: 1,
    ImageId: spec.imageId,
    // The list of types in the SDK is as old as the SDK; EC2 judges the name.
    InstanceType: spec.instanceType as _InstanceType,
    Placement: { AvailabilityZone: spec.zone },
    ...(spec.networkId === undefined ? {} : { SubnetId: spec.networkId }),
    ...(spec.securityGroups === undefined ? {} : { SecurityGroupIds: [...spec.securityGroups] }),
    ...(spec.keyName === undefined ? {} : { KeyName: spec.keyName }),
    ...(spec.userData === undefined ? {} : { UserData: Buffer.from(spec.userData).toString('base64') }),
    ...(reservationId === undefined
      ? {}
      : {
          CapacityReservationSpecification: {
            CapacityReservationTarget: { CapacityReservationId: reservationId },
          },
        }),
    ...(mappings.length === 0 ? {} : { BlockDeviceMappings: [...mappings] }),
    TagSpecifications: newTags('instance', key, spec.tags, spec.name),
  };
}

/** EC2's limit is on the plain text, before it is encoded. */
const maxUserDataBytes = 16_384;

/** Why EC2 would not take this spec; known without asking. */
export function refusalOf({ userData }: InstanceSpec): string | undefined {
  const bytes = Buffer.byteLength(userData ?? '');
  if (bytes <= maxUserDataBytes) return undefined;
  return `userData has ${bytes} bytes, and EC2 takes ${maxUserDataBytes} at most.`;
}
