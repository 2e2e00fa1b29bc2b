/** What a takeover is told, and what it gives back. Plain JSON: the password is named, never written. */

import type { IsoTime, SecretRef } from '@belay/cloud';
import type { FencedServer, FenceSeen } from '../failover/fence.ts';
import type { ServedInput, TargetServer } from '../move/move-input.ts';
import type { RequestedStandby, StandbyImport } from './ports.ts';

/** What a takeover is told. JSON. The source is the primary; `at` is where the standby lives. */
export interface TakeoverInput extends ServedInput {
  readonly standby: FencedServer;
  /** The password that must have been typed. */
  readonly password: SecretRef;
  /** Who wants it, and why. */
  readonly by: string;
  readonly reason: string;
  /**
   * `planned`: the primary lives; it is stopped, the rest is copied, and nothing is lost. `emergency`: it does not
   * answer, and what the standby does not have is lost.
   */
  readonly mode: PlannedTakeover | EmergencyTakeover;
}

/** The primary lives. */
export interface PlannedTakeover {
  readonly kind: 'planned';
  /** The standby's own filesystem at the workload's mount point. */
  readonly standbyFilesystemUuid: string;
  readonly passTimeoutMs: number;
}

/** The primary does not answer. */
export interface EmergencyTakeover {
  readonly kind: 'emergency';
  /** The loss that was agreed to: the standby has everything up to here. Older data ends the run before the fence. */
  readonly dataAtLeast: IsoTime;
}

/** The server that serves now, what became of the other one, and the standby to come. */
export interface TakeoverOutput {
  readonly server: TargetServer;
  readonly import: StandbyImport;
  readonly fence: FenceSeen;
  readonly nextStandby: RequestedStandby;
}
