import type { Clock } from '../clock.ts';
import type { Cloud } from '../cloud.ts';
import type { FloatingIpId, ImageId, InstanceId, SnapshotId, VolumeId } from '../ref.ts';
import type { Traits } from '../traits.ts';
import type { Levers } from './lever.ts';

/**
 * What is put to the test: a cloud behind the port, what it can be told to make, and the faults that it can be made
 * to show. The same cases run against a simulator, an emulator and the real thing; what these truly differ in is
 * said here, and a case that does not fit is reported as such and never counted as passed.
 */
export interface Subject {
  /** For the report: `sim ec2`, `moto`. */
  readonly name: string;
  readonly cloud: Cloud;
  readonly traits: ReadonlySet<SubjectTrait>;
  readonly levers: Levers;
  /**
   * Rules of the real cloud that this subject does not enforce, by the id of the case that needs them: `['13', 'takes
   * any zone']`. Such a case is reported as not applicable, with the rule. Only for emulators.
   */
  readonly leniencies?: ReadonlyMap<string, string> | undefined;
  /** Part of every key and tag that the cases use: another one for each run against the same account. */
  readonly runName: string;
  /** The first is used where any will do. */
  readonly zones: readonly [string, ...string[]];
  readonly instanceType: string;
  /** A second type, a little larger, to which an instance of the first can be resized. Absent: nothing is resized. */
  readonly otherInstanceType?: string | undefined;
  readonly imageId: ImageId;
  readonly diskType: string;
  /** A second type, to which a volume of the first can be changed while it is free. Absent: no type is changed. */
  readonly otherDiskType?: string | undefined;
  /** Another account, that snapshots may be shared with for a moment. Absent: nothing is shared. */
  readonly otherAccount?: string | undefined;
  /** A DNS zone of the account in which records may be made: `conformance.example.`. Absent: no case touches DNS. */
  readonly dnsZone?: string | undefined;
  /** Ids that are well formed and name nothing. */
  readonly missing: {
    readonly volumeId: VolumeId;
    readonly instanceId: InstanceId;
    readonly snapshotId: SnapshotId;
    readonly floatingIpId: FloatingIpId;
    readonly imageId: ImageId;
  };
  /** The time that the subject lives in, for cases that measure. */
  readonly clock: Clock;
  /** For each single call. */
  readonly patienceMs: number;
  /** Turns virtual time while the work goes on; absent where time passes by itself. */
  readonly drive?: (<T>(work: Promise<T>) => Promise<T>) | undefined;
}

/** What a subject is, beyond what `cloud.traits` says. */
export type SubjectTrait =
  /** Volumes attach only to instances of their own zone, and there are two zones. */
  | 'zone-bound-volumes'
  | 'detach-while-running'
  /** Creates of two processes under one key make one resource: the provider itself remembers tokens. */
  | 'one-per-key'
  | 'floating-ips'
  | 'snapshots'
  /** Whoever attaches a volume chooses its device name, and a name can be taken. */
  | 'device-names'
  /** A volume may be modified only so often in a while. */
  | 'cooldown'
  /** The credentials open sessions that end, and the adapter opens the next one by itself. */
  | 'sessions';

/**
 * What a case may ask of a subject: a trait of its own, a boolean of `cloud.traits` by its name, or `resize`, which is
 * there where a second instance type is named.
 */
export type CaseTrait = SubjectTrait | 'resize' | CloudTrait;

/** The names in `cloud.traits` that can be true. */
export type CloudTrait = Exclude<keyof Traits, 'durations'>;

/**
 * Has the subject this trait? `unknown` counts as no, and so does a trait for which the subject names nothing to try it
 * with: a zone for `dns`, another account for `snapshotShare`.
 */
export function hasTrait(subject: Subject, trait: CaseTrait): boolean {
  if (trait === 'resize') return subject.otherInstanceType !== undefined;
  if (!isCloudTrait(subject, trait)) return subject.traits.has(trait);
  if (trait === 'dns' && subject.dnsZone === undefined) return false;
  if (trait === 'snapshotShare' && subject.otherAccount === undefined) return false;
  return subject.cloud.traits[trait] === true;
}

function isCloudTrait(subject: Subject, trait: SubjectTrait | CloudTrait): trait is CloudTrait {
  return trait in subject.cloud.traits;
}
