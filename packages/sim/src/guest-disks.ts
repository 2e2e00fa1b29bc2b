import type { Disk, Disks, FormatSpec, GuestDisk, HostError, HostResult, ReadOptions } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { attachedDisks } from './guest.ts';
import { guestDisk } from './guest-disk.ts';
import type { GuestRecord } from './guest-record.ts';
import type { HostRefusal, Shell } from './shell.ts';
import type { VolumeRecord } from './state.ts';
import type { World } from './world.ts';

/** The disks of a server, seen from inside: by serial, and in whatever order the kernel found them. */
export type DiskSession = <T>(
  operation: 'disks.list' | 'disks.find' | 'disks.format',
  options: ReadOptions | undefined,
  body: (shell: Shell) => Promise<Result<T, HostError>>,
) => HostResult<T>;

export function disksOf(open: DiskSession): Disks {
  return {
    list: (options) =>
      open('disks.list', options, (shell) =>
        shell.run(false, (guest) => ok(listDisks(shell.world, shell.instanceId, guest))),
      ),
    find: (disk, options) =>
      open('disks.find', options, (shell) =>
        shell.run(false, (guest) =>
          diskBySerial(shell.world, shell.instanceId, disk).andThen((volume) =>
            viewOf(shell.world, shell.instanceId, guest, volume),
          ),
        ),
      ),
    format: (spec, call) =>
      open('disks.format', call, async (shell) => {
        const delay = await shell.pause(shell.world.sampleMs('disks.format'));
        if (delay.isErr()) return err(delay.error);
        return shell.run(true, (guest) => format(shell, guest, spec));
      }),
  };
}

/** The volume behind a serial, among those that are attached to this server. */
export function diskBySerial(
  world: World,
  instanceId: string,
  { serial }: GuestDisk,
): Result<VolumeRecord, HostRefusal> {
  const { family } = world.profile;
  const volume = attachedDisks(world, instanceId).find(({ id }) => guestDisk(id, family).serial === serial);
  return volume === undefined
    ? err({ kind: 'not-found', message: `No disk with the serial ${serial} is here.` })
    : ok(volume);
}

export function listDisks(world: World, instanceId: string, guest: GuestRecord): readonly Disk[] {
  const { family } = world.profile;
  return attachedDisks(world, instanceId).map((volume, i): Disk => {
    const { filesystem } = volume;
    return {
      name: family === 'ec2' ? `nvme${i + 1}n1` : `vd${String.fromCharCode('b'.charCodeAt(0) + i)}`,
      serial: guestDisk(volume.id, family).serial,
      kind: 'disk',
      sizeBytes: volume.sizeGiB * 2 ** 30,
      ...(filesystem === undefined
        ? {}
        : { filesystemUuid: filesystem.uuid, filesystemType: filesystem.type }),
      mountPoints: guest.mounts
        .filter(({ volumeId }) => volumeId === volume.id)
        .map(({ mountPoint }) => mountPoint),
    };
  });
}

function viewOf(
  world: World,
  instanceId: string,
  guest: GuestRecord,
  volume: VolumeRecord,
): Result<Disk, HostRefusal> {
  const { serial } = guestDisk(volume.id, world.profile.family);
  const disk = listDisks(world, instanceId, guest).find((one) => one.serial === serial);
  return disk === undefined ? err({ kind: 'not-found', message: `${serial} is gone.` }) : ok(disk);
}

function format(shell: Shell, guest: GuestRecord, spec: FormatSpec): Result<Disk, HostRefusal> {
  const { world, instanceId } = shell;
  const { filesystemUuid: uuid, filesystemType: type } = spec;
  if (!isUuid(uuid)) return err({ kind: 'invalid', message: `${uuid} is no UUID.` });
  return diskBySerial(world, instanceId, spec.disk).andThen((volume) => {
    const there = volume.filesystem;
    if (there !== undefined && (there.uuid !== uuid || there.type !== type)) {
      const message = `${spec.disk.serial} carries ${there.type} ${there.uuid} already.`;
      return err<Disk, HostRefusal>({ kind: 'wrong-disk', message });
    }
    volume.filesystem ??= {
      uuid,
      type,
      files: {},
      otherBytes: 0,
      otherInodes: 0,
      sizeBytes: volume.sizeGiB * 2 ** 30,
    };
    return viewOf(world, instanceId, guest, volume);
  });
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
