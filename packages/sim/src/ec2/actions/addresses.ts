import { err, ok, type Result } from 'neverthrow';
import {
  allocateAddress,
  describeAddress,
  disassociateAddress,
  listAddresses,
  moveAddress,
  releaseAddress,
} from '../../floating-ips.ts';
import type { Refusal } from '../../refusal.ts';
import type { FloatingIpRecord } from '../../state.ts';
import type { World } from '../../world.ts';
import { ownerId } from '../account.ts';
import { type Action, action, done } from '../action.ts';
import { type FilterTable, filtered, filters } from '../filters.ts';
import { named } from '../found.ts';
import { choice, flag, id, list, text, unmodelled } from '../parameters.ts';
import { allTags, tagSet, tagSpecifications, tagsFor } from '../tags.ts';
import type { XmlFields } from '../xml.ts';

/** Elastic addresses. Each instance has one network interface, so naming that is naming the instance. */
export const addressActions: readonly Action[] = [
  action({
    name: 'AllocateAddress',
    operation: 'floatingIps.create',
    changes: true,
    parameters: {
      Domain: choice('vpc'),
      TagSpecification: tagSpecifications,
      NetworkBorderGroup: unmodelled,
      PublicIpv4Pool: unmodelled,
    },
    perform: (world, { TagSpecification }) =>
      tagsFor(TagSpecification, 'elastic-ip')
        .andThen((given) => allocateAddress(world, allTags(given)))
        .map((allocationId) => ({
          allocationId,
          publicIp: world.state.floatingIps[allocationId]?.address,
          domain: 'vpc',
          publicIpv4Pool: 'amazon',
          networkBorderGroup: world.at.region,
        })),
  }),
  action({
    name: 'AssociateAddress',
    operation: 'floatingIps.move',
    changes: true,
    parameters: {
      AllocationId: id('address'),
      PublicIp: text,
      InstanceId: id('instance'),
      NetworkInterfaceId: text,
      PrivateIpAddress: unmodelled,
      AllowReassociation: flag,
    },
    perform(world, asked) {
      const instanceId = asked.InstanceId ?? instanceBehind(world, asked.NetworkInterfaceId);
      if (instanceId === undefined && asked.NetworkInterfaceId !== undefined) {
        const message = `The networkInterface ID '${asked.NetworkInterfaceId}' does not exist`;
        return err({ rule: 'no-such-instance', code: 'InvalidNetworkInterfaceID.NotFound', message });
      }
      if (instanceId === undefined) return missing('InstanceId');
      return addressNamed(world, asked.AllocationId, asked.PublicIp)
        .andThen(({ id: addressId }) =>
          // In an account that has only VPCs an address moves unless it is told not to.
          moveAddress(world, { addressId, instanceId, mayTake: asked.AllowReassociation ?? true })
            .mapErr(inIdWords)
            .map(() => addressId),
        )
        .map((addressId) => ({ ...done, associationId: world.state.floatingIps[addressId]?.associationId }));
    },
  }),
  action({
    name: 'DisassociateAddress',
    operation: 'floatingIps.move',
    changes: true,
    parameters: { AssociationId: id('association'), PublicIp: text },
    perform(world, { AssociationId, PublicIp }) {
      if (AssociationId !== undefined) return disassociateAddress(world, AssociationId).map(() => done);
      return addressNamed(world, undefined, PublicIp, 'AssociationId')
        .andThen(({ id: addressId }) => moveAddress(world, { addressId, mayTake: true }))
        .map(() => done);
    },
  }),
  action({
    name: 'ReleaseAddress',
    operation: 'floatingIps.delete',
    changes: true,
    parameters: { AllocationId: id('address'), PublicIp: text, NetworkBorderGroup: unmodelled },
    perform: (world, { AllocationId, PublicIp }) =>
      addressNamed(world, AllocationId, PublicIp)
        .andThen(({ id: addressId }) => releaseAddress(world, addressId))
        .map(() => done),
  }),
  action({
    name: 'DescribeAddresses',
    operation: ({ AllocationId }) => (AllocationId.length > 0 ? 'floatingIps.get' : 'floatingIps.list'),
    changes: false,
    parameters: { AllocationId: list(id('address')), PublicIp: list(text), Filter: filters },
    perform(world, asked) {
      const found: Result<readonly FloatingIpRecord[], Refusal> =
        asked.AllocationId.length > 0
          ? named(asked.AllocationId, (one) => describeAddress(world, one), 'allocation')
          : ok(listAddresses(world));
      return found
        .andThen((all) => withPublicIps(all, asked.PublicIp))
        .andThen((all) => filtered(all, asked.Filter, addressFilters(world), allTags))
        .map((all) => ({ addressesSet: all.map((address) => addressFields(world, address)) }));
    },
  }),
];

