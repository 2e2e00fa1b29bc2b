import { err, errAsync, type Result } from 'neverthrow';
import type { CloudResult } from './call.ts';
import type { Cloud } from './cloud.ts';
import { type CloudError, cloudError } from './cloud-error.ts';
import type { Host } from './host.ts';
import { type HostErrorKind, type HostResult, hostError } from './host-error.ts';
import { formatPlace, formatRef, type Place, type Ref } from './ref.ts';

/**
 * What stands where no adapter is registered: a cloud that answers `unsupported` and a host that answers
 * `unreachable`, each naming what was asked for. Nothing is ever done by either.
 */

/**
 * A cloud for a place that nobody serves, or the beginning of an adapter: `why` is what a verb that is missing then
 * says of itself. Its traits are the careful answers.
 */
export function missingCloud(at: Place, why = `No cloud is registered for ${formatPlace(at)}`): Cloud {
  const error = (operation: string): CloudError =>
    cloudError('unsupported', { provider: at.provider, operation }, `${why}, so ${operation} was not tried.`);
  const no =
    (operation: string) =>
    <T>(): CloudResult<T> =>
      errAsync(error(operation));
  const none =
    (operation: string) =>
    <T>(): AsyncIterable<Result<T, CloudError>> =>
      once(err(error(operation)));
  return {
    at,
    traits: {
      zoneBoundVolumes: 'unknown',
      detachWhileRunning: false,
      snapshotInUse: false,
      stopMayLoseCapacity: true,
      resizeKeptUntilConfirmed: false,
      resizeOnlyWhenStopped: true,
      resizeKeepsLocalRoot: 'unknown',
      floatingIpMoveAtomic: false,
      capacityReservations: false,
      snapshotCopy: false,
      snapshotShare: false,
      volumeCopy: false,
      permissionChecks: false,
      idempotencyTokens: false,
      growInUse: false,
      retypeInUse: false,
      dns: false,
      launchVolumesDieWithInstance: true,
    },
    instances: {
      get: no('instances.get'),
      find: no('instances.find'),
      list: none('instances.list'),
      create: no('instances.create'),
      start: no('instances.start'),
      stop: no('instances.stop'),
      delete: no('instances.delete'),
      rename: no('instances.rename'),
      keepVolume: no('instances.keepVolume'),
      resize: no('instances.resize'),
      confirmResize: no('instances.confirmResize'),
      revertResize: no('instances.revertResize'),
      offer: no('instances.offer'),
    },
    volumes: {
      get: no('volumes.get'),
      find: no('volumes.find'),
      list: none('volumes.list'),
      create: no('volumes.create'),
      attach: no('volumes.attach'),
      detach: no('volumes.detach'),
      delete: no('volumes.delete'),
      copy: no('volumes.copy'),
      modify: no('volumes.modify'),
    },
    snapshots: {
      get: no('snapshots.get'),
      find: no('snapshots.find'),
      list: none('snapshots.list'),
      create: no('snapshots.create'),
      copy: no('snapshots.copy'),
      share: no('snapshots.share'),
      untilReady: no('snapshots.untilReady'),
      delete: no('snapshots.delete'),
    },
    floatingIps: {
      get: no('floatingIps.get'),
      find: no('floatingIps.find'),
      list: none('floatingIps.list'),
      create: no('floatingIps.create'),
      move: no('floatingIps.move'),
      delete: no('floatingIps.delete'),
    },
    images: { get: no('images.get'), list: none('images.list') },
    dns: { get: no('dns.get'), change: no('dns.change') },
    reservations: {
      get: no('reservations.get'),
      find: no('reservations.find'),
      list: none('reservations.list'),
      create: no('reservations.create'),
      delete: no('reservations.delete'),
    },
    permissions: { check: no('permissions.check') },
  };
}

/**
 * A host for a server that nobody can reach, or the beginning of one's own: `why` is what a verb that is missing then
 * says of itself, and its answers are `unsupported`.
 */
export function missingHost(server: Ref, why?: string): Host {
  const kind: HostErrorKind = why === undefined ? 'unreachable' : 'unsupported';
  const reason = why ?? `No way to reach ${formatRef(server)} is registered`;
  const no =
    (operation: string) =>
    <T>(): HostResult<T> =>
      errAsync(
        hostError(kind, { host: formatRef(server), operation }, `${reason}, so ${operation} was not tried.`),
      );
  return {
    at: server,
    ready: no('ready'),
    observe: no('observe'),
    probe: no('probe'),
    services: {
      list: no('services.list'),
      stop: no('services.stop'),
      start: no('services.start'),
      restart: no('services.restart'),
    },
    timers: { list: no('timers.list'), mask: no('timers.mask'), unmask: no('timers.unmask') },
    mounts: {
      list: no('mounts.list'),
      mount: no('mounts.mount'),
      unmount: no('mounts.unmount'),
      settle: no('mounts.settle'),
      holders: no('mounts.holders'),
      freeze: no('mounts.freeze'),
      thaw: no('mounts.thaw'),
      grow: no('mounts.grow'),
    },
    disks: { list: no('disks.list'), find: no('disks.find'), format: no('disks.format') },
    databases: { copy: no('databases.copy') },
    addresses: { list: no('addresses.list'), set: no('addresses.set'), remove: no('addresses.remove') },
    copy: no('copy'),
    check: no('check'),
    close: () => Promise.resolve(),
  };
}

async function* once<T>(value: T): AsyncIterable<T> {
  yield value;
}
