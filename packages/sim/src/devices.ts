import { err, ok, type Result } from 'neverthrow';
import type { Refusal } from './refusal.ts';
import type { InstanceRecord } from './state.ts';
import type { World } from './world.ts';

/**
 * The names by which an instance's API knows its disks. `/dev/sdf` and `/dev/xvdf` are one place. A name is taken while
 * a volume has it, or where the image keeps it for itself; the guest may call the disk something else altogether.
 */
export function checkDevice(world: World, instance: InstanceRecord, device: string): Result<void, Refusal> {
  if (!deviceShape.test(device)) {
    return err({ rule: 'bad-parameter', message: `${device} is not a valid device name.` });
  }
  if (!isTaken(world, instance, device)) return ok();
  return err({
    rule: 'device-taken',
    message: `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
    resourceId: instance.id,
  });
}

/** A name that nothing has; one that is known to stick only where there is no other. */
export function freeDevice(world: World, instance: InstanceRecord): string {
  const free = namesOf(world).filter((name) => !isTaken(world, instance, name));
  return free.find((name) => instance.badDevices[name] === undefined) ?? free[0] ?? '/dev/sdzz';
}

export function rootDevice({ profile }: World): string {
  return profile.family === 'ec2' ? '/dev/xvda' : '/dev/vda';
}

/** Two names of one place are the same. */
export function sameDevice(a: string, b: string): boolean {
  return placeOf(a) === placeOf(b);
}

const deviceShape = /^\/dev\/(?:sd[a-z]\d{0,2}|xvd[a-z]{1,2}|sd[a-z]{2})$/;

function isTaken(world: World, instance: InstanceRecord, device: string): boolean {
  const hidden = Object.entries(instance.badDevices).some(
    ([name, how]) => how === 'taken' && sameDevice(name, device),
  );
  return hidden || devicesOf(world, instance.id).some((name) => sameDevice(name, device));
}

function devicesOf(world: World, instanceId: string): readonly string[] {
  return Object.values(world.state.volumes).flatMap(({ attachments }) =>
    attachments.flatMap((one) => (one.instanceId === instanceId ? (one.device ?? []) : [])),
  );
}

function namesOf({ profile }: World): readonly string[] {
  const letters = [...'bcdefghijklmnopqrstuvwxyz'];
  if (profile.family === 'openstack') return letters.map((letter) => `/dev/vd${letter}`);
  const late = letters.flatMap((first) => letters.map((second) => `/dev/sd${first}${second}`));
  // AWS names f to p for data volumes; what comes after works as well.
  return [...letters.slice(4).map((letter) => `/dev/sd${letter}`), ...late];
}

function placeOf(device: string): string {
  return device.replace(/^\/dev\/(?:xvd|sd|vd)/, '');
}
