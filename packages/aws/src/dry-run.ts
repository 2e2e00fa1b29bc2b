import type { RunInstancesRequest } from '@aws-sdk/client-ec2';
import type { ChangeVerb, PlannedCall } from '@belay/cloud';
import type { Ec2Api } from './ec2-api.ts';
import { requestOf } from './instance-request.ts';
import { newTags } from './tags.ts';

/**
 * For each verb of the port the call that it makes, as a dry run. What a plan does not know yet and no right hangs on,
 * such as a size, is filled in with something that EC2 takes; where the very object is not known nothing is asked.
 */
export interface DryRun {
  /** The names by which a policy allows it. */
  readonly actions: readonly string[];
  /** The call, or why there is none. */
  readonly ask: Ask | string;
}

export type Ask = (api: Ec2Api, signal: AbortSignal) => Promise<unknown>;

export function dryRunOf(call: PlannedCall, region: string): DryRun {
  return dryRuns[call.verb](call, region);
}

const DryRun = true;

/** Stands for whatever the tags of a resource will be. */
const key = 'belay-permissions-check';

const dryRuns: Readonly<Record<ChangeVerb, (call: PlannedCall, region: string) => DryRun>> = {
  'instances.create': ({ instance }) => ({
    actions: ['ec2:RunInstances', 'ec2:CreateTags'],
    ask:
      instance === undefined
        ? 'The call does not say what instance it is for.'
        : (api, signal) => api.runInstances({ ...launchOf(instance), DryRun }, signal),
  }),
  'instances.start': (call) =>
    on(call, 'instanceId', 'ec2:StartInstances', (id, api, signal) =>
      api.startInstances({ InstanceIds: [id], DryRun }, signal),
    ),
  'instances.stop': (call) =>
    on(call, 'instanceId', 'ec2:StopInstances', (id, api, signal) =>
      api.stopInstances({ InstanceIds: [id], DryRun }, signal),
    ),
  'instances.delete': (call) =>
    on(call, 'instanceId', 'ec2:TerminateInstances', (id, api, signal) =>
      api.terminateInstances({ InstanceIds: [id], DryRun }, signal),
    ),
  'instances.rename': (call) =>
    on(call, 'instanceId', 'ec2:CreateTags', (id, api, signal) =>
      api.createTags({ Resources: [id], Tags: [{ Key: 'Name', Value: key }], DryRun }, signal),
    ),
  'instances.keepVolume': (call) =>
    on(call, 'instanceId', 'ec2:ModifyInstanceAttribute', (id, api, signal) => {
      const mapping = { DeviceName: '/dev/sdf', Ebs: { DeleteOnTermination: false } };
      return api.modifyInstanceAttribute({ InstanceId: id, BlockDeviceMappings: [mapping], DryRun }, signal);
    }),
  'instances.resize': (call) => {
    const { actions, ask } = on(call, 'instanceId', 'ec2:ModifyInstanceAttribute', (id, api, signal) =>
      api.modifyInstanceAttribute({ InstanceId: id, InstanceType: { Value: anyType(call) }, DryRun }, signal),
    );
    return call.instance?.reservationId === undefined
      ? { actions, ask }
      : { actions: [...actions, 'ec2:ModifyInstanceCapacityReservationAttributes'], ask };
  },

  'volumes.create': ({ instance, snapshotId }, region) => ({
    actions: ['ec2:CreateVolume', 'ec2:CreateTags'],
    ask: (api, signal) =>
      api.createVolume(
        {
          AvailabilityZone: anyZone(instance?.zone, region),
          Size: 1,
          VolumeType: 'gp3',
          ...(snapshotId === undefined ? {} : { SnapshotId: snapshotId }),
          TagSpecifications: newTags('volume', key, {}),
          DryRun,
        },
        signal,
      ),
  }),
  'volumes.attach': (call) =>
    onPair(call, 'ec2:AttachVolume', (VolumeId, InstanceId, api, signal) =>
      api.attachVolume({ VolumeId, InstanceId, Device: '/dev/xvdba', DryRun }, signal),
    ),
  'volumes.detach': (call) =>
    onPair(call, 'ec2:DetachVolume', (VolumeId, InstanceId, api, signal) =>
      api.detachVolume({ VolumeId, InstanceId, DryRun }, signal),
    ),
  'volumes.delete': (call) =>
    on(call, 'volumeId', 'ec2:DeleteVolume', (VolumeId, api, signal) =>
      api.deleteVolume({ VolumeId, DryRun }, signal),
    ),
  'volumes.copy': (call) =>
    tagged(
      on(call, 'volumeId', 'ec2:CopyVolumes', (SourceVolumeId, api, signal) =>
        api.copyVolumes({ SourceVolumeId, TagSpecifications: newTags('volume', key, {}), DryRun }, signal),
      ),
    ),
  'volumes.modify': (call) =>
    on(call, 'volumeId', 'ec2:ModifyVolume', (VolumeId, api, signal) =>
      api.modifyVolume({ VolumeId, VolumeType: 'gp3', DryRun }, signal),
    ),

  'snapshots.create': (call) =>
    tagged(
      on(call, 'volumeId', 'ec2:CreateSnapshot', (VolumeId, api, signal) =>
        api.createSnapshot({ VolumeId, TagSpecifications: newTags('snapshot', key, {}), DryRun }, signal),
      ),
    ),
  'snapshots.copy': (call, region) =>
    tagged(
      on(call, 'snapshotId', 'ec2:CopySnapshot', (SourceSnapshotId, api, signal) => {
        const TagSpecifications = newTags('snapshot', key, {});
        return api.copySnapshot(
          { SourceSnapshotId, SourceRegion: region, TagSpecifications, DryRun },
          signal,
        );
      }),
    ),
  'snapshots.share': (call) =>
    on(call, 'snapshotId', 'ec2:ModifySnapshotAttribute', (SnapshotId, api, signal) =>
      api.modifySnapshotAttribute(
        {
          SnapshotId,
          Attribute: 'createVolumePermission',
          OperationType: 'remove',
          UserIds: ['000000000000'],
          DryRun,
        },
        signal,
      ),
    ),
  'snapshots.delete': (call) =>
    on(call, 'snapshotId', 'ec2:DeleteSnapshot', (SnapshotId, api, signal) =>
      api.deleteSnapshot({ SnapshotId, DryRun }, signal),
    ),

  'floatingIps.create': () => ({
    actions: ['ec2:AllocateAddress', 'ec2:CreateTags'],
    ask: (api, signal) =>
      api.allocateAddress(
        { Domain: 'vpc', TagSpecifications: newTags('elastic-ip', key, {}), DryRun },
        signal,
      ),
  }),
  // With an instance the address goes there, and without one it comes off.
  'floatingIps.move': (call) =>
    call.instanceId === undefined
      ? on(call, 'floatingIpId', 'ec2:DisassociateAddress', async (id, api, signal) => {
          const { Addresses: [address] = [] } = await api.describeAddresses({ AllocationIds: [id] }, signal);
          const AssociationId = address?.AssociationId ?? 'eipassoc-00000000000000000';
          return api.disassociateAddress({ AssociationId, DryRun }, signal);
        })
      : on(call, 'floatingIpId', 'ec2:AssociateAddress', (AllocationId, api, signal) =>
          api.associateAddress(
            { AllocationId, InstanceId: call.instanceId, AllowReassociation: true, DryRun },
            signal,
          ),
        ),
  'floatingIps.delete': (call) =>
    on(call, 'floatingIpId', 'ec2:ReleaseAddress', (AllocationId, api, signal) =>
      api.releaseAddress({ AllocationId, DryRun }, signal),
    ),

  'reservations.create': (call, region) => ({
    actions: ['ec2:CreateCapacityReservation', 'ec2:CreateTags'],
    ask: (api, signal) =>
      api.createCapacityReservation(
        {
          InstanceType: anyType(call),
          InstancePlatform: 'Linux/UNIX',
          AvailabilityZone: anyZone(call.instance?.zone, region),
          InstanceCount: 1,
          InstanceMatchCriteria: 'targeted',
          TagSpecifications: newTags('capacity-reservation', key, {}),
          DryRun,
        },
        signal,
      ),
  }),
  'reservations.delete': (call) => ({
    actions: ['ec2:CancelCapacityReservation'],
    ask: askOf(
      call.instance?.reservationId,
      'reservation',
      (id) => (api, signal) => api.cancelCapacityReservation({ CapacityReservationId: id, DryRun }, signal),
    ),
  }),

  'dns.change': () => ({
    actions: [
      'route53:ListHostedZones',
      'route53:ListResourceRecordSets',
      'route53:ChangeResourceRecordSets',
      'route53:GetChange',
    ],
    ask: 'Route 53 has no dry run.',
  }),
};

