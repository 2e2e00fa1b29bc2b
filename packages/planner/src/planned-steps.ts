/**
 * The steps of a run as a plan shows them. They are read off the graph that will run, slots and all, so a plan cannot
 * show other steps than those.
 */

import { type AnyGraph, type Shape, shapeOf } from '@belay/runner';
import type { Downtime, Serving } from './downtime.ts';
import { servingDuring } from './serving-during.ts';

/** A step of the graph as a plan shows it. */
export interface PlannedStep {
  /** Path in the graph. */
  readonly step: string;
  readonly title: string;
  readonly after: readonly string[];
  readonly serving: Serving;
  /** Can it be undone, does it change nothing, is it the point of no return, or does it wait for a person? */
  readonly undo: 'reverted' | 'nothing-to-undo' | 'point-of-no-return' | 'held';
  /** Best, likely and worst case, where the downtime model knows the step. */
  readonly estimateSeconds?: readonly [number, number, number] | undefined;
}

/** All steps and holds; `undefined` where the graph cannot be built for this input. */
export function plannedSteps(
  graph: AnyGraph,
  input: unknown,
  downtime?: Downtime | undefined,
): readonly PlannedStep[] | undefined {
  // The input of a graph in a list has the type `never`: what it is was checked where the two were put together.
  return shapeOf(graph, input as never).match(
    ({ nodes }) =>
      nodes
        .filter(({ kind }) => kind === 'step' || kind === 'hold')
        .map((node) => ({
          step: node.path,
          title: node.title ?? node.ask ?? node.path,
          after: node.after.flatMap((index) => nodes[index]?.path ?? []),
          // A step that is in no table counts as time in which nobody serves: the careful answer.
          serving: servingDuring(node.path) ?? 'nobody',
          undo: undoOf(node),
          ...estimateOf(node.path, downtime),
        })),
    () => undefined,
  );
}

function undoOf({ kind, pivot, hasRevert }: Shape['nodes'][number]): PlannedStep['undo'] {
  if (kind === 'hold') return 'held';
  if (pivot === true) return 'point-of-no-return';
  return hasRevert === true ? 'reverted' : 'nothing-to-undo';
}

function estimateOf(path: string, downtime: Downtime | undefined): Pick<PlannedStep, 'estimateSeconds'> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const phase = downtime?.phases.find((each) => each.name === name || name.startsWith(`${each.name}-`));
  if (phase === undefined) return {};
  return { estimateSeconds: [phase.bestSeconds, phase.likelySeconds, phase.worstSeconds] };
}
