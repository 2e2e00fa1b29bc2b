import type { Address, Instance } from '@aws-sdk/client-ec2';
import type { CloudError, CloudResult, FloatingIp, FloatingIpMove, FloatingIps, Tags } from '@belay/cloud';
import { fail, findByKey, lookUp, mustExist, wait } from '@belay/cloud/adapter';
import { err, errAsync, ok, okAsync, type Result } from 'neverthrow';
import { createAddress, idOf, livingUnder } from './address-create.ts';
import type { Ec2 } from './ec2.ts';
import { instanceState } from './instance-mapping.ts';
import { pages } from './pages.ts';
import { beginChange, beginRead, read, repeat, type Span } from './span.ts';
import { hasTags, tagFilters, tagsOf } from './tags.ts';

/** The port's floating addresses over Elastic IPs. */
export function floatingIps(ec2: Ec2): FloatingIps {
  return {
    get: (id, options) =>
      mustExist(beginRead(ec2, 'floatingIps.get', options, id), ec2.addresses, id).map(floatingIpOf),
    find(key, options) {
      const span = beginRead(ec2, 'floatingIps.find', options);
      return findByKey({ span, key, look: () => livingUnder(span, key), idOf }).map((found) =>
        found === undefined ? undefined : floatingIpOf(found),
      );
    },
    list: (filter, options) => listAddresses(beginRead(ec2, 'floatingIps.list', options), filter?.tags),
    create: (spec, call) =>
      createAddress(beginChange(ec2, 'floatingIps.create', call), spec.tags, call.key).map(floatingIpOf),
    move: (id, way, call) => move(beginChange(ec2, 'floatingIps.move', call, id), id, way).map(floatingIpOf),
    delete: (id, call) => release(beginChange(ec2, 'floatingIps.delete', call, id), id),
  };
}

function floatingIpOf(address: Address): FloatingIp {
  const instanceId = boundTo(address);
  return {
    id: idOf(address),
    address: address.PublicIp ?? '',
    ...(instanceId === undefined ? {} : { instanceId }),
    tags: tagsOf(address.Tags),
  };
}

function boundTo({ InstanceId }: Address): string | undefined {
  return InstanceId === '' ? undefined : InstanceId;
}

/** Bound to something: an instance, or a network interface that belongs to none. */
function isBound({ AssociationId, InstanceId, NetworkInterfaceId }: Address): boolean {
  return [AssociationId, InstanceId, NetworkInterfaceId].some((id) => id !== undefined && id !== '');
}

async function* listAddresses(
  span: Span,
  tags: Tags | undefined,
): AsyncIterable<Result<FloatingIp, CloudError>> {
  const isWanted = hasTags(tags ?? {});
  // EC2 gives all addresses of an account in one answer.
  const found = pages<Address>(
    () =>
      read(span, (api, signal) =>
        api.describeAddresses(tags === undefined ? {} : { Filters: tagFilters(tags) }, signal),
      ).map(({ Addresses = [] }) => ({
        items: Addresses.filter((one) => isWanted(one.Tags)),
        next: undefined,
      })),
    () => fail(span, 'failed', 'EC2 gave the same page of addresses twice.'),
  );
  for await (const one of found) yield one.map(floatingIpOf);
}

/**
 * One call moves a bound address, with no moment in between. EC2 has no compare-and-set for it: the look before it
 * is what keeps belay from taking an address that somebody else has bound meanwhile, and only a move that was
 * planned from where the address is now may take it at all.
 */
function move(span: Span, id: string, way: FloatingIpMove): CloudResult<Address> {
  return mustExist(span, span.ec2.addresses, id).andThen((address) => {
    const now = boundTo(address);
    if (now === way.to && (now !== undefined || !isBound(address))) return okAsync(address);
    const isElsewhere = isBound(address) && (now === undefined || (now !== way.from && now !== way.to));
    if (isElsewhere) return errAsync(elsewhere(span, address));
    const { to } = way;
    if (to === undefined) return unbind(span, address).andThen(() => untilBound(span, id, undefined));
    return bind(span, id, to, isBound(address))
      .map(() => true)
      .orElse((error) =>
        error.code === notNow && error.applied === 'no'
          ? untilTakes(span, to).map(() => false)
          : errAsync(error),
      )
      .andThen((isAsked) => (isAsked ? untilBound(span, id, to) : move(span, id, way)));
  });
}

/** What EC2 says of an instance that takes no address in its state: one that is still on its way up, above all. */
const notNow = 'InvalidInstanceID';

