import { err, ok, type Result } from 'neverthrow';
import { listRecords } from '../../dns.ts';
import type { Refusal } from '../../refusal.ts';
import type { DnsEntry } from '../../state.ts';
import type { World } from '../../world.ts';
import type { XmlFields } from '../xml.ts';
import { absolute, compareNames, type HostedZone, liesIn, zonesOf } from './zones.ts';

/** Lists of Route 53: they begin where the request says, and say where the next one would begin. */
export function listRecordSets(
  world: World,
  zone: HostedZone,
  asked: URLSearchParams,
): Result<XmlFields, Refusal> {
  const [name, type] = [asked.get('name'), asked.get('type')];
  if (name === null && type !== null) return bad('A type goes with a name.');
  return mostOf(asked, 300).andThen((most) =>
    listRecords(world).map((all) => {
      const sets = all
        .filter((one) => liesIn(one.name, zone))
        .sort(compareSets)
        .filter((one) => name === null || compareSets(one, { name: absolute(name), type: type ?? '' }) >= 0);
      const next = sets[most];
      return {
        ResourceRecordSets: sets.slice(0, most).map(setFields),
        IsTruncated: next !== undefined,
        NextRecordName: next?.name,
        NextRecordType: next?.type,
        MaxItems: most,
      };
    }),
  );
}

export function listZonesByName(
  world: World,
  extra: readonly string[],
  asked: URLSearchParams,
): Result<XmlFields, Refusal> {
  const from = asked.get('dnsname');
  return mostOf(asked, 100).map((most) => {
    const zones = zonesOf(world, extra).filter(
      ({ name }) => from === null || compareNames(name, absolute(from)) >= 0,
    );
    const next = zones[most];
    return {
      HostedZones: zones.slice(0, most).map((zone) => zoneFields(world, zone)),
      DNSName: from ?? undefined,
      IsTruncated: next !== undefined,
      NextDNSName: next?.name,
      NextHostedZoneId: next?.id,
      MaxItems: most,
    };
  });
}

export function listZones(
  world: World,
  extra: readonly string[],
  asked: URLSearchParams,
): Result<XmlFields, Refusal> {
  const marker = asked.get('marker') ?? '';
  return mostOf(asked, 100).map((most) => {
    const zones = [...zonesOf(world, extra)]
      .filter(({ id }) => id >= marker)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const next = zones[most];
    return {
      HostedZones: zones.slice(0, most).map((zone) => zoneFields(world, zone)),
      Marker: marker,
      IsTruncated: next !== undefined,
      NextMarker: next?.id,
      MaxItems: most,
    };
  });
}

export function zoneFields(world: World, zone: HostedZone): XmlFields {
  const count = Object.values(world.state.dns).filter(
    ({ name, wanted }) => wanted !== undefined && liesIn(name, zone),
  ).length;
  return {
    Id: `/hostedzone/${zone.id}`,
    Name: zone.name,
    CallerReference: zone.id,
    Config: { PrivateZone: false },
    ResourceRecordSetCount: count,
  };
}

/** What the items of Route 53's lists are called. */
export const itemNames = {
  ResourceRecordSets: 'ResourceRecordSet',
  ResourceRecords: 'ResourceRecord',
  HostedZones: 'HostedZone',
} as const;

function setFields({ name, type, wanted }: DnsEntry): XmlFields {
  return {
    Name: name,
    Type: type,
    TTL: wanted?.ttlSeconds,
    ResourceRecords: wanted?.values.map((Value) => ({ Value })),
  };
}

function compareSets(
  a: { readonly name: string; readonly type: string },
  b: { readonly name: string; readonly type: string },
): number {
  return compareNames(a.name, b.name) || (a.type < b.type ? -1 : Number(a.type > b.type));
}

function mostOf(asked: URLSearchParams, limit: number): Result<number, Refusal> {
  const given = asked.get('maxitems');
  if (given === null) return ok(limit);
  if (!/^\d{1,4}$/.test(given) || Number(given) < 1) return bad(`'${given}' is no number of items.`);
  return ok(Math.min(limit, Number(given)));
}

function bad(message: string): Result<never, Refusal> {
  return err({ rule: 'bad-parameter', code: 'InvalidInput', message });
}
