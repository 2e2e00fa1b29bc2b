import type { Result } from 'neverthrow';
import type { Call, CloudResult, ReadOptions } from './call.ts';
import type { CloudError } from './cloud-error.ts';
import type { InstanceId, IsoTime, SnapshotId, Tags, VolumeId } from './ref.ts';

/** `reserved` and other waiting rooms on the way to an attachment count as `attaching`. */
export type VolumeState =
  | 'creating'
  | 'available'
  | 'attaching'
  | 'in-use'
  | 'detaching'
  | 'deleting'
  | 'gone'
  | 'failed'
  | 'unknown';

/** A disk that lives apart from instances. Sizes are whole GiB (2^30 bytes). */
export interface StorageVolume {
  readonly id: VolumeId;
  readonly name: string;
  readonly state: VolumeState;
  /** The provider's own word for the state. */
  readonly providerState: string;
  readonly zone: string;
  readonly sizeGiB: number;
  /** Provider's name of the kind of disk, such as `gp3`. */
  readonly diskType: string;
  /** May it be attached to more than one instance? */
  readonly multiAttach: boolean;
  readonly attachments: readonly Attachment[];
  readonly snapshotId?: SnapshotId | undefined;
  readonly encrypted?: boolean | undefined;
  readonly tags: Tags;
  readonly createdAt?: IsoTime | undefined;
}

/** A volume on an instance, as the volume shows it. */
export interface Attachment {
  readonly volumeId: VolumeId;
  readonly instanceId: InstanceId;
  readonly state: 'attaching' | 'attached' | 'detaching' | 'unknown';
  /** How the guest finds the disk. Never a device name: those are guesses. */
  readonly disk: GuestDisk;
}

/** The identity of a disk as the operating system inside the instance sees it. */
export interface GuestDisk {
  /** The serial number that the disk itself reports (`lsblk -ndo SERIAL`). Compare before mounting. */
  readonly serial: string;
  /** Links under `/dev/disk/by-id/` that may point to it, best first. */
  readonly byId: readonly string[];
}

/** What a new volume shall be. */
export interface VolumeSpec {
  readonly name: string;
  readonly zone: string;
  readonly sizeGiB: number;
  readonly diskType: string;
  readonly snapshotId?: SnapshotId | undefined;
  readonly encrypted?: boolean | undefined;
  readonly tags?: Tags | undefined;
}

/** Of which volume a copy shall be made, and what it is. What is absent is as in the source. */
export interface VolumeCopySpec {
  readonly name: string;
  readonly volumeId: VolumeId;
  readonly sizeGiB?: number | undefined;
  readonly diskType?: string | undefined;
  readonly tags?: Tags | undefined;
}

/** One volume on one instance. */
export interface Pairing {
  readonly volumeId: VolumeId;
  readonly instanceId: InstanceId;
}

/** The verbs of volumes. */
export interface Volumes {
  /** One volume, or `not-found`. */
  get(id: VolumeId, options?: ReadOptions): CloudResult<StorageVolume>;
  /** As `instances.find`: `undefined` only after a look that may be believed. */
  find(key: string, options?: ReadOptions): CloudResult<StorageVolume | undefined>;
  /** All volumes of the account here that carry these tags. */
  list(
    filter?: { readonly tags?: Tags },
    options?: ReadOptions,
  ): AsyncIterable<Result<StorageVolume, CloudError>>;
  /** Resolves when it is `available`. */
  create(spec: VolumeSpec, call: Call): CloudResult<StorageVolume>;
  /**
   * Resolves when the volume itself says `attached`. Already attached there is fine; attached to another instance
   * is `attached-elsewhere` and that attachment is not touched; one that is on its way off is waited for.
   */
  attach(pairing: Pairing, call: Call): CloudResult<Attachment>;
  /**
   * Resolves when the volume is `available` or attached only to others. Not attached is fine, if that is proved.
   * Never forced: a guest that holds the disk makes it `busy`, and the attachment stays.
   */
  detach(pairing: Pairing, call: Call): CloudResult<StorageVolume>;
  /** Resolves when it is gone; already gone is fine; one in use is `busy`. */
  delete(id: VolumeId, call: Call): CloudResult<void>;
  /**
   * A new volume with the data that the source has at this moment, in the same zone. Resolves when it is
   * `available`. `unsupported` where the trait `volumeCopy` is missing.
   */
  copy(spec: VolumeCopySpec, call: Call): CloudResult<StorageVolume>;
  /** Grows it or changes its type; resolves when the new size can be used. Smaller is `invalid`. */
  modify(id: VolumeId, change: VolumeChange, call: Call): CloudResult<StorageVolume>;
}

/** The size or the kind of disk that it shall have; what is absent stays. */
export interface VolumeChange {
  readonly sizeGiB?: number | undefined;
  readonly diskType?: string | undefined;
}
