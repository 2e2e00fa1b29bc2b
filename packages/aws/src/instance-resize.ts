import type { Instance as Ec2Instance } from '@aws-sdk/client-ec2';
import type { CloudResult, ReservationId } from '@belay/cloud';
import { fail, mustExist, wait } from '@belay/cloud/adapter';
import { errAsync, okAsync } from 'neverthrow';
import { instanceState } from './instance-mapping.ts';
import { repeat, type Span } from './span.ts';

/**
 * Changes the type of a stopped instance. EC2 does so only while it is stopped, and keeps nothing of the old one: the
 * way back is another resize, and whether there is capacity of the new type shows when it is started. Reservations are
 * targeted: an instance that does not name one starts outside of it, whatever is free in it.
 */
export function resizeInstance(
  span: Span,
  id: string,
  instanceType: string,
  reservationId: ReservationId | undefined,
): CloudResult<Ec2Instance> {
  return mustExist(span, span.ec2.instances, id).andThen((now) => {
    const state = instanceState(now);
    const lastState = now.State?.Name;
    if (state === 'gone') return errAsync(fail(span, 'not-found', `${id} is ${lastState}.`, { lastState }));
    const isOfType = now.InstanceType === instanceType;
    const isNamed = targetOf(now) === reservationId;
    if (isOfType && isNamed) return okAsync(now);
    if (state !== 'stopped') {
      const message = `${id} is ${lastState}: EC2 changes the type of a stopped instance only.`;
      return errAsync(fail(span, 'busy', message, { lastState }));
    }
    const typed = isOfType ? okAsync(now) : changeType(span, id, instanceType);
    return isNamed ? typed : typed.andThen(() => nameReservation(span, id, reservationId));
  });
}

function changeType(span: Span, id: string, instanceType: string): CloudResult<Ec2Instance> {
  const request = { InstanceId: id, InstanceType: { Value: instanceType } };
  return repeat(span, (api, signal) => api.modifyInstanceAttribute(request, signal)).andThen(() =>
    untilSeen(
      span,
      id,
      (seen) => seen.InstanceType === instanceType,
      (seen) => seen.InstanceType,
    ),
  );
}

/** Without a reservation it runs wherever there is room, as an instance that was launched without one does. */
function nameReservation(
  span: Span,
  id: string,
  reservationId: ReservationId | undefined,
): CloudResult<Ec2Instance> {
  const request = {
    InstanceId: id,
    CapacityReservationSpecification:
      reservationId === undefined
        ? { CapacityReservationPreference: 'open' as const }
        : { CapacityReservationTarget: { CapacityReservationId: reservationId } },
  };
  return repeat(span, (api, signal) =>
    api.modifyInstanceCapacityReservationAttributes(request, signal),
  ).andThen(() =>
    untilSeen(
      span,
      id,
      (seen) => targetOf(seen) === reservationId,
      (seen) => targetOf(seen) ?? 'in no reservation',
    ),
  );
}

/** The reservation that it names. Where it runs at the moment is another field. */
function targetOf({ CapacityReservationSpecification }: Ec2Instance): ReservationId | undefined {
  return CapacityReservationSpecification?.CapacityReservationTarget?.CapacityReservationId;
}

/** Reads back what was changed: EC2 may still show what was there before for a moment. */
function untilSeen(
  span: Span,
  id: string,
  isThere: (seen: Ec2Instance) => boolean,
  stateOf: (seen: Ec2Instance) => string | undefined,
): CloudResult<Ec2Instance> {
  return wait<Ec2Instance | undefined>(span, {
    observe: (signal) => span.ec2.instances.get(id, { signal }),
    until: (seen) => (seen !== undefined && isThere(seen) ? 'yes' : 'not-yet'),
    stateOf: (seen) => (seen === undefined ? undefined : stateOf(seen)),
    applied: 'yes',
  }).andThen((seen) =>
    seen === undefined ? errAsync(fail(span, 'not-found', `${id} is gone.`)) : okAsync(seen),
  );
}
