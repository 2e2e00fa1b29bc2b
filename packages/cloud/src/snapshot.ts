import type { Result } from 'neverthrow';
import type { Call, CloudResult, ReadOptions } from './call.ts';
import type { CloudError } from './cloud-error.ts';
import type { IsoTime, SnapshotId, Tags, VolumeId } from './ref.ts';

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
  readonly takenAt: IsoTime;
  readonly readyAt?: IsoTime | undefined;
  /** 0 to 1, where the provider tells. */
  readonly progress?: number | undefined;
  readonly tags: Tags;
}

export interface SnapshotSpec {
  readonly name: string;
  readonly volumeId: VolumeId;
  readonly tags?: Tags | undefined;
}

export interface Snapshots {
  get(id: SnapshotId, options?: ReadOptions): CloudResult<Snapshot>;
  find(key: string, options?: ReadOptions): CloudResult<Snapshot | undefined>;
  list(filter?: { readonly tags?: Tags }, options?: ReadOptions): AsyncIterable<Result<Snapshot, CloudError>>;
  /** Resolves as soon as the data is fixed (`takenAt`), which may be long before it is ready. */
  create(spec: SnapshotSpec, call: Call): CloudResult<Snapshot>;
  /** Resolves when it is `ready`; a failed one is an error. */
  untilReady(id: SnapshotId, options?: ReadOptions): CloudResult<Snapshot>;
  delete(id: SnapshotId, call: Call): CloudResult<void>;
}
