import { err, ok, type Result } from 'neverthrow';
import type { Refusal } from './refusal.ts';
import type { InstanceRecord } from './state.ts';
import type { World } from './world.ts';

/**
 * The provider's machines: so many of each type in each zone, or no end of them. A running instance holds one; where
 * stopping gives the hardware away, a stopped one does not, and may not start again.
 */
export function takeMachine(world: World, instance: InstanceRecord): boolean {
  if (instance.holdsStock) return true;
  const shelf = shelfOf(instance.instanceType, instance.zone);
  const left = world.state.stock[shelf];
  if (left === 0) return false;
  if (left !== undefined) world.state.stock[shelf] = left - 1;
  instance.holdsStock = true;
  return true;
}

/** Gives the machine back; where demand is high somebody else has it at once. */
export function giveMachineBack(world: World, instance: InstanceRecord): void {
  if (!instance.holdsStock) return;
  instance.holdsStock = false;
  const shelf = shelfOf(instance.instanceType, instance.zone);
  const left = world.state.stock[shelf];
  if (left !== undefined && world.state.soldOut[shelf] === undefined) world.state.stock[shelf] = left + 1;
}

export function hasMachine(world: World, instanceType: string, zone: string): boolean {
  return world.state.stock[shelfOf(instanceType, zone)] !== 0;
}

export function setStock(
  world: World,
  instanceType: string,
  zone: string,
  count: number | undefined,
  soldOut = false,
): void {
  const shelf = shelfOf(instanceType, zone);
  if (count === undefined) delete world.state.stock[shelf];
  else world.state.stock[shelf] = count;
  if (soldOut) world.state.soldOut[shelf] = true;
  else delete world.state.soldOut[shelf];
}

/** The account's own limit for one kind of thing, `more` of it being asked for. */
export function withinQuota(
  world: World,
  what: keyof World['state']['quotas'],
  more: number,
): Result<void, Refusal> {
  const limit = world.state.quotas[what];
  const used = usedOf(world, what);
  if (limit === undefined || used + more <= limit) return ok();
  return err({ rule: 'over-quota', message: `The quota of ${what} is ${limit}, and ${used} are in use.` });
}

function usedOf(world: World, what: keyof World['state']['quotas']): number {
  const { instances, volumes, snapshots, floatingIps } = world.state;
  const disks = Object.values(volumes).filter(
    (one) => one.state !== 'gone' && !one.attachments.some(({ isRoot }) => isRoot),
  );
  switch (what) {
    case 'instances':
      return Object.values(instances).filter(({ state }) => state !== 'gone').length;
    case 'volumes':
      return disks.length;
    case 'volumeGiB':
      return disks.reduce((sum, { sizeGiB }) => sum + sizeGiB, 0);
    case 'snapshots':
      return Object.values(snapshots).filter(({ state }) => state !== 'gone').length;
    case 'floatingIps':
      return Object.keys(floatingIps).length;
    default:
      return 0;
  }
}

function shelfOf(instanceType: string, zone: string): string {
  return `${instanceType}@${zone}`;
}