/**
 * For an address, an instance in the wrong state has a code that speaks of its id.
 * Source: hashicorp/terraform-provider-aws#3072, cloudposse/terraform-aws-ec2-instance#95.
 */
function inIdWords(refusal: Refusal): Refusal {
  if (refusal.rule !== 'instance-transitional' && refusal.rule !== 'instance-gone') return refusal;
  const { resourceId = '', lastState } = refusal;
  const state = lastState === 'gone' ? 'terminated' : lastState;
  const message = `The ${state} instance '${resourceId}' is not in a valid state for this operation.`;
  return { ...refusal, code: 'InvalidInstanceID', message };
}

function addressNamed(
  world: World,
  allocationId: string | undefined,
  publicIp: string | undefined,
  parameter = 'AllocationId',
): Result<FloatingIpRecord, Refusal> {
  if (allocationId === undefined && publicIp === undefined) return missing(parameter);
  const { floatingIps } = world.state;
  const address =
    allocationId === undefined
      ? Object.values(floatingIps).find((one) => one.address === publicIp)
      : floatingIps[allocationId];
  if (address !== undefined) return ok(address);
  if (allocationId === undefined) return noSuchIp(publicIp ?? '');
  return err({
    rule: 'no-such-address',
    message: `The allocation ID '${allocationId}' does not exist`,
    resourceId: allocationId,
  });
}

function withPublicIps(
  all: readonly FloatingIpRecord[],
  wanted: readonly string[],
): Result<readonly FloatingIpRecord[], Refusal> {
  const unknown = wanted.find((ip) => !all.some(({ address }) => address === ip));
  if (unknown !== undefined) return noSuchIp(unknown);
  return ok(wanted.length === 0 ? all : all.filter(({ address }) => wanted.includes(address)));
}

function addressFields(world: World, address: FloatingIpRecord): XmlFields {
  const { instanceId } = address;
  const instance = instanceId === undefined ? undefined : world.state.instances[instanceId];
  return {
    publicIp: address.address,
    allocationId: address.id,
    domain: 'vpc',
    instanceId: instanceId ?? '',
    associationId: address.associationId,
    ...(instance === undefined
      ? {}
      : {
          networkInterfaceId: interfaceOf(instance.id),
          networkInterfaceOwnerId: ownerId(world),
          privateIpAddress: instance.privateAddress,
        }),
    publicIpv4Pool: 'amazon',
    networkBorderGroup: world.at.region,
    tagSet: tagSet(address.tags),
  };
}

function addressFilters(world: World): FilterTable<FloatingIpRecord> {
  return {
    'allocation-id': (one) => [one.id],
    'association-id': ({ associationId }) => [associationId],
    'instance-id': ({ instanceId }) => [instanceId],
    'network-interface-id': ({ instanceId }) => [
      instanceId === undefined ? undefined : interfaceOf(instanceId),
    ],
    'network-interface-owner-id': ({ instanceId }) => [instanceId === undefined ? undefined : ownerId(world)],
    'private-ip-address': ({ instanceId = '' }) => [world.state.instances[instanceId]?.privateAddress],
    'public-ip': ({ address }) => [address],
    'network-border-group': () => [world.at.region],
  };
}

/** The id of an instance's only network interface. */
function interfaceOf(instanceId: string): string {
  return `eni-${instanceId.slice('i-'.length)}`;
}

function instanceBehind(world: World, networkInterfaceId: string | undefined): string | undefined {
  return Object.keys(world.state.instances).find(
    (instanceId) => interfaceOf(instanceId) === networkInterfaceId,
  );
}

function missing(parameter: string): Result<never, Refusal> {
  return err({
    rule: 'bad-parameter',
    code: 'MissingParameter',
    message: `The request must contain the parameter ${parameter}.`,
  });
}

function noSuchIp(publicIp: string): Result<never, Refusal> {
  return err({
    rule: 'no-such-address',
    code: 'InvalidAddress.NotFound',
    message: `Address '${publicIp}' not found.`,
  });
}
