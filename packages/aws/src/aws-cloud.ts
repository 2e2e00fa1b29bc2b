import { type Chance, type Clock, type Cloud, systemClock } from '@belay/cloud';
import { ec2Client, systemChance } from './client.ts';
import { openEc2 } from './ec2.ts';
import type { Ec2Api } from './ec2-api.ts';
import { provider } from './errors.ts';
import { floatingIps } from './floating-ips.ts';
import { images } from './images.ts';
import { instances } from './instances.ts';
import { notInThisVersion, notListed } from './not-yet.ts';
import { ec2Traits } from './traits.ts';
import { volumes } from './volumes.ts';

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
  const at = { provider, account, region };
  const api = options.client ?? ec2Client({ region, endpoint, chance });
  const ec2 = openEc2({ at, api, clock, chance, visibilityMs });
  return {
    at,
    traits: ec2Traits,
    instances: instances(ec2),
    volumes: volumes(ec2),
    floatingIps: floatingIps(ec2),
    images: images(ec2),
    snapshots: {
      get: (id) => notInThisVersion('snapshots.get', id),
      find: () => notInThisVersion('snapshots.find'),
      list: () => notListed('snapshots.list'),
      create: (spec) => notInThisVersion('snapshots.create', spec.volumeId),
      untilReady: (id) => notInThisVersion('snapshots.untilReady', id),
      delete: (id) => notInThisVersion('snapshots.delete', id),
    },
    dns: {
      get: (name) => notInThisVersion('dns.get', name),
      change: () => notInThisVersion('dns.change'),
    },
  };
}
