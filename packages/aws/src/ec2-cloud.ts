import type { Chance, Clock, Cloud } from '@belay/cloud';
import { openEc2 } from './ec2.ts';
import type { Ec2Api } from './ec2-api.ts';
import { provider } from './errors.ts';
import { floatingIps } from './floating-ips.ts';
import { images } from './images.ts';
import { instances } from './instances.ts';
import { notInThisVersion, notListed } from './not-yet.ts';
import { ec2Traits } from './traits.ts';
import { volumes } from './volumes.ts';

/** The port over anything that answers EC2's calls. Here nothing is found by itself: no SDK, no environment. */
export interface Ec2CloudOptions {
  readonly account: string;
  readonly region: string;
  readonly client: Ec2Api;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly visibilityMs: number;
}

export function ec2Cloud({ account, region, client, clock, chance, visibilityMs }: Ec2CloudOptions): Cloud {
  const at = { provider, account, region };
  const ec2 = openEc2({ at, api: client, clock, chance, visibilityMs });
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
      copy: (spec) => notInThisVersion('snapshots.copy', spec.from.id),
      share: (id) => notInThisVersion('snapshots.share', id),
      untilReady: (id) => notInThisVersion('snapshots.untilReady', id),
      delete: (id) => notInThisVersion('snapshots.delete', id),
    },
    dns: {
      get: (name) => notInThisVersion('dns.get', name),
      change: () => notInThisVersion('dns.change'),
    },
    reservations: {
      get: (id) => notInThisVersion('reservations.get', id),
      find: () => notInThisVersion('reservations.find'),
      list: () => notListed('reservations.list'),
      create: () => notInThisVersion('reservations.create'),
      delete: (id) => notInThisVersion('reservations.delete', id),
    },
    permissions: { check: () => notInThisVersion('permissions.check') },
  };
}
