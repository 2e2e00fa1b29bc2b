import { ok } from 'neverthrow';
import { describeAddress } from '../../floating-ips.ts';
import type { FloatingIpRecord } from '../../state.ts';
import type { World } from '../../world.ts';
import { type Action, action } from '../action.ts';
import { type AddressBook, booksOf } from '../books.ts';
import { named } from '../found.ts';
import { choice, id, list, required, text } from '../parameters.ts';
import type { XmlFields } from '../xml.ts';

/**
 * The names that addresses lead back to. EC2 takes a while to write one, and writes none that does not lead to the
 * address itself: the update then says why.
 */
export const addressNameActions: readonly Action[] = [
  action({
    name: 'DescribeAddressesAttribute',
    operation: 'floatingIps.get',
    changes: false,
    parameters: { AllocationId: list(id('address')), Attribute: choice('domain-name') },
    perform: (world, { AllocationId }) =>
      named(AllocationId, (one) => describeAddress(world, one), 'allocation').map((all) => ({
        addressSet: all.map((one) => fields(world, one)),
      })),
  }),
  action({
    name: 'ModifyAddressAttribute',
    operation: 'floatingIps.get',
    changes: true,
    parameters: { AllocationId: required(id('address')), DomainName: required(text) },
    perform: (world, { AllocationId, DomainName }) => ask(world, AllocationId, absolute(DomainName)),
  }),
  action({
    name: 'ResetAddressAttribute',
    operation: 'floatingIps.get',
    changes: true,
    parameters: { AllocationId: required(id('address')), Attribute: required(choice('domain-name')) },
    perform: (world, { AllocationId }) => ask(world, AllocationId, ''),
  }),
];

const updateMs = 20_000;

function ask(world: World, addressId: string, value: string) {
  return describeAddress(world, addressId).andThen((address) => {
    settle(world, address);
    const book = bookOf(world);
    book[address.id] = { ...book[address.id], update: { value, endsAtMs: world.nowMs + updateMs } };
    return ok({ address: fields(world, address) });
  });
}

function fields(world: World, address: FloatingIpRecord): XmlFields {
  const { name, update } = settle(world, address);
  return {
    publicIp: address.address,
    allocationId: address.id,
    ptrRecord: name,
    ptrRecordUpdate:
      update === undefined
        ? undefined
        : update.endsAtMs > world.nowMs
          ? { value: update.value, status: 'PENDING' }
          : { value: update.value, status: 'FAILED', reason: `${update.value} does not lead to the address` },
  };
}

/** Writes down what has come about since. An update that failed stays, so that it can be read. */
function settle(world: World, { id: addressId, address }: FloatingIpRecord): AddressBook {
  const book = bookOf(world);
  const known = book[addressId] ?? {};
  const { update } = known;
  if (update === undefined || update.endsAtMs > world.nowMs) return known;
  if (update.value !== '' && !leadsTo(world, update.value, address)) return known;
  const settled: AddressBook = update.value === '' ? {} : { name: update.value };
  book[addressId] = settled;
  return settled;
}

function leadsTo(world: World, name: string, address: string): boolean {
  return Object.values(world.state.dns).some(
    (entry) => entry.type === 'A' && entry.name === name && entry.served?.values.includes(address) === true,
  );
}

function bookOf(world: World): Record<string, AddressBook> {
  const books = booksOf(world);
  books.addresses ??= {};
  return books.addresses;
}

function absolute(name: string): string {
  return name.endsWith('.') ? name : `${name}.`;
}
