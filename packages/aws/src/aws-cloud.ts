import { type Chance, type Clock, type Cloud, systemClock } from '@belay/cloud';
import { ec2Client, systemChance } from './client.ts';
import type { Ec2Api } from './ec2-api.ts';
import { ec2Cloud } from './ec2-cloud.ts';

/** Which account and region, and how EC2 is reached. */
export interface AwsCloudOptions {
  /** The name under which the registry of clouds knows the account. Rights come from the credentials, not from it. */
  readonly account: string;
  readonly region: string;
  /** Calls of EC2, where they are not to go over the SDK. */
  readonly client?: Ec2Api | undefined;
  /** By the SDK's own conventions where absent: `AWS_ENDPOINT_URL`, then EC2's own. */
  readonly endpoint?: string | undefined;
  readonly clock?: Clock | undefined;
  /** For jitter. */
  readonly chance?: Chance | undefined;
  /** For how long EC2 may hide what was made, in milliseconds; 5000 where absent. "Not found" takes this long. */
  readonly visibilityMs?: number | undefined;
}

/** One AWS account in one region behind the `Cloud` port. Credentials are found by the SDK's own conventions. */
export function awsCloud(options: AwsCloudOptions): Cloud {
  const {
    account,
    region,
    endpoint,
    clock = systemClock,
    chance = systemChance,
    visibilityMs = 5_000,
  } = options;
  const client = options.client ?? ec2Client({ region, endpoint, chance });
  return ec2Cloud({ account, region, client, clock, chance, visibilityMs });
}
