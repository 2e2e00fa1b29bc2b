import type { Snapshot, Tags } from '@belay/cloud';
import { numberAt, tableAt, textAt, timeAt, type Wire } from './wire.ts';

/** A snapshot as Cinder shows it: the fields that are used, and no others. */
export interface CinderSnapshot {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly volumeId: string;
  readonly sizeGiB: number;
  readonly createdAt: string | undefined;
  readonly updatedAt: string | undefined;
  readonly progress: number | undefined;
  readonly metadata: Tags;
}

export function cinderSnapshotOf(wire: Wire): CinderSnapshot {
  const percent = /^(\d+)%$/.exec(textAt(wire, 'os-extended-snapshot-attributes:progress') ?? '')?.[1];
  return {
    id: textAt(wire, 'id') ?? '',
    name: textAt(wire, 'name') ?? '',
    status: textAt(wire, 'status') ?? 'unknown',
    volumeId: textAt(wire, 'volume_id') ?? '',
    sizeGiB: numberAt(wire, 'size') ?? 0,
    createdAt: timeAt(wire, 'created_at'),
    updatedAt: timeAt(wire, 'updated_at'),
    progress: percent === undefined ? undefined : Number(percent) / 100,
    metadata: tableAt(wire, 'metadata'),
  };
}

/**
 * Cinder's snapshot as the port's. `takenAt` is when it was asked for: the data of no later moment is promised to be
 * in it. `readyAt` is its last change, which is where it became `available` or later.
 */
export function snapshotOf(snapshot: CinderSnapshot): Snapshot {
  const { createdAt, updatedAt, progress } = snapshot;
  const isReady = snapshot.status === 'available';
  return {
    id: snapshot.id,
    name: snapshot.name,
    state: states[snapshot.status] ?? 'unknown',
    providerState: snapshot.status,
    volumeId: snapshot.volumeId,
    sizeGiB: snapshot.sizeGiB,
    takenAt: createdAt ?? '',
    ...(isReady && updatedAt !== undefined ? { readyAt: updatedAt } : {}),
    ...(progress === undefined ? {} : { progress }),
    tags: snapshot.metadata,
  };
}

const states: Readonly<Record<string, Snapshot['state']>> = {
  creating: 'creating',
  available: 'ready',
  'backing-up': 'ready',
  deleting: 'deleting',
  deleted: 'gone',
  error: 'failed',
  error_deleting: 'failed',
};
