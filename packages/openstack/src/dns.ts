import type { CloudError, CloudResult, Dns, DnsChange, DnsRecord } from '@belay/cloud';
import { fail, wait } from '@belay/cloud/adapter';
import { err, errAsync, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import { unsupported } from './absent.ts';
import { same } from './dns-records.ts';
import { pages } from './pages.ts';
import { changeReverse, isReverse, reverseOf } from './reverse-names.ts';
import { beginChange, beginRead, change, repeat, type Span } from './span.ts';
import type { Stack } from './stack.ts';
import { numberAt, textAt, textsAt } from './wire.ts';

/** The port's names over Designate's zones, where the catalogue has it. The reverse names of floating addresses are kept apart. */
export function dns(stack: Stack, isThere: boolean): Dns {
  const none = 'The catalogue of this cloud has no DNS service.';
  if (!isThere) {
    return {
      get: (name) => unsupported('dns.get', none, name),
      change: ({ from, to }) => unsupported('dns.change', none, (to ?? from)?.name),
    };
  }
  return {
    get(name, type, options) {
      const span = beginRead(stack, 'dns.get', options, name);
      return holderOf(span, { name, type }).andThen((zone) =>
        zone === 'cloud'
          ? reverseOf(span, name)
          : recordIn(span, zone, name, type).map((found) => found?.record),
      );
    },
    change: (wanted, call) => changeRecord(beginChange(stack, 'dns.change', call), wanted),
  };
}

interface Zone {
  readonly id: string;
  readonly name: string;
  /** For the record sets that have none of their own. */
  readonly ttlSeconds: number;
}

/** A record set with what Designate knows it by. */
interface Found {
  readonly id: string;
  readonly status: string;
  readonly record: DnsRecord;
}

/** The zone of the project that holds the name; reverse names lie in one of the cloud's, unless the project has its own. */
function holderOf(span: Span, record: Pick<DnsRecord, 'name' | 'type'>): CloudResult<Zone | 'cloud'> {
  return zoneOf(span, record.name)
    .map((zone): Zone | 'cloud' => zone)
    .orElse((error) =>
      isReverse(record) && error.kind === 'not-found' ? okAsync('cloud' as const) : errAsync(error),
    );
}

/** The zone of the project with the longest name that the name ends in. */
function zoneOf(span: Span, name: string): CloudResult<Zone> {
  return new ResultAsync(
    (async (): Promise<Result<Zone, CloudError>> => {
      let best: Zone | undefined;
      for await (const one of pages(span, 'listZonesOfNames', 'zones')) {
        if (one.isErr()) return err(one.error);
        const zone: Zone = {
          id: textAt(one.value, 'id') ?? '',
          name: textAt(one.value, 'name') ?? '',
          ttlSeconds: numberAt(one.value, 'ttl') ?? 0,
        };
        const fits = name === zone.name || name.endsWith(`.${zone.name}`);
        if (fits && zone.name.length > (best?.name.length ?? 0)) best = zone;
      }
      if (best !== undefined) return ok(best);
      return err(fail(span, 'not-found', `No zone of the project holds ${name}.`, { resourceId: name }));
    })(),
  );
}

function recordIn(
  span: Span,
  zone: Zone,
  name: string,
  type: DnsRecord['type'],
): CloudResult<Found | undefined> {
  return new ResultAsync(
    (async (): Promise<Result<Found | undefined, CloudError>> => {
      const args = { path: { zone: zone.id }, query: { name, type } };
      for await (const one of pages(span, 'listRecords', 'recordsets', args)) {
        if (one.isErr()) return err(one.error);
        const wire = one.value;
        // The filter takes patterns: what it lets through is compared once more.
        if (textAt(wire, 'name') !== name || textAt(wire, 'type') !== type) continue;
        const record = {
          name,
          type,
          values: textsAt(wire, 'records'),
          ttlSeconds: numberAt(wire, 'ttl') ?? zone.ttlSeconds,
        };
        return ok({ id: textAt(wire, 'id') ?? '', status: textAt(wire, 'status') ?? 'unknown', record });
      }
      return ok(undefined);
    })(),
  );
}

/**
 * Designate has no compare-and-set: the look before the change is what keeps belay from writing over somebody else's.
 */
function changeRecord(span: Span, { from, to }: DnsChange): CloudResult<DnsRecord | undefined> {
  const named = to ?? from;
  if (named === undefined) return okAsync(undefined);
  const { name, type } = named;
  if (from !== undefined && to !== undefined && (from.name !== name || from.type !== type)) {
    return errAsync(
      fail(span, 'invalid', `${from.name} ${from.type} and ${name} ${type} are two record sets.`),
    );
  }
  const here = { ...span, resourceId: name };
  return holderOf(here, named).andThen((zone) => {
    if (zone === 'cloud') return changeReverse(here, name, { from, to });
    return recordIn(here, zone, name, type).andThen((now) => {
      if (same(now?.record, to)) return untilServed(here, zone, named, to);
      if (!same(now?.record, from)) return errAsync(changedMeanwhile(here, now));
      return write(here, zone.id, now, to).andThen(() => untilServed(here, zone, named, to));
    });
  });
}

function changedMeanwhile(span: Span, now: Found | undefined): CloudError {
  const is =
    now === undefined ? 'is gone' : `says ${now.record.values.join(', ')} for ${now.record.ttlSeconds} s`;
  return fail(span, 'busy', `Somebody else has changed ${span.resourceId}: it ${is}, and was left so.`);
}

function write(
  span: Span,
  zone: string,
  now: Found | undefined,
  to: DnsRecord | undefined,
): CloudResult<void> {
  if (to === undefined) {
    return repeat(span, 'deleteRecord', { path: { zone, id: now?.id ?? '' } })
      .map(() => undefined)
      .orElse((error) => (error.kind === 'not-found' ? okAsync(undefined) : errAsync(error)));
  }
  const content = { records: to.values, ttl: to.ttlSeconds };
  if (now !== undefined) {
    return repeat(span, 'updateRecord', { path: { zone, id: now.id }, body: content }).map(() => undefined);
  }
  const body = { name: to.name, type: to.type, ...content };
  return (
    change(span, 'createRecord', { path: { zone }, body })
      .map(() => undefined)
      // A name and type is there only once: whatever became of the create, the look after it tells.
      .orElse((error) =>
        error.applied === 'unknown' && error.kind === 'transient' ? okAsync(undefined) : errAsync(error),
      )
  );
}

/** Until Designate says that its name servers have it. */
function untilServed(
  span: Span,
  zone: Zone,
  { name, type }: DnsRecord,
  to: DnsRecord | undefined,
): CloudResult<DnsRecord | undefined> {
  return wait<Found | undefined>(span, {
    observe: () => recordIn(span, zone, name, type),
    until(seen) {
      if (seen?.status === 'ERROR') {
        return fail(span, 'failed', `Designate could not serve ${name}.`, { lastState: seen.status });
      }
      if (!same(seen?.record, to)) return 'not-yet';
      return seen === undefined || seen.status === 'ACTIVE' ? 'yes' : 'not-yet';
    },
    stateOf: (seen) => seen?.status,
    applied: 'unknown',
  }).map((seen) => seen?.record);
}
