import type { Durations } from './durations.ts';

/**
 * What clouds truly do differently, each with its meaning. Nobody asks for the provider's name. `unknown` counts as
 * the careful answer.
 */
export interface Traits {
  /** A volume can only be attached to instances of its own zone. */
  readonly zoneBoundVolumes: boolean | 'unknown';
  /** A volume can be detached while its instance runs. */
  readonly detachWhileRunning: boolean;
  /** A volume in use can be snapshotted. */
  readonly snapshotInUse: boolean;
  /** A stopped instance may find its hardware given away. */
  readonly stopMayLoseCapacity: boolean;
  /** A resize keeps the old instance until it is confirmed. */
  readonly resizeKeptUntilConfirmed: boolean;
  /** The type of an instance may be changed only while it is stopped. */
  readonly resizeOnlyWhenStopped: boolean;
  /** A root disk that is no volume is there again after a stop and a change of the type. */
  readonly resizeKeepsLocalRoot: boolean | 'unknown';
  /** A floating IP moves from one instance to another in one call, with no moment in between. */
  readonly floatingIpMoveAtomic: boolean;
  /** Capacity can be reserved ahead. */
  readonly capacityReservations: boolean;
  /** A snapshot can be copied, also from another region. */
  readonly snapshotCopy: boolean;
  /** A snapshot can be shown to other accounts. */
  readonly snapshotShare: boolean;
  /** A volume can be copied without a snapshot in between. */
  readonly volumeCopy: boolean;
  /** The cloud tells beforehand whether a call would be allowed. */
  readonly permissionChecks: boolean;
  /** Creates carry a token that the provider itself remembers. */
  readonly idempotencyTokens: boolean;
  /** A volume can be grown while it is attached and mounted. */
  readonly growInUse: boolean;
  /** Where a volume in use may change its type. */
  readonly retypeInUse: boolean;
  /** DNS zones are served. */
  readonly dns: boolean;
  /** Volumes attached at launch die with their instance unless told otherwise. */
  readonly launchVolumesDieWithInstance: boolean;
  /** How long things take here, where the adapter can say: plans begin with that. */
  readonly durations?: Durations | undefined;
}
