import type { CloudResult, ReadOptions } from './call.ts';
import type { InstanceSpec } from './instance.ts';
import type { FloatingIpId, InstanceId, SnapshotId, VolumeId } from './ref.ts';

/**
 * Whether calls would be allowed, asked beforehand and without any effect: a migration that finds in the middle of
 * its window that it may not detach has been planned badly, and so has one whose way back is forbidden.
 */
export interface Permissions {
  /**
   * One answer for each call, in their order. A cloud that cannot be asked says `unknown`; it is no error. An error
   * means that the question itself could not be put.
   */
  check(calls: readonly PlannedCall[], options?: ReadOptions): CloudResult<readonly Permission[]>;
}

/** Every verb of the port that changes something. `instances.resize` stands for its confirmation and its way back too. */
export const changeVerbs = [
  'instances.create',
  'instances.start',
  'instances.stop',
  'instances.delete',
  'instances.rename',
  'instances.keepVolume',
  'instances.resize',
  'volumes.create',
  'volumes.attach',
  'volumes.detach',
  'volumes.delete',
  'volumes.copy',
  'volumes.modify',
  'snapshots.create',
  'snapshots.copy',
  'snapshots.share',
  'snapshots.delete',
  'floatingIps.create',
  'floatingIps.move',
  'floatingIps.delete',
  'reservations.create',
  'reservations.delete',
  'dns.change',
] as const;

/** One of {@link changeVerbs}. */
export type ChangeVerb = (typeof changeVerbs)[number];

/** A verb and what is known beforehand of its object: rights may hang on the very resource. */
export interface PlannedCall {
  readonly verb: ChangeVerb;
  readonly instanceId?: InstanceId | undefined;
  readonly volumeId?: VolumeId | undefined;
  readonly snapshotId?: SnapshotId | undefined;
  readonly floatingIpId?: FloatingIpId | undefined;
  /** For `dns.change`: an absolute name. */
  readonly recordName?: string | undefined;
  /** For `instances.create`. */
  readonly instance?: InstanceSpec | undefined;
}

/** What the cloud says of one call. */
export interface Permission {
  readonly verb: ChangeVerb;
  readonly allowed: 'yes' | 'no' | 'unknown';
  /** The provider's own names of what was asked for, such as `ec2:DetachVolume`. */
  readonly actions: readonly string[];
  /** Why not, or why it is not known. */
  readonly why?: string | undefined;
}
