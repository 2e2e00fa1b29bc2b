/**
 * EC2 and Route 53 over HTTP, on a port of this machine: the simulated cloud behind the protocol that the SDKs of AWS
 * speak, as strict, slow and unreliable as the real one.
 *
 * @packageDocumentation
 */

export type { AccessPolicy, AccessStatement } from './ec2/access-policy.ts';
export type { Ec2Levers } from './ec2/levers.ts';
export type { Ec2Error } from './ec2/listen.ts';
export type { AccessKeys } from './ec2/signature.ts';
export { type Ec2Options, type Ec2Server, startEc2 } from './ec2/start.ts';
