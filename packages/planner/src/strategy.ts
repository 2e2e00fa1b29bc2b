/**
 * A way to get from the source to the target, as data: what must be true, how long nobody serves, how far one can go
 * back. `judge` asks all of them; none is left out because another already fits.
 */

import type { PlannedCall } from '@belay/cloud';
import type { Downtime } from './downtime.ts';
import type { Parameters } from './parameters.ts';
import type { Precondition, Question } from './precondition.ts';
import type { Target } from './target.ts';
import type { Workload } from './workload.ts';

/** Every way there is. `refuse` is what remains where none of them is known to be safe. */
export const strategyNames = [
  'nothing',
  'grow-online',
  'resize-in-place',
  'volume-swap',
  'snapshot-clone',
  'rsync',
] as const;

/** One of {@link strategyNames}. */
export type StrategyName = (typeof strategyNames)[number];

/** One strategy: when it can be taken, what it costs, how far one can go back. */
export interface Strategy {
  readonly name: StrategyName;
  /** A few words for people. */
  readonly title: string;
  readonly preconditions: readonly Precondition[];
  /** `undefined` where a fact that it rests on is unknown. */
  readonly downtime: (question: Question, parameters: Parameters) => Downtime | undefined;
  /** Until when it can be undone, and what that costs. */
  readonly wayBack: (question: Question) => WayBack;
  /** What its steps and their reverts ask of the clouds: rights are looked at beforehand. */
  readonly calls: (move: Move) => CloudCalls;
  /** What it needs for as long as source and target both stand. */
  readonly cost: Cost;
  /** Name of the graph that carries it out; `undefined` where this version has none. */
  readonly graph: string | undefined;
}

/** Until when a strategy can be undone, and at what price. */
export interface WayBack {
  /**
   * Lower is better. 0: nothing to undo. 1: without loss, or with nothing at risk. 2: without loss, but nobody promises
   * the capacity for it. 3: going back costs what was written meanwhile.
   */
  readonly rank: 0 | 1 | 2 | 3;
  /** Until when it can be undone, as half a sentence. */
  readonly until: string;
  readonly pointOfNoReturn: string;
  /** The step with which going back stops being lossless, where there is one: the runner takes no automatic way back after it. */
  readonly pivot?: string | undefined;
}

/** What is wanted of what, without any facts. */
export interface Move {
  readonly workload: Workload;
  readonly target: Target;
}

/** Servers and disks beside those that there are. */
export interface Cost {
  readonly servers: number;
  readonly disks: number;
}

/** What is asked of the source's cloud and of the target's. */
export interface CloudCalls {
  readonly source: readonly PlannedCall[];
  readonly target: readonly PlannedCall[];
}
