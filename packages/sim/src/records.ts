import { err, ok, type Result } from 'neverthrow';
import { isWellFormed } from './names.ts';
import type { Refusal } from './refusal.ts';
import type { InstanceRecord, VolumeRecord } from './state.ts';
import type { World } from './world.ts';

/**
 * From an id to the record that the API acts on, or to its refusal. What is gone is not found, except that an
 * instance is shown for a while after its end.
 */

/** The record under this id, as the API acts on it. An instance whose time as `gone` is over is not found. */
export function instanceOf(world: World, id: string): Result<InstanceRecord, Refusal> {
  if (!isWellFormed(world, 'instance', id)) {
    return err({
      rule: 'malformed-instance-id',
      message: `"${id}" is no id of an instance.`,
      resourceId: id,
    });
  }
  const instance = world.state.instances[id];
  const forgotten =
    instance?.goneAtMs !== undefined && world.nowMs >= instance.goneAtMs + world.profile.tombstoneMs;
  if (instance === undefined || forgotten) {
    return err({ rule: 'no-such-instance', message: `The instance ${id} does not exist.`, resourceId: id });
  }
  return ok(instance);
}

export function livingInstance(world: World, id: string): Result<InstanceRecord, Refusal> {
  return instanceOf(world, id).andThen((instance) => {
    if (isAlive(instance)) return ok(instance);
    return err({
      rule: 'instance-gone',
      message: `The instance ${id} is terminated.`,
      resourceId: id,
      lastState: instance.state,
    } satisfies Refusal);
  });
}

/** One that may be changed now: its host answers, and where protection is a lock, it keeps all changes away. */
export function unlocked(world: World, id: string): Result<InstanceRecord, Refusal> {
  return instanceOf(world, id).andThen((instance) => {
    if (!instance.deletionProtected || world.profile.family === 'ec2') {
      return hostAnswers(world, id).map(() => instance);
    }
    return err({
      rule: 'instance-protected',
      message: `The instance ${id} is locked.`,
      resourceId: id,
    } satisfies Refusal);
  });
}

/** Nova asks the machine under a server before it promises anything; EC2 promises and waits. */
export function hostAnswers(world: World, instanceId: string): Result<void, Refusal> {
  if (!world.faults.downHosts.has(instanceId)) return ok();
  return err({
    rule: 'host-down',
    message: `The host of ${instanceId} does not answer.`,
    resourceId: instanceId,
    lastState: world.state.instances[instanceId]?.state,
  });
}

/** In no state for what was asked. */
export function transitional(instance: InstanceRecord): Result<never, Refusal> {
  const { id, state } = instance;
  const rule = state === 'gone' || state === 'shutting-down' ? 'instance-gone' : 'instance-transitional';
  return err({
    rule: state === 'failed' ? 'instance-failed' : rule,
    message: `The instance ${id} is ${state}.`,
    resourceId: id,
    lastState: state,
  });
}

export function isAlive(instance: InstanceRecord | undefined): boolean {
  return instance !== undefined && instance.state !== 'gone' && instance.state !== 'shutting-down';
}

export function noSuchZone(zone: string): Result<never, Refusal> {
  return err({ rule: 'no-such-zone', message: `The zone ${zone} does not exist.` });
}

export function bad(message: string): Result<never, Refusal> {
  return err({ rule: 'bad-parameter', message });
}

export function volumeOf(world: World, id: string): Result<VolumeRecord, Refusal> {
  if (!isWellFormed(world, 'volume', id)) {
    return err({ rule: 'malformed-volume-id', message: `"${id}" is no id of a volume.`, resourceId: id });
  }
  const volume = world.state.volumes[id];
  if (volume !== undefined && volume.state !== 'gone') return ok(volume);
  return err({ rule: 'no-such-volume', message: `The volume ${id} does not exist.`, resourceId: id });
}

export function volumeTransitional(volume: VolumeRecord): Result<never, Refusal> {
  return err({
    rule: 'volume-transitional',
    message: `The volume ${volume.id} is ${volume.state}.`,
    resourceId: volume.id,
    lastState: volume.state,
  });
}

export function volumeFailed(volume: VolumeRecord): Result<never, Refusal> {
  return err({
    rule: 'volume-failed',
    message: `The volume ${volume.id} is in error.`,
    resourceId: volume.id,
    lastState: volume.state,
  });
}
