/** The graphs that a runner registers so that it can carry out, and carry on, whatever a planner plans. */

import type { StepGraph } from '@belay/runner';
import type { World } from './move/move-input.ts';
import type { ReleaseInput } from './release/release-input.ts';
import { releaseSource, releaseSourceWith } from './release-source-graph.ts';
import type { Slots } from './slots.ts';
import type { SwapInput, SwapOutput } from './swap/swap-input.ts';
import { volumeSwap, volumeSwapWith } from './volume-swap-graph.ts';

/** All graphs, each by its name and in a list. `S`: what the steps in slots ask of services, besides clouds and hosts. */
export interface RegisteredGraphs<S = unknown> {
  /** Register all of them: a run that another process began may be of any. */
  readonly graphs: readonly [
    StepGraph<World & S, SwapInput, SwapOutput>,
    StepGraph<World & S, ReleaseInput, undefined>,
  ];
  readonly volumeSwap: StepGraph<World & S, SwapInput, SwapOutput>;
  readonly releaseSource: StepGraph<World & S, ReleaseInput, undefined>;
}

/** The graphs with these sets of slots. Throws where two sets have one name. */
export function graphsWith<S>(slots: readonly Slots<World & S>[]): RegisteredGraphs<S> {
  const names = new Set(slots.map(({ name }) => name));
  if (names.size < slots.length) throw new Error('two sets of slots have the same name');
  // Without slots they are the very graphs that are exported by name: a run is known by its graph.
  const plain = slots.length === 0;
  const swap: RegisteredGraphs<S>['volumeSwap'] = plain ? volumeSwap : volumeSwapWith(slots);
  const release: RegisteredGraphs<S>['releaseSource'] = plain ? releaseSource : releaseSourceWith(slots);
  return { graphs: [swap, release], volumeSwap: swap, releaseSource: release };
}
