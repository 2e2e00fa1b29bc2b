import type { Change, ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { CloudError, CloudResult, Dns, DnsChange, DnsRecord } from '@belay/cloud';
import { fail, pause, stillInDoubt, wait } from '@belay/cloud/adapter';
import { err, errAsync, ok, type Result, ResultAsync } from 'neverthrow';
import { decodeValue, encodeValue, plainName, sameRecord } from './dns-text.ts';
import { zoneOf } from './dns-zone.ts';
import type { Ec2 } from './ec2.ts';
import { changeReverse, isReverse, reverseOf } from './reverse-names.ts';
import { beginChange, beginRead, change, read, type Span } from './span.ts';

/**
 * The port's DNS over Route 53. A change is one batch that deletes what was read and creates what is wanted: Route 53
 * carries it out as a whole or not at all, and refuses to delete a record set that differs in a single value. So a
 * record that somebody else changed in between stays as it is. It has ended when Route 53 says `INSYNC`. The names of
 * elastic addresses lie in zones of AWS's own, unless the account has one for them: EC2 keeps those.
 */
export function dns(ec2: Ec2): Dns {
  return {
    get(name, type, options) {
      const span = beginRead(ec2, 'dns.get', options, name);
      return holderOf(span, { name, type }).andThen((zoneId) =>
        zoneId === 'ec2'
          ? reverseOf(span, name)
          : recordIn(span, zoneId, name, type).map((raw) =>
              raw === undefined ? undefined : recordOf(name, type, raw),
            ),
      );
    },
    change(wanted, call) {
      const { from, to } = wanted;
      const span = beginChange(ec2, 'dns.change', call, (to ?? from)?.name);
      const odd = from !== undefined && to !== undefined && !isSameSet(from, to);
      if (odd) return errAsync(fail(span, 'invalid', 'A change keeps the name and the type of its record.'));
      return new ResultAsync(put(span, wanted));
    },
  };
}

/** The hosted zone that holds the record; reverse names are EC2's, unless the account has a zone for them. */
function holderOf(span: Span, record: Pick<DnsRecord, 'name' | 'type'>): CloudResult<string> {
  return zoneOf(span, record.name).orElse((error) =>
    isReverse(record) && error.kind === 'not-found' ? ok('ec2') : err(error),
  );
}

function isSameSet(a: DnsRecord, b: DnsRecord): boolean {
  return a.type === b.type && plainName(a.name) === plainName(b.name);
}

const maxRounds = 10;

async function put(span: Span, { from, to }: DnsChange): Promise<Result<DnsRecord | undefined, CloudError>> {
  const subject = to ?? from;
  if (subject === undefined) return ok(undefined);
  const zone = await holderOf(span, subject);
  if (zone.isErr()) return err(zone.error);
  if (zone.value === 'ec2') return changeReverse(span, subject.name, { from, to });
  let inDoubt = false;
  for (let round = 1; ; round++) {
    const seen = await recordIn(span, zone.value, subject.name, subject.type);
    if (seen.isErr()) return err(stillInDoubt(seen.error, inDoubt));
    const now = seen.value === undefined ? undefined : recordOf(subject.name, subject.type, seen.value);
    const isDone = sameRecord(now, to);
    if (isDone && to === undefined) return ok(undefined);
    if (!isDone && !sameRecord(now, from)) return err(stillInDoubt(changedElsewhere(span, now), inDoubt));
    // What is there already is written once more: only a change of our own can be waited for until all servers know.
    const asked = await send(span, zone.value, batchOf(seen.value, to));
    if (asked.isOk()) return untilInSync(span, asked.value, to);
    const { error } = asked;
    const passes = error.kind === 'transient' || error.kind === 'busy';
    if (!passes || round === maxRounds) return err(stillInDoubt(error, inDoubt));
    inDoubt ||= error.applied !== 'no';
    await pause(span, round);
  }
}

/** The raw record set, by which alone Route 53 lets it be deleted. */
function recordIn(
  span: Span,
  HostedZoneId: string,
  name: string,
  type: DnsRecord['type'],
): CloudResult<ResourceRecordSet | undefined> {
  const request = { HostedZoneId, StartRecordName: name, StartRecordType: type, MaxItems: 1 };
  return read(span, (_, signal) => span.ec2.dns.listResourceRecordSets(request, signal)).andThen(
    ({ ResourceRecordSets: [first] = [] }) => {
      const isIt = first?.Type === type && plainName(first.Name ?? '') === plainName(name);
      if (first === undefined || !isIt) return ok(undefined);
      if (first.SetIdentifier === undefined && first.AliasTarget === undefined) return ok(first);
      const message = `${name} ${type} is an alias or has a routing policy: Route 53 decides what it answers.`;
      return err(fail(span, 'unsupported', message));
    },
  );
}

function recordOf(
  name: string,
  type: DnsRecord['type'],
  { TTL, ResourceRecords = [] }: ResourceRecordSet,
): DnsRecord {
  return {
    name,
    type,
    values: ResourceRecords.map(({ Value }) => decodeValue(type, Value ?? '')),
    ttlSeconds: TTL ?? 0,
  };
}

function batchOf(now: ResourceRecordSet | undefined, to: DnsRecord | undefined): Change[] {
  const created = to === undefined ? [] : [{ Action: 'CREATE' as const, ResourceRecordSet: setOf(to) }];
  return now === undefined ? created : [{ Action: 'DELETE', ResourceRecordSet: now }, ...created];
}

function setOf({ name, type, values, ttlSeconds }: DnsRecord): ResourceRecordSet {
  return {
    Name: name,
    Type: type,
    TTL: ttlSeconds,
    ResourceRecords: values.map((value) => ({ Value: encodeValue(type, value) })),
  };
}

function changedElsewhere(span: Span, now: DnsRecord | undefined): CloudError {
  const message = `Somebody else changed ${span.resourceId}, and it was left as it is.`;
  return fail(span, 'busy', message, { lastState: now === undefined ? 'absent' : now.values.join(' ') });
}

/** The id of the change, by which its spreading can be watched. */
function send(span: Span, HostedZoneId: string, Changes: Change[]): CloudResult<string> {
  return change(span, (_, signal) =>
    span.ec2.dns.changeResourceRecordSets({ HostedZoneId, ChangeBatch: { Changes } }, signal),
  ).map(({ ChangeInfo }) => ChangeInfo?.Id ?? '');
}

async function untilInSync(
  span: Span,
  id: string,
  to: DnsRecord | undefined,
): Promise<Result<DnsRecord | undefined, CloudError>> {
  const seen = await wait<string | undefined>(span, {
    observe: (signal) => span.ec2.dnsChanges.get(id, { signal }),
    until: (status) => (status === 'INSYNC' ? 'yes' : 'not-yet'),
    stateOf: (status) => status,
    applied: 'yes',
  });
  return seen.map(() => to);
}
