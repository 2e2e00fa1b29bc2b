import { err, ok, type Result } from 'neverthrow';
import { rootDevice } from '../devices.ts';
import { isOffered } from '../instance-types.ts';
import type { Refusal } from '../refusal.ts';
import type { World } from '../world.ts';
import { zoneNamed } from './account.ts';
import type { Launch, LaunchDisk } from './launch.ts';
import {
  flag,
  group,
  id,
  list,
  type Parameter,
  type ParametersOf,
  required,
  text,
  unmodelled,
  whole,
} from './parameters.ts';
import { type TagSpecification, tagSpecifications, tagsFor } from './tags.ts';

/** What `RunInstances` may be asked. What is not modelled here is taken without consequence; the rest is refused. */
export interface LaunchValues {
  readonly MinCount: number;
  readonly MaxCount: number;
  readonly ImageId: string;
  readonly InstanceType: string | undefined;
  readonly Placement: Placement | undefined;
  readonly SubnetId: string | undefined;
  readonly SecurityGroupId: readonly string[];
  readonly SecurityGroup: readonly string[];
  readonly KeyName: string | undefined;
  readonly UserData: string | undefined;
  readonly BlockDeviceMapping: readonly DiskValues[];
  readonly TagSpecification: readonly TagSpecification[];
  readonly DisableApiTermination: boolean | undefined;
  readonly CapacityReservationSpecification: CapacityWish | undefined;
  readonly ClientToken: string | undefined;
}

interface Placement {
  readonly AvailabilityZone: string | undefined;
  readonly AvailabilityZoneId: string | undefined;
}

interface CapacityWish {
  readonly CapacityReservationTarget: { readonly CapacityReservationId: string | undefined } | undefined;
}

interface DiskValues {
  readonly DeviceName: string | undefined;
  readonly NoDevice: string | undefined;
  readonly Ebs: EbsValues | undefined;
}

interface EbsValues {
  readonly DeleteOnTermination: boolean | undefined;
  readonly Iops: number | undefined;
  readonly SnapshotId: string | undefined;
  readonly VolumeSize: number | undefined;
  readonly VolumeType: string | undefined;
  readonly KmsKeyId: string | undefined;
  readonly Throughput: number | undefined;
  readonly Encrypted: boolean | undefined;
}

const disk: Parameter<DiskValues | undefined> = group({
  DeviceName: text,
  NoDevice: text,
  VirtualName: unmodelled,
  Ebs: group({
    DeleteOnTermination: flag,
    Iops: whole,
    SnapshotId: id('snapshot'),
    VolumeSize: whole,
    VolumeType: text,
    KmsKeyId: text,
    Throughput: whole,
    Encrypted: flag,
    VolumeInitializationRate: unmodelled,
  }),
});

const withoutConsequence = {
  AdditionalInfo: unmodelled,
  CpuOptions: unmodelled,
  CreditSpecification: unmodelled,
  DisableApiStop: unmodelled,
  EbsOptimized: unmodelled,
  EnclaveOptions: unmodelled,
  HibernationOptions: unmodelled,
  IamInstanceProfile: unmodelled,
  InstanceInitiatedShutdownBehavior: unmodelled,
  MaintenanceOptions: unmodelled,
  MetadataOptions: unmodelled,
  Monitoring: unmodelled,
  NetworkInterface: unmodelled,
  PrivateDnsNameOptions: unmodelled,
  PrivateIpAddress: unmodelled,
};

export const launchParameters: ParametersOf<LaunchValues> = {
  ...withoutConsequence,
  MinCount: required(whole),
  MaxCount: required(whole),
  ImageId: required(id('image')),
  InstanceType: text,
  Placement: group({
    AvailabilityZone: text,
    AvailabilityZoneId: text,
    Tenancy: unmodelled,
    GroupName: unmodelled,
    Affinity: unmodelled,
    HostId: unmodelled,
  }),
  SubnetId: text,
  SecurityGroupId: list(text),
  SecurityGroup: list(text),
  KeyName: text,
  UserData: text,
  BlockDeviceMapping: list(disk),
  TagSpecification: tagSpecifications,
  DisableApiTermination: flag,
  CapacityReservationSpecification: group({
    CapacityReservationPreference: text,
    CapacityReservationTarget: group({ CapacityReservationId: id('reservation') }),
  }),
  ClientToken: text,
};

