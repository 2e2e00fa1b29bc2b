import { type Chance, type Clock, type Cloud, systemClock } from '@belay/cloud';
import type { Ec2Api } from './ec2-api.ts';
import { ec2Client } from './ec2-client.ts';
import { ec2Cloud } from './ec2-cloud.ts';
import type { Route53Api } from './route53-api.ts';
import { route53Client } from './route53-client.ts';
import { type SdkOptions, systemChance } from './sdk.ts';

/** Which account and region, and how AWS is reached. */
export interface AwsCloudOptions extends SdkOptions {
  /** The name under which the registry of clouds knows the account. Rights come from the credentials, not from it. */
  readonly account: string;
  /** Calls of EC2, where they are not to go over the SDK. */
  readonly client?: Ec2Api | undefined;
  /** Calls of Route 53, where they are not to go over the SDK. */
  readonly dnsClient?: Route53Api | undefined;
  /** The only hosted zones in which records are looked for, private ones too; all public ones where absent. */
  readonly hostedZoneIds?: readonly string[] | undefined;
  readonly clock?: Clock | undefined;
  /** For jitter. */
  readonly chance?: Chance | undefined;
  /** For how long EC2 may hide what was made, in milliseconds; 5000 where absent. "Not found" takes this long. */
  readonly visibilityMs?: number | undefined;
  /** How often resources of one kind are described while many wait for them, in calls a second; 2 where absent. */
  readonly readsPerSecond?: number | undefined;
}

/** One AWS account in one region behind the `Cloud` port. Credentials are found by the SDK's own conventions. */
export function awsCloud(options: AwsCloudOptions): Cloud {
  const { account, region, hostedZoneIds, clock = systemClock, chance = systemChance } = options;
  const elsewhere = new Map<string, Ec2Api>();
  const clientAt = (there: string): Ec2Api => {
    const client = elsewhere.get(there) ?? ec2Client({ ...options, region: there });
    elsewhere.set(there, client);
    return client;
  };
  return ec2Cloud({
    account,
    region,
    client: options.client ?? ec2Client(options),
    clientAt: options.client === undefined ? clientAt : undefined,
    dnsClient: options.dnsClient ?? route53Client(options),
    hostedZoneIds,
    clock,
    chance,
    visibilityMs: options.visibilityMs ?? 5_000,
    readsPerSecond: options.readsPerSecond,
  });
}
