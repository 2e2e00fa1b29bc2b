/**
 * What a dry run of the final pass found, just before the window: the one figure that need not be modelled. It counts
 * as long as no warm pass has run since.
 */

import type { IsoTime } from '@belay/cloud';

/** A pass that only looked. */
export interface Rehearsal {
  readonly at: IsoTime;
  /** So long it took to look at every file. */
  readonly scanSeconds: number;
  readonly changedFiles: number;
  readonly changedBytes: number;
  readonly deletedFiles: number;
  /** Since the last warm pass began; what changed is in proportion to it. */
  readonly sinceSeconds: number;
}

/** What a rehearsal can be worked with: every number counted, none negative. */
export function isUsable(rehearsal: Rehearsal): boolean {
  const { scanSeconds, changedFiles, changedBytes, deletedFiles, sinceSeconds } = rehearsal;
  return [scanSeconds, changedFiles, changedBytes, deletedFiles, sinceSeconds].every(
    (value) => Number.isFinite(value) && value >= 0,
  );
}
