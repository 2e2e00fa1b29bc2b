/** What carries a chosen strategy out: its graph, the input for it and its steps. */

import type { Facts } from './facts.ts';
import type { Assessment } from './judge.ts';
import type { PlannedStep } from './planned-steps.ts';
import type { SwapInput } from './swap/swap-input.ts';
import { plannedSwap, type SwapPlanOptions } from './swap/swap-plan.ts';
import type { Target } from './target.ts';

/** Which graph to run, with which input, under which keys. */
export interface PlannedRun {
  readonly graph: 'volume-swap';
  readonly input: SwapInput;
  readonly keys: readonly string[];
}

/** A run and its steps. */
export interface CarriedOut {
  readonly run: PlannedRun;
  readonly steps: readonly PlannedStep[];
}

/** `undefined` where this version has no graph for the strategy. */
export function carriedOut(
  { strategy }: Assessment,
  facts: Facts,
  target: Target,
  options: SwapPlanOptions,
): CarriedOut | undefined {
  const keys = [`node/${facts.workload.name}`];
  if (strategy !== 'volume-swap') return undefined;
  const planned = plannedSwap(facts, target, options);
  return planned && { run: { graph: 'volume-swap', input: planned.input, keys }, steps: planned.steps };
}
