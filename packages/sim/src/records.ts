import { err, ok, type Result } from 'neverthrow';
import type { Refusal } from './refusal.ts';
import type { InstanceRecord, VolumeRecord } from './state.ts';
import type { World } from './world.ts';

/**
 * From an id to the record that the API acts on, or to its refusal. What is gone is not found, except that an
 * instance is shown for a while after its end.
 */

/** The record under this id, as the API acts on it. An instance whose time as `gone` is over is not found. */
export function instanceOf(world: World, id: string): Result<InstanceRecord, Refusal> {
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
