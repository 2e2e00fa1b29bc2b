import type { Tags } from '@belay/cloud';
import type { Transition } from './agenda.ts';
import type { Spread } from './latency.ts';
import type { Draws } from './random.ts';
import type { ClockAnchor } from './scaled-clock.ts';

/**
 * The whole simulated world as one JSON value: what exists, what is under way and when it ends, how much chance has
 * been used up. Nothing that matters lives outside it, so that a saved world goes on in another process.
 */
export interface WorldState {
  readonly format: 1;
  /** The seed that it began with: a loaded world keeps it. */
  readonly seed: string;
  /** The world's own time: the last moment at which something was done or settled. */
  nowMs: number;
  /** How its time was tied to wall time, where it was. */
  anchor?: (ClockAnchor & { readonly factor: number }) | undefined;
  readonly draws: Draws;
  nextOrder: number;
  /** What is under way, in no order. */
  agenda: AgendaItem[];
  /** Transitions that a fault keeps from ending. */
  stuck: Transition[];
  readonly zones: Record<string, true>;
  readonly instanceTypes: Record<string, InstanceTypeRecord>;
  readonly diskTypes: Record<string, true>;
  /** Free machines by `type@zone`. Where there is no entry, there is no end of them. */
  readonly stock: Record<string, number>;
  /** `type@zone` of what others snatch as soon as it is given back. */
  readonly soldOut: Record<string, true>;
  readonly quotas: QuotaRecord;
  readonly instances: Record<string, InstanceRecord>;
  readonly volumes: Record<string, VolumeRecord>;
  readonly snapshots: Record<string, SnapshotRecord>;
  readonly floatingIps: Record<string, FloatingIpRecord>;
  readonly images: Record<string, ImageRecord>;
  /** Record sets by `name type`. */
  readonly dns: Record<string, DnsEntry>;
  readonly tokens: Record<string, TokenRecord>;
  readonly guests: Record<string, GuestRecord>;
}

export interface AgendaItem {
  readonly atMs: number;
  readonly order: number;
  readonly transition: Transition;
}

export interface QuotaRecord {
  instances?: number | undefined;
  volumes?: number | undefined;
  volumeGiB?: number | undefined;
  snapshots?: number | undefined;
  floatingIps?: number | undefined;
}

export interface InstanceTypeRecord {
  readonly vcpus: number;
  readonly memoryMiB: number;
  /** Data volumes that it takes. */
  readonly volumeSlots: number;
  lifecycle: 'current' | 'retired';
  endsAt?: string | undefined;
  /** The zones that offer it; all where absent. */
  readonly zones?: readonly string[] | undefined;
}

/** A reader may see `before` (`null`: nothing) until then. */
export interface Stale<T> {
  readonly untilMs: number;
  readonly before: T | null;
}

interface Visible<T> {
  stale?: Stale<T> | undefined;
}

export interface InstanceRecord extends Visible<InstanceRecord> {
  readonly id: string;
  name: string;
  state:
    | 'pending'
    | 'running'
    | 'stopping'
    | 'stopped'
    | 'shutting-down'
    | 'gone'
    | 'failed'
    | 'resizing'
    | 'resized';
  readonly zone: string;
  instanceType: string;
  readonly imageId: string;
  readonly privateAddress: string;
  publicAddress?: string | undefined;
  readonly rootVolumeId: string;
  deletionProtected: boolean;
  tags: Record<string, string>;
  readonly userData?: string | undefined;
  readonly createdAtMs: number;
  goneAtMs?: number | undefined;
  /** Why it failed. */
  fault?: string | undefined;
  /** The type to go back to while a resize is not confirmed. */
  resizedFrom?: string | undefined;
  /** A resize began while it was stopped, and ends so. */
  resizedStopped?: true | undefined;
  /** Holds a machine of its type: gives it back when it lets go. */
  holdsStock: boolean;
}

export interface AttachmentRecord {
  readonly instanceId: string;
  state: 'attaching' | 'attached' | 'detaching' | 'busy';
  readonly isRoot: boolean;
  deleteOnTermination: boolean;
  /** The last detach was refused by the guest that holds the disk. */
  refused?: true | undefined;
}

