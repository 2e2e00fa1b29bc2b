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
import type { Plan, PlannedRun } from './plan.ts';
import { supersededName } from './swap/source-side.ts';
import { volumeSwap } from './volume-swap-graph.ts';

/** What a runner needs of the planner. */
export interface Planner {
  /** Register all of them: a run that another process began may be of any. */
  readonly graphs: readonly [typeof volumeSwap];
  readonly volumeSwap: typeof volumeSwap;
  /** What to run for a plan. Checks the plan first; the input carries the plan's digest. */
  runOf(plan: Plan, options: { readonly now: IsoTime }): Result<PlannedRun, PlanError>;
  /** What is still there when the plan has been carried out, as sentences. */
  leftBehind(plan: Plan): readonly string[];
}

export const planner: Planner = {
  graphs: [volumeSwap],
  volumeSwap,
  runOf: (plan, options) =>
    verifyPlan(plan, options).andThen(({ run, digest, id, result }) =>
      run === undefined
        ? err({
            kind: 'nothing-to-run' as const,
            message: `plan ${id} has nothing to run: ${why(plan, result)}`,
          })
        : ok({ ...run, input: { ...run.input, planDigest: digest } }),
    ),
  leftBehind: ({ run }) => {
    if (run === undefined) return [];
    const { source } = run.input;
    return [
      `The source ${source.id} is kept as ${supersededName(source.name)}, without the data disk and with its services stopped.`,
      'It costs what a running server costs until it is released, and the run can be reverted until then.',
    ];
  },
};

function why({ strategy, missing }: Plan, result: Plan['result']): string {
  if (result === 'nothing') return 'all is as it is wanted';
  if (missing.length > 0) return `it was refused by ${missing.join(', ')}`;
  return strategy === 'refuse' ? 'no strategy is feasible' : `this version has no graph for ${strategy}`;
}
