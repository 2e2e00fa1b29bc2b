/**
 * Which snapshots a recovery would make its disks of: one for each data disk. Snapshots do not say by themselves whether
 * they are of one moment; whoever takes them for all disks together may, and then that set counts before newer ones
 * that do not belong together.
 */

import type { IsoTime, Snapshot, VolumeId } from '@belay/cloud';
import type { BackupReport } from '../backup.ts';
import type { Known } from '../known.ts';
import { volumesOf, type Workload } from '../workload.ts';
import type { RescueFacts } from './rescue-facts.ts';

/** The main disk's snapshot and those of the further ones, in their order. */
export interface SnapshotSet {
  readonly snapshot: Known<Snapshot | null>;
  readonly moreSnapshots: Known<readonly (Snapshot | null)[]>;
}

/** Out of all that are ready: the set that was taken together, else the newest of each disk. */
export function snapshotSet(
  workload: Workload,
  ready: Known<readonly Snapshot[]>,
  backup: Known<BackupReport | null>,
): SnapshotSet {
  if (!ready.known) return { snapshot: ready, moreSnapshots: ready };
  const disks = volumesOf(workload).map(({ volumeId }) => volumeId);
  const named = backup.known ? (backup.value?.snapshots ?? []) : [];
  const together = newestOfEach(
    disks,
    ready.value.filter(({ id }) => named.includes(id)),
  );
  const isWhole = disks.length > 1 && together.every((one) => one !== null);
  const [snapshot = null, ...more] = isWhole ? together : newestOfEach(disks, ready.value);
  return { snapshot: { ...ready, value: snapshot }, moreSnapshots: { ...ready, value: more } };
}

/** All of them as one fact. */
export function snapshotsKnown({
  snapshot,
  moreSnapshots,
}: Pick<RescueFacts, 'snapshot' | 'moreSnapshots'>): Known<readonly (Snapshot | null)[]> {
  if (!snapshot.known) return snapshot;
  if (!moreSnapshots.known) return moreSnapshots;
  return { ...snapshot, value: [snapshot.value, ...moreSnapshots.value] };
}

/** From when the oldest of them is: what came later is not on all disks. Empty where one does not tell. */
export function oldestOf(snapshots: readonly (Snapshot | null)[]): IsoTime {
  const times = snapshots.map((snapshot) => snapshot?.takenAt ?? '');
  const [oldest = ''] = times.toSorted((a, b) => Date.parse(a) - Date.parse(b));
  return times.every((time) => !Number.isNaN(Date.parse(time))) ? oldest : '';
}

function newestOfEach(
  disks: readonly VolumeId[],
  snapshots: readonly Snapshot[],
): readonly (Snapshot | null)[] {
  return disks.map((disk) =>
    snapshots
      .filter(({ volumeId }) => volumeId === disk)
      .reduce<Snapshot | null>((best, one) => (best === null || isNewer(one, best) ? one : best), null),
  );
}

function isNewer(one: Snapshot, than: Snapshot): boolean {
  return Date.parse(one.takenAt) > Date.parse(than.takenAt);
}
