import type { Cloud } from '../cloud.ts';
import type { InstanceId, SnapshotId, Tags, VolumeId } from '../ref.ts';

/**
 * Faults that a subject can be made to show, each as a real cloud shows them: at the provider, under the adapter.
 * Those that a subject cannot show are left out, and the cases that need them are reported as out of reach.
 *
 * Faults of one operation that speak of its next calls strike in the order in which they were asked for, one a call:
 * after `loseReply(create)` and `refuse(create, 'quota', 1)` the first call takes effect and its answer is lost, and
 * the second one is refused.
 */
export interface Levers {
  /** The next call of this kind takes effect, and its answer never arrives. */
  readonly loseReply?: (operation: LeverOperation) => void;
  /** The next so many calls of this kind are refused in the provider's own words and change nothing. */
  readonly refuse?: (operation: LeverOperation, how: Refusal, times: number) => void;
  /** Takes back every fault that was asked for and has not struck. Called after each case. */
  readonly calm?: () => void;
  /** The last call of this kind that took effect arrives at the provider once more, late. Resolves when it has. */
  readonly replay?: (operation: 'volumes.detach') => Promise<void>;
  /** A second adapter for the same account and region, as another process would open it. */
  readonly anotherProcess?: () => Cloud;
  /** How many calls of this kind have reached the provider so far. */
  readonly calls?: (operation: LeverOperation) => number;

  /** A volume stays in the transition that it begins next, until the returned function is called. */
  readonly stickVolume?: (volumeId: VolumeId) => () => void;
  /**
   * What is made next cannot be read for so many reads: its first ones, or those that follow after so many that have
   * shown it.
   */
  readonly hideNew?: (reads: number, shownReads?: number) => void;
  /** After the next change of this volume, so many reads still give the state before it. */
  readonly staleReads?: (volumeId: VolumeId, reads: number) => void;
  /** What the next create of this kind makes is accepted, and then dies by itself before it can be used. */
  readonly vanish?: (operation: 'volumes.create') => void;
  /** The next attach of this volume is accepted and then falls back: the volume is available again. */
  readonly failAttach?: (volumeId: VolumeId) => void;
  /** The next detach of this volume is accepted and then falls back: the volume is in use again. */
  readonly rollBackDetach?: (volumeId: VolumeId) => void;
  /** The guest does not let go of the disk until the returned function is called. */
  readonly holdDisk?: (volumeId: VolumeId) => () => void;
  /** The machine under this instance does not answer its provider until the returned function is called. */
  readonly hangHost?: (instanceId: InstanceId) => () => void;
  /** Until the returned function is called, the cloud says a word for the state of this volume that nobody knows. */
  readonly strangeState?: (volumeId: VolumeId) => () => void;
  /** When, on the subject's clock, the provider itself reached the state that this volume is in. */
  readonly reachedAtMs?: (volumeId: VolumeId) => number | Promise<number>;

  /**
   * Makes a second living volume, behind the adapter's back, with all tags of this one, `belay:key` among them, and
   * gives its id. The case deletes it by the port.
   */
  readonly twin?: (volumeId: VolumeId) => Promise<VolumeId>;
  /** Puts tags on an instance, as another tool of the same account would. */
  readonly tagBehind?: (instanceId: InstanceId, tags: Tags) => Promise<void>;
  /**
   * Makes so many volumes with these tags that the adapter's list takes more than two pages: 1,001 where they are
   * cheap, or a few over a small page size. `remove` takes them away again.
   */
  readonly populate?: (tags: Tags) => Promise<Population>;
  /** Deletion protection of an instance. */
  readonly protect?: (instanceId: InstanceId, on: boolean) => Promise<void>;
  /** The other accounts that may make volumes of this snapshot, in any order. */
  readonly sharedWith?: (snapshotId: SnapshotId) => Promise<readonly string[]>;
  /** The user data as the guest would read it, decoded. */
  readonly userDataOf?: (instanceId: InstanceId) => Promise<string | undefined>;
  /** The device name that the adapter would choose next for this instance is taken by something that no read shows. */
  readonly takeDeviceName?: (instanceId: InstanceId) => void;

  /** The session of the credentials ends now: the provider knows it no more. */
  readonly endSession?: () => void | Promise<void>;
  /** How many sessions the adapter has opened so far. */
  readonly sessions?: () => number;
  /** From now on every session is refused, an old one and a new one, until the returned function is called. */
  readonly refuseSessions?: () => () => void;
}

/** The verb of the port whose provider call a lever acts on. `….get` is how they are read, one or many, by whatever. */
export type LeverOperation =
  | 'instances.get'
  | 'instances.create'
  | 'instances.start'
  | 'volumes.get'
  | 'volumes.create'
  | 'volumes.attach'
  | 'volumes.detach'
  | 'volumes.modify'
  | 'snapshots.get'
  | 'snapshots.create'
  | 'floatingIps.get'
  | 'floatingIps.create'
  | 'floatingIps.move';

/** How a provider refuses a call before it has any effect. A subject is only asked for what its provider can say. */
export type Refusal =
  /** Too many calls. */
  | 'throttled'
  /** The provider's own fault, in its own format. */
  | 'transient'
  /** A gateway before the provider answers 502 with a page of HTML. */
  | 'html'
  /** None of this type is left: for `instances.create` and `instances.start`. */
  | 'out-of-stock'
  /** The account's limit; for `volumes.attach`: the instance takes no more volumes. */
  | 'quota'
  /** The credentials are good and do not allow it. */
  | 'forbidden'
  /** The credentials are not known. */
  | 'unauthenticated'
  /** Modified too often: for `volumes.modify` of subjects with the trait `cooldown`. */
  | 'cooldown';

/** Volumes that were made behind the adapter's back. */
export interface Population {
  readonly volumeIds: readonly VolumeId[];
  /** Takes all of them away again. */
  readonly remove: () => Promise<void>;
}

export type LeverName = keyof Levers;
