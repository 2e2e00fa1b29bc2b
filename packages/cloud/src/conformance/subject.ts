import type { Clock } from '../clock.ts';
import type { Cloud } from '../cloud.ts';
import type { ImageId, InstanceId, VolumeId } from '../ref.ts';

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
  /** Part of every key and tag that the cases use: another one for each run against the same account. */
  readonly runName: string;
  /** The first is used where any will do. */
  readonly zones: readonly [string, ...string[]];
  readonly instanceType: string;
  readonly imageId: ImageId;
  readonly diskType: string;
  /** Ids that are well formed and name nothing. */
  readonly missing: { readonly volumeId: VolumeId; readonly instanceId: InstanceId };
  /** The time that the subject lives in, for cases that measure. */
  readonly clock: Clock;
  /** For each single call. */
  readonly patienceMs: number;
  /** Turns virtual time while the work goes on; absent where time passes by itself. */
  readonly drive?: (<T>(work: Promise<T>) => Promise<T>) | undefined;
}

/** What a subject is. */
export type SubjectTrait =
  /** Volumes attach only to instances of their own zone, and there are two zones. */
  | 'zone-bound-volumes'
  | 'detach-while-running'
  /** Creates that run side by side under one key make one resource: the provider itself remembers tokens. */
  | 'one-per-key'
  | 'floating-ips';

/** The verb of the port whose provider call a lever acts on. */
export type LeverOperation =
  | 'instances.create'
  | 'instances.start'
  | 'volumes.create'
  | 'volumes.attach'
  | 'volumes.detach'
  | 'floatingIps.create'
  | 'floatingIps.move';

/** Faults that the subject can be made to show. Those that it cannot are left out. */
export interface Levers {
  /** The next call of this kind takes effect, and its answer never arrives. */
  readonly loseReply?: (operation: LeverOperation) => void;
  /** The next so many calls of this kind are refused and change nothing. */
  readonly refuse?: (
    operation: LeverOperation,
    how: 'throttled' | 'transient' | 'out-of-stock',
    times: number,
  ) => void;
  /** A volume stays in the transition that it begins next, until the returned function is called. */
  readonly stickVolume?: (volumeId: VolumeId) => () => void;
  /** What is made next cannot be read for the first so many reads. */
  readonly hideNew?: (reads: number) => void;
  /** After the next change of this volume, so many reads still give the state before it. */
  readonly staleReads?: (volumeId: VolumeId, reads: number) => void;
  /** The guest does not let go of the disk until the returned function is called. */
  readonly holdDisk?: (volumeId: VolumeId) => () => void;
  /** Deletion protection of an instance. */
  readonly protect?: (instanceId: InstanceId, on: boolean) => Promise<void>;
  /** A second adapter for the same account and region, as another process would open it. */
  readonly anotherProcess?: () => Cloud;
  /** How many calls of this kind have reached the provider so far. */
  readonly calls?: (operation: LeverOperation) => number;
}

export type LeverName = keyof Levers;
