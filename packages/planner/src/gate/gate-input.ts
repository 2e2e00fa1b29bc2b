/**
 * What a run takes along of its plan so that it can ask the plan's guards once more: at the start of the window, before
 * the route changes, before the source is released. Plain JSON. An input that was written by hand has none: there is no
 * plan behind it whose guards could be asked, and only the refusals of the single steps stand.
 */

import type { FactName } from '../facts.ts';
import type { Acceptance, Fix, GuardLimits, WatchedStrategy } from '../guards/guard.ts';
import type { Resting } from '../moved.ts';
import type { Target } from '../target.ts';
import type { Workload } from '../workload.ts';

/** What the gates of a run are told. JSON. */
export interface GateInput {
  readonly workload: Workload;
  readonly target: Target;
  /** The strategy as it was judged. */
  readonly assessment: WatchedStrategy;
  /** Zones in which the target may stand. */
  readonly zones: readonly string[];
  readonly limits: GuardLimits;
  readonly fixes: readonly Fix[];
  /** Risks that somebody took for the plan, also those of guards that only the run asks. */
  readonly accepted: readonly Acceptance[];
  /** What the plan rests on, with what the run itself changes before the window already changed. */
  readonly rests: Resting;
  /** Facts that are learned again when the window opens: what its guards need, and no more. */
  readonly needs: readonly FactName[];
  /** Who told of backups when the plan was made: a service of the house, or the snapshots of the disk. */
  readonly backupsBy: 'house' | 'snapshots';
  /** Where databases lie on the data disks, as far as somebody has looked. */
  readonly databasePaths: readonly string[];
}

/** An input whose run has gates. */
export interface Gated {
  /** Absent where no plan is behind it. */
  readonly gate?: GateInput | undefined;
}
