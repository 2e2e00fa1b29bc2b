/**
 * The words of belay and its two ports: `Cloud` (an account in a region) and `Host` (the inside of a server). No I/O.
 *
 * @packageDocumentation
 */

export * from './call.ts';
export * from './clock.ts';
export * from './cloud.ts';
export * from './cloud-error.ts';
export * from './describe-batch.ts';
export * from './describe-pace.ts';
export * from './dns-record.ts';
export * from './durations.ts';
export * from './failure.ts';
export * from './floating-ip.ts';
export * from './found.ts';
export * from './host.ts';
export * from './host-address.ts';
export * from './host-copy.ts';
export * from './host-database.ts';
export * from './host-disks.ts';
export * from './host-error.ts';
export * from './host-mounts.ts';
export * from './host-probe.ts';
export * from './host-services.ts';
export * from './image.ts';
export * from './instance.ts';
export * from './key.ts';
export * from './key-turns.ts';
export { missingCloud, missingHost } from './missing.ts';
export * from './permission.ts';
export * from './poll.ts';
export * from './redact.ts';
export * from './ref.ts';
export * from './registry.ts';
export * from './reservation.ts';
export * from './secret.ts';
export * from './snapshot.ts';
export * from './still-ours.ts';
export * from './traits.ts';
export * from './usual-duration.ts';
export * from './volume.ts';
export * from './wait.ts';
