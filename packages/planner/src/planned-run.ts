/** What carries a chosen strategy out: its graph, the input for it and its steps. */

import type { AnyGraph } from '@belay/runner';
import type { CloneInput, RsyncInput } from './copy/copy-input.ts';
import { cloneInputOf, rsyncInputOf } from './copy/copy-plan.ts';
import type { Facts } from './facts.ts';
import type { GrowInput } from './grow/grow-input.ts';
import { growInputOf } from './grow/grow-plan.ts';
import { growOnline } from './grow-online-graph.ts';
import type { Assessment } from './judge.ts';
import type { RunOptions } from './move/move-plan.ts';
import { type PlannedStep, plannedSteps } from './planned-steps.ts';
import type { ResizeInput } from './resize/resize-input.ts';
import { resizeInputOf } from './resize/resize-plan.ts';
import { resizeInPlaceWith } from './resize-in-place-graph.ts';
import { rsyncWith } from './rsync-graph.ts';
import { snapshotCloneWith } from './snapshot-clone-graph.ts';
import type { StrategyName } from './strategy.ts';
import type { SwapInput } from './swap/swap-input.ts';
import { swapInputOf } from './swap/swap-plan.ts';
import type { Target } from './target.ts';
import { volumeSwapWith } from './volume-swap-graph.ts';

/** Which graph to run, with which input, under which keys. */
export type PlannedRun =
  | RunOf<'grow-online', GrowInput>
  | RunOf<'resize-in-place', ResizeInput>
  | RunOf<'volume-swap', SwapInput>
  | RunOf<'snapshot-clone', CloneInput>
  | RunOf<'rsync', RsyncInput>;

/** A run of one graph. */
export interface RunOf<G extends StrategyName, I> {
  readonly graph: G;
  readonly input: I;
  readonly keys: readonly string[];
}

/** A run and its steps. */
export interface CarriedOut {
  readonly run: PlannedRun;
  readonly steps: readonly PlannedStep[];
}

/** `undefined` where nothing is to be run, or a fact is missing that the input needs. */
export function carriedOut(
  { strategy }: Assessment,
  facts: Facts,
  target: Target,
  options: RunOptions,
): CarriedOut | undefined {
  const run = runOf(strategy, facts, target, options);
  if (run === undefined) return undefined;
  const steps = plannedSteps(graphOf(run.graph, options), run.input, options.downtime);
  return steps && { run, steps };
}

function runOf(
  strategy: StrategyName,
  facts: Facts,
  target: Target,
  options: RunOptions,
): PlannedRun | undefined {
  const keys = [`node/${facts.workload.name}`];
  switch (strategy) {
    case 'grow-online': {
      const input = growInputOf(facts, target, options);
      return input && { graph: strategy, input, keys };
    }
    case 'resize-in-place': {
      const input = resizeInputOf(facts, target, options);
      return input && { graph: strategy, input, keys };
    }
    case 'volume-swap': {
      const input = swapInputOf(facts, target, options);
      return input && { graph: strategy, input, keys };
    }
    case 'snapshot-clone': {
      const input = cloneInputOf(facts, target, options);
      return input && { graph: strategy, input, keys };
    }
    case 'rsync': {
      const input = rsyncInputOf(facts, target, options);
      return input && { graph: strategy, input, keys };
    }
    default:
      return undefined;
  }
}

function graphOf(name: PlannedRun['graph'], { slots }: RunOptions): AnyGraph {
  const sets = slots === undefined ? [] : [slots];
  switch (name) {
    case 'grow-online':
      return growOnline;
    case 'resize-in-place':
      return resizeInPlaceWith(sets);
    case 'volume-swap':
      return volumeSwapWith(sets);
    case 'snapshot-clone':
      return snapshotCloneWith(sets);
    case 'rsync':
      return rsyncWith(sets);
  }
}
