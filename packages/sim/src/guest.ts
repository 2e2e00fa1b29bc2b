import type { Transitions } from './agenda.ts';
import { letGo } from './attachments.ts';
import type { GuestRecord, ServiceRecord } from './guest-record.ts';
import type { InstanceRecord, VolumeRecord } from './state.ts';
import type { World } from './world.ts';

/**
 * The inside of a server: it boots a while after its instance runs, mounts what its boot configuration names, starts
 * its services, and ends cleanly when the instance stops. What is masked stays masked over a boot.
 */
export function newGuest(world: World, instance: InstanceRecord): GuestRecord {
  const template = world.state.images[instance.imageId]?.guest;
  return {
    hostname: instance.name,
    bootId: '',
    up: false,
    os: template?.os ?? 'unknown',
    kernel: template?.kernel ?? 'unknown',
    services: (template?.services ?? []).map((service) => ({ ...service, state: 'inactive', masked: false })),
    mounts: [],
    bootEntries: [],
    holders: {},
    heldDisks: {},
    databases: { ...template?.databases },
    timers: (template?.timers ?? []).map((timer) => ({ ...timer, masked: false })),
  };
}

export function bootGuest(world: World, instanceId: string): void {
  const guest = world.state.guests[instanceId];
  if (guest === undefined) return;
  guest.up = false;
  delete guest.frozen;
  delete guest.addresses;
  guest.bootId = world.random.hex('ids/boot', 16);
  world.begin({ takes: 'boot', transition: { what: 'guest.booted', instanceId, bootId: guest.bootId } });
}

/** A clean end: services stop, filesystems are unmounted, disks are let go. */
export function haltGuest(world: World, instanceId: string): void {
  const guest = world.state.guests[instanceId];
  if (guest === undefined) return;
  const held = [...guest.mounts.map(({ volumeId }) => volumeId), ...Object.keys(guest.heldDisks)];
  guest.up = false;
  guest.bootId = '';
  guest.mounts = [];
  guest.holders = {};
  guest.heldDisks = {};
  delete guest.frozen;
  delete guest.addresses;
  for (const service of guest.services) service.state = 'inactive';
  for (const volumeId of held) letGo(world, volumeId, instanceId);
  world.emit('guest.down', { instanceId });
}

/** The disk with this filesystem among those that are attached to the instance. */
function diskByUuid(world: World, instanceId: string, uuid: string): VolumeRecord | undefined {
  return attachedDisks(world, instanceId).find(({ filesystem }) => filesystem?.uuid === uuid);
}

export function attachedDisks(world: World, instanceId: string): readonly VolumeRecord[] {
  return Object.values(world.state.volumes).filter(({ attachments }) =>
    attachments.some((one) => one.instanceId === instanceId && one.state !== 'attaching' && !one.isRoot),
  );
}

/** Why this service cannot run now; `undefined` where nothing is in its way. */
export function hindrance(guest: GuestRecord, service: ServiceRecord): string | undefined {
  const { needsMount } = service;
  if (needsMount === undefined || guest.mounts.some(({ mountPoint }) => mountPoint === needsMount))
    return undefined;
  return `${needsMount} is not mounted`;
}

export const guestTransitions: Transitions<'guest.booted' | 'service.stopped' | 'service.started'> = {
  'guest.booted'(world, { instanceId, bootId }) {
    const guest = world.state.guests[instanceId];
    const instance = world.state.instances[instanceId];
    // Stopped or booted again in the meantime: this boot never came to its end.
    if (guest === undefined || guest.bootId !== bootId) return;
    if (instance?.state !== 'running' && instance?.state !== 'resized') return;
    guest.up = true;
    mountAtBoot(world, instanceId, guest);
    for (const service of guest.services) {
      if (service.startAtBoot && !service.masked) {
        service.state = hindrance(guest, service) === undefined ? 'active' : 'failed';
      }
    }
    world.emit('guest.up', { instanceId });
  },
  'service.stopped'(world, { instanceId, service: name }) {
    const service = world.state.guests[instanceId]?.services.find((one) => one.name === name);
    if (service?.state !== 'stopping') return;
    service.state = 'inactive';
    service.stoppedAtMs = world.nowMs;
    service.lastStopMs = world.nowMs - (service.stopBegunAtMs ?? world.nowMs);
    world.emit('service.stopped', { instanceId, service: name });
  },
  'service.started'(world, { instanceId, service: name }) {
    const guest = world.state.guests[instanceId];
    const service = guest?.services.find((one) => one.name === name);
    if (guest === undefined || service?.state !== 'starting') return;
    service.state = hindrance(guest, service) === undefined ? 'active' : 'failed';
    world.emit(service.state === 'active' ? 'service.started' : 'service.failed', {
      instanceId,
      service: name,
    });
  },
};

function mountAtBoot(world: World, instanceId: string, guest: GuestRecord): void {
  for (const entry of guest.bootEntries) {
    const disk = diskByUuid(world, instanceId, entry.filesystemUuid);
    if (disk === undefined) continue;
    guest.mounts.push({
      mountPoint: entry.mountPoint,
      volumeId: disk.id,
      filesystemUuid: entry.filesystemUuid,
    });
  }
}
