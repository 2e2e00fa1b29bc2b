/**
 * A way to get from the source to the target, as data: what must be true, how long nobody serves, how far one can go
 * back. `judge` asks all of them; none is left out because another already fits.
 */

import type { Downtime } from './downtime.ts';
import type { Parameters } from './parameters.ts';
import type { Precondition, Question } from './precondition.ts';

/** The strategies that this version judges. */
export type StrategyName = 'nothing' | 'volume-swap' | 'rsync';

/** One strategy: when it can be taken, what it costs, how far one can go back. */
export interface Strategy {
  readonly name: StrategyName;
  /** A few words for people. */
  readonly title: string;
  readonly preconditions: readonly Precondition[];
  /** `undefined` where a fact that it rests on is unknown. */
  readonly downtime: (question: Question, parameters: Parameters) => Downtime | undefined;
  readonly wayBack: WayBack;
  /** Name of the graph that carries it out; `undefined` where this version has none. */
  readonly graph: string | undefined;
}

/** Until when a strategy can be undone, and at what price. */
export interface WayBack {
  /** Lower is better: 0 nothing to undo, 1 lossless, 2 costs what was written meanwhile. */
  readonly rank: 0 | 1 | 2;
  /** Until when it can be undone, as half a sentence. */
  readonly until: string;
  readonly pointOfNoReturn: string;
}
