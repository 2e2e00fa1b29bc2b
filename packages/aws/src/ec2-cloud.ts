import type { Chance, Clock, Cloud } from '@belay/cloud';
import { dns } from './dns.ts';
import { openEc2 } from './ec2.ts';
import type { Ec2Api } from './ec2-api.ts';
import { provider } from './errors.ts';
import { floatingIps } from './floating-ips.ts';
import { images } from './images.ts';
import { instances } from './instances.ts';
import { permissions } from './permissions.ts';
import { reservations } from './reservations.ts';
import type { Route53Api } from './route53-api.ts';
import { snapshots } from './snapshots.ts';
import { ec2Traits } from './traits.ts';
import { volumes } from './volumes.ts';

/** The port over anything that answers EC2's calls. Here nothing is found by itself: no SDK, no environment. */
export interface Ec2CloudOptions {
  readonly account: string;
  readonly region: string;
  readonly client: Ec2Api;
  /** Calls of EC2 in another region, where a snapshot is to be copied from; no region is reached where absent. */
  readonly clientAt?: ((region: string) => Ec2Api | undefined) | undefined;
  readonly dnsClient: Route53Api;
  readonly hostedZoneIds?: readonly string[] | undefined;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly visibilityMs: number;
  readonly readsPerSecond?: number | undefined;
}

export function ec2Cloud(options: Ec2CloudOptions): Cloud {
  const { account, region, client, clientAt = () => undefined, dnsClient, ...rest } = options;
  const at = { provider, account, region };
  const ec2 = openEc2({ at, api: client, dns: dnsClient, ...rest });
  return {
    at,
    traits: ec2Traits,
    instances: instances(ec2),
    volumes: volumes(ec2),
    floatingIps: floatingIps(ec2),
    images: images(ec2),
    snapshots: snapshots(ec2, clientAt),
    dns: dns(ec2),
    reservations: reservations(ec2),
    permissions: permissions(ec2),
  };
}