/** The address is looked at anew afterwards: meanwhile somebody may have bound it. */
function untilTakes(span: Span, id: string): CloudResult<unknown> {
  return wait<Instance | undefined>(span, {
    observe: (signal) => span.ec2.instances.get(id, { signal }),
    until(seen, elapsedMs) {
      const state = seen === undefined ? 'unknown' : instanceState(seen);
      if (state === 'gone') {
        const lastState = seen?.State?.Name;
        return fail(span, 'not-found', `${id} is ${lastState}.`, { lastState, resourceId: id });
      }
      // An old read may say that it runs where EC2 has just refused it.
      return ['running', 'stopped'].includes(state) && elapsedMs > 0 ? 'yes' : 'not-yet';
    },
    stateOf: (seen) => seen?.State?.Name,
    applied: 'no',
  });
}

function elsewhere(span: Span, { PublicIp, InstanceId, NetworkInterfaceId }: Address): CloudError {
  const holder = InstanceId || NetworkInterfaceId || 'something else';
  return fail(span, 'attached-elsewhere', `${PublicIp} is bound to ${holder}, and was left there.`, {
    lastState: holder,
  });
}

/** By the association that was seen: if the address has been bound anew since, that is another one and stays. */
function unbind(span: Span, { AssociationId }: Address): CloudResult<void> {
  if (AssociationId === undefined) return okAsync(undefined);
  return repeat(span, (api, signal) => api.disassociateAddress({ AssociationId }, signal))
    .map(() => undefined)
    .orElse((error) => (error.kind === 'not-found' ? okAsync(undefined) : errAsync(error)));
}

function bind(span: Span, AllocationId: string, InstanceId: string, isBoundNow: boolean): CloudResult<void> {
  return withoutOther(span, AllocationId, InstanceId).andThen(() =>
    repeat(span, (api, signal) =>
      api.associateAddress({ AllocationId, InstanceId, AllowReassociation: isBoundNow }, signal),
    ).map(() => undefined),
  );
}

/** EC2 would silently drop an address that the target already has. */
function withoutOther(span: Span, id: string, instanceId: string): CloudResult<void> {
  const Filters = [{ Name: 'instance-id', Values: [instanceId] }];
  return read(span, (api, signal) => api.describeAddresses({ Filters }, signal)).andThen(
    ({ Addresses = [] }) => {
      const other = Addresses.find((one) => idOf(one) !== id && boundTo(one) === instanceId);
      if (other === undefined) return ok(undefined);
      const message = `${instanceId} has the address ${other.PublicIp} already, and would lose it.`;
      return err(fail(span, 'busy', message, { resourceId: instanceId }));
    },
  );
}

function untilBound(span: Span, id: string, instanceId: string | undefined): CloudResult<Address> {
  return wait<Address | undefined>(span, {
    observe: (signal) => span.ec2.addresses.get(id, { signal }),
    until: (seen) =>
      seen !== undefined && boundTo(seen) === instanceId && (instanceId !== undefined || !isBound(seen))
        ? 'yes'
        : 'not-yet',
    stateOf: (seen) => (seen === undefined ? undefined : `bound to ${boundTo(seen) ?? 'nothing'}`),
    applied: 'unknown',
  }).andThen((seen) =>
    seen === undefined ? errAsync(fail(span, 'not-found', `${id} is gone.`)) : okAsync(seen),
  );
}

/** What EC2 refuses for a bound address is looked for first: not everything that speaks EC2 refuses it. */
function release(span: Span, id: string): CloudResult<void> {
  return lookUp(span, span.ec2.addresses, id).andThen((address) => {
    if (address === undefined) return okAsync(undefined);
    if (isBound(address)) {
      const message = `${address.PublicIp} is bound to ${boundTo(address) ?? 'something'}, and was kept.`;
      return errAsync(fail(span, 'busy', message, { lastState: 'bound' }));
    }
    return repeat(span, (api, signal) => api.releaseAddress({ AllocationId: id }, signal))
      .map(() => undefined)
      .orElse((error) => (error.kind === 'not-found' ? okAsync(undefined) : errAsync(error)))
      .andThen(() => untilReleased(span, id));
  });
}

function untilReleased(span: Span, id: string): CloudResult<void> {
  return wait<Address | undefined>(span, {
    observe: (signal) => span.ec2.addresses.get(id, { signal }),
    until: (seen) => (seen === undefined ? 'yes' : 'not-yet'),
    applied: 'unknown',
  }).map(() => undefined);
}
