import type { GuestAddress } from '@belay/cloud';
import type { Spread } from './latency.ts';

/** The inside of a server at its first boot. */
export interface GuestTemplate {
  readonly os: string;
  readonly kernel: string;
  readonly services: readonly ServiceTemplate[];
  /** Versions of the databases that are installed. */
  readonly databases?: Readonly<Record<string, string>> | undefined;
  /** What starts by the clock; nothing where absent. */
  readonly timers?: readonly TimerTemplate[] | undefined;
}

/** A timer, or a daemon that reads crontabs, as an image brings it: it is active from the first boot on. */
export interface TimerTemplate {
  readonly name: string;
  readonly kind: 'timer' | 'cron';
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
  timers?: TimerRecord[] | undefined;
  /** Filesystems that take no writes now, by mount point. */
  frozen?: Record<string, FreezeRecord> | undefined;
  /** Addresses that it was given beside its own, until it boots again. */
  addresses?: GuestAddress[] | undefined;
}

/** A timer on a server, and its state now. */
export interface TimerRecord extends TimerTemplate {
  masked: boolean;
}

/** Until when a filesystem takes no writes, and by which freeze. Milliseconds since the epoch. */
export interface FreezeRecord {
  readonly by: string;
  readonly untilMs: number;
}

/** A service on a server, and its state now. One that is masked does not come up at boot. */
export interface ServiceRecord extends ServiceTemplate {
  state: 'active' | 'inactive' | 'failed' | 'stopping' | 'starting';
  masked: boolean;
  /** How long its last stop took, and when that ended. */
  lastStopMs?: number | undefined;
  stopBegunAtMs?: number | undefined;
  stoppedAtMs?: number | undefined;
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
