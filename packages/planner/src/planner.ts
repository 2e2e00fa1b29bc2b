/**
 * The planner's side of a run: which graphs to register, and what to hand to the runner for a plan.
 *
 *     const runner = await openRunner({ graphs: planner.graphs, services, journal });
 *     const run = planner.runOf(plan, { now });
 *     if (run.isOk()) await runner.run(planner.volumeSwap, run.value.input, { id, keys: run.value.keys });
 */

import type { IsoTime } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { type PlanError, verifyPlan } from './approval.ts';
import type { World } from './move/move-input.ts';
import { supersededName } from './move/source-side.ts';
import type { Plan, PlannedRun } from './plan.ts';
import { graphsWith, type RegisteredGraphs } from './registered-graphs.ts';
import type { Slots } from './slots.ts';

/** What a runner needs of the planner. `S`: what the steps in its slots ask of services, besides clouds and hosts. */
export interface Planner<S = unknown> extends RegisteredGraphs<S> {
  /** What to run for a plan. Checks the plan first; the input carries the plan's digest. */
  runOf(plan: Plan, options: { readonly now: IsoTime }): Result<PlannedRun, PlanError>;
  /** What is still there when the plan has been carried out, as sentences. */
  leftBehind(plan: Plan): readonly string[];
}

/**
 * A planner whose graphs have steps of one's own in their slots. Inputs name the set of slots that they want; every
 * process that may carry a run on is given the same sets. Throws where two sets have one name.
 */
export function createPlanner<S = unknown>({ slots = [] }: PlannerOptions<S> = {}): Planner<S> {
  return { ...graphsWith(slots), runOf, leftBehind };
}

/** What a planner is made with. */
export interface PlannerOptions<S> {
  readonly slots?: readonly Slots<World & S>[] | undefined;
}

/** The planner without slots. */
export const planner: Planner = createPlanner();

function runOf(plan: Plan, options: { readonly now: IsoTime }): Result<PlannedRun, PlanError> {
  return verifyPlan(plan, options).andThen(({ run, digest, planId, result }) =>
    run === undefined
      ? err({
          kind: 'nothing-to-run' as const,
          message: `plan ${planId} has nothing to run: ${why(plan, result)}`,
        })
      : ok({ ...run, input: { ...run.input, planDigest: digest } }),
  );
}

function leftBehind({ run }: Plan): readonly string[] {
  if (run === undefined) return [];
  const { source } = run.input;
  return [
    `The source ${source.id} is kept as ${supersededName(source.name)}, without the data disk and with its services stopped.`,
    'It costs what a running server costs until it is released, and the run can be reverted until then.',
  ];
}

function why({ strategy, missing }: Plan, result: Plan['result']): string {
  if (result === 'noop') return 'all is as it is wanted';
  if (missing.length > 0) return `it was refused by ${missing.join(', ')}`;
  return strategy === 'refuse' ? 'no strategy is feasible' : `this version has no graph for ${strategy}`;
}
