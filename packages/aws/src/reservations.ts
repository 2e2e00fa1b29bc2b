import type { CapacityReservation as Ec2Reservation } from '@aws-sdk/client-ec2';
import {
  type CapacityReservation,
  type CloudError,
  type CloudResult,
  keyTag,
  type ReservationSpec,
  type Reservations,
  type Tags,
} from '@belay/cloud';
import { fail, findByKey, lookByKey, lookUp, mustExist, wait } from '@belay/cloud/adapter';
import { errAsync, okAsync, type Result } from 'neverthrow';
import { createOnce } from './create-once.ts';
import type { Ec2 } from './ec2.ts';
import { pages } from './pages.ts';
import { beginChange, beginRead, change, read, repeat, type Span } from './span.ts';
import { hasTags, newTags, tagFilters, tagsOf } from './tags.ts';

/**
 * The port's reservations over EC2's on-demand capacity reservations. They are `targeted`: only an instance that names
 * one gets of it. They are for Linux on shared hardware; EC2 keeps capacity for each platform apart.
 */
export function reservations(ec2: Ec2): Reservations {
  return {
    get: (id, options) =>
      mustExist(beginRead(ec2, 'reservations.get', options, id), ec2.reservations, id).map(reservationOf),
    find(key, options) {
      const span = beginRead(ec2, 'reservations.find', options);
      return findByKey({ span, key, look: () => livingUnder(span, key), idOf }).map((found) =>
        found === undefined ? undefined : reservationOf(found),
      );
    },
    list: (filter, options) => listReservations(beginRead(ec2, 'reservations.list', options), filter?.tags),
    create: (spec, call) =>
      createReservation(beginChange(ec2, 'reservations.create', call), spec, call.key).map(reservationOf),
    delete: (id, call) => cancelReservation(beginChange(ec2, 'reservations.delete', call, id), id),
  };
}

const states: Readonly<Record<string, CapacityReservation['state']>> = {
  active: 'active',
  pending: 'pending',
  assessing: 'pending',
  scheduled: 'pending',
  delayed: 'pending',
  'payment-pending': 'pending',
  cancelling: 'ended',
  cancelled: 'ended',
  expired: 'ended',
  failed: 'failed',
  'payment-failed': 'failed',
  unavailable: 'failed',
  unsupported: 'failed',
};

/** EC2's reservation as the port's. A state that is not known is `unknown`, never an error. */
function reservationOf(reservation: Ec2Reservation): CapacityReservation {
  const { EndDate } = reservation;
  return {
    id: idOf(reservation),
    state: stateOf(reservation),
    providerState: reservation.State ?? 'unknown',
    instanceType: reservation.InstanceType ?? '',
    zone: reservation.AvailabilityZone ?? '',
    count: reservation.TotalInstanceCount ?? 0,
    free: reservation.AvailableInstanceCount ?? 0,
    ...(EndDate === undefined ? {} : { endsAt: EndDate.toISOString() }),
    tags: tagsOf(reservation.Tags),
  };
}

function stateOf({ State }: Ec2Reservation): CapacityReservation['state'] {
  return states[State ?? ''] ?? 'unknown';
}

function idOf({ CapacityReservationId }: Ec2Reservation): string {
  return CapacityReservationId ?? '';
}

/** EC2 goes on showing those that have ended. */
function isGone(reservation: Ec2Reservation): boolean {
  return ['ended', 'failed'].includes(stateOf(reservation));
}

/** All that carry the key's tag and have not ended. One look. */
function livingUnder(span: Span, key: string): CloudResult<readonly Ec2Reservation[]> {
  return lookByKey(span, span.ec2.byKey.reservations, keyTag(key)).map((all) =>
    all.filter((one) => !isGone(one)),
  );
}

async function* listReservations(
  span: Span,
  tags: Tags | undefined,
): AsyncIterable<Result<CapacityReservation, CloudError>> {
  const isWanted = hasTags(tags ?? {});
  const found = pages<Ec2Reservation>(
    (token) =>
      read(span, (api, signal) =>
        api.describeCapacityReservations(
          {
            MaxResults: 500,
            ...(tags === undefined ? {} : { Filters: tagFilters(tags) }),
            ...(token === undefined ? {} : { NextToken: token }),
          },
          signal,
        ),
      ).map(({ CapacityReservations = [], NextToken: next }) => ({
        items: CapacityReservations.filter((one) => isWanted(one.Tags) && !isGone(one)),
        next,
      })),
    () => fail(span, 'failed', 'EC2 gave the same page of reservations twice.'),
  );
  for await (const one of found) yield one.map(reservationOf);
}

