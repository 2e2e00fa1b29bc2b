import { err, ok, type Result } from 'neverthrow';
import { setDeleteOnTermination } from '../../attachments.ts';
import { rootDevice } from '../../devices.ts';
import { describeInstance, protectInstance } from '../../instances.ts';
import { livingInstance } from '../../records.ts';
import type { Refusal } from '../../refusal.ts';
import { nameReservation, resizeInstance } from '../../resize.ts';
import type { InstanceRecord } from '../../state.ts';
import type { World } from '../../world.ts';
import { type Action, action, done } from '../action.ts';
import { booksOf } from '../books.ts';
import { mappingFields, withTheirs } from '../instance-answer.ts';
import { userDataOf } from '../launch-request.ts';
import {
  choice,
  flag,
  group,
  id,
  list,
  type Parameter,
  required,
  text,
  unmodelled,
  type ValuesOf,
} from '../parameters.ts';
import type { XmlFields } from '../xml.ts';

/** The properties of an instance that are read and changed one at a time. */
const disk = group({
  DeviceName: text,
  Ebs: group({ DeleteOnTermination: flag, VolumeId: id('volume') }),
  NoDevice: unmodelled,
  VirtualName: unmodelled,
});

type DiskChange = typeof disk extends Parameter<infer T> ? NonNullable<T> : never;

const changes = {
  InstanceId: required(id('instance')),
  InstanceType: group({ Value: text }),
  DisableApiTermination: group({ Value: flag }),
  BlockDeviceMapping: list(disk),
  UserData: group({ Value: text }),
  Attribute: text,
  Value: text,
  DisableApiStop: unmodelled,
  EbsOptimized: unmodelled,
  EnaSupport: unmodelled,
  GroupId: unmodelled,
  InstanceInitiatedShutdownBehavior: unmodelled,
  SourceDestCheck: unmodelled,
} as const;

type Changes = ValuesOf<typeof changes>;

export const instanceAttributeActions: readonly Action[] = [
  action({
    name: 'ModifyInstanceAttribute',
    operation: (asked) => {
      if (asked.DisableApiTermination !== undefined || asked.Attribute === 'disableApiTermination') {
        return 'instances.protect';
      }
      return asked.BlockDeviceMapping.length > 0 ? 'instances.keepVolume' : 'instances.resize';
    },
    changes: true,
    parameters: changes,
    perform: (world, asked) => oneChange(asked).andThen((change) => apply(world, asked.InstanceId, change)),
  }),
  action({
    name: 'ModifyInstanceCapacityReservationAttributes',
    operation: 'instances.resize',
    changes: true,
    parameters: {
      InstanceId: required(id('instance')),
      CapacityReservationSpecification: group({
        CapacityReservationPreference: choice('open', 'none', 'capacity-reservations-only'),
        CapacityReservationTarget: group({ CapacityReservationId: id('reservation') }),
      }),
    },
    perform(world, { InstanceId, CapacityReservationSpecification: wanted }) {
      const reservationId = wanted?.CapacityReservationTarget?.CapacityReservationId;
      if (reservationId === undefined && wanted?.CapacityReservationPreference === undefined) {
        return err({
          rule: 'bad-parameter',
          code: 'MissingParameter',
          message: 'The request must contain the parameter CapacityReservationSpecification.',
        });
      }
      return nameReservation(world, InstanceId, reservationId).map(() => done);
    },
  }),
  action({
    name: 'DescribeInstanceAttribute',
    operation: 'instances.get',
    changes: false,
    parameters: {
      InstanceId: required(id('instance')),
      Attribute: required(
        choice(
          'instanceType',
          'userData',
          'disableApiTermination',
          'disableApiStop',
          'blockDeviceMapping',
          'rootDeviceName',
          'ebsOptimized',
          'instanceInitiatedShutdownBehavior',
          'groupSet',
          'productCodes',
        ),
      ),
    },
    perform: (world, { InstanceId, Attribute }) =>
      describeInstance(world, InstanceId).map((instance) => ({
        instanceId: InstanceId,
        ...attributeFields(world, instance, Attribute),
      })),
  }),
];

/** What shall become of the instance: one thing in a call, as EC2 has it. */
interface Change {
  readonly instanceType?: string | undefined;
  readonly isProtected?: boolean | undefined;
  readonly userData?: string | undefined;
  readonly disks: readonly DiskChange[];
}

