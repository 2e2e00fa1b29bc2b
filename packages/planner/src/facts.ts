/**
 * Everything that a plan rests on, each with its time and source. Facts are JSON: they are kept in the plan, so that
 * anyone can see later what was known when it was made.
 */

import type {
  DnsRecord,
  FloatingIp,
  HealthReport,
  HostFacts,
  Image,
  Instance,
  InstanceOffer,
  IsoTime,
  Snapshot,
  StorageVolume,
  Traits,
} from '@belay/cloud';
import { asOf, type Known } from './known.ts';
import type { Workload } from './workload.ts';

/** What was learned about one workload and one target. */
export interface Facts extends FactValues {
  readonly workload: Workload;
}

/** The facts by name. Each is known, or says why it is not. */
export interface FactValues {
  /** How the source's cloud differs from others. */
  readonly traits: Known<Traits>;
  readonly source: Known<Instance>;
  readonly volume: Known<StorageVolume>;
  /** The inside of the source. */
  readonly host: Known<HostFacts>;
  /** Does the source serve the workload now? */
  readonly health: Known<HealthReport>;
  readonly addresses: Known<readonly FloatingIp[]>;
  readonly records: Known<readonly DnsRecord[]>;
  /** The data disk's newest complete snapshot, else the newest that is being made; `null` where a full listing has none. */
  readonly snapshot: Known<Snapshot | null>;
  /** What the target's cloud gives, zone by zone. */
  readonly offers: Known<readonly InstanceOffer[]>;
  readonly image: Known<Image>;
  /** Is there a way to work inside servers at the target's place? */
  readonly targetReach: Known<boolean>;
}

export type FactName = keyof FactValues;

const minutes = 60_000;

/** For how long each fact counts, in milliseconds. */
export const defaultValidity: Readonly<Record<FactName, number>> = {
  traits: 24 * 60 * minutes,
  source: 15 * minutes,
  volume: 15 * minutes,
  host: 15 * minutes,
  health: 15 * minutes,
  addresses: 15 * minutes,
  records: 15 * minutes,
  snapshot: 15 * minutes,
  offers: 15 * minutes,
  image: 60 * minutes,
  targetReach: 60 * minutes,
};

/** The facts as they count at a given time: what has grown old is unknown. */
export function factsAsOf(
  facts: Facts,
  now: IsoTime,
  validity: Readonly<Record<FactName, number>> = defaultValidity,
): Facts {
  return {
    workload: facts.workload,
    traits: asOf(facts.traits, now, validity.traits),
    source: asOf(facts.source, now, validity.source),
    volume: asOf(facts.volume, now, validity.volume),
    host: asOf(facts.host, now, validity.host),
    health: asOf(facts.health, now, validity.health),
    addresses: asOf(facts.addresses, now, validity.addresses),
    records: asOf(facts.records, now, validity.records),
    snapshot: asOf(facts.snapshot, now, validity.snapshot),
    offers: asOf(facts.offers, now, validity.offers),
    image: asOf(facts.image, now, validity.image),
    targetReach: asOf(facts.targetReach, now, validity.targetReach),
  };
}

export const factNames: readonly FactName[] = [
  'traits',
  'source',
  'volume',
  'host',
  'health',
  'addresses',
  'records',
  'snapshot',
  'offers',
  'image',
  'targetReach',
];

/** Until when all facts that count now still count; a quarter of an hour where there is none. */
export function validUntil(
  facts: Facts,
  now: IsoTime,
  validity: Readonly<Record<FactName, number>> = defaultValidity,
): IsoTime {
  if (Number.isNaN(Date.parse(now))) throw new Error(`validUntil: ${now} is not a time`);
  const current = factsAsOf(facts, now, validity);
  const ends = factNames.flatMap((name) => {
    const fact = current[name];
    return fact.known ? [Date.parse(fact.at) + validity[name]] : [];
  });
  return new Date(Math.min(...ends, Date.parse(now) + 15 * minutes)).toISOString();
}
