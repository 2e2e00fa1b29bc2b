// The steps of a plan's graph, each of which is made to fail once.

import { planner, type StrategyName } from '@belay/planner';
import { shapeOf } from '@belay/runner';
import { expectOk } from './expect.ts';
import { graphOf } from './move.ts';
import type { Stage } from './stage.ts';

/** One step, and whether a failure in it can still be taken back. */
export interface StepToFail {
  readonly path: string;
  readonly isAfterPivot: boolean;
}

/** All steps, in the order of the graph. */
export async function stepsToFail(stage: Stage, strategy: StrategyName): Promise<readonly StepToFail[]> {
  const plan = await stage.makePlan({ strategy });
  const run = expectOk(planner.runOf(plan, { now: new Date().toISOString() }));
  const { nodes } = expectOk(shapeOf(graphOf(planner.graphs, run), run.input));
  const pivot = nodes.findIndex((node) => node.pivot === true);
  return nodes.flatMap(({ kind, path }, i) =>
    kind === 'step' ? [{ path, isAfterPivot: pivot >= 0 && i > pivot }] : [],
  );
}