type ObjectName = 'instanceId' | 'volumeId' | 'snapshotId' | 'floatingIpId';

function on(
  call: PlannedCall,
  name: ObjectName,
  action: string,
  ask: (id: string, api: Ec2Api, signal: AbortSignal) => Promise<unknown>,
): DryRun {
  const noun = name.slice(0, -'Id'.length);
  return { actions: [action], ask: askOf(call[name], noun, (id) => (api, signal) => ask(id, api, signal)) };
}

function onPair(
  call: PlannedCall,
  action: string,
  ask: (volumeId: string, instanceId: string, api: Ec2Api, signal: AbortSignal) => Promise<unknown>,
): DryRun {
  const { volumeId } = call;
  if (volumeId === undefined) return { actions: [action], ask: notGiven('volume') };
  return on(call, 'instanceId', action, (id, api, signal) => ask(volumeId, id, api, signal));
}

function askOf(id: string | undefined, noun: string, ask: (id: string) => Ask): Ask | string {
  return id === undefined ? notGiven(noun) : ask(id);
}

function notGiven(noun: string): string {
  return `The ${noun} is not known yet, and rights may hang on it.`;
}

/** A create that carries tags needs the right to write tags as well. */
function tagged({ actions, ask }: DryRun): DryRun {
  return { actions: [...actions, 'ec2:CreateTags'], ask };
}

/** EC2 looks at the rights before it judges the rest, so any type that exists will do. */
function anyType({ instance }: PlannedCall): string {
  return instance?.instanceType ?? 't3.micro';
}

function anyZone(zone: string | undefined, region: string): string {
  return zone ?? `${region}a`;
}

function launchOf(instance: Exclude<PlannedCall['instance'], undefined>): RunInstancesRequest {
  return requestOf(instance, key, []);
}