/** There are two ways to say it: a parameter of its own, or the name of the attribute and its value. */
function oneChange(asked: Changes): Result<Change, Refusal> {
  const { Attribute: attribute, Value: value } = asked;
  const change: Change = {
    instanceType: asked.InstanceType?.Value ?? (attribute === 'instanceType' ? value : undefined),
    isProtected:
      asked.DisableApiTermination?.Value ??
      (attribute === 'disableApiTermination' ? value?.toLowerCase() === 'true' : undefined),
    userData: asked.UserData?.Value ?? (attribute === 'userData' ? value : undefined),
    disks: asked.BlockDeviceMapping,
  };
  const { instanceType, isProtected, userData, disks } = change;
  const named = [instanceType, isProtected, userData].filter((one) => one !== undefined).length;
  const count = named + (disks.length > 0 ? 1 : 0);
  if (count <= 1) return ok(change);
  return err({
    rule: 'bad-parameter',
    code: 'InvalidParameterCombination',
    message: 'Fields for multiple attribute types specified.',
  });
}

function apply(world: World, instanceId: string, change: Change): Result<XmlFields, Refusal> {
  const { instanceType, isProtected, userData, disks } = change;
  return livingInstance(world, instanceId)
    .andThen((instance): Result<unknown, Refusal> => {
      if (instanceType !== undefined) return resizeInstance(world, instanceId, instanceType);
      if (isProtected !== undefined) return protectInstance(world, instanceId, isProtected);
      if (userData !== undefined) return setUserData(world, instance, userData);
      return disks.reduce<Result<unknown, Refusal>>(
        (before, one) => before.andThen(() => keepDisk(world, instance, one)),
        ok(undefined),
      );
    })
    .map(() => done);
}

function setUserData(world: World, instance: InstanceRecord, sent: string): Result<void, Refusal> {
  if (instance.state !== 'stopped') {
    return err({
      rule: 'instance-running',
      message: `The instance '${instance.id}' is not in the 'stopped' state.`,
      resourceId: instance.id,
      lastState: instance.state,
    });
  }
  return userDataOf(sent).map((userData) => {
    const book = booksOf(world).instances;
    const known = book[instance.id] ?? {
      launchId: `r-${instance.id.slice('i-'.length)}`,
      securityGroups: [],
    };
    book[instance.id] = { ...known, userData: sent };
    world.state.instances[instance.id] = { ...instance, userData };
  });
}

function keepDisk(
  world: World,
  instance: InstanceRecord,
  { DeviceName: device, Ebs }: DiskChange,
): Result<void, Refusal> {
  const mine = Object.values(world.state.volumes).find(({ id: volumeId, attachments }) =>
    attachments.some(
      (one) =>
        one.instanceId === instance.id &&
        (device === undefined ? Ebs?.VolumeId === volumeId : one.device === device),
    ),
  );
  if (mine === undefined) {
    return err({
      rule: 'bad-parameter',
      code: 'InvalidInstanceAttributeValue',
      message: `No device is currently mapped at ${device ?? Ebs?.VolumeId ?? '(none named)'}.`,
    });
  }
  const value = Ebs?.DeleteOnTermination;
  if (value === undefined) return ok();
  return setDeleteOnTermination(world, { volumeId: mine.id, instanceId: instance.id, value });
}

function attributeFields(world: World, instance: InstanceRecord, attribute: string): XmlFields {
  const book = booksOf(world).instances[instance.id];
  switch (attribute) {
    case 'instanceType':
      return { instanceType: { value: instance.instanceType } };
    case 'userData': {
      const plain =
        instance.userData === undefined ? undefined : Buffer.from(instance.userData).toString('base64');
      return { userData: { value: book?.userData ?? plain } };
    }
    case 'disableApiTermination':
      return { disableApiTermination: { value: instance.deletionProtected } };
    case 'blockDeviceMapping': {
      const [shown] = withTheirs(world, [instance]);
      return { blockDeviceMapping: (shown?.disks ?? []).map(mappingFields) };
    }
    case 'rootDeviceName':
      return { rootDeviceName: { value: rootDevice(world) } };
    case 'instanceInitiatedShutdownBehavior':
      return { instanceInitiatedShutdownBehavior: { value: 'stop' } };
    case 'groupSet':
      return { groupSet: (book?.securityGroups ?? []).map((groupId) => ({ groupId, groupName: groupId })) };
    case 'productCodes':
      return { productCodes: [] };
    default:
      return { [attribute]: { value: false } };
  }
}
