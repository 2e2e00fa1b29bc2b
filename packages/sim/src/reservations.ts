import { err, ok, type Result } from 'neverthrow';
import type { Transitions } from './agenda.ts';
import { mayMakeOf } from './instance-types.ts';
import { newId } from './names.ts';
import { vcpusOf, withinQuota } from './quotas.ts';
import { bad, noSuchZone } from './records.ts';
import type { Refusal } from './refusal.ts';
import type { ReservationRecord } from './state.ts';
import { freeIn, giveTo, takeFrom } from './stock.ts';
import { rememberToken, replayOf, type TokenUse } from './tokens.ts';
import type { World } from './world.ts';

/**
 * Capacity reservations as EC2's API has them: machines are taken off the shelf when one is made, and only instances
 * that name it get of them. What runs in one goes on when it ends.
 */
export interface ReservationRequest {
  readonly instanceType: string;
  readonly zone: string;
  readonly count: number;
  /** Milliseconds since the epoch; never, where absent. */
  readonly endsAtMs?: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

export function createReservation(
  world: World,
  request: ReservationRequest,
  token: string | undefined,
): Result<string, Refusal> {
  const use: TokenUse = {
    token,
    scope: 'reservation',
    request,
    isAlive: (id) => isLiving(world.state.reservations[id]),
  };
  return mayReserve(world)
    .andThen(() => replayOf(world, use))
    .andThen((known) => {
      if (known !== undefined) return ok(known);
      return checkCreate(world, request).map(() => {
        const id = addReservation(world, request);
        rememberToken(world, use, id);
        return id;
      });
    });
}

/** Ends it. One that has ended is refused, as EC2 does. */
export function cancelReservation(world: World, id: string): Result<void, Refusal> {
  return reservationOf(world, id).andThen((reservation): Result<void, Refusal> => {
    if (!isLiving(reservation)) {
      return err({
        rule: 'reservation-ended',
        message: `The capacity reservation ${id} is ${reservation.state}.`,
        resourceId: id,
        lastState: reservation.state,
      });
    }
    world.blur(reservation, 'reservations.delete');
    end(world, reservation, 'cancelled');
    return ok();
  });
}

/** What a read shows of it. It is shown for good, also when it has ended. */
export function describeReservation(world: World, id: string): Result<ReservationRecord, Refusal> {
  return reservationOf(world, id).andThen((reservation) => {
    const seen = world.seen(reservation);
    return seen === undefined ? noSuchReservation(id) : ok(structuredClone(seen));
  });
}

export function listReservations(world: World): readonly ReservationRecord[] {
  return Object.keys(world.state.reservations).flatMap((id) =>
    describeReservation(world, id).match(
      (reservation) => [reservation],
      () => [],
    ),
  );
}

export function isLiving(reservation: ReservationRecord | undefined): boolean {
  return reservation?.state === 'pending' || reservation?.state === 'active';
}

export const reservationTransitions: Transitions<
  'reservation.active' | 'reservation.failed' | 'reservation.expired'
> = {
  'reservation.active'(world, { reservationId }) {
    const reservation = world.state.reservations[reservationId];
    if (reservation?.state !== 'pending') return;
    reservation.state = 'active';
    world.emit('reservation.active', { reservationId });
  },
  'reservation.failed'(world, { reservationId }) {
    const reservation = world.state.reservations[reservationId];
    if (reservation?.state !== 'pending') return;
    end(world, reservation, 'failed');
  },
  'reservation.expired'(world, { reservationId }) {
    const reservation = world.state.reservations[reservationId];
    if (reservation === undefined || !isLiving(reservation)) return;
    end(world, reservation, 'expired');
  },
};

function mayReserve(world: World): Result<void, Refusal> {
  if (world.profile.traits.capacityReservations) return ok();
  return err({ rule: 'not-here', message: 'This cloud reserves no capacity.' });
}

function checkCreate(world: World, request: ReservationRequest): Result<void, Refusal> {
  const { instanceType, zone, count, endsAtMs } = request;
  if (world.state.zones[zone] === undefined) return noSuchZone(zone);
  if (!Number.isInteger(count) || count < 1) return bad(`A reservation is for 1 or more, not for ${count}.`);
  if (endsAtMs !== undefined && !(endsAtMs > world.nowMs)) return bad('Its end lies in the past.');
  return mayMakeOf(world, instanceType, zone)
    .andThen(() => withinQuota(world, 'vcpus', count * vcpusOf(world, instanceType)))
    .andThen(() => takeFrom(world, instanceType, zone, count));
}

function addReservation(world: World, request: ReservationRequest): string {
  const { instanceType, zone, count, endsAtMs, tags } = request;
  const reservationId = newId(world, 'reservation');
  const reservation: ReservationRecord = {
    id: reservationId,
    state: 'pending',
    instanceType,
    zone,
    count,
    endsAtMs,
    tags: { ...tags },
    createdAtMs: world.nowMs,
  };
  world.state.reservations[reservationId] = reservation;
  world.blur(reservation, 'reservations.create', null);
  world.begin({
    operation: 'reservations.create',
    takes: 'reservations.create',
    transition: { what: 'reservation.active', reservationId },
    rolledBack: { what: 'reservation.failed', reservationId },
  });
  if (endsAtMs !== undefined) {
    world.begin({
      takes: endsAtMs - world.nowMs,
      transition: { what: 'reservation.expired', reservationId },
    });
  }
  return reservationId;
}

/** What nobody uses goes back to the shelf; what is in use does when its instance lets go of it. */
function end(world: World, reservation: ReservationRecord, state: 'cancelled' | 'expired' | 'failed'): void {
  const unused = reservation.state === 'pending' ? reservation.count : freeIn(world, reservation);
  reservation.state = state;
  giveTo(world, reservation.instanceType, reservation.zone, unused);
  world.emit('reservation.ended', { reservationId: reservation.id, state });
}

function reservationOf(world: World, id: string): Result<ReservationRecord, Refusal> {
  const reservation = world.state.reservations[id];
  return reservation === undefined ? noSuchReservation(id) : ok(reservation);
}

function noSuchReservation(id: string): Result<never, Refusal> {
  return err({
    rule: 'no-such-reservation',
    message: `The capacity reservation ${id} does not exist.`,
    resourceId: id,
  });
}
