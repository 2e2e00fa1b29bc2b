import type { Call, ReadOptions } from './call.ts';
import type { HostResult } from './host-error.ts';
import type { IsoTime } from './ref.ts';
import type { GuestDisk } from './volume.ts';

/** The filesystems of a server: what is mounted, what keeps it in use, and how it is held still for a moment. */

/** The filesystems of a server. */
export interface Mounts {
  /** What is mounted now from a disk; what the kernel makes up (`proc`, `tmpfs`) is left out. */
  list(options?: ReadOptions): HostResult<readonly Mount[]>;
  /**
   * Finds the disk by its serial, checks that the filesystem on it has the UUID that is asked for, and mounts it, also
   * at the next boot, by that UUID. Mounted there already is fine. Another disk under that serial's link, another
   * UUID, or a second disk here with the same UUID is `wrong-disk` and nothing is mounted.
   */
  mount(spec: MountSpec, call: Call): HostResult<Mount>;
  /**
   * Writes out what is in memory and unmounts. Not mounted is fine; open files make it `busy` and it stays. What is
   * said about it for the next boot stays, too.
   */
  unmount(mountPoint: string, call: Call): HostResult<void>;
  /**
   * Makes an unmount that comes soon a short one, while everything goes on being served: writes out what is in memory
   * of this filesystem, and lets the kernel forget files and folders that it remembers and that nobody uses. A server
   * that can only write out does that, and says so; one that can do neither answers `unsupported`. Nothing mounted
   * there is `not-found`. No file changes and none is closed, so there is nothing to undo.
   */
  settle(mountPoint: string, call: Call): HostResult<Settled>;
  /** Who has files open on it, for reading or writing. Nothing mounted there is `not-found`. */
  holders(mountPoint: string, options?: ReadOptions): HostResult<readonly OpenFile[]>;
  /**
   * Writes out what is in memory and lets nothing be written until `thaw`. It thaws by itself after `forAtMostMs`,
   * whatever became of the caller. Frozen already by an earlier call is fine; the time begins anew.
   */
  freeze(spec: FreezeSpec, call: Call): HostResult<Frozen>;
  /** Lets writes go on. Not frozen is fine, and then `held` is false. */
  thaw(mountPoint: string, call: Call): HostResult<Thawed>;
  /** Grows the filesystem to the size of the disk beneath, while it is mounted. As large already is fine. */
  grow(mountPoint: string, call: Call): HostResult<Mount>;
}

/** A filesystem where it is mounted. */
export interface Mount {
  readonly mountPoint: string;
  readonly filesystemUuid: string;
  readonly filesystemType: string;
  /** Serial of the disk beneath, where there is one. */
  readonly diskSerial?: string | undefined;
  readonly sizeBytes?: number | undefined;
  readonly usedBytes?: number | undefined;
  /** What a user may still write. */
  readonly freeBytes?: number | undefined;
  readonly usedInodes?: number | undefined;
  readonly freeInodes?: number | undefined;
  /** How the boot configuration names it: `device` names break when disks change order. */
  readonly bootEntry?: 'uuid' | 'label' | 'device' | 'none' | undefined;
  readonly readOnly?: boolean | undefined;
}

/** Which disk, with which filesystem, is to be mounted where. */
export interface MountSpec {
  readonly disk: GuestDisk;
  readonly mountPoint: string;
  /** Refused where the disk carries another filesystem. */
  readonly filesystemUuid: string;
}

/** A file that a process has open, or a folder that it works in. */
export interface OpenFile {
  readonly mountPoint: string;
  readonly path: string;
  readonly processId: number;
  /** The short name of the process. */
  readonly command: string;
  /** The service that the process belongs to, where that is known. */
  readonly service?: string | undefined;
  readonly forWrite: boolean;
  /** Has no name any more: its space comes back, and its contents go, with the process. */
  readonly deleted?: boolean | undefined;
}

/** A filesystem of which little is left to be done when it is unmounted soon. */
export interface Settled {
  readonly mountPoint: string;
  /**
   * How many files and folders the kernel remembered before, and how many afterwards: of all its filesystems, as no
   * kernel says it of one. Absent where it does not say.
   */
  readonly remembered?: { readonly before: number; readonly after: number } | undefined;
  /**
   * What the kernel was told to forget. `nothing`: it remembered few, or could not be told. `contents`: also what was
   * read of files, because very many were remembered for that alone; what is needed again is read from the disk again.
   */
  readonly forgot: 'nothing' | 'files' | 'contents';
  /** Why it could not be told, where it was to be. */
  readonly because?: string | undefined;
}

/** What is to be held still, and for how long at the most. */
export interface FreezeSpec {
  readonly mountPoint: string;
  /** 1 to 600 000. */
  readonly forAtMostMs: number;
}

/** A filesystem that is held still. */
export interface Frozen {
  readonly mountPoint: string;
  /** When it thaws by itself. */
  readonly until: IsoTime;
}

/** A filesystem that may be written to again. */
export interface Thawed {
  readonly mountPoint: string;
  /** Was it frozen until now? What was copied meanwhile is one moment of it only where it was. */
  readonly held: boolean;
}
