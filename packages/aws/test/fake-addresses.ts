import type {
  Address,
  AllocateAddressRequest,
  AssociateAddressRequest,
  DescribeAddressesRequest,
  DisassociateAddressRequest,
  ReleaseAddressRequest,
} from '@aws-sdk/client-ec2';
import { ec2Error, isHidden, made, matches, tagsIn, type World } from './fake-ec2.ts';

interface FakeAddress {
  readonly id: string;
  readonly ip: string;
  readonly tags: { Key: string; Value: string }[];
  on: { instanceId: string; association: string } | undefined;
}

export interface FakeAddresses {
  allocateAddress(request: AllocateAddressRequest): object;
  associateAddress(request: AssociateAddressRequest): object;
  disassociateAddress(request: DisassociateAddressRequest): object;
  releaseAddress(request: ReleaseAddressRequest): object;
  describeAddresses(request: DescribeAddressesRequest): { Addresses: Address[] };
}

export function fakeAddresses(world: World): FakeAddresses {
  const all = new Map<string, FakeAddress>();
  const mustGet = (id = ''): FakeAddress => {
    const address = all.get(id);
    if (address === undefined) {
      throw ec2Error('InvalidAllocationID.NotFound', `The allocation ID '${id}' does not exist`);
    }
    return address;
  };
  return {
    allocateAddress({ TagSpecifications }) {
      const id = made(world, world.id('eipalloc'));
      all.set(id, { id, ip: `198.51.100.${all.size + 1}`, tags: tagsIn(TagSpecifications), on: undefined });
      return { AllocationId: id };
    },
    associateAddress({ AllocationId, InstanceId = '', AllowReassociation }) {
      const address = mustGet(AllocationId);
      if (address.on !== undefined && address.on.instanceId !== InstanceId && AllowReassociation !== true) {
        throw ec2Error('Resource.AlreadyAssociated', `${AllocationId} is already associated.`);
      }
      address.on = { instanceId: InstanceId, association: world.id('eipassoc') };
      return { AssociationId: address.on.association };
    },
    disassociateAddress({ AssociationId }) {
      const address = [...all.values()].find(({ on }) => on?.association === AssociationId);
      if (address === undefined) throw ec2Error('InvalidAssociationID.NotFound', 'No such association.');
      address.on = undefined;
      return {};
    },
    releaseAddress({ AllocationId }) {
      const address = mustGet(AllocationId);
      if (address.on !== undefined) throw ec2Error('InvalidIPAddress.InUse', `${address.ip} is in use.`);
      all.delete(address.id);
      return {};
    },
    describeAddresses({ AllocationIds, Filters }) {
      const missing = (AllocationIds ?? []).filter((id) => !all.has(id) || isHidden(world, id));
      if (missing.length > 0) {
        throw ec2Error(
          'InvalidAllocationID.NotFound',
          `The allocation ID '${missing.join(', ')}' does not exist`,
        );
      }
      const holder = Filters?.find(({ Name }) => Name === 'instance-id')?.Values;
      const found = [...all.values()].filter(
        ({ id, tags, on }) =>
          (AllocationIds === undefined || AllocationIds.includes(id)) &&
          matches(Filters, tags) &&
          (holder === undefined || (on !== undefined && holder.includes(on.instanceId))) &&
          (AllocationIds !== undefined || !isHidden(world, id)),
      );
      return {
        Addresses: found.map(({ id, ip, tags, on }) => ({
          AllocationId: id,
          PublicIp: ip,
          Tags: tags,
          ...(on === undefined ? {} : { InstanceId: on.instanceId, AssociationId: on.association }),
        })),
      };
    },
  };
}
