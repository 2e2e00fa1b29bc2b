import type { Traits } from '@belay/cloud';

/**
 * What EC2 is like. Growing and retyping volumes, capacity reservations and DNS are things that EC2 has and this
 * version of the adapter cannot ask for: they are declared as absent, so that no plan is built on them.
 */
export const ec2Traits: Traits = {
  zoneBoundVolumes: true,
  detachWhileRunning: true,
  snapshotInUse: true,
  stopMayLoseCapacity: true,
  resizeKeptUntilConfirmed: false,
  resizeOnlyWhenStopped: true,
  floatingIpMoveAtomic: true,
  capacityReservations: false,
  snapshotCopy: false,
  snapshotShare: false,
  volumeCopy: false,
  permissionChecks: false,
  idempotencyTokens: true,
  growInUse: false,
  retypeInUse: false,
  dns: false,
  launchVolumesDieWithInstance: true,
};
