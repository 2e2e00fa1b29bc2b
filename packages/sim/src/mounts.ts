import type { HostError, HostResult, Mount, MountSpec, Mounts, ReadOptions } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { letGo } from './attachments.ts';
import { attachedDisks } from './guest.ts';
import { guestDisk } from './guest-disk.ts';
import type { GuestRecord, MountRecord } from './guest-record.ts';
import type { HostRefusal, Shell } from './shell.ts';
import type { Filesystem, VolumeRecord } from './state.ts';
import type { World } from './world.ts';

/**
 * The mounts of a server. A disk is found by its serial and mounted only where the filesystem on it is the one that
 * was meant; it is let go of only when nothing has a file open on it.
 */
export type MountSession = <T>(
  operation: 'mounts.list' | 'mounts.mount' | 'mounts.unmount',
  options: ReadOptions | undefined,
  body: (shell: Shell) => Promise<Result<T, HostError>>,
) => HostResult<T>;

export function mountsOf(open: MountSession): Mounts {
  return {
    list: (options) =>
      open('mounts.list', options, (shell) =>
        shell.run(false, (guest) => ok(listMounts(shell.world, guest))),
      ),
    mount: (spec, call) =>
      open('mounts.mount', call, async (shell) => {
        const delay = await shell.pause(shell.world.sampleMs('mounts.mount'));
        if (delay.isErr()) return err(delay.error);
        return shell.run(true, (guest) => mount(shell, guest, spec));
      }),
    unmount: (mountPoint, call) =>
      open('mounts.unmount', call, async (shell) => {
        const delay = await shell.pause(shell.world.sampleMs('mounts.unmount'));
        if (delay.isErr()) return err(delay.error);
        return shell.run(true, (guest) => unmount(shell, guest, mountPoint));
      }),
  };
}

export function listMounts(world: World, guest: GuestRecord): readonly Mount[] {
  return guest.mounts.flatMap((mounted) => {
    const volume = world.state.volumes[mounted.volumeId];
    return volume?.filesystem === undefined
      ? []
      : [mountView(world, guest, mounted, volume, volume.filesystem)];
  });
}

/** What keeps this mount in use: services that are not down, and whoever else has files open. */
function holdersOf(guest: GuestRecord, mountPoint: string): readonly string[] {
  const services = guest.services.filter(
    ({ needsMount, state }) => needsMount === mountPoint && state !== 'inactive' && state !== 'failed',
  );
  const other = guest.holders[mountPoint];
  return [...services.map(({ name }) => name), ...(other === undefined ? [] : [other])];
}

function mount(shell: Shell, guest: GuestRecord, spec: MountSpec): Result<Mount, HostRefusal> {
  const { world, instanceId } = shell;
  const { mountPoint, filesystemUuid, disk } = spec;
  if (!mountPoint.startsWith('/'))
    return err({ kind: 'invalid', message: `${mountPoint} is no mount point.` });
  const { family } = world.profile;
  const volume = attachedDisks(world, instanceId).find(
    ({ id }) => guestDisk(id, family).serial === disk.serial,
  );
  if (volume === undefined) {
    return err({ kind: 'not-found', message: `No disk with the serial ${disk.serial} is here.` });
  }
  const { filesystem } = volume;
  if (filesystem?.uuid !== filesystemUuid) {
    const found = filesystem === undefined ? 'no filesystem' : `the filesystem ${filesystem.uuid}`;
    return err({
      kind: 'wrong-disk',
      message: `${disk.serial} carries ${found}, not ${filesystemUuid}.`,
    });
  }
  const there = guest.mounts.find((one) => one.mountPoint === mountPoint);
  if (there !== undefined && there.volumeId !== volume.id) {
    return err({ kind: 'busy', message: `Something else is mounted at ${mountPoint}.` });
  }
  const mounted = there ?? { mountPoint, volumeId: volume.id, filesystemUuid };
  if (there === undefined) {
    guest.mounts.push(mounted);
    world.emit('mounted', { instanceId, mountPoint, volumeId: volume.id });
  }
  // Kept over a boot, and never by the name of a device.
  if (!guest.bootEntries.some((entry) => entry.mountPoint === mountPoint)) {
    guest.bootEntries.push({ mountPoint, by: 'uuid', filesystemUuid });
  }
  return ok(mountView(world, guest, mounted, volume, filesystem));
}

function unmount(shell: Shell, guest: GuestRecord, mountPoint: string): Result<void, HostRefusal> {
  const { world, instanceId } = shell;
  const mounted = guest.mounts.find((one) => one.mountPoint === mountPoint);
  if (mounted === undefined) return ok();
  const holders = holdersOf(guest, mountPoint);
  if (holders.length > 0) {
    return err({ kind: 'busy', message: `${mountPoint} is held open by ${holders.join(', ')}.` });
  }
  guest.mounts = guest.mounts.filter((one) => one !== mounted);
  letGo(world, mounted.volumeId, instanceId);
  world.emit('unmounted', { instanceId, mountPoint, volumeId: mounted.volumeId });
  return ok();
}

function mountView(
  world: World,
  guest: GuestRecord,
  { mountPoint, filesystemUuid }: MountRecord,
  volume: VolumeRecord,
  filesystem: Filesystem,
): Mount {
  const files = Object.values(filesystem.files);
  const entry = guest.bootEntries.find((one) => one.mountPoint === mountPoint);
  return {
    mountPoint,
    filesystemUuid,
    filesystemType: filesystem.type,
    diskSerial: guestDisk(volume.id, world.profile.family).serial,
    usedBytes: filesystem.otherBytes + files.reduce((sum, { bytes }) => sum + bytes, 0),
    usedInodes: filesystem.otherInodes + files.length,
    bootEntry: entry?.by ?? 'none',
  };
}
