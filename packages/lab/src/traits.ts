import type { Durations, Traits } from '@belay/cloud';

/** What a lab is like: near to EC2 where clouds differ, so that what is rehearsed here is not the easy case. */
export function labTraits(hasDns: boolean): Traits {
  return {
    zoneBoundVolumes: true,
    detachWhileRunning: true,
    snapshotInUse: true,
    stopMayLoseCapacity: false,
    resizeKeptUntilConfirmed: false,
    resizeOnlyWhenStopped: true,
    resizeKeepsLocalRoot: true,
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
    durations,
  };
}

/**
 * From moves of a small shop on a box with two processors and nothing else to do; the worst is what a busy box makes of
 * it. Servers start and stop their services by runit, which looks every half second.
 */
const durations: Durations = {
  'instances.create': [400, 600, 4_000],
  'instances.ready': [250, 350, 4_000],
  'instances.start': [400, 900, 5_000],
  'instances.stop': [200, 1_000, 10_000],
  'volumes.create': [50, 90, 1_000],
  'volumes.attach': [80, 150, 2_000],
  'volumes.detach': [80, 110, 2_000],
  'snapshots.ready': [50, 300, 5_000],
  'floatingIps.move': [80, 130, 2_000],
  'dns.change': [100, 500, 4_000],
  'mounts.mount': [100, 200, 2_000],
  'mounts.unmount': [40, 60, 2_000],
  'services.stop': [500, 600, 4_000],
  'services.start': [500, 600, 4_000],
  'host.check': [15, 30, 1_000],
};