function createReservation(span: Span, spec: ReservationSpec, key: string): CloudResult<Ec2Reservation> {
  const request = {
    InstanceType: spec.instanceType,
    InstancePlatform: 'Linux/UNIX',
    AvailabilityZone: spec.zone,
    InstanceCount: spec.count,
    InstanceMatchCriteria: 'targeted',
    ...(spec.endsAt === undefined
      ? { EndDateType: 'unlimited' as const }
      : { EndDateType: 'limited' as const, EndDate: new Date(spec.endsAt) }),
    TagSpecifications: newTags('capacity-reservation', key, spec.tags),
  } as const;
  return createOnce({
    span,
    kind: 'reservation',
    verb: 'create',
    key,
    look: () => livingUnder(span, key),
    // The SDK fills in no token here, as it does for launches.
    create: (ClientToken) => send(span, { ...request, ClientToken }),
    idOf,
    isGone,
    difference: (made) => difference(made, spec),
  }).andThen((made) => untilActive({ ...span, resourceId: idOf(made) }, idOf(made)));
}

type CreateRequest = Parameters<Ec2['api']['createCapacityReservation']>[0];

function send(span: Span, request: CreateRequest): CloudResult<Ec2Reservation> {
  return change(span, (api, signal) => api.createCapacityReservation(request, signal)).andThen(
    ({ CapacityReservation: made }) =>
      made === undefined
        ? errAsync(fail(span, 'failed', 'EC2 answered with no reservation.', { applied: 'unknown' }))
        : okAsync(made),
  );
}

function difference(made: Ec2Reservation, spec: ReservationSpec): string | undefined {
  if (made.InstanceType !== spec.instanceType) return `is for ${made.InstanceType}, not ${spec.instanceType}`;
  if (made.AvailabilityZone !== spec.zone) return `is in ${made.AvailabilityZone}, not ${spec.zone}`;
  if (made.TotalInstanceCount !== spec.count)
    return `is for ${made.TotalInstanceCount} instances, not ${spec.count}`;
  return undefined;
}

function untilActive(span: Span, id: string): CloudResult<Ec2Reservation> {
  return wait<Ec2Reservation | undefined>(span, {
    observe: (signal) => span.ec2.reservations.get(id, { signal }),
    until(seen) {
      if (seen === undefined) return 'not-yet';
      if (stateOf(seen) === 'active') return 'yes';
      if (!isGone(seen)) return 'not-yet';
      // What EC2 could not keep has ended by itself, and costs nothing.
      return fail(span, 'out-of-stock', `${id} went to ${seen.State}.`, { lastState: seen.State });
    },
    stateOf: (seen) => seen?.State,
    applied: 'unknown',
  }).andThen((seen) =>
    seen === undefined ? errAsync(fail(span, 'not-found', `${id} is gone.`)) : okAsync(seen),
  );
}

function cancelReservation(span: Span, id: string): CloudResult<void> {
  return lookUp(span, span.ec2.reservations, id).andThen((now) => {
    if (now === undefined || isEnded(now)) return okAsync(undefined);
    return repeat(span, (api, signal) => api.cancelCapacityReservation({ CapacityReservationId: id }, signal))
      .map(() => undefined)
      .orElse((error) => (error.kind === 'not-found' ? okAsync(undefined) : errAsync(error)))
      .andThen(() => untilEnded(span, id));
  });
}

function isEnded(reservation: Ec2Reservation): boolean {
  return isGone(reservation) && reservation.State !== 'cancelling';
}

function untilEnded(span: Span, id: string): CloudResult<void> {
  return wait<Ec2Reservation | undefined>(span, {
    observe: (signal) => span.ec2.reservations.get(id, { signal }),
    until: (seen) => (seen === undefined || isEnded(seen) ? 'yes' : 'not-yet'),
    stateOf: (seen) => seen?.State,
    applied: 'unknown',
  }).map(() => undefined);
}
