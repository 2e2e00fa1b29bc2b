import type { Traits } from '@belay/cloud';

/** What EC2 and Route 53 are like. */
export const ec2Traits: Traits = {
  zoneBoundVolumes: true,
  detachWhileRunning: true,
  snapshotInUse: true,
  stopMayLoseCapacity: true,
  resizeKeptUntilConfirmed: false,
  resizeOnlyWhenStopped: true,
  // An instance whose root is an instance store cannot even be stopped.
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
