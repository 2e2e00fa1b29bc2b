import { err, ok, type Result } from 'neverthrow';
import type { Refusal } from './refusal.ts';
import type { InstanceRecord, ReservationRecord } from './state.ts';
import type { World } from './world.ts';

/**
 * The provider's machines: so many of each type in each zone, or no end of them. A running instance holds one; where
 * stopping gives the hardware away, a stopped one does not, and may not start again. A reservation keeps machines
 * apart for the instances that name it, and for nobody else.
 */
export function takeMachine(world: World, instance: InstanceRecord): Result<void, Refusal> {
  if (instance.holdsStock) return ok();
  const { instanceType, zone } = instance;
  const taken =
    instance.reservationId === undefined
      ? takeFrom(world, instanceType, zone)
      : placeIn(world, instance, instance.reservationId);
  return taken.map(() => {
    instance.holdsStock = true;
  });
}

/** Gives the machine back; where demand is high somebody else has it at once. One that is reserved is just free. */
export function giveMachineBack(world: World, instance: InstanceRecord): void {
  if (!instance.holdsStock) return;
  instance.holdsStock = false;
  if (reservationOf(world, instance)?.state === 'active') return;
  giveTo(world, instance.instanceType, instance.zone);
}

/** Takes one machine off the shelf, or as many as are asked for, or none. */
export function takeFrom(world: World, instanceType: string, zone: string, count = 1): Result<void, Refusal> {
  const shelf = shelfOf(instanceType, zone);
  const left = world.state.stock[shelf];
  if (left !== undefined && left < count) return noCapacity(instanceType, zone);
  if (left !== undefined) world.state.stock[shelf] = left - count;
  return ok();
}

export function giveTo(world: World, instanceType: string, zone: string, count = 1): void {
  const shelf = shelfOf(instanceType, zone);
  const left = world.state.stock[shelf];
  if (left !== undefined && world.state.soldOut[shelf] === undefined) world.state.stock[shelf] = left + count;
}

export function hasMachine(world: World, instanceType: string, zone: string): boolean {
  return world.state.stock[shelfOf(instanceType, zone)] !== 0;
}

/** How many instances may still be started in it. */
export function freeIn(world: World, reservation: ReservationRecord): number {
  if (reservation.state !== 'active') return 0;
  const used = Object.values(world.state.instances).filter(
    (one) => one.reservationId === reservation.id && one.holdsStock,
  ).length;
  return reservation.count - used;
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

export function noCapacity(instanceType: string, zone: string, why?: string): Result<never, Refusal> {
  return err({
    rule: 'no-capacity',
    message: why ?? `There is no capacity for ${instanceType} in ${zone} now.`,
  });
}

function placeIn(world: World, instance: InstanceRecord, reservationId: string): Result<void, Refusal> {
  const reservation = world.state.reservations[reservationId];
  const about = { resourceId: reservationId, lastState: reservation?.state };
  if (reservation?.state !== 'active') {
    const message = `The capacity reservation ${reservationId} is ${reservation?.state ?? 'not there'}.`;
    return err({ rule: 'reservation-ended', message, ...about });
  }
  if (reservation.instanceType !== instance.instanceType || reservation.zone !== instance.zone) {
    const message = `${reservationId} is for ${reservation.instanceType} in ${reservation.zone}.`;
    return err({ rule: 'reservation-differs', message, ...about });
  }
  if (freeIn(world, reservation) > 0) return ok();
  const message = `All ${reservation.count} places of ${reservationId} are taken.`;
  return err({ rule: 'reservation-full', message, ...about });
}

function reservationOf(world: World, { reservationId }: InstanceRecord): ReservationRecord | undefined {
  return reservationId === undefined ? undefined : world.state.reservations[reservationId];
}

function shelfOf(instanceType: string, zone: string): string {
  return `${instanceType}@${zone}`;
}
