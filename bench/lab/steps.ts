// The steps of a plan's graph, each of which is made to fail once.

import { planner, type StrategyName } from '@belay/planner';
import { shapeOf } from '@belay/runner';
import { expectOk } from './expect.ts';
import type { Stage } from './stage.ts';

/** Paths of all steps, in the order of the graph. */
export async function stepsToFail(stage: Stage, strategy: StrategyName): Promise<readonly string[]> {
  const plan = await stage.makePlan({ strategy });
  const { input } = expectOk(planner.runOf(plan, { now: new Date().toISOString() }));
  const { nodes } = expectOk(shapeOf(planner.volumeSwap, input));
  return nodes.filter(({ kind }) => kind === 'step').map(({ path }) => path);
}
