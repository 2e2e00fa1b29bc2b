/**
 * For whoever writes an adapter: one verb with its deadline, requests that end with it, looks that may be believed, and
 * one resource for one key where the provider remembers no tokens. `@belay/aws` and `@belay/openstack` are made of these.
 *
 * @packageDocumentation
 */

export { type Absence, absenceOf } from './adapter/absence.ts';
export * from './adapter/ask.ts';
export * from './adapter/create-once.ts';
export * from './adapter/find-by-key.ts';
export * from './adapter/look.ts';
export { mayLeave } from './adapter/may-leave.ts';
export * from './adapter/span.ts';
