// The steps of a plan's graph, each of which is made to fail once: what they are, the graph says.

import { type Plan, type PlannedRun, planner, type World } from '@belay/planner';
import { type Shape, type StepGraph, shapeOf } from '@belay/runner';
import { expectOk } from './expect.ts';

export type AnyGraph = StepGraph<World, never, unknown>;

/** The graph that the run names: the run's input is that graph's own. */
export function graphOf<R extends { readonly graph: string; readonly input: unknown }>(
  graphs: readonly AnyGraph[],
  { graph: name }: R,
): StepGraph<World, R['input'], unknown> {
  const found = graphs.find((graph) => graph.name === name);
  if (found === undefined) throw new Error(`There is no graph ${name}.`);
  return found as StepGraph<World, R['input'], unknown>;
}

/** What to run for a plan. */
export function runOf(plan: Plan): PlannedRun {
  return expectOk(planner.runOf(plan, { now: new Date().toISOString() }));
}

/** One step, and whether a failure in it can still be taken back. */
export interface StepToFail {
  readonly path: string;
  readonly isAfterPivot: boolean;
}

/** All steps of a plan's graph, in its order. */
export function stepsToFail(plan: Plan): readonly StepToFail[] {
  return stepsOf(runOf(plan));
}

/** All steps of the graph that is run, in its order. */
export function stepsOf(run: { readonly graph: string; readonly input: unknown }): readonly StepToFail[] {
  // What chose the run has chosen graph and input together.
  const { nodes }: Shape = expectOk(shapeOf(graphOf(planner.graphs, run), run.input as never));
  const pivot = nodes.findIndex((node) => node.pivot === true);
  return nodes.flatMap(({ kind, path }, i) =>
    kind === 'step' ? [{ path, isAfterPivot: pivot >= 0 && i > pivot }] : [],
  );
}
