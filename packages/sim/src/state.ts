import type { Tags } from '@belay/cloud';
import type { Transition } from './agenda.ts';
import type { Ec2Books } from './ec2/books.ts';
import type { GuestRecord, GuestTemplate } from './guest-record.ts';
import type { Draws } from './random.ts';
import type { ClockAnchor } from './scaled-clock.ts';

/** What there is in a world, as an onlooker sees it: records by id, unless a property says otherwise. */
export interface WorldView {
  /** The seed that it began with: a loaded world keeps it. */
  readonly seed: string;
  /** The world's own time: the last moment at which something was done or settled. Milliseconds since the epoch. */
  readonly nowMs: number;
  readonly zones: Record<string, true>;
  /** By name. */
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
  readonly dnsChanges: Record<string, DnsChangeRecord>;
  readonly reservations: Record<string, ReservationRecord>;
  /** What the account may not do, as names of the provider's actions; `*` stands for any characters. */
  readonly denied: Record<string, true>;
  /** The insides of servers, by the id of the instance. They stay on the books like the instance itself. */
  readonly guests: Record<string, GuestRecord>;
}

/**
 * The whole simulated world as one JSON value: what exists, what is under way and when it ends, how much chance has
 * been used up. Nothing that matters lives outside it, so that a saved world goes on in another process.
 */
export interface WorldState extends WorldView {
  /** Another one where an older version could not go on with it. */
  readonly format: 2;
  nowMs: number;
  /** How its time was tied to wall time, where it was. */
  anchor?: (ClockAnchor & { readonly factor: number }) | undefined;
  readonly draws: Draws;
  nextOrder: number;
  /** What is under way, in no order. */
  agenda: AgendaItem[];
  /** Transitions that a fault keeps from ending. */
  stuck: Transition[];
  readonly tokens: Record<string, TokenRecord>;
  /** What only EC2's own protocol shows of it. */
  ec2?: Ec2Books | undefined;
}

/** A transition and the world's time at which it is due; of those with one time, the lower order goes first. */
export interface AgendaItem {
  readonly atMs: number;
  readonly order: number;
  readonly transition: Transition;
}

/**
 * The most that the account may have of each, everything counted that is not gone, root disks apart; no limit where
 * absent.
 */
export interface QuotaRecord {
  instances?: number | undefined;
  /** Of all instances that run or are on their way there, and of all capacity that is reserved and not used. */
  vcpus?: number | undefined;
  volumes?: number | undefined;
  volumeGiB?: number | undefined;
  snapshots?: number | undefined;
  floatingIps?: number | undefined;
}

/** What a server of this type has, and whether one may still be started. */
export interface InstanceTypeRecord {
  readonly vcpus: number;
  readonly memoryMiB: number;
  /** Data volumes that it takes. */
  readonly volumeSlots: number;
  /** One more is refused; or, where other devices share the slots, accepted and never attached. */
  readonly overSlots?: 'refused' | 'sticks' | undefined;
  lifecycle: 'current' | 'retired';
  endsAt?: string | undefined;
  /** The zones that offer it; all where absent. */
  readonly zones?: readonly string[] | undefined;
  /** Zones in which its life is another one than elsewhere. */
  inZones?: Record<string, TypeLife> | undefined;
}

/** `retired` also from `endsAt` on, where that is known: what is stopped starts no more. */
export interface TypeLife {
  readonly lifecycle: 'current' | 'retired';
  readonly endsAt?: string | undefined;
}

/** A reader may see `before` (`null`: nothing) until then, and from `fromMs` on where there is one. */
export interface Stale<T> {
  readonly fromMs?: number | undefined;
  readonly untilMs: number;
  readonly before: T | null;
}

interface Visible<T> {
  stale?: Stale<T> | undefined;
}

/** A server as the provider keeps it. One that is `gone` stays on its books; times are milliseconds since the epoch. */
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
  /** The token that it was made under. */
  readonly clientToken?: string | undefined;
  /** Takes its machine from this reservation and from nowhere else. */
  reservationId?: string | undefined;
  /** Names that the guest or the image keeps for itself: an attach there is refused, or never ends. */
  badDevices: Record<string, 'taken' | 'sticks'>;
  readonly createdAtMs: number;
  goneAtMs?: number | undefined;
  /** Why it failed. */
  fault?: string | undefined;
  /** The type that it is on its way to; its machine is held already. */
  resizingTo?: string | undefined;
  /** The type to go back to while a resize is not confirmed; its machine is kept until then. */
  resizedFrom?: string | undefined;
  /** A resize began while it was stopped, and ends so. */
  resizedStopped?: true | undefined;
  /** Holds a machine of its type: gives it back when it lets go, to its reservation if it came from there. */
  holdsStock: boolean;
}

/** One volume on one instance; `busy` where the guest did not let it go and the provider waits for it. */
export interface AttachmentRecord {
  readonly instanceId: string;
  /** `reserved`: known to the volume's side only; Cinder's waiting room before `attaching`. */
  state: 'reserved' | 'attaching' | 'attached' | 'detaching' | 'busy';
  /** As the API has it; the guest may call it otherwise. */
  readonly device?: string | undefined;
  readonly sinceMs?: number | undefined;
  readonly isRoot: boolean;
  deleteOnTermination: boolean;
  /** The last detach was refused by the guest that holds the disk. */
  refused?: true | undefined;
}

