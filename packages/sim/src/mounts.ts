import {
  type HostError,
  type HostResult,
  type Mount,
  type MountSpec,
  type Mounts,
  type OpenFile,
  type ReadOptions,
  repeatedFilesystems,
  type Settled,
} from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { letGo } from './attachments.ts';
import { freeze, isFrozen, thaw } from './freeze.ts';
import { guestDisk } from './guest-disk.ts';
import { diskBySerial, listDisks } from './guest-disks.ts';
import type { GuestRecord, MountRecord } from './guest-record.ts';
import type { HostRefusal, Shell } from './shell.ts';
import type { Filesystem, VolumeRecord } from './state.ts';
import type { World } from './world.ts';

/**
 * The mounts of a server. A disk is found by its serial and mounted only where the filesystem on it is the one that
 * was meant; it is let go of only when nothing has a file open on it.
 */
export type MountSession = <T>(
  operation:
    | 'mounts.list'
    | 'mounts.mount'
    | 'mounts.unmount'
    | 'mounts.settle'
    | 'mounts.holders'
    | 'mounts.freeze'
    | 'mounts.thaw'
    | 'mounts.grow',
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
    settle: (mountPoint, call) =>
      open('mounts.settle', call, async (shell) => {
        const delay = await shell.pause(shell.world.sampleMs('mounts.settle'));
        if (delay.isErr()) return err(delay.error);
        // Nobody counts here what a kernel remembers, so there is little of it.
        return shell.run(false, (guest) =>
          mountedAt(guest, mountPoint).map((): Settled => ({ mountPoint, forgot: 'nothing' })),
        );
      }),
    holders: (mountPoint, options) =>
      open('mounts.holders', options, (shell) =>
        shell.run(false, (guest) => mountedAt(guest, mountPoint).map(() => openFiles(guest, mountPoint))),
      ),
    freeze: (spec, call) =>
      open('mounts.freeze', call, async (shell) => {
        const delay = await shell.pause(shell.world.sampleMs('mounts.freeze'));
        if (delay.isErr()) return err(delay.error);
        return shell.run(true, (guest) => freeze(shell.world, shell.instanceId, guest, spec));
      }),
    thaw: (mountPoint, call) =>
      open('mounts.thaw', call, (shell) =>
        shell.run(true, (guest) => thaw(shell.world, shell.instanceId, guest, mountPoint)),
      ),
    grow: (mountPoint, call) =>
      open('mounts.grow', call, async (shell) => {
        const delay = await shell.pause(shell.world.sampleMs('mounts.grow'));
        if (delay.isErr()) return err(delay.error);
        return shell.run(true, (guest) => grow(shell.world, guest, mountPoint));
      }),
  };
}

/** Who has files open there, as a look at the processes shows it. */
export function openFiles(guest: GuestRecord, mountPoint: string): readonly OpenFile[] {
  return holdersOf(guest, mountPoint).map((name, i) => ({
    mountPoint,
    path: `${mountPoint}/${name}`,
    processId: 1000 + i,
    command: name,
    ...(guest.services.some((service) => service.name === name) ? { service: name } : {}),
    forWrite: true,
  }));
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
  const found = diskBySerial(world, instanceId, disk);
  if (found.isErr()) return err(found.error);
  const volume = found.value;
  const { filesystem } = volume;
  if (filesystem?.uuid !== filesystemUuid) {
    const carries = filesystem === undefined ? 'no filesystem' : `the filesystem ${filesystem.uuid}`;
    return err({
      kind: 'wrong-disk',
      message: `${disk.serial} carries ${carries}, not ${filesystemUuid}.`,
    });
  }
  if (repeatedFilesystems(listDisks(world, instanceId, guest)).includes(filesystemUuid)) {
    const message = `Two disks carry the filesystem ${filesystemUuid}: a boot would mount either.`;
    return err({ kind: 'wrong-disk', message });
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
  if (isFrozen(guest, mountPoint)) return err({ kind: 'busy', message: `${mountPoint} is frozen.` });
  guest.mounts = guest.mounts.filter((one) => one !== mounted);
  letGo(world, mounted.volumeId, instanceId);
  world.emit('unmounted', { instanceId, mountPoint, volumeId: mounted.volumeId });
  return ok();
}

function grow(world: World, guest: GuestRecord, mountPoint: string): Result<Mount, HostRefusal> {
  return mountedAt(guest, mountPoint).andThen((mounted) => {
    const volume = world.state.volumes[mounted.volumeId];
    if (volume?.filesystem === undefined) return noMount(mountPoint);
    volume.filesystem.sizeBytes = volume.sizeGiB * 2 ** 30;
    return ok(mountView(world, guest, mounted, volume, volume.filesystem));
  });
}

function mountedAt(guest: GuestRecord, mountPoint: string): Result<MountRecord, HostRefusal> {
  const mounted = guest.mounts.find((one) => one.mountPoint === mountPoint);
  return mounted === undefined ? noMount(mountPoint) : ok(mounted);
}

function noMount(mountPoint: string): Result<never, HostRefusal> {
  return err({ kind: 'not-found', message: `Nothing is mounted at ${mountPoint}.` });
}

function mountView(
  world: World,
  guest: GuestRecord,
  { mountPoint, filesystemUuid }: MountRecord,
  volume: VolumeRecord,
  filesystem: Filesystem,
): Mount {
  const sizeBytes = filesystem.sizeBytes ?? volume.sizeGiB * 2 ** 30;
  const usedBytes = usedBytesOf(filesystem);
  const usedInodes = filesystem.otherInodes + Object.keys(filesystem.files).length;
  const entry = guest.bootEntries.find((one) => one.mountPoint === mountPoint);
  return {
    mountPoint,
    filesystemUuid,
    filesystemType: filesystem.type,
    diskSerial: guestDisk(volume.id, world.profile.family).serial,
    sizeBytes,
    usedBytes,
    freeBytes: Math.max(0, sizeBytes - usedBytes),
    usedInodes,
    freeInodes: Math.max(0, Math.floor(sizeBytes / bytesPerInode) - usedInodes),
    bootEntry: entry?.by ?? 'none',
  };
}

/** As mke2fs lays out a filesystem where nobody says otherwise. */
const bytesPerInode = 16_384;

export function usedBytesOf({ files, otherBytes }: Filesystem): number {
  return otherBytes + Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);
}
