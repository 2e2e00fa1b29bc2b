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
  const names = world.profile.family === 'ec2' ? nameableDevices : virtioDevices;
  const free = names.filter((name) => !isTaken(world, instance, name));
  return free.find((name) => instance.badDevices[name] === undefined) ?? free[0] ?? '/dev/sdzz';
}

export function rootDevice({ profile }: World): string {
  return profile.family === 'ec2' ? '/dev/xvda' : '/dev/vda';
}

/** Two names of one place are the same. */
export function sameDevice(a: string, b: string): boolean {
  return placeOf(a) === placeOf(b);
}

/** What EC2 takes, best first: AWS names f to p for data volumes, and what comes after works as well. */
export const nameableDevices: readonly string[] = [
  ...[...'fghijklmnopqrstuvwxyz'].map((letter) => `/dev/sd${letter}`),
  ...[...'bcdefgh'].flatMap((first) =>
    [...'abcdefghijklmnopqrstuvwxyz'].map((end) => `/dev/sd${first}${end}`),
  ),
];

const virtioDevices: readonly string[] = [...'bcdefghijklmnopqrstuvwxyz'].map((letter) => `/dev/vd${letter}`);

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

function placeOf(device: string): string {
  return device.replace(/^\/dev\/(?:xvd|sd|vd)/, '');
}
