/**
 * The belay `Cloud` port over OpenStack: Keystone, Nova, Cinder, Neutron, Glance and, where there is one, Designate.
 *
 * @packageDocumentation
 */
export * from './access.ts';
export type { ServiceName } from './calls.ts';
export type { ConfigSource } from './clouds-yaml.ts';
export { type ConnectOptions, connectOpenstack } from './connect.ts';
export type { Fetch, FetchAnswer, FetchInit } from './http.ts';
export * from './openstack-cloud.ts';
export type { Settings } from './stack.ts';
