/**
 * What a run sees that no plan can know: how the target booted, who still writes after everything was stopped, what
 * the last pass said. Steps fill it in; guards of the window, the cut-over and the soak look at it. What nobody has
 * looked at is absent, and counts as unknown.
 */

import type { HealthReport, IsoTime } from '@belay/cloud';
import type { Facts } from './facts.ts';
import type { Known } from './known.ts';

/** What a run has seen so far. */
export interface Sight {
  /** The facts, learned again. */
  readonly facts?: Facts | undefined;
  /** The target has booted with its final configuration. */
  readonly targetBooted?: Known<{ readonly bootId: string }> | undefined;
  /** Filesystems on the target with a UUID of the data disks, or at their mount points. */
  readonly inTheWay?: Known<readonly string[]> | undefined;
  /** Has anything on the source been stopped already? */
  readonly sourceStopped?: Known<boolean> | undefined;
  /** Jobs that are under way on the source: crons, exports, backups, modifications. */
  readonly underWay?: Known<readonly string[]> | undefined;
  /** Is the snapshot ready that the new volume is made of? */
  readonly snapshotReady?: Known<boolean> | undefined;
  /** After the stop: processes that hold files on the data disks open for writing. */
  readonly writers?: Known<readonly string[]> | undefined;
  /** After the stop: files of databases that are still open. */
  readonly openDatabases?: Known<readonly string[]> | undefined;
  /** After the stop: timers, crons and logins that could still begin to write. */
  readonly mayBeginToWrite?: Known<readonly string[]> | undefined;
  readonly finalPass?: Known<PassReport> | undefined;
  readonly fence?: Known<Fence> | undefined;
  /** The target, asked through the future name. */
  readonly targetAnswers?: Known<HealthReport> | undefined;
  readonly soak?: Known<Soak> | undefined;
}

/** How a pass of rsync ended. */
export interface PassReport {
  readonly exitCode: number;
  /** Files that were gone when they were to be copied. */
  readonly vanishedFiles: number;
}

/** What keeps the source from serving. */
export interface Fence {
  readonly servicesStopped: boolean;
  readonly servicesMasked: boolean;
  /** Per the cloud; absent where no disk moves. */
  readonly volumeGone?: boolean | undefined;
}

/** The time in which the target must prove itself before the source is released. */
export interface Soak {
  readonly endsAt: IsoTime;
  readonly goodProbes: number;
  readonly badProbes: number;
  /** When the soak began: the source stopped serving. */
  readonly beganAt?: IsoTime | undefined;
  /** From when to when somebody has asked the target. Absent: nobody did, or he does not say. */
  readonly watched?: { readonly from: IsoTime; readonly to: IsoTime } | undefined;
  /** The name that the source was given. */
  readonly sourceName: string;
}
