/**
 * The belay `Cloud` port over Amazon EC2 and Route 53.
 *
 * @packageDocumentation
 */
export * from './aws-cloud.ts';
export * from './ec2-api.ts';
export { ec2Client } from './ec2-client.ts';
export * from './route53-api.ts';
export { route53Client } from './route53-client.ts';
export type { SdkLogger, SdkOptions } from './sdk.ts';
