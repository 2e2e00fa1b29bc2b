/** What the recovery of a workload is told whose server does not answer, and what it gives back. Plain JSON. */

import type { SnapshotId } from '@belay/cloud';
import type { EmptyDisk, NewDisk } from '../copy/copy-input.ts';
import type { FenceSeen } from '../failover/fence.ts';
import type { MoveInput, ServedInput, TargetServer } from '../move/move-input.ts';

/** What a recovery is told. JSON. */
export interface RecoverInput extends MoveInput {
  readonly way: SurvivingVolume | FromSnapshot | FromBackup;
}

/** The data disks have survived: they go to a new server, all of them, and nothing that reached them is lost. */
export interface SurvivingVolume {
  readonly kind: 'surviving-volume';
}

/** New disks of the newest snapshots that are known to be good: what came later is lost. */
export interface FromSnapshot {
  readonly kind: 'from-snapshot';
  readonly snapshotId: SnapshotId;
  readonly disk: Omit<NewDisk, 'from'>;
  /** One for each of `moreVolumes`, in its order. That all are of one moment is for whoever chooses them to know. */
  readonly more?: readonly DiskOfSnapshot[] | undefined;
}

/** A new disk of a snapshot. */
export interface DiskOfSnapshot {
  readonly snapshotId: SnapshotId;
  readonly disk: Omit<NewDisk, 'from'>;
}

/** New disks with the files of a backup: what came later is lost, and it takes as long as the files take. */
export interface FromBackup {
  readonly kind: 'from-backup';
  /** A name that `services.restores` knows. */
  readonly backupId: string;
  readonly disk: Omit<NewDisk, 'from'> & { readonly from: EmptyDisk };
  /** One for each of `moreVolumes`, in its order. */
  readonly moreDisks?: readonly (Omit<NewDisk, 'from'> & { readonly from: EmptyDisk })[] | undefined;
  /** For the files of one disk. */
  readonly timeoutMs: number;
}

/** The server that serves now, and what became of the one that did not answer. */
export interface RecoverOutput {
  readonly target: TargetServer;
  readonly fence: FenceSeen;
}

/** What powering the same server off and on again is told. JSON. */
export interface StartAgainInput extends ServedInput {
  /** A server that is powered off may not come up again: who knows that and wants it all the same. */
  readonly acceptedBy: string;
  readonly reason: string;
}

/** The server, back. */
export interface StartAgainOutput {
  readonly server: TargetServer;
}
