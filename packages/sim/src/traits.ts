import type { Traits } from '@belay/cloud';

/**
 * The two families of clouds that the simulation can be: what differs between them as traits, and the manners that
 * an adapter has to live with but no caller needs to know.
 */
export type Family = 'ec2' | 'openstack';

export interface Profile {
  /** Whose words, codes, ids and latencies are used. */
  readonly family: Family;
  readonly traits: Traits;
  /** Capacity that is gone shows as a server that fails after it was accepted, not as a refusal. */
  readonly lateOutOfStock: boolean;
  /** An instance that is gone is still shown as such for a while. 0: it is not found at once. */
  readonly tombstoneMs: number;
  /** So long an instance that is gone counts against the quota. */
  readonly quotaTailMs: number;
  /** After so many milliseconds a read that shows nothing may be believed. */
  readonly visibilityMs: number;
  /** A guest that holds its disk: does the detach wait for it (EC2) or is it rolled back (Nova)? */
  readonly heldDetach: 'waits' | 'rolls-back';
  /** Callers open a session first, and its token ends. */
  readonly hasSessions: boolean;
  /** How often a volume may be modified in 24 hours. */
  readonly modificationsPerDay: number;
}

export const ec2Traits: Traits = {
  zoneBoundVolumes: true,
  detachWhileRunning: true,
  snapshotInUse: true,
  stopMayLoseCapacity: true,
  resizeKeptUntilConfirmed: false,
  resizeOnlyWhenStopped: true,
  resizeKeepsLocalRoot: false,
  floatingIpMoveAtomic: true,
  capacityReservations: true,
  snapshotCopy: true,
  snapshotShare: true,
  volumeCopy: true,
  permissionChecks: true,
  idempotencyTokens: true,
  growInUse: true,
  retypeInUse: true,
  dns: true,
  launchVolumesDieWithInstance: true,
};

export const openstackTraits: Traits = {
  zoneBoundVolumes: false,
  detachWhileRunning: true,
  snapshotInUse: true,
  stopMayLoseCapacity: false,
  resizeKeptUntilConfirmed: true,
  resizeOnlyWhenStopped: false,
  resizeKeepsLocalRoot: true,
  floatingIpMoveAtomic: true,
  capacityReservations: false,
  snapshotCopy: false,
  snapshotShare: false,
  volumeCopy: true,
  permissionChecks: false,
  idempotencyTokens: false,
  growInUse: true,
  retypeInUse: false,
  dns: true,
  launchVolumesDieWithInstance: false,
};

/** The manners that go with a family, or with a set of traits of one's own. */
export function profileOf(traits: Family | Traits): Profile {
  if (traits === 'ec2') return { ...ec2Manners, traits: ec2Traits };
  if (traits === 'openstack') return { ...openstackManners, traits: openstackTraits };
  return { ...(traits.idempotencyTokens ? ec2Manners : openstackManners), traits };
}

const ec2Manners: Omit<Profile, 'traits'> = {
  family: 'ec2',
  lateOutOfStock: false,
  tombstoneMs: 3_600_000,
  quotaTailMs: 30_000,
  visibilityMs: 2_000,
  heldDetach: 'waits',
  hasSessions: false,
  modificationsPerDay: 4,
};

const openstackManners: Omit<Profile, 'traits'> = {
  family: 'openstack',
  lateOutOfStock: true,
  tombstoneMs: 0,
  quotaTailMs: 0,
  visibilityMs: 500,
  heldDetach: 'rolls-back',
  hasSessions: true,
  modificationsPerDay: Number.MAX_SAFE_INTEGER,
};
