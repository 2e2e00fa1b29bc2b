import { err, ok, type Result } from 'neverthrow';
import type { Operation } from './faults.ts';
import type { Refusal } from './refusal.ts';
import type { Family } from './traits.ts';
import type { World } from './world.ts';

/**
 * What the account may do. Each call needs some of the provider's actions; whoever lacks one of them is refused before
 * anything is looked at. EC2 can be asked beforehand, and answers with the same words; OpenStack cannot.
 */

/** Whether this call would be let through, what it needs, and what of that is missing. */
export interface Permit {
  readonly actions: readonly string[];
  readonly missing: readonly string[];
}

export function permitOf(world: World, operation: Operation): Permit {
  const actions = actionsOf(operation, world.profile.family);
  return { actions, missing: actions.filter((action) => isDenied(world, action)) };
}

/** Refuses the call where an action that it needs is denied. */
export function permitted(world: World, operation: Operation): Result<void, Refusal> {
  const [action] = permitOf(world, operation).missing;
  if (action === undefined) return ok();
  return err({ rule: 'not-allowed', message: `You are not authorized to perform ${action}.` });
}

/** The provider's names of what a call does; none where it is not subject to rights. */
export function actionsOf(operation: Operation, family: Family): readonly string[] {
  return (family === 'ec2' ? ec2Actions : openstackActions)[operation] ?? [];
}

/** Is this one action denied? For callers that know better than the table what they need. */
export function isDenied(world: World, action: string): boolean {
  return Object.keys(world.state.denied).some((pattern) => {
    const literal = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${literal.join('.*')}$`).test(action);
  });
}

type Actions = Readonly<Partial<Record<Operation, readonly string[]>>>;

/** A create that carries tags needs the right to write tags as well. */
const tagging = 'ec2:CreateTags';

const ec2Actions: Actions = {
  'instances.get': ['ec2:DescribeInstances'],
  'instances.list': ['ec2:DescribeInstances'],
  'instances.create': ['ec2:RunInstances', tagging],
  'instances.start': ['ec2:StartInstances'],
  'instances.stop': ['ec2:StopInstances'],
  'instances.delete': ['ec2:TerminateInstances'],
  'instances.rename': [tagging],
  'instances.keepVolume': ['ec2:ModifyInstanceAttribute'],
  'instances.protect': ['ec2:ModifyInstanceAttribute'],
  'instances.resize': ['ec2:ModifyInstanceAttribute'],
  'instances.offer': ['ec2:DescribeInstanceTypeOfferings'],
  'volumes.get': ['ec2:DescribeVolumes'],
  'volumes.list': ['ec2:DescribeVolumes'],
  'volumes.create': ['ec2:CreateVolume', tagging],
  'volumes.attach': ['ec2:AttachVolume'],
  'volumes.detach': ['ec2:DetachVolume'],
  'volumes.delete': ['ec2:DeleteVolume'],
  'volumes.copy': ['ec2:CopyVolumes', tagging],
  'volumes.modify': ['ec2:ModifyVolume'],
  'snapshots.get': ['ec2:DescribeSnapshots'],
  'snapshots.list': ['ec2:DescribeSnapshots'],
  'snapshots.create': ['ec2:CreateSnapshot', tagging],
  'snapshots.copy': ['ec2:CopySnapshot', tagging],
  'snapshots.share': ['ec2:ModifySnapshotAttribute'],
  'snapshots.delete': ['ec2:DeleteSnapshot'],
  'floatingIps.get': ['ec2:DescribeAddresses'],
  'floatingIps.list': ['ec2:DescribeAddresses'],
  'floatingIps.create': ['ec2:AllocateAddress', tagging],
  'floatingIps.move': ['ec2:AssociateAddress', 'ec2:DisassociateAddress'],
  'floatingIps.delete': ['ec2:ReleaseAddress'],
  'images.get': ['ec2:DescribeImages'],
  'images.list': ['ec2:DescribeImages'],
  'reservations.get': ['ec2:DescribeCapacityReservations'],
  'reservations.list': ['ec2:DescribeCapacityReservations'],
  'reservations.create': ['ec2:CreateCapacityReservation', tagging],
  'reservations.delete': ['ec2:CancelCapacityReservation'],
  'dns.get': ['route53:ListResourceRecordSets'],
  'dns.change': ['route53:ChangeResourceRecordSets'],
};

const openstackActions: Actions = {
  'instances.get': ['os_compute_api:servers:show'],
  'instances.list': ['os_compute_api:servers:index'],
  'instances.create': ['os_compute_api:servers:create'],
  'instances.start': ['os_compute_api:servers:start'],
  'instances.stop': ['os_compute_api:servers:stop'],
  'instances.delete': ['os_compute_api:servers:delete'],
  'instances.rename': ['os_compute_api:servers:update'],
  'instances.keepVolume': ['os_compute_api:os-volumes-attachments:update'],
  'instances.protect': ['os_compute_api:os-lock-server:lock'],
  'instances.resize': ['os_compute_api:servers:resize'],
  'instances.confirmResize': ['os_compute_api:servers:confirm_resize'],
  'instances.revertResize': ['os_compute_api:servers:revert_resize'],
  'volumes.get': ['volume:get'],
  'volumes.list': ['volume:get_all'],
  'volumes.create': ['volume:create'],
  'volumes.attach': ['os_compute_api:os-volumes-attachments:create'],
  'volumes.detach': ['os_compute_api:os-volumes-attachments:delete'],
  'volumes.delete': ['volume:delete'],
  'volumes.copy': ['volume:create'],
  'volumes.modify': ['volume:extend', 'volume:retype'],
  'snapshots.get': ['volume:get_snapshot'],
  'snapshots.list': ['volume:get_all_snapshots'],
  'snapshots.create': ['volume:create_snapshot'],
  'snapshots.delete': ['volume:delete_snapshot'],
  'floatingIps.get': ['get_floatingip'],
  'floatingIps.list': ['get_floatingip'],
  'floatingIps.create': ['create_floatingip'],
  'floatingIps.move': ['update_floatingip'],
  'floatingIps.delete': ['delete_floatingip'],
  'images.get': ['get_image'],
  'images.list': ['get_images'],
  'dns.get': ['get_recordsets'],
  'dns.change': ['create_recordset', 'update_recordset', 'delete_recordset'],
};
