import type { Result } from 'neverthrow';
import type { Call, CloudResult, ReadOptions } from './call.ts';
import type { CloudError } from './cloud-error.ts';
import type { IsoTime, Ref, SnapshotId, Tags, VolumeId } from './ref.ts';

/**
 * A picture of a volume at one instant. Two times matter and are not the same: from `takenAt` on the data is fixed
 * and the source may change; from `readyAt` on a new volume can be made of it.
 */
export interface Snapshot {
  readonly id: SnapshotId;
  readonly name: string;
  readonly state: 'creating' | 'ready' | 'deleting' | 'failed' | 'gone' | 'unknown';
  readonly providerState: string;
  readonly volumeId: VolumeId;
  readonly sizeGiB: number;
  /** Never later than it was, also of a copy; empty where nobody can tell, and then the data may be of any age. */
  readonly takenAt: IsoTime;
  readonly readyAt?: IsoTime | undefined;
  /** 0 to 1, where the provider tells. */
  readonly progress?: number | undefined;
  readonly tags: Tags;
}

/** Of what a snapshot shall be taken, and what it is called. */
export interface SnapshotSpec {
  readonly name: string;
  readonly volumeId: VolumeId;
  readonly tags?: Tags | undefined;
}

/** Which snapshot shall be copied to here, and what the copy is called. */
export interface SnapshotCopySpec {
  readonly name: string;
  /** In this region or in another one of the same provider. */
  readonly from: Ref;
  readonly tags?: Tags | undefined;
}

/** The verbs of snapshots. */
export interface Snapshots {
  /** One snapshot, or `not-found`. */
  get(id: SnapshotId, options?: ReadOptions): CloudResult<Snapshot>;
  /** What was made under this key; `undefined` only after a look that may be believed. */
  find(key: string, options?: ReadOptions): CloudResult<Snapshot | undefined>;
  /** All snapshots of the account here that carry these tags. */
  list(filter?: { readonly tags?: Tags }, options?: ReadOptions): AsyncIterable<Result<Snapshot, CloudError>>;
  /** Resolves as soon as the data is fixed (`takenAt`), which may be long before it is ready. */
  create(spec: SnapshotSpec, call: Call): CloudResult<Snapshot>;
  /**
   * Copies a snapshot to here; its data is fixed already. Resolves when the copy is known by an id, which is long
   * before it is ready. `unsupported` where the trait `snapshotCopy` is missing.
   */
  copy(spec: SnapshotCopySpec, call: Call): CloudResult<Snapshot>;
  /**
   * Lets exactly these other accounts make volumes of it, and nobody else: an empty list ends all sharing. Resolves
   * when read back. `unsupported` where the trait `snapshotShare` is missing.
   */
  share(id: SnapshotId, accounts: readonly string[], call: Call): CloudResult<void>;
  /** Resolves when it is `ready`; a failed one is an error. */
  untilReady(id: SnapshotId, options?: ReadOptions): CloudResult<Snapshot>;
  /** Resolves when it is gone; already gone is fine. */
  delete(id: SnapshotId, call: Call): CloudResult<void>;
}
