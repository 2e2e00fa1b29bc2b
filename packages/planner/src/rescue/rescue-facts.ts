/**
 * What is known of a workload whose server does not serve: the server as its cloud shows it, what is left of its data,
 * who could take over. Every fact is known or says why not; a rescue is the last place to take silence for an answer.
 */

import type {
  DnsRecord,
  Failure,
  FloatingIp,
  HealthReport,
  Image,
  Instance,
  InstanceOffer,
  IsoTime,
  Ref,
  Snapshot,
  StorageVolume,
  Traits,
} from '@belay/cloud';
import type { ResultAsync } from 'neverthrow';
import type { BackupReport } from '../backup.ts';
import { asOf, type Known } from '../known.ts';
import type { Workload } from '../workload.ts';

/** What was learned about a workload that is not served. JSON. */
export interface RescueFacts extends RescueValues {
  readonly workload: Workload;
}

/** The facts by name. */
export interface RescueValues {
  readonly traits: Known<Traits>;
  /** The server that should serve. */
  readonly source: Known<Instance>;
  /** Does it serve after all? */
  readonly health: Known<HealthReport>;
  readonly volume: Known<StorageVolume>;
  /** The further disks of the workload, in its order; empty where it has none. */
  readonly moreVolumes: Known<readonly StorageVolume[]>;
  /**
   * The newest complete snapshot of the data disk; `null` where a full listing has none. Of several disks the newest of
   * those that were taken together, where somebody vouches for such.
   */
  readonly snapshot: Known<Snapshot | null>;
  /** The same of the further disks, in their order. */
  readonly moreSnapshots: Known<readonly (Snapshot | null)[]>;
  readonly backup: Known<BackupReport | null>;
  /** `null` where there is none. */
  readonly standby: Known<StandbyReport | null>;
  /** Whether the source's own type can still be had where it stands: a server that was stopped may find none. */
  readonly sourceOffer: Known<InstanceOffer>;
  /** What the target's cloud gives, zone by zone. */
  readonly offers: Known<readonly InstanceOffer[]>;
  readonly image: Known<Image>;
  readonly addresses: Known<readonly FloatingIp[]>;
  readonly records: Known<readonly DnsRecord[]>;
  /** When it was last seen to serve, by monitoring or an earlier run. */
  readonly lastServedAt: Known<IsoTime>;
  /** How much lay on all data disks, by the last look inside. */
  readonly usedBytes: Known<number>;
  /** Is there a way to work inside servers at the target's place? */
  readonly targetReach: Known<boolean>;
}

export type RescueFactName = keyof RescueValues;

/** The port of whoever keeps a second server ready. Only reads. */
export interface StandbyEvidence {
  /** What is known of the standby now. */
  report(
    workload: Workload,
    options?: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
  ): ResultAsync<StandbyReport | undefined, Failure>;
}

/** A second server that has the workload's data, as of some time. JSON. */
export interface StandbyReport {
  readonly instance: Ref;
  readonly name: string;
  /** Of its own filesystem at the workload's mount point: a planned takeover copies the rest there. */
  readonly filesystemUuid?: string | undefined;
  /** The newest data of the application on it is from then: not the end of a transfer. Empty where nobody can tell. */
  readonly dataAt: IsoTime;
  /** When the last backup that is valid was made. */
  readonly backupAt?: IsoTime | undefined;
  readonly import: ImportReport;
  /** Does it answer for the workload by itself, led to by its own address? */
  readonly health?: HealthReport | undefined;
}

/**
 * The last time that data was brought in. `overwritten`: a takeover has copied over it and come to no end, and what is
 * there is of two times.
 */
export interface ImportReport {
  readonly state: 'done' | 'running' | 'failed' | 'overwritten' | 'unknown';
  readonly endedAt?: IsoTime | undefined;
  /** The last lines of its log, for a person to read. */
  readonly log: readonly string[];
}

/** In the order in which they are told. */
export const rescueFactNames: readonly RescueFactName[] = [
  'traits',
  'source',
  'health',
  'volume',
  'moreVolumes',
  'snapshot',
  'moreSnapshots',
  'backup',
  'standby',
  'sourceOffer',
  'offers',
  'image',
  'addresses',
  'records',
  'lastServedAt',
  'usedBytes',
  'targetReach',
];

const minutes = 60_000;
/** In an outage things change by the minute. What was known before it stays so. */
const validityMs = 10 * minutes;
const lasting: ReadonlySet<RescueFactName> = new Set(['traits', 'lastServedAt', 'usedBytes', 'image']);

/** The facts as they count at a given time: what has grown old is unknown. */
export function rescueFactsAsOf(facts: RescueFacts, now: IsoTime): RescueFacts {
  const current = rescueFactNames.map((name) => {
    const fact: Known<unknown> = facts[name];
    return [name, lasting.has(name) ? fact : asOf(fact, now, validityMs)] as const;
  });
  // Names and values stay together; `Object.fromEntries` cannot say so.
  return { workload: facts.workload, ...(Object.fromEntries(current) as unknown as RescueValues) };
}

/** Until when the facts that change quickly still count. */
export function rescueValidUntil(facts: RescueFacts, now: IsoTime): IsoTime {
  const ends = rescueFactNames.flatMap((name) => {
    const fact = facts[name];
    const end = Date.parse(fact.at) + validityMs;
    return fact.known && !lasting.has(name) && end >= Date.parse(now) ? [end] : [];
  });
  return new Date(Math.min(...ends, Date.parse(now) + validityMs)).toISOString();
}
