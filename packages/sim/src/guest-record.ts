import type { Spread } from './latency.ts';

/** The inside of a server at its first boot. */
export interface GuestTemplate {
  readonly os: string;
  readonly kernel: string;
  readonly services: readonly ServiceTemplate[];
  /** Versions of the databases that are installed. */
  readonly databases?: Readonly<Record<string, string>> | undefined;
}

/** A service as an image brings it; how long it takes to stop and start, where it has its own durations. */
export interface ServiceTemplate {
  readonly name: string;
  readonly startAtBoot: boolean;
  /** A mount point without which it does not start, and whose files it keeps open. */
  readonly needsMount?: string | undefined;
  readonly stopMs?: Spread | undefined;
  readonly startMs?: Spread | undefined;
}

/**
 * The inside of a server: what it runs, what it has mounted, what it will mount at its next boot, who holds its disks.
 */
export interface GuestRecord {
  readonly hostname: string;
  bootId: string;
  /** Lets one in. */
  up: boolean;
  readonly os: string;
  readonly kernel: string;
  services: ServiceRecord[];
  mounts: MountRecord[];
  bootEntries: BootEntryRecord[];
  /** Files that something other than a service keeps open: mount point by who. */
  holders: Record<string, string>;
  /** Disks that something uses without a mount: by volume id. */
  heldDisks: Record<string, true>;
  readonly databases: Record<string, string>;
  writeBytesPerSecond?: number | undefined;
}

/** A service on a server, and its state now. One that is masked does not come up at boot. */
export interface ServiceRecord extends ServiceTemplate {
  state: 'active' | 'inactive' | 'failed' | 'stopping' | 'starting';
  masked: boolean;
}

/** A filesystem that is mounted now, and the disk that it is on. */
export interface MountRecord {
  readonly mountPoint: string;
  readonly volumeId: string;
  readonly filesystemUuid: string;
}

/**
 * What the boot configuration mounts where, and how it names the disk; here each way leads to the filesystem with this
 * UUID.
 */
export interface BootEntryRecord {
  readonly mountPoint: string;
  readonly by: 'uuid' | 'label' | 'device';
  readonly filesystemUuid: string;
}
