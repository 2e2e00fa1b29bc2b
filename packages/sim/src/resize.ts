import { err, ok, type Result } from 'neverthrow';
import type { Transitions } from './agenda.ts';
import { bootGuest, haltGuest } from './guest.ts';
import { mayMakeOf } from './instance-types.ts';
import { vcpusOf, withinQuota } from './quotas.ts';
import { transitional, unlocked } from './records.ts';
import type { Refusal } from './refusal.ts';
import type { InstanceRecord } from './state.ts';
import { giveMachineBack, giveTo, hasMachine, noCapacity, takeFrom } from './stock.ts';
import type { World } from './world.ts';

/**
 * Changes of an instance's type. EC2 writes another type on a stopped instance, and whether there is a machine shows
 * at its start. Nova moves the server, keeps its old machine until somebody confirms, and goes back to it on demand.
 */
export function resizeInstance(world: World, id: string, instanceType: string): Result<void, Refusal> {
  const { resizeOnlyWhenStopped, resizeKeptUntilConfirmed } = world.profile.traits;
  return unlocked(world, id).andThen((instance): Result<void, Refusal> => {
    if (instance.state === 'gone' || instance.state === 'shutting-down') return transitional(instance);
    const offered = mayMakeOf(world, instanceType, instance.zone);
    if (offered.isErr()) return offered;
    if (resizeOnlyWhenStopped && instance.state !== 'stopped') {
      return err({
        rule: 'instance-running',
        message: `${id} must be stopped before its type is changed.`,
        resourceId: id,
        lastState: instance.state,
      });
    }
    if (instance.state !== 'stopped' && instance.state !== 'running') return transitional(instance);
    if (resizeKeptUntilConfirmed) return moveTo(world, instance, instanceType);
    world.blur(instance, 'instances.resize');
    giveMachineBack(world, instance);
    instance.instanceType = instanceType;
    return ok();
  });
}

/** From its next start on it takes its machine from this reservation; without one, from the shelf. Only while stopped. */
export function nameReservation(
  world: World,
  id: string,
  reservationId: string | undefined,
): Result<void, Refusal> {
  return unlocked(world, id).andThen((instance): Result<void, Refusal> => {
    if (instance.state !== 'stopped') {
      return err({
        rule: 'instance-running',
        message: `${id} must be stopped before its capacity reservation is changed.`,
        resourceId: id,
        lastState: instance.state,
      });
    }
    if (reservationId !== undefined && world.state.reservations[reservationId] === undefined) {
      const message = `The capacity reservation ${reservationId} does not exist.`;
      return err({ rule: 'no-such-reservation', message, resourceId: reservationId });
    }
    world.blur(instance, 'instances.resize');
    giveMachineBack(world, instance);
    instance.reservationId = reservationId;
    return ok();
  });
}

/** Gives the old machine up. */
export function confirmResize(world: World, id: string): Result<void, Refusal> {
  return mayDecide(world, id).map((instance) => {
    world.blur(instance, 'instances.confirmResize');
    if (instance.resizedFrom !== undefined) giveTo(world, instance.resizedFrom, instance.zone);
    instance.state = instance.resizedStopped === true ? 'stopped' : 'running';
    delete instance.resizedFrom;
    delete instance.resizedStopped;
    world.emit('instance.resize-confirmed', { instanceId: id });
  });
}

/** Goes back to the old machine, with a restart. */
export function revertResize(world: World, id: string): Result<void, Refusal> {
  return mayDecide(world, id).map((instance) => {
    world.blur(instance, 'instances.revertResize');
    haltGuest(world, id);
    instance.state = 'resizing';
    world.begin({
      operation: 'instances.revertResize',
      takes: 'instances.resize',
      transition: { what: 'instance.resize-reverted', instanceId: id },
    });
  });
}

/** Gives back what an instance that ends holds for a resize. */
export function endResizing(world: World, instance: InstanceRecord): void {
  const { resizingTo, resizedFrom, zone } = instance;
  for (const type of [resizingTo, resizedFrom]) if (type !== undefined) giveTo(world, type, zone);
  delete instance.resizingTo;
  delete instance.resizedFrom;
}

export const resizeTransitions: Transitions<
  'instance.resized' | 'instance.resize-failed' | 'instance.resize-reverted'
> = {
  'instance.resized'(world, { instanceId, instanceType }) {
    const instance = world.state.instances[instanceId];
    if (instance?.state !== 'resizing') return;
    instance.resizedFrom = instance.instanceType;
    instance.instanceType = instanceType;
    delete instance.resizingTo;
    instance.state = 'resized';
    world.emit('instance.resized', { instanceId, instanceType });
    if (instance.resizedStopped !== true) bootGuest(world, instanceId);
  },
  'instance.resize-failed'(world, { instanceId }) {
    const instance = world.state.instances[instanceId];
    if (instance?.state !== 'resizing') return;
    if (instance.resizingTo !== undefined) giveTo(world, instance.resizingTo, instance.zone);
    else instance.fault = 'No valid host was found.';
    delete instance.resizingTo;
    settle(world, instance);
    world.emit('instance.resize-failed', { instanceId });
  },
  'instance.resize-reverted'(world, { instanceId }) {
    const instance = world.state.instances[instanceId];
    if (instance?.state !== 'resizing' || instance.resizedFrom === undefined) return;
    giveTo(world, instance.instanceType, instance.zone);
    instance.instanceType = instance.resizedFrom;
    delete instance.resizedFrom;
    settle(world, instance);
    world.emit('instance.resize-reverted', { instanceId, instanceType: instance.instanceType });
  },
};

/** Nova accepts the move and looks for a host afterwards: where it finds none, the server is as it was. */
function moveTo(world: World, instance: InstanceRecord, instanceType: string): Result<void, Refusal> {
  const { id, zone } = instance;
  const more = vcpusOf(world, instanceType) - vcpusOf(world, instance.instanceType);
  const inTime = hasMachine(world, instanceType, zone);
  if (!inTime && !world.profile.lateOutOfStock) return noCapacity(instanceType, zone);
  return withinQuota(world, 'vcpus', more).map(() => {
    world.blur(instance, 'instances.resize');
    delete instance.fault;
    if (takeFrom(world, instanceType, zone).isOk()) instance.resizingTo = instanceType;
    if (instance.state === 'stopped') instance.resizedStopped = true;
    haltGuest(world, id);
    instance.state = 'resizing';
    const failed = { what: 'instance.resize-failed', instanceId: id } as const;
    world.begin({
      operation: 'instances.resize',
      takes: 'instances.resize',
      transition: inTime ? { what: 'instance.resized', instanceId: id, instanceType } : failed,
      rolledBack: failed,
    });
  });
}

function mayDecide(world: World, id: string): Result<InstanceRecord, Refusal> {
  if (!world.profile.traits.resizeKeptUntilConfirmed) {
    return err({ rule: 'not-here', message: 'This cloud keeps no old machine.', resourceId: id });
  }
  return unlocked(world, id).andThen((instance) =>
    instance.state === 'resized' ? ok(instance) : transitional(instance),
  );
}

/** As it was before the resize. */
function settle(world: World, instance: InstanceRecord): void {
  instance.state = instance.resizedStopped === true ? 'stopped' : 'running';
  if (instance.resizedStopped !== true) bootGuest(world, instance.id);
  delete instance.resizedStopped;
}
