import { err, ok, type Result } from 'neverthrow';
import type { Transitions } from './agenda.ts';
import { newId, newPublicAddress } from './names.ts';
import { withinQuota } from './quotas.ts';
import { livingInstance } from './records.ts';
import type { Refusal } from './refusal.ts';
import type { FloatingIpRecord } from './state.ts';
import type { World } from './world.ts';

/**
 * Floating addresses as the provider's API has them. The books change with the request; the packets follow a little
 * later. No cloud takes a token here: the same request twice makes two.
 */
export interface MoveRequest {
  readonly addressId: string;
  /** Absent: bound to nothing. */
  readonly instanceId?: string | undefined;
  /** May it be taken from whoever has it? */
  readonly mayTake: boolean;
  /** Refused where the address has been changed since this revision was read. */
  readonly revision?: number | undefined;
}

export function allocateAddress(
  world: World,
  tags: Readonly<Record<string, string>>,
): Result<string, Refusal> {
  return withinQuota(world, 'floatingIps', 1).map(() => {
    const address: FloatingIpRecord = {
      id: newId(world, 'address'),
      address: newPublicAddress(world),
      moving: false,
      revision: 1,
      tags: { ...tags },
    };
    world.state.floatingIps[address.id] = address;
    world.blur(address, 'floatingIps.create', null);
    return address.id;
  });
}

export function moveAddress(world: World, request: MoveRequest): Result<void, Refusal> {
  const { addressId, instanceId, revision } = request;
  const address = world.state.floatingIps[addressId];
  if (address === undefined) return noSuchAddress(addressId);
  if (revision !== undefined && revision !== address.revision) {
    return err({
      rule: 'address-changed',
      message: `The address ${address.address} was changed by somebody else.`,
      resourceId: addressId,
    });
  }
  if (address.instanceId === instanceId) return ok();
  if (instanceId === undefined) return ok(bind(world, address, undefined));
  return livingInstance(world, instanceId)
    .andThen((instance): Result<void, Refusal> => {
      if (instance.state === 'running' || instance.state === 'stopped' || instance.state === 'resized')
        return ok();
      return err({
        rule: 'instance-transitional',
        message: `The instance ${instanceId} is ${instance.state}.`,
        resourceId: instanceId,
        lastState: instance.state,
      });
    })
    .andThen(() => mayBind(world, address, request))
    .map(() => bind(world, address, instanceId));
}

/** Unbinds by the name of the bond, as EC2 does: a bond that has been replaced is not touched. */
export function disassociateAddress(world: World, associationId: string): Result<void, Refusal> {
  const address = Object.values(world.state.floatingIps).find((one) => one.associationId === associationId);
  if (address !== undefined) return ok(bind(world, address, undefined));
  return err({
    rule: 'no-such-association',
    message: `The association ${associationId} does not exist.`,
    resourceId: associationId,
  });
}

export function releaseAddress(world: World, addressId: string): Result<void, Refusal> {
  const address = world.state.floatingIps[addressId];
  if (address === undefined) return noSuchAddress(addressId);
  if (address.instanceId !== undefined) {
    return err({
      rule: 'address-bound',
      message: `The address ${address.address} is bound to ${address.instanceId}.`,
      resourceId: addressId,
    });
  }
  delete world.state.floatingIps[addressId];
  world.emit('address.released', { addressId });
  return ok();
}

/** What a read shows of it. */
export function describeAddress(world: World, addressId: string): Result<FloatingIpRecord, Refusal> {
  const address = world.state.floatingIps[addressId];
  const seen = address === undefined ? undefined : world.seen(address);
  return seen === undefined ? noSuchAddress(addressId) : ok(structuredClone(seen));
}

export function listAddresses(world: World): readonly FloatingIpRecord[] {
  return Object.keys(world.state.floatingIps).flatMap((id) =>
    describeAddress(world, id).match(
      (address) => [address],
      () => [],
    ),
  );
}

export const addressTransitions: Transitions<'address.routed'> = {
  'address.routed'(world, { addressId }) {
    const address = world.state.floatingIps[addressId];
    if (address === undefined) return;
    address.moving = false;
    address.routedTo = address.instanceId;
    world.emit('address.routed', { addressId, to: address.routedTo ?? null });
  },
};

function mayBind(world: World, address: FloatingIpRecord, request: MoveRequest): Result<void, Refusal> {
  const { traits, family } = world.profile;
  const boundTo = address.instanceId;
  if (boundTo !== undefined && !(request.mayTake && traits.floatingIpMoveAtomic)) {
    return err({
      rule: 'address-bound-elsewhere',
      message: `The address ${address.address} is bound to ${boundTo}.`,
      resourceId: address.id,
      lastState: boundTo,
    });
  }
  const former = Object.values(world.state.floatingIps).find((one) => one.instanceId === request.instanceId);
  if (former === undefined) return ok();
  if (family === 'openstack') {
    return err({
      rule: 'target-has-address',
      message: `${request.instanceId} has the address ${former.address} already.`,
      resourceId: address.id,
    });
  }
  // EC2 drops without a word the address that the target had.
  bind(world, former, undefined);
  return ok();
}

function bind(world: World, address: FloatingIpRecord, instanceId: string | undefined): void {
  world.blur(address, 'floatingIps.move');
  address.instanceId = instanceId;
  address.associationId = instanceId === undefined ? undefined : newId(world, 'association');
  address.revision += 1;
  address.moving = true;
  world.begin({
    operation: 'floatingIps.move',
    takes: 'floatingIps.move',
    transition: { what: 'address.routed', addressId: address.id },
  });
}

function noSuchAddress(addressId: string): Result<never, Refusal> {
  return err({
    rule: 'no-such-address',
    message: `The address ${addressId} does not exist.`,
    resourceId: addressId,
  });
}
