import { err, ok, type Result } from 'neverthrow';
import type { Refusal } from './refusal.ts';
import type { TypeLife } from './state.ts';
import type { World } from './world.ts';

/**
 * Instance types, zone by zone: a type may be offered in one zone and not in another, and its life may end in one
 * before it ends elsewhere. What runs goes on; what is stopped starts no more.
 */
export function lifeOf(world: World, instanceType: string, zone: string): TypeLife {
  const type = world.state.instanceTypes[instanceType];
  const { lifecycle = 'retired', endsAt } = type?.inZones?.[zone] ?? type ?? {};
  const isOver = endsAt !== undefined && Date.parse(endsAt) <= world.nowMs;
  return { lifecycle: isOver ? 'retired' : lifecycle, endsAt };
}

/** Can one be made of it there, as far as the offer goes? Whether there is a machine is another question. */
export function isOffered(world: World, instanceType: string, zone: string): boolean {
  const type = world.state.instanceTypes[instanceType];
  return (
    type !== undefined &&
    type.zones?.includes(zone) !== false &&
    lifeOf(world, instanceType, zone).lifecycle === 'current'
  );
}

/** Refuses what is not offered there: EC2 says so at once, and Nova finds no host for it. */
export function mayMakeOf(world: World, instanceType: string, zone: string): Result<void, Refusal> {
  if (world.state.instanceTypes[instanceType] === undefined) return noSuchType(instanceType);
  if (isOffered(world, instanceType, zone)) return ok();
  return err({ rule: 'type-not-in-zone', message: `${instanceType} is not offered in ${zone}.` });
}

/** Ends its life, in one zone or in all: at that time, or at once. */
export function retireType(world: World, instanceType: string, zone?: string, endsAt?: string): void {
  const type = world.state.instanceTypes[instanceType];
  if (type === undefined) throw new Error(`There is no instance type ${instanceType}.`);
  if (zone === undefined) {
    type.lifecycle = 'retired';
    type.endsAt = endsAt;
    return;
  }
  type.inZones = { ...type.inZones, [zone]: { lifecycle: 'retired', endsAt } };
}

function noSuchType(instanceType: string): Result<never, Refusal> {
  return err({ rule: 'no-such-type', message: `The instance type ${instanceType} does not exist.` });
}
