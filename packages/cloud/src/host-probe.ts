import type { HostIdentity } from './host.ts';
import type { CopyWay } from './host-copy.ts';
import type { Disk } from './host-disks.ts';
import type { Mount, OpenFile } from './host-mounts.ts';
import type { ServiceFacts, TimerState } from './host-services.ts';
import type { IsoTime, Ref } from './ref.ts';

/**
 * Everything that a plan wants to know of a server, gathered in one round and without changing anything. Each fact
 * says how and when it was learned; one that could not be learned says why, and is never taken for a no.
 */

/** How closely one looks. */
export interface ProbeRequest {
  /** Where files are looked at; all mounts of disks where absent. */
  readonly mountPoints?: readonly string[] | undefined;
  /** For how long writes are watched: 60 000 where absent, and 0 for not at all. */
  readonly sampleMs?: number | undefined;
  /** How young a change is that counts: an hour, 3 600 000, where absent. */
  readonly changedWithinMs?: number | undefined;
  /** Measures the path to this server with a stream of five seconds. Not measured where absent. */
  readonly bandwidthTo?: Ref | undefined;
  /** The way that is measured: as a copy that asks for it would go. `relayed` where absent. */
  readonly bandwidthWay?: CopyWay | undefined;
}

/** A fact, or why it is not known. */
export type Probed<T> = ProbedHow & (ProbedValue<T> | NotProbed);

/** How and when a fact was looked for. */
export interface ProbedHow {
  /** What was read or run: `/proc/meminfo Dirty`. */
  readonly method: string;
  readonly at: IsoTime;
}

/** A fact that is known. */
export interface ProbedValue<T> {
  readonly known: true;
  readonly value: T;
}

/** A fact that could not be learned. */
export interface NotProbed {
  readonly known: false;
  readonly why: string;
}

/** What was true of a server. */
export interface HostProbe {
  readonly identity: HostIdentity;
  readonly os: Probed<OsRelease>;
  readonly kernel: Probed<KernelFacts>;
  readonly mounts: Probed<readonly Mount[]>;
  readonly bootEntries: Probed<readonly BootEntry[]>;
  readonly disks: Probed<readonly Disk[]>;
  readonly writes: Probed<readonly WriteRate[]>;
  readonly changes: Probed<readonly RecentChanges[]>;
  readonly databases: Probed<readonly DatabaseFound[]>;
  /** Files on the mounts that somebody may write to now. */
  readonly openForWrite: Probed<readonly OpenFile[]>;
  readonly services: Probed<readonly ServiceFacts[]>;
  readonly timers: Probed<readonly TimerState[]>;
  readonly accounts: Probed<Accounts>;
  /** Bytes in memory that still have to be written to disks. */
  readonly dirtyBytes: Probed<number>;
  /** Where it was asked for. */
  readonly bandwidth?: Probed<Bandwidth> | undefined;
}

/** What the server says that it is: `debian`, `12`. */
export interface OsRelease {
  readonly id: string;
  readonly versionId: string;
}

/** What runs below everything else. */
export interface KernelFacts {
  readonly release: string;
  /** As `uname -m` has it: `x86_64`, `aarch64`. */
  readonly architecture: string;
  readonly firmware: 'uefi' | 'bios' | 'unknown';
}

/** A line of the boot configuration. */
export interface BootEntry {
  readonly mountPoint: string;
  readonly by: 'uuid' | 'label' | 'device' | 'other';
  /** The UUID, label or path that it names. */
  readonly names: string;
  /** The boot goes on without it. */
  readonly nofail: boolean;
}

/** How fast a mount's disk is written to: more than what changes, as the same place may be written twice. */
export interface WriteRate {
  readonly mountPoint: string;
  readonly bytesPerSecond: number;
  readonly overMs: number;
}

/** What has changed on a mount in the time that was asked about. */
export interface RecentChanges {
  readonly mountPoint: string;
  readonly withinMs: number;
  readonly files: number;
  /** Size of those files together: at most so much would be sent again. */
  readonly bytes: number;
  /** The twenty largest of them, largest first. */
  readonly largest: readonly ChangedFile[];
  /** How long it took to look at every file: what a pass of a copy costs at least. */
  readonly scanMs: number;
}

/** A file that has changed of late. */
export interface ChangedFile {
  readonly path: string;
  readonly bytes: number;
}

/** A database, known by its files and never by its name alone. */
export interface DatabaseFound {
  readonly kind: 'sqlite' | 'postgres' | 'mysql' | 'redis' | 'other';
  /** Its file, or the folder of its data. */
  readonly path: string;
  readonly mountPoint: string;
  readonly bytes?: number | undefined;
  readonly version?: string | undefined;
  /** The service that has its files open, where that is known. */
  readonly service?: string | undefined;
  readonly openForWrite: boolean;
}

/** Who has which number here. */
export interface Accounts {
  readonly users: Readonly<Record<string, number>>;
  readonly groups: Readonly<Record<string, number>>;
}

/** What goes through from this server to another. */
export interface Bandwidth {
  /** Formatted reference of the other server. */
  readonly to: string;
  readonly bytesPerSecond: number;
  readonly overMs: number;
  /** The way that was measured. */
  readonly way: CopyWay;
  /** Why it was relayed although `direct` was asked for: a copy will be, too. */
  readonly notDirect?: string | undefined;
}
