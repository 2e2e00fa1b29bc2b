import { err, ok, type Result } from 'neverthrow';
import type { StepGraph } from './graph.ts';
import type { RunnerError } from './outcome.ts';
import { buildProgram } from './program.ts';

/**
 * What a graph is, as data: names, order, scopes, the pivot and the rules of each step, and nothing that could be
 * called. Engines, pictures and checks work on this alone.
 */
export interface Shape {
  readonly format: 1;
  readonly graph: string;
  /** Every node comes after all that it waits for. */
  readonly nodes: readonly ShapeNode[];
}

/** One node of a graph, as data. */
export interface ShapeNode {
  /** Its name, after the names of the scopes and graphs around it: `place/provision-target`. */
  readonly path: string;
  /** `join`: where an included graph ends; it does nothing itself. */
  readonly kind: 'step' | 'hold' | 'scope' | 'join';
  /** Index of the scope that it lives in; -1 for the body of the run. */
  readonly scope: number;
  /** Indices of the nodes that must be done first, all in the same scope. */
  readonly after: readonly number[];
  /** Names of the values that it takes: a part of what a resume compares. */
  readonly needs: readonly string[];
  /** Where each of the `needs` comes from, in their order: a path, or `scope#choice`. Absent where it needs nothing. */
  readonly needsFrom?: readonly string[];
  readonly pivot?: true;
  readonly hasRevert?: true;
  readonly hasProbe?: true;
  readonly hasUndo?: true;
  readonly idempotent?: true;
  readonly revertBlind?: true;
  readonly lockFree?: true;
  readonly patienceMs?: number;
  readonly version?: number;
  readonly weight?: number;
  readonly title?: string;
  /** With a hold: what it asks. */
  readonly ask?: string;
}

/** The shape of a graph for one input, or what is wrong with the graph. Pure: builds and looks, runs nothing. */
export function shapeOf<S, I, O>(graph: StepGraph<S, I, O>, input: I): Result<Shape, RunnerError> {
  const { shape, problems } = buildProgram(graph, input);
  return problems.length === 0
    ? ok(shape)
    : err({ kind: 'invalid', message: `graph ${graph.name}: ${problems.map((p) => p.sentence).join('; ')}` });
}
