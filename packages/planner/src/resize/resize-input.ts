/** What a resize in place is told, and what it gives back. Plain JSON, complete in itself. */

import type { ReservationId } from '@belay/cloud';
import type { ServedInput, TargetServer } from '../move/move-input.ts';

/** What a resize in place is told. JSON. The source is the server itself. */
export interface ResizeInput extends ServedInput {
  readonly fromType: string;
  readonly toType: string;
  /**
   * How this cloud changes a type. `kept`: it keeps the old server until somebody confirms, as Nova does. `stopped`:
   * only while the server is stopped, when its hardware may be given away, as on EC2.
   */
  readonly way: 'kept' | 'stopped';
  /** With `stopped`: what makes sure that there is hardware, or who takes the risk that there is none. */
  readonly capacity?: HeldCapacity | AcceptedRisk | undefined;
  /**
   * With `kept`: the old server is given up at the end of this run, its point of no return; or later, by a run of its
   * own, and until then this one can be reverted. `later` where absent.
   */
  readonly confirm?: 'at-the-end' | 'later' | undefined;
}

/** Capacity of the new type that this account has already: checked again before anything is stopped. */
export interface HeldCapacity {
  readonly reservationId: ReservationId;
}

/** A stopped server may not start again: somebody knows and wants it all the same. */
export interface AcceptedRisk {
  readonly acceptedBy: string;
  readonly reason: string;
}

/** The server in its new type. */
export interface ResizeOutput {
  readonly server: TargetServer;
}

/** What the end of a resize is told: which run it was, and who gives the old server up. JSON. */
export interface ConfirmResizeInput {
  readonly firstRunId: string;
  readonly resize: ResizeInput;
  readonly by: string;
  readonly reason: string;
  /** Wait for a person's word before the old server is given up: the hold `confirm`. */
  readonly hold?: boolean | undefined;
}
