/**
 * What a move is told whose data is copied to a disk of its own: from an empty one, by passes alone, between any two
 * clouds; or from a snapshot or a copy of the source's disk, which leaves the passes little to do. Plain JSON.
 */

import type { CopyWay, SnapshotId, Tags, VolumeId } from '@belay/cloud';
import { depthOf, type MoveInput, type TargetServer } from '../move/move-input.ts';

/** What every move by copying is told. JSON. The source keeps its disk, and may live elsewhere than the target. */
export interface CopyInput extends DiskInput {
  readonly passes: Passes;
}

/** A move to a disk of the target's own. JSON. */
export interface DiskInput extends MoveInput {
  /** The target's own data disk. */
  readonly disk: NewDisk;
  /** One for each of `moreVolumes`, in its order. */
  readonly moreDisks?: readonly NewDisk[] | undefined;
}

/** A move between any two servers. */
export interface RsyncInput extends CopyInput {
  readonly disk: NewDisk & { readonly from: EmptyDisk };
  readonly moreDisks?: readonly (NewDisk & { readonly from: EmptyDisk })[] | undefined;
}

/** A move within one cloud, whose disks begin as pictures of the source's. How it is held still is said by the first. */
export interface CloneInput extends CopyInput {
  readonly disk: NewDisk & { readonly from: ClonedDisk };
  readonly moreDisks?: readonly (NewDisk & { readonly from: ClonedDisk })[] | undefined;
}

/** The disk to be. */
export interface NewDisk {
  readonly name: string;
  readonly sizeGiB: number;
  readonly diskType: string;
  readonly tags?: Tags | undefined;
  readonly from: EmptyDisk | ClonedDisk;
}

/** It carries nothing: a filesystem is made on it. */
export interface EmptyDisk {
  readonly kind: 'empty';
  readonly filesystemType: 'ext4' | 'xfs';
  /** Chosen beforehand, and another one than the source's. */
  readonly filesystemUuid: string;
}

/** It carries the source's filesystem as it was at one moment. */
export interface ClonedDisk {
  /** `copy`: without a snapshot in between, where the cloud can, within one zone. */
  readonly kind: 'snapshot' | 'copy';
  /** Hold the source's filesystems still for the moment, for so long at the most. Writes wait meanwhile. */
  readonly freezeAtMostMs?: number | undefined;
}

/** How the data is brought up to date. */
export interface Passes {
  /** Warm passes after the first, while the source serves; fewer where another would gain nothing. */
  readonly warmAtMost: number;
  /** The rehearsal ends the run before anything stops where the final pass would take longer. No limit where absent. */
  readonly finalAtMostSeconds?: number | undefined;
  /** How long one pass may take. */
  readonly passTimeoutMs: number;
  /** Paths under the mount point that are neither copied nor deleted. */
  readonly exclude?: readonly string[] | undefined;
  /** ACLs and extended attributes; true where absent. */
  readonly attributes?: boolean | undefined;
  readonly owners?: 'numbers' | 'names' | undefined;
  readonly limitBytesPerSecond?: number | undefined;
  /** `direct`: straight from the source to the target, and through us where a pass finds no way. `relayed` where absent. */
  readonly way?: CopyWay | undefined;
}

/** The server that serves when the run has succeeded, and what the copy was seen to cost. */
export interface CopyOutput {
  readonly target: TargetServer;
  readonly disk: DiskMade;
  readonly rehearsed: Rehearsed;
  readonly finalPass: PassDone;
}

/** The same, and the picture that the disk began as, where it was a snapshot: it is kept until it is released. */
export interface CloneOutput extends CopyOutput {
  readonly picture?: PictureTaken;
}

/** The target's data disk. */
export interface DiskMade {
  readonly volumeId: VolumeId;
  readonly filesystemUuid: string;
}

/** A picture of the source's disk, kept until somebody deletes it. */
export interface PictureTaken {
  readonly snapshotId: SnapshotId;
  /** Was every filesystem still at that moment? */
  readonly frozen: boolean;
  /** Those of the further disks, in their order. Where `frozen` holds, all are of one moment. Absent of one disk. */
  readonly more?: readonly DiskPicture[];
}

/** The picture of one disk of several. */
export interface DiskPicture {
  readonly volumeId: VolumeId;
  readonly snapshotId: SnapshotId;
}

/** One pass. */
export interface PassDone {
  readonly seconds: number;
  readonly entries: number;
  readonly changedFiles: number;
  readonly changedBytes: number;
  readonly vanishedFiles: number;
  /** The way that the bytes took; absent in runs of before this was told. */
  readonly way?: CopyWay;
  /** Why they went through us although the straight way was asked for. */
  readonly notDirect?: string;
}

/** What the final pass was found to cost just before the window. */
export interface Rehearsed {
  readonly scanSeconds: number;
  /** Files, folders and links that were looked at; absent in runs of before this was told. */
  readonly entries?: number;
  readonly changedFiles: number;
  readonly changedBytes: number;
  /** Scan and bytes together, at the rate of the warm passes. */
  readonly finalSeconds: number;
}

/** The input once for each disk, what is mounted within another after it. Throws where disks and volumes do not pair. */
export function eachDisk<I extends DiskInput>(input: I): readonly (I & { readonly suffix: string })[] {
  const { moreDisks = [], moreVolumes = [] } = input;
  if (moreDisks.length !== moreVolumes.length) {
    throw new Error(`there are ${moreVolumes.length} more volumes and ${moreDisks.length} more disks`);
  }
  if (moreVolumes.length === 0) return [{ ...input, suffix: '' }];
  const pairs = [
    { volume: input.volume, disk: input.disk },
    ...moreVolumes.flatMap((volume, index) => {
      const disk = moreDisks[index];
      return disk === undefined ? [] : [{ volume, disk }];
    }),
  ];
  return pairs
    .map((pair, index) => ({ ...input, ...pair, suffix: `-${index + 1}` }))
    .sort((a, b) => depthOf(a.volume.mountPoint) - depthOf(b.volume.mountPoint));
}

/** The snapshots of all disks. */
export function snapshotsIn({ snapshotId, more = [] }: PictureTaken): readonly SnapshotId[] {
  return [snapshotId, ...more.map((each) => each.snapshotId)];
}
