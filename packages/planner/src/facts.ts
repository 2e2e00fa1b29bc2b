/**
 * Everything that a plan rests on, each with its time and source. Facts are JSON: they are kept in the plan, so that
 * anyone can see later what was known when it was made.
 */

import type {
  CapacityReservation,
  DnsRecord,
  FloatingIp,
  HealthReport,
  HostFacts,
  HostProbe,
  Image,
  Instance,
  InstanceOffer,
  IsoTime,
  Permission,
  Snapshot,
  StorageVolume,
  Traits,
} from '@belay/cloud';
import type { BackupReport } from './backup.ts';
import type { Headroom } from './headroom.ts';
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
  /** How the target's cloud does. */
  readonly targetTraits: Known<Traits>;
  readonly source: Known<Instance>;
  readonly volume: Known<StorageVolume>;
  /** The further disks of the workload, in its order; empty where it has none. */
  readonly moreVolumes: Known<readonly StorageVolume[]>;
  /** The inside of the source. */
  readonly host: Known<HostFacts>;
  /** The same, looked at closely: writes, changes, databases by their files, timers. Unknown where nobody has. */
  readonly probe: Known<HostProbe>;
  /** Does the source serve the workload now? */
  readonly health: Known<HealthReport>;
  readonly addresses: Known<readonly FloatingIp[]>;
  readonly records: Known<readonly DnsRecord[]>;
  /** The data disk's newest complete snapshot, else the newest that is being made; `null` where a full listing has none. */
  readonly snapshot: Known<Snapshot | null>;
  /** The newest backup: by whoever makes backups, else the snapshot; `null` where there is none. */
  readonly backup: Known<BackupReport | null>;
  /** What the target's cloud gives, zone by zone. */
  readonly offers: Known<readonly InstanceOffer[]>;
  /** Capacity that is kept for this account at the target's place. */
  readonly reservations: Known<readonly CapacityReservation[]>;
  /** Whether the clouds would allow what any strategy asks of them. */
  readonly permissions: Known<readonly Permission[]>;
  /** From when on the data disk may be modified again. */
  readonly cooldown: Known<Cooldown>;
  /** Burst credits and stolen processor time of the source. Unknown where nobody was asked. */
  readonly headroom: Known<Headroom>;
  readonly image: Known<Image>;
  /** Is there a way to work inside servers at the target's place? */
  readonly targetReach: Known<boolean>;
}

export type FactName = keyof FactValues;

/**
 * Clouds let a disk be modified only so often. `at-the-call`: nobody can be asked, but the cloud refuses the call by
 * itself, before anything has changed.
 */
export type Cooldown =
  | { readonly kind: 'over' }
  | { readonly kind: 'until'; readonly at: IsoTime }
  | { readonly kind: 'at-the-call' };

const minutes = 60_000;

/** For how long each fact counts, in milliseconds. */
export const defaultValidity: Readonly<Record<FactName, number>> = {
  traits: 24 * 60 * minutes,
  targetTraits: 24 * 60 * minutes,
  source: 15 * minutes,
  volume: 15 * minutes,
  moreVolumes: 15 * minutes,
  host: 15 * minutes,
  probe: 60 * minutes,
  health: 15 * minutes,
  addresses: 15 * minutes,
  records: 15 * minutes,
  snapshot: 15 * minutes,
  backup: 15 * minutes,
  offers: 15 * minutes,
  reservations: 15 * minutes,
  permissions: 60 * minutes,
  cooldown: 15 * minutes,
  headroom: 15 * minutes,
  image: 60 * minutes,
  targetReach: 60 * minutes,
};

/** The facts as they count at a given time: what has grown old is unknown. */
export function factsAsOf(
  facts: Facts,
  now: IsoTime,
  validity: Readonly<Record<FactName, number>> = defaultValidity,
): Facts {
  const current = <K extends FactName>(name: K): FactValues[K] =>
    // The union of all facts loses which value belongs to which name; `asOf` keeps it.
    asOf(facts[name] as Known<unknown>, now, validity[name]) as FactValues[K];
  return {
    workload: facts.workload,
    traits: current('traits'),
    targetTraits: current('targetTraits'),
    source: current('source'),
    volume: current('volume'),
    moreVolumes: current('moreVolumes'),
    host: current('host'),
    probe: current('probe'),
    health: current('health'),
    addresses: current('addresses'),
    records: current('records'),
    snapshot: current('snapshot'),
    backup: current('backup'),
    offers: current('offers'),
    reservations: current('reservations'),
    permissions: current('permissions'),
    cooldown: current('cooldown'),
    headroom: current('headroom'),
    image: current('image'),
    targetReach: current('targetReach'),
  };
}

export const factNames: readonly FactName[] = [
  'traits',
  'targetTraits',
  'source',
  'volume',
  'moreVolumes',
  'host',
  'probe',
  'health',
  'addresses',
  'records',
  'snapshot',
  'backup',
  'offers',
  'reservations',
  'permissions',
  'cooldown',
  'headroom',
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

/** All data disks of the workload as the cloud shows them, in its order. */
export function volumesKnown({
  volume,
  moreVolumes,
}: Pick<Facts, 'volume' | 'moreVolumes'>): Known<readonly StorageVolume[]> {
  if (!volume.known) return volume;
  if (!moreVolumes.known) return moreVolumes;
  return { ...volume, value: [volume.value, ...moreVolumes.value] };
}
