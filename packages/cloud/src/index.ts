/**
 * The words of belay and its two ports: `Cloud` (an account in a region) and `Host` (the inside of a server). No I/O.
 *
 * @packageDocumentation
 */
export * from './failure.ts';
export * from './ref.ts';
export * from './call.ts';
export * from './cloud-error.ts';
export * from './instance.ts';
export * from './volume.ts';
export * from './snapshot.ts';
export * from './floating-ip.ts';
export * from './image.ts';
export * from './dns-record.ts';
export * from './traits.ts';
export * from './cloud.ts';
export * from './host.ts';
export * from './clock.ts';
