/** A way back to serving, as data: what must be true, how long it takes, what is lost, who must be fenced first. */

import type { IsoTime } from '@belay/cloud';
import type { Phase } from '../downtime.ts';
import type { Acceptance } from '../guards/guard.ts';
import type { Parameters } from '../parameters.ts';
import type { Finding } from '../precondition.ts';
import type { Target } from '../target.ts';
import type { Loss } from './loss.ts';
import type { RescueFacts } from './rescue-facts.ts';

/** Every way back, in the order in which they are told. */
export const recoveryWayNames = [
  'start-again',
  'surviving-volume',
  'from-snapshot',
  'from-backup',
  'promote-standby',
] as const;

/** One of {@link recoveryWayNames}. */
export type RecoveryWayName = (typeof recoveryWayNames)[number];

/** What the tests of a way may look at. */
export interface RescueQuestion {
  readonly facts: RescueFacts;
  readonly target: Target;
  readonly now: IsoTime;
  /** Risks that somebody has taken by name. */
  readonly accept?: readonly Acceptance[] | undefined;
}

/** Something that must be true for a way back. */
export interface RescueCondition {
  readonly name: string;
  readonly sentence: string;
  /** Pure; a fact that is not known gives `unknown`. */
  readonly test: (question: RescueQuestion) => Finding;
}

/** One way back. */
export interface RecoveryWay {
  readonly name: RecoveryWayName;
  readonly title: string;
  /** The source must not serve any more, confirmed by read-back, before this one does. */
  readonly needsFence: boolean;
  readonly conditions: readonly RescueCondition[];
  /** What follows one another until the workload is served; what runs beside it and is shorter is left out. */
  readonly phases: (question: RescueQuestion, parameters: Parameters) => readonly Phase[] | undefined;
  /** What was written last and would not come back. */
  readonly loss: (question: RescueQuestion) => Loss;
}