export interface VolumeRecord extends Visible<VolumeRecord> {
  readonly id: string;
  readonly name: string;
  state: 'creating' | 'available' | 'in-use' | 'deleting' | 'gone' | 'error';
  readonly zone: string;
  sizeGiB: number;
  diskType: string;
  readonly multiAttach: boolean;
  attachments: AttachmentRecord[];
  readonly snapshotId?: string | undefined;
  readonly encrypted?: boolean | undefined;
  tags: Record<string, string>;
  readonly createdAtMs: number;
  modification?:
    | { state: 'modifying' | 'optimizing' | 'completed'; readonly sizeGiB: number; readonly diskType: string }
    | undefined;
  /** When it was modified, for the cool-down. */
  modifiedAtMs: number[];
  filesystem?: Filesystem | undefined;
}

/** What is written on a disk. It is part of the volume and goes where the volume goes. */
export interface Filesystem {
  readonly uuid: string;
  readonly type: string;
  /** By path from the filesystem's own root: `db/orders`. */
  files: Record<string, FileRecord>;
  /** Inodes and bytes that are not modelled file by file. */
  readonly otherBytes: number;
  readonly otherInodes: number;
}

export interface FileRecord {
  readonly bytes: number;
  readonly text?: string | undefined;
}

export interface SnapshotRecord extends Visible<SnapshotRecord> {
  readonly id: string;
  readonly name: string;
  state: 'pending' | 'completed' | 'error' | 'gone';
  readonly volumeId: string;
  readonly sizeGiB: number;
  readonly takenAtMs: number;
  readyAtMs?: number | undefined;
  /** When it will be ready, as far as is known: for the progress. */
  readonly dueAtMs: number;
  tags: Record<string, string>;
  readonly filesystem?: Filesystem | undefined;
}

export interface FloatingIpRecord extends Visible<FloatingIpRecord> {
  readonly id: string;
  readonly address: string;
  /** Where the API says that it is bound. */
  instanceId?: string | undefined;
  /** Where packets really go. */
  routedTo?: string | undefined;
  /** A move is under way. */
  moving: boolean;
  revision: number;
  tags: Record<string, string>;
}

export interface ImageRecord {
  readonly id: string;
  readonly name: string;
  state: 'available' | 'pending' | 'failed';
  readonly architecture: string;
  readonly minDiskGiB: number;
  readonly tags: Tags;
  /** What a server that boots from it has inside. */
  readonly guest: GuestTemplate;
}

export interface DnsEntry {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'CNAME' | 'PTR' | 'TXT';
  /** What the provider has on its books; absent: no such record set. */
  wanted?: { values: string[]; ttlSeconds: number } | undefined;
  /** What the authoritative servers answer. */
  served?: { values: string[]; ttlSeconds: number } | undefined;
  pending: boolean;
}

export interface TokenRecord {
  readonly fingerprint: string;
  readonly resourceId: string;
}

export interface GuestTemplate {
  readonly os: string;
  readonly kernel: string;
  readonly services: readonly ServiceTemplate[];
  /** Versions of the databases that are installed. */
  readonly databases?: Readonly<Record<string, string>> | undefined;
}

export interface ServiceTemplate {
  readonly name: string;
  readonly startAtBoot: boolean;
  /** A mount point without which it does not start, and whose files it keeps open. */
  readonly needsMount?: string | undefined;
  readonly stopMs?: Spread | undefined;
  readonly startMs?: Spread | undefined;
}

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

export interface ServiceRecord extends ServiceTemplate {
  state: 'active' | 'inactive' | 'failed' | 'stopping' | 'starting';
  masked: boolean;
}

export interface MountRecord {
  readonly mountPoint: string;
  readonly volumeId: string;
  readonly filesystemUuid: string;
}

export interface BootEntryRecord {
  readonly mountPoint: string;
  readonly by: 'uuid' | 'label' | 'device';
  readonly filesystemUuid: string;
}

export function emptyState(seed: string, nowMs: number): WorldState {
  return {
    format: 1,
    seed,
    nowMs,
    draws: {},
    nextOrder: 0,
    agenda: [],
    stuck: [],
    zones: {},
    instanceTypes: {},
    diskTypes: {},
    stock: {},
    soldOut: {},
    quotas: {},
    instances: {},
    volumes: {},
    snapshots: {},
    floatingIps: {},
    images: {},
    dns: {},
    tokens: {},
    guests: {},
  };
}
