import type { Traits } from '@belay/cloud';

/** What a lab is like: near to EC2 where clouds differ, so that what is rehearsed here is not the easy case. */
export function labTraits(hasDns: boolean): Traits {
  return {
    zoneBoundVolumes: true,
    detachWhileRunning: true,
    snapshotInUse: true,
    stopMayLoseCapacity: false,
    resizeKeptUntilConfirmed: false,
    resizeOnlyWhenStopped: true,
    floatingIpMoveAtomic: true,
    capacityReservations: false,
    snapshotCopy: false,
    snapshotShare: false,
    volumeCopy: true,
    permissionChecks: true,
    // The record of each thing carries its key, and is written before the thing is made.
    idempotencyTokens: true,
    growInUse: true,
    retypeInUse: false,
    dns: hasDns,
    launchVolumesDieWithInstance: false,
  };
}