/** The zone that the request names. */
export function launchZone(world: World, { Placement }: LaunchValues): string | undefined {
  return zoneNamed(world, Placement?.AvailabilityZone, Placement?.AvailabilityZoneId);
}

const longestUserDataBytes = 16 * 1024;
const usualType = 'm1.small';

/** Reads the request, as far as that needs no more than the request and the names in it. */
export function launchOf(world: World, asked: LaunchValues): Result<Launch, Refusal> {
  const { MinCount: least, MaxCount: most, InstanceType: instanceType = usualType } = asked;
  if (least < 1 || most < least) {
    return bad(
      'InvalidParameterValue',
      `MinCount must be 1 or more and not above MaxCount, not ${least} and ${most}.`,
    );
  }
  const zone =
    launchZone(world, asked) ??
    Object.keys(world.state.zones).find((one) => isOffered(world, instanceType, one)) ??
    Object.keys(world.state.zones)[0] ??
    '';
  return disksOf(asked.BlockDeviceMapping, rootDevice(world)).andThen((disks) =>
    userDataOf(asked.UserData).andThen((userData) =>
      tagsFor(asked.TagSpecification, 'instance', launchTaggable).andThen((instanceTags) =>
        tagsFor(asked.TagSpecification, 'volume', launchTaggable).map(
          (volumeTags): Launch => ({
            least,
            most,
            zone,
            instanceType,
            imageId: asked.ImageId,
            token: asked.ClientToken,
            userData,
            isProtected: asked.DisableApiTermination ?? false,
            capacityReservationId:
              asked.CapacityReservationSpecification?.CapacityReservationTarget?.CapacityReservationId,
            instanceTags,
            volumeTags,
            disks,
            book: {
              subnetId: asked.SubnetId,
              keyName: asked.KeyName,
              securityGroups: [...asked.SecurityGroupId, ...asked.SecurityGroup],
              userData: asked.UserData,
            },
          }),
        ),
      ),
    ),
  );
}

const launchTaggable = ['instance', 'volume', 'network-interface'] as const;

function disksOf(mappings: readonly DiskValues[], root: string): Result<readonly LaunchDisk[], Refusal> {
  const disks: LaunchDisk[] = [];
  for (const { DeviceName: device, NoDevice, Ebs } of mappings) {
    if (device === undefined)
      return bad('MissingParameter', 'The request must contain the parameter DeviceName.');
    if (disks.some((one) => one.device === device)) {
      return bad('InvalidBlockDeviceMapping', `The device '${device}' is used more than once.`);
    }
    if (NoDevice !== undefined) {
      if (device !== root) continue;
      return bad('InvalidBlockDeviceMapping', 'The root disk cannot be left out.');
    }
    if (Ebs === undefined) return bad('InvalidBlockDeviceMapping', `The device '${device}' has no Ebs.`);
    disks.push({
      device,
      sizeGiB: Ebs.VolumeSize,
      snapshotId: Ebs.SnapshotId,
      diskType: Ebs.VolumeType,
      iops: Ebs.Iops,
      throughputMiB: Ebs.Throughput,
      isEncrypted: Ebs.Encrypted === true || Ebs.KmsKeyId !== undefined,
      diesWithInstance: Ebs.DeleteOnTermination ?? true,
    });
  }
  return ok(disks);
}

/** From base64, as it is sent, to the text that the guest reads. */
export function userDataOf(sent: string | undefined): Result<string | undefined, Refusal> {
  if (sent === undefined) return ok(undefined);
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(sent)) {
    return bad('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.');
  }
  const bytes = Buffer.from(sent, 'base64');
  if (bytes.length > longestUserDataBytes) {
    return bad('InvalidParameterValue', `User data is limited to ${longestUserDataBytes} bytes.`);
  }
  return ok(bytes.toString('utf8'));
}

function bad(code: string, message: string): Result<never, Refusal> {
  return err({ rule: 'bad-parameter', code, message });
}
