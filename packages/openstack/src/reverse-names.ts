import { isIP } from 'node:net';
import type { CloudError, CloudResult, DnsChange, DnsRecord } from '@belay/cloud';
import { fail, wait } from '@belay/cloud/adapter';
import { err, errAsync, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import { same } from './dns-records.ts';
import { pages } from './pages.ts';
import { read, repeat, type Span } from './span.ts';
import { numberAt, textAt, type Wire, wireOf } from './wire.ts';

/**
 * The names that floating addresses lead back to. Their zones belong to whoever owns the addresses, which is the cloud:
 * Designate keeps one name for each address of the project and writes the record itself.
 *
 * Source: Designate's API reference on PTR records of floating addresses, `/v2/reverse/floatingips`.
 */

/** Is it the reverse name of an IPv4 address, asked for what it leads to? Floating addresses are IPv4. */
export function isReverse({ name, type }: Pick<DnsRecord, 'name' | 'type'>): boolean {
  return type === 'PTR' && addressOf(name) !== undefined;
}

/** The record of a floating address of the project; `not-found` where the address is none of them. */
export function reverseOf(span: Span, name: string): CloudResult<DnsRecord | undefined> {
  return floatingAddressOf(span, name).map(({ record }) => record);
}

export function changeReverse(
  span: Span,
  name: string,
  { from, to }: DnsChange,
): CloudResult<DnsRecord | undefined> {
  if (to !== undefined && to.values.length !== 1) {
    const message = `${name} belongs to a floating address, which has one name and not ${to.values.length}.`;
    return errAsync(fail(span, 'invalid', message));
  }
  return floatingAddressOf(span, name).andThen((now) => {
    if (same(now.record, to)) return untilServed(span, now.id, name, to);
    if (!same(now.record, from)) {
      const is = now.record === undefined ? 'has no name' : `leads to ${now.record.values.join()}`;
      const message = `Somebody else has changed ${name}: it ${is}, and was left so.`;
      return errAsync(fail(span, 'busy', message));
    }
    const body = to === undefined ? { ptrdname: null } : { ptrdname: to.values[0], ttl: to.ttlSeconds };
    return repeat(span, 'setReverseName', { path: { id: now.id }, body }).andThen(() =>
      untilServed(span, now.id, name, to),
    );
  });
}

/** An address with the name that it leads back to. */
interface Reverse {
  /** Region and id, as Designate puts them together. */
  readonly id: string;
  readonly status: string;
  readonly record: DnsRecord | undefined;
}

function floatingAddressOf(span: Span, name: string): CloudResult<Reverse> {
  const address = addressOf(name);
  return new ResultAsync(
    (async (): Promise<Result<Reverse, CloudError>> => {
      for await (const one of pages(span, 'listReverseNames', 'floatingips')) {
        if (one.isErr()) return err(one.error);
        if (textAt(one.value, 'address') === address) return ok(reverseIn(one.value, name));
      }
      const message = `${name} lies in no zone of the project, and ${address} is no floating address of it.`;
      return err(fail(span, 'not-found', message, { resourceId: name }));
    })(),
  );
}

function reverseIn(wire: Wire, name: string): Reverse {
  const value = textAt(wire, 'ptrdname');
  const ttlSeconds = numberAt(wire, 'ttl') ?? 0;
  return {
    id: textAt(wire, 'id') ?? '',
    status: textAt(wire, 'status') ?? 'unknown',
    record: value === undefined ? undefined : { name, type: 'PTR', values: [value], ttlSeconds },
  };
}

/** Until Designate says that its name servers have it. */
function untilServed(
  span: Span,
  id: string,
  name: string,
  to: DnsRecord | undefined,
): CloudResult<DnsRecord | undefined> {
  return wait<Reverse>(span, {
    observe: () =>
      read(span, 'getReverseName', { path: { id } }).map(({ body }) => reverseIn(wireOf(body), name)),
    until({ record, status }) {
      if (status === 'ERROR') {
        return fail(span, 'failed', `Designate could not serve ${name}.`, { lastState: status });
      }
      if (!same(record, to)) return 'not-yet';
      return record === undefined || status === 'ACTIVE' ? 'yes' : 'not-yet';
    },
    stateOf: ({ status }) => status,
    applied: 'unknown',
  }).andThen(({ record }) => okAsync(record));
}

/** `7.100.51.198.in-addr.arpa.` is of `198.51.100.7` (RFC 1035). */
function addressOf(name: string): string | undefined {
  const digits = /^((?:\d{1,3}\.){4})in-addr\.arpa\.$/i.exec(name)?.[1];
  const address = digits?.split('.').slice(0, 4).reverse().join('.') ?? '';
  return isIP(address) === 4 ? address : undefined;
}