/** A disk as the provider keeps it, with what is written on it. One that is `gone` stays on the books. */
export interface VolumeRecord extends Visible<VolumeRecord> {
  readonly id: string;
  readonly name: string;
  state: 'creating' | 'available' | 'in-use' | 'deleting' | 'gone' | 'error';
  readonly zone: string;
  sizeGiB: number;
  diskType: string;
  readonly multiAttach: boolean;
  attachments: AttachmentRecord[];
  /** The last attachment that ended: its instance may show it a little longer than the volume does. */
  left?: (AttachmentRecord & { readonly shownUntilMs: number }) | undefined;
  readonly snapshotId?: string | undefined;
  /** The volume that it was copied from. */
  readonly sourceVolumeId?: string | undefined;
  readonly encrypted?: boolean | undefined;
  /** What went wrong with one that is in `error`: the word of Cinder, such as `error_deleting`. */
  errorWord?: string | undefined;
  /** A word that the API has for its state, in place of the true one. */
  shownAs?: string | undefined;
  tags: Record<string, string>;
  readonly createdAtMs: number;
  /** The last one, whatever became of it. */
  modification?: ModificationRecord | undefined;
  /** When it was modified, for the cool-down. */
  modifiedAtMs: number[];
  filesystem?: Filesystem | undefined;
}

/** A change of a volume's size or type, from its request to its end. `optimizing`: done, but for the background. */
export interface ModificationRecord {
  state: 'modifying' | 'optimizing' | 'completed' | 'failed';
  readonly sizeGiB: number;
  readonly diskType: string;
  readonly fromSizeGiB: number;
  readonly fromDiskType: string;
  readonly begunAtMs: number;
  endedAtMs?: number | undefined;
}

/** What is written on a disk. It is part of the volume and goes where the volume goes. */
export interface Filesystem {
  readonly uuid: string;
  readonly type: string;
  /** By path from the filesystem's own root: `db/orders`. */
  files: Record<string, FileRecord>;
  /** Inodes and bytes that are not modelled file by file. */
  otherBytes: number;
  otherInodes: number;
  /** How much of its disk it uses; all of it where absent. A disk that grows leaves it as it is. */
  sizeBytes?: number | undefined;
  /** What it is a copy of, and as of when, where files were copied to it. */
  copyOf?: { readonly filesystemUuid: string; readonly atMs: number } | undefined;
}

/** A file: its size, and its text where that is known. */
export interface FileRecord {
  readonly bytes: number;
  readonly text?: string | undefined;
}

/** A copy of a disk as it was at `takenAtMs`, of use only from `readyAtMs` on; milliseconds since the epoch. */
export interface SnapshotRecord extends Visible<SnapshotRecord> {
  readonly id: string;
  readonly name: string;
  state: 'pending' | 'completed' | 'error' | 'gone';
  readonly volumeId: string;
  readonly sizeGiB: number;
  /** When its data was fixed; that of its source, where it is a copy. */
  readonly takenAtMs: number;
  /** When this one was asked for. */
  readonly begunAtMs: number;
  /** The snapshot that it is a copy of, and the region that that one is in. */
  readonly copyOf?: { readonly region: string; readonly snapshotId: string } | undefined;
  /** Other accounts that may make volumes and copies of it. */
  sharedWith: string[];
  readyAtMs?: number | undefined;
  /** When it will be ready, as far as is known: for the progress. */
  readonly dueAtMs: number;
  tags: Record<string, string>;
  readonly filesystem?: Filesystem | undefined;
}

/** A public address that can be moved. During a move the API and the network may tell different stories. */
export interface FloatingIpRecord extends Visible<FloatingIpRecord> {
  readonly id: string;
  readonly address: string;
  /** Where the API says that it is bound. */
  instanceId?: string | undefined;
  /** Names the bond to that instance; another one for each. */
  associationId?: string | undefined;
  /** Where packets really go. */
  routedTo?: string | undefined;
  /** A move is under way. */
  moving: boolean;
  revision: number;
  tags: Record<string, string>;
}

/** What an instance can be created from; its root disk has at least `minDiskGiB`. */
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

/**
 * A record set at the provider: what was asked for, and what resolvers are told until the change is `pending` no more.
 */
export interface DnsEntry {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'CNAME' | 'PTR' | 'TXT';
  /** What the provider has on its books; absent: no such record set. */
  wanted?: { values: string[]; ttlSeconds: number } | undefined;
  /** What the authoritative servers answer. */
  served?: { values: string[]; ttlSeconds: number } | undefined;
  pending: boolean;
}

/** One change of records, from its request until all servers of the zone know. */
export interface DnsChangeRecord {
  readonly id: string;
  state: 'PENDING' | 'INSYNC';
  /** The record sets that it touched, by `name type`. */
  readonly records: readonly string[];
  readonly submittedAtMs: number;
}

/** Machines that are kept for this account, whether instances use them or not. */
export interface ReservationRecord extends Visible<ReservationRecord> {
  readonly id: string;
  state: 'pending' | 'active' | 'cancelled' | 'expired' | 'failed';
  readonly instanceType: string;
  readonly zone: string;
  readonly count: number;
  readonly endsAtMs?: number | undefined;
  tags: Record<string, string>;
  readonly createdAtMs: number;
}

/** A client token that was used: of what request, and what it made. The same request again gets that one. */
interface TokenRecord {
  readonly fingerprint: string;
  readonly resourceId: string;
}

/** A world with nothing in it, at a moment in milliseconds since the epoch. */
export function emptyState(seed: string, nowMs: number): WorldState {
  return {
    format: 2,
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
    dnsChanges: {},
    reservations: {},
    denied: {},
    tokens: {},
    guests: {},
  };
}
