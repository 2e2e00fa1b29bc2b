/**
 * What differs between volumes and snapshots, for those who list them and those who take them away.
 */

import type { Cloud, CloudError, Snapshot, StorageVolume, Tags } from '@belay/cloud';
import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import type { Call } from '../call.ts';
import { type ItemKey, itemKey } from '../key.ts';
import type { ScannerError } from '../scanner-error.ts';

/** The verbs and the words of one of the two. */
export interface Resource<T> {
  readonly kind: 'volume' | 'snapshot';
  readonly list: (call: Call) => AsyncIterable<Result<T, CloudError>>;
  readonly get: (id: string, call: Call) => ResultAsync<T, CloudError>;
  readonly isGone: (one: T) => boolean;
  readonly createdAt: (one: T) => string | undefined;
  readonly version: (one: T) => string;
  /** Does anybody use it, as far as it shows itself? */
  readonly isUsed: (one: T) => boolean;
  readonly dependants: (one: T, call: Call) => Promise<Result<readonly string[], CloudError>>;
}

export interface Tagged {
  readonly id: string;
  readonly sizeGiB: number;
  readonly tags: Tags;
}

/** Volumes. */
export function volumes(cloud: Cloud): Resource<StorageVolume> {
  return {
    kind: 'volume',
    list: (call) => cloud.volumes.list({}, call),
    get: (id, call) => cloud.volumes.get(id, call),
    isGone: ({ state }) => state === 'gone' || state === 'deleting',
    createdAt: (volume) => volume.createdAt,
    // A mounted disk changes all the time; whose it is and how large it is are what was judged.
    version: ({ id, createdAt = '', sizeGiB }) => `${id}@${createdAt}/${sizeGiB}`,
    isUsed: (volume) => attachedTo(volume).length > 0,
    dependants: async (volume) => ok(attachedTo(volume)),
  };
}

/** Snapshots. */
export function snapshots(cloud: Cloud): Resource<Snapshot> {
  return {
    kind: 'snapshot',
    list: (call) => cloud.snapshots.list({}, call),
    get: (id, call) => cloud.snapshots.get(id, call),
    isGone: ({ state }) => state === 'gone' || state === 'deleting',
    createdAt: ({ takenAt }) => takenAt,
    version: ({ id, takenAt, sizeGiB }) => `${id}@${takenAt}/${sizeGiB}`,
    isUsed: () => false,
    dependants: ({ id }, call) => madeOf(id, cloud, call),
  };
}

/** The key of a resource. */
export function keyOf(kind: string, id: string): Result<ItemKey, ScannerError> {
  return itemKey(`${kind}/${id}`);
}

function attachedTo({ attachments, state }: StorageVolume): readonly string[] {
  const names = attachments.map(({ instanceId }) => `instance ${instanceId}`);
  // In use without saying by whom is in use.
  return names.length > 0 || state === 'available' || state === 'failed' ? names : [`the state ${state}`];
}

async function madeOf(id: string, cloud: Cloud, call: Call): Promise<Result<readonly string[], CloudError>> {
  const found: string[] = [];
  for await (const volume of cloud.volumes.list({}, call)) {
    if (volume.isErr()) return err(volume.error);
    if (volume.value.snapshotId === id) found.push(`volume ${volume.value.id}`);
  }
  return ok(found);
}

/** The id in a key of this kind; `undefined` in any other. */
export function idOf(kind: string, key: ItemKey): string | undefined {
  return key.startsWith(`${kind}/`) ? key.slice(kind.length + 1) : undefined;
}
