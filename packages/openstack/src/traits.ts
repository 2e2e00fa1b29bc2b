import type { Traits } from '@belay/cloud';
import { compare, type Microversions } from './microversion.ts';
import type { Settings } from './stack.ts';

/** What OpenStack is like, and this one in particular. */
export function openstackTraits(
  microversions: Microversions,
  settings: Settings,
  cloud: { readonly dns: boolean; readonly zoneBoundVolumes: boolean | 'unknown' },
): Traits {
  return {
    // A setting of the operator's (cross_az_attach) that no call tells.
    zoneBoundVolumes: cloud.zoneBoundVolumes,
    detachWhileRunning: true,
    snapshotInUse: true,
    // A stopped server keeps its place on its host.
    stopMayLoseCapacity: false,
    resizeKeptUntilConfirmed: true,
    resizeOnlyWhenStopped: false,
    // Nova takes local disks along to the host of the new flavor.
    resizeKeepsLocalRoot: true,
    floatingIpMoveAtomic: settings.floatingIpMove === 'direct',
    capacityReservations: false,
    snapshotCopy: false,
    snapshotShare: false,
    volumeCopy: true,
    permissionChecks: false,
    idempotencyTokens: false,
    growInUse: compare(microversions.volume, '3.42') >= 0,
    // It depends on both types and on the backend's driver, and is refused only after it was accepted.
    retypeInUse: false,
    dns: cloud.dns,
    launchVolumesDieWithInstance: false,
  };
}
