import { err, ok, type Result } from 'neverthrow';
import type { Refusal, RefusalRule } from './refusal.ts';
import type { QuotaRecord } from './state.ts';
import { freeIn } from './stock.ts';
import type { World } from './world.ts';

/** The account's own limits, each with the word that its provider has for it. */
export type Quota = keyof QuotaRecord;

/** Refuses `more` of a thing where that would be over the limit. */
export function withinQuota(world: World, what: Quota, more: number): Result<void, Refusal> {
  const limit = world.state.quotas[what];
  const used = usedOf(world, what);
  if (limit === undefined || more <= 0 || used + more <= limit) return ok();
  return err({ rule: rules[what], message: `The quota of ${what} is ${limit}, and ${used} are in use.` });
}

/** How much of it is in use now. */
function usedOf(world: World, what: Quota): number {
  const { instances, volumes, snapshots, floatingIps } = world.state;
  const disks = Object.values(volumes).filter(
    (one) => one.state !== 'gone' && !one.attachments.some(({ isRoot }) => isRoot),
  );
  switch (what) {
    case 'instances':
      // EC2 counts what was terminated for a little longer.
      return Object.values(instances).filter(
        ({ goneAtMs }) => goneAtMs === undefined || world.nowMs < goneAtMs + world.profile.quotaTailMs,
      ).length;
    case 'vcpus':
      return vcpusInUse(world);
    case 'volumes':
      return disks.length;
    case 'volumeGiB':
      return disks.reduce((sum, { sizeGiB }) => sum + sizeGiB, 0);
    case 'snapshots':
      return Object.values(snapshots).filter(({ state }) => state !== 'gone').length;
    case 'floatingIps':
      return Object.keys(floatingIps).length;
  }
}

export function vcpusOf(world: World, instanceType: string): number {
  return world.state.instanceTypes[instanceType]?.vcpus ?? 0;
}

/** What holds a machine counts, and what is reserved and not used. */
function vcpusInUse(world: World): number {
  const { instances, reservations } = world.state;
  const running = Object.values(instances)
    .filter(({ holdsStock }) => holdsStock)
    .reduce((sum, { instanceType }) => sum + vcpusOf(world, instanceType), 0);
  return Object.values(reservations).reduce(
    (sum, one) => sum + freeIn(world, one) * vcpusOf(world, one.instanceType),
    running,
  );
}

const rules: Readonly<Record<Quota, RefusalRule>> = {
  instances: 'over-quota-instances',
  vcpus: 'over-quota-vcpus',
  volumes: 'over-quota-volumes',
  volumeGiB: 'over-quota-volumes',
  snapshots: 'over-quota-snapshots',
  floatingIps: 'over-quota-addresses',
};
