/**
 * The belay `Cloud` port over Amazon EC2.
 *
 * @packageDocumentation
 */
export * from './aws-cloud.ts';
export { type Ec2ClientOptions, ec2Client } from './client.ts';
export * from './ec2-api.ts';
