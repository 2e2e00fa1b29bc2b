import { err, ok, type Result } from 'neverthrow';
import type { GuestRecord } from './guest-record.ts';
import type { HostRefusal } from './shell.ts';
import type { Filesystem, VolumeRecord } from './state.ts';
import type { World } from './world.ts';

/** A path of a server, found on the disk that it lies on. */
export interface Located {
  readonly volume: VolumeRecord;
  readonly filesystem: Filesystem;
  readonly mountPoint: string;
  /** From the filesystem's own root, without a slash at either end. */
  readonly path: string;
}

/** Only disks of their own are modelled: what would lie on the root disk is not found. */
export function locate(world: World, guest: GuestRecord, path: string): Result<Located, HostRefusal> {
  if (!path.startsWith('/')) return err({ kind: 'invalid', message: `${path} is no absolute path.` });
  const clean = path.replace(/\/+$/, '');
  const mounted = guest.mounts
    .filter(({ mountPoint }) => clean === mountPoint || clean.startsWith(`${mountPoint}/`))
    .sort((a, b) => b.mountPoint.length - a.mountPoint.length)[0];
  const volume = mounted === undefined ? undefined : world.state.volumes[mounted.volumeId];
  if (mounted === undefined || volume?.filesystem === undefined) {
    return err({ kind: 'not-found', message: `${path} lies on no disk of its own on ${guest.hostname}.` });
  }
  const { mountPoint } = mounted;
  return ok({
    volume,
    filesystem: volume.filesystem,
    mountPoint,
    path: clean.slice(mountPoint.length).replace(/^\/+/, ''),
  });
}
