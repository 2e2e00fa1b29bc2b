/**
 * What a volume swap is told, and what it gives back. Plain JSON; a plan turns into it, and it can as well be written
 * by hand.
 */

import type { Attachment } from '@belay/cloud';
import type { MoveInput, TargetServer } from '../move/move-input.ts';

/** What a volume swap is told. JSON. Source, volume and target live in one account and region. */
export interface SwapInput extends MoveInput {
  /** May the run turn off "deleted with its instance" on the source's volume? If not, finding it on ends the run. */
  readonly mayKeepVolume: boolean;
}

/** The server that serves when the run has succeeded, and how it finds the disk. */
export interface SwapOutput {
  readonly target: TargetServer;
  readonly attachment: Attachment;
}
