import { isIP } from 'node:net';
import type { AddressAttribute } from '@aws-sdk/client-ec2';
import type { CloudError, CloudResult, DnsChange, DnsRecord } from '@belay/cloud';
import { fail, wait } from '@belay/cloud/adapter';
import { errAsync, okAsync } from 'neverthrow';
import { plainName } from './dns-text.ts';
import { read, repeat, type Span } from './span.ts';

/**
 * The names that elastic addresses lead back to. Their zones belong to AWS, which keeps one name for each address and
 * writes the record itself, with a lifetime of its own: the one that is asked for is not kept, and 0 is read. EC2 wants
 * the name to lead to the address first.
 *
 * Source: EC2's user guide, "Using reverse DNS for email applications", and its calls on address attributes.
 */

/** Is it the reverse name of an IPv4 address, asked for what it leads to? Elastic addresses are IPv4. */
export function isReverse({ name, type }: Pick<DnsRecord, 'name' | 'type'>): boolean {
  return type === 'PTR' && addressOf(name) !== undefined;
}

/** The record of an elastic address of the account; `not-found` where the address is none of them. */
export function reverseOf(span: Span, name: string): CloudResult<DnsRecord | undefined> {
  return allocationOf(span, name)
    .andThen((id) => attributeOf(span, id))
    .map((seen) => recordIn(seen, name));
}

export function changeReverse(
  span: Span,
  name: string,
  { from, to }: DnsChange,
): CloudResult<DnsRecord | undefined> {
  if (to !== undefined && to.values.length !== 1) {
    const message = `${name} belongs to an elastic address, which has one name and not ${to.values.length}.`;
    return errAsync(fail(span, 'invalid', message));
  }
  return allocationOf(span, name).andThen((id) =>
    attributeOf(span, id).andThen((seen) => {
      // What is on its way counts: it is what will stand there.
      const now = coming(seen) ?? recordIn(seen, name)?.values[0];
      const settled = (): CloudResult<DnsRecord | undefined> => untilServed(span, id, to).map(() => to);
      if (isSame(now, to?.values[0])) return settled();
      if (!isSame(now, from?.values[0])) return errAsync(changedElsewhere(span, name, now));
      return setName(span, id, to?.values[0]).andThen(settled);
    }),
  );
}

function setName(span: Span, AllocationId: string, name: string | undefined): CloudResult<unknown> {
  return repeat(span, (api, signal) =>
    name === undefined
      ? api.resetAddressAttribute({ AllocationId, Attribute: 'domain-name' }, signal)
      : api.modifyAddressAttribute({ AllocationId, DomainName: name }, signal),
  );
}

function allocationOf(span: Span, name: string): CloudResult<string> {
  const address = addressOf(name) ?? '';
  const Filters = [{ Name: 'public-ip', Values: [address] }];
  return read(span, (api, signal) => api.describeAddresses({ Filters }, signal)).andThen(
    ({ Addresses: [found] = [] }) => {
      const id = found?.AllocationId;
      if (id !== undefined) return okAsync(id);
      const message = `${name} lies in no hosted zone of this account, and ${address} is no elastic address of it here.`;
      return errAsync(fail(span, 'not-found', message, { resourceId: name }));
    },
  );
}

function attributeOf(span: Span, id: string): CloudResult<AddressAttribute> {
  const request = { AllocationIds: [id], Attribute: 'domain-name' as const };
  return read(span, (api, signal) => api.describeAddressesAttribute(request, signal)).map(
    ({ Addresses: [seen] = [] }) => seen ?? {},
  );
}

function recordIn({ PtrRecord }: AddressAttribute, name: string): DnsRecord | undefined {
  if (PtrRecord === undefined || PtrRecord === '') return undefined;
  return { name, type: 'PTR', values: [plainName(PtrRecord)], ttlSeconds: 0 };
}

/** The name that is on its way. */
function coming({ PtrRecordUpdate }: AddressAttribute): string | undefined {
  return isUnderWay(PtrRecordUpdate?.Status) ? PtrRecordUpdate?.Value : undefined;
}

function isUnderWay(status: string | undefined): boolean {
  return status?.toUpperCase() === 'PENDING';
}

/** Until EC2 shows the name, and nothing of it on its way. */
function untilServed(span: Span, id: string, to: DnsRecord | undefined): CloudResult<AddressAttribute> {
  const wanted = to?.values[0];
  return wait<AddressAttribute>(span, {
    observe: () => attributeOf(span, id),
    until(seen) {
      const { PtrRecord, PtrRecordUpdate: update } = seen;
      if (isUnderWay(update?.Status)) return 'not-yet';
      if (isSame(PtrRecord === '' ? undefined : PtrRecord, wanted)) return 'yes';
      if (update?.Reason === undefined) return 'not-yet';
      const message = `EC2 gave ${id} no name: ${update.Reason}`;
      return fail(span, 'failed', message, { lastState: update.Status });
    },
    stateOf: ({ PtrRecordUpdate }) => PtrRecordUpdate?.Status ?? 'no update',
    applied: 'unknown',
  });
}

function isSame(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined ? a === b : plainName(a) === plainName(b);
}

function changedElsewhere(span: Span, name: string, now: string | undefined): CloudError {
  const is = now === undefined ? 'has no name' : `leads to ${now}`;
  const message = `Somebody else has changed ${name}: it ${is}, and was left so.`;
  return fail(span, 'busy', message, { lastState: now ?? 'absent' });
}

/** `7.100.51.198.in-addr.arpa.` is of `198.51.100.7` (RFC 1035). */
function addressOf(name: string): string | undefined {
  const digits = /^((?:\d{1,3}\.){4})in-addr\.arpa\.?$/i.exec(name)?.[1];
  const address = digits?.split('.').slice(0, 4).reverse().join('.') ?? '';
  return isIP(address) === 4 ? address : undefined;
}
