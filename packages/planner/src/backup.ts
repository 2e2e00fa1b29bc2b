/**
 * Evidence that there is a backup, asked of whoever makes them: when its data is from, what is in it, whether anybody
 * has ever got something back out of it. Without this port the newest snapshot of the disk is all that is known.
 */

import type { Failure, IsoTime, Snapshot, SnapshotId } from '@belay/cloud';
import type { ResultAsync } from 'neverthrow';
import type { Known } from './known.ts';
import type { Workload } from './workload.ts';

/** The port: implemented by whatever makes the backups. */
export interface BackupEvidence {
  /** The newest backup that is listed now, or `undefined` where a full listing has none. Only reads. */
  newest(
    workload: Workload,
    options?: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
  ): ResultAsync<BackupReport | undefined, Failure>;
}

/** What is known of one backup. JSON. */
export interface BackupReport {
  readonly id: string;
  /** What it is, such as `snapshot` or `restic`. */
  readonly kind: string;
  readonly state: 'ready' | 'making' | 'failed' | 'unknown';
  /** The newest data in it is from then: not the end of the transfer. Empty where nobody can tell. */
  readonly dataAt: IsoTime;
  /** 0 to 1 while it is being made, where known. */
  readonly progress?: number | undefined;
  /** Mount points and paths that it holds whole. */
  readonly holds?: readonly string[] | undefined;
  /** Paths that it should hold and does not. Empty: a comparison found none. Absent: nobody compared. */
  readonly lacks?: readonly string[] | undefined;
  /**
   * Where it is snapshots: one of each data disk, all taken at one moment. To name them is to vouch for that: snapshots
   * do not tell it themselves, and an application that writes to two disks needs both as they were together.
   */
  readonly snapshots?: readonly SnapshotId[] | undefined;
  /** When its content was last checked against its own checksums. */
  readonly verifiedAt?: IsoTime | undefined;
  /** When something was last restored from it and looked at. */
  readonly restoredAt?: IsoTime | undefined;
  /** Bytes a second that a restore was measured at. */
  readonly restoreBytesPerSecond?: number | undefined;
}

/** A snapshot as a backup: whole, as the disk is, and nobody has compared its content or restored anything. */
export function backupOfSnapshot(snapshot: Known<Snapshot | null>): Known<BackupReport | null> {
  if (!snapshot.known) return snapshot;
  const { value } = snapshot;
  if (value === null) return { ...snapshot, value: null };
  const { id, takenAt: dataAt, progress } = value;
  const report: BackupReport = { id, kind: 'snapshot', state: states[value.state] ?? 'unknown', dataAt };
  return { ...snapshot, value: progress === undefined ? report : { ...report, progress } };
}

const states: Readonly<Partial<Record<Snapshot['state'], BackupReport['state']>>> = {
  ready: 'ready',
  creating: 'making',
  failed: 'failed',
};
