import type { Call, ReadOptions } from './call.ts';
import type { HostResult } from './host-error.ts';
import type { GuestDisk } from './volume.ts';

/** The disks of a server, by what they say of themselves and never by the order in which they were found. */

/** The disks of a server, from inside. */
export interface Disks {
  /** Every disk and what is on it, partitions and layers included. */
  list(options?: ReadOptions): HostResult<readonly Disk[]>;
  /** The disk with this serial or one of these links. Not here is `not-found`; a link to another is `wrong-disk`. */
  find(disk: GuestDisk, options?: ReadOptions): HostResult<Disk>;
  /**
   * Makes a filesystem with this UUID on a disk that carries nothing. That very filesystem there already is fine;
   * anything else on it is `wrong-disk`, and it is left as it is.
   */
  format(spec: FormatSpec, call: Call): HostResult<Disk>;
}

/** One disk, or a part or a layer of one, as the operating system shows it. */
export interface Disk {
  /** The kernel's name now, such as `nvme1n1`: for messages only. */
  readonly name: string;
  /** What the disk says of itself; absent for parts, layers and disks that say nothing. */
  readonly serial?: string | undefined;
  readonly kind: 'disk' | 'partition' | 'lvm' | 'luks' | 'raid' | 'other';
  readonly sizeBytes: number;
  /** The disk that it is a part or a layer of. */
  readonly within?: string | undefined;
  readonly filesystemUuid?: string | undefined;
  /** `ext4`, `xfs`, or what lies there in place of a filesystem: `LVM2_member`, `crypto_LUKS`. */
  readonly filesystemType?: string | undefined;
  readonly mountPoints: readonly string[];
}

/** Which filesystem is to be made on which disk. */
export interface FormatSpec {
  readonly disk: GuestDisk;
  readonly filesystemType: 'ext4' | 'xfs';
  /** Chosen by the caller, so that the same call made twice makes one filesystem. */
  readonly filesystemUuid: string;
}

/**
 * The filesystem UUIDs that more than one disk carries, as a copy of a volume does: a boot entry by that UUID leads to
 * either, and XFS mounts only one. Layers over a disk do not count twice.
 */
export function repeatedFilesystems(disks: readonly Disk[]): readonly string[] {
  const carriers = new Map<string, number>();
  for (const { filesystemUuid, kind } of disks) {
    if (filesystemUuid === undefined || kind === 'raid') continue;
    carriers.set(filesystemUuid, (carriers.get(filesystemUuid) ?? 0) + 1);
  }
  return [...carriers].filter(([, count]) => count > 1).map(([uuid]) => uuid);
}
