/**
 * p-graph: promises in the order of a graph, in memory. The clock covers what belay's covers: from the edges to the
 * last step's end, with the making of the graph (which checks it for cycles) inside.
 */

import { peer } from '../peers.ts';
import { randomNeeds } from './random-graph.ts';
import { expectCount, type Measured, secondsSince, stepsPerRun, type Task } from './task.ts';

/** The part of p-graph that is called here. */
interface Library {
  readonly PGraph: new (
    nodes: ReadonlyMap<string, { readonly run: () => unknown }>,
    edges: readonly (readonly [string, string])[],
  ) => { run(): Promise<void> };
}

export async function pGraph(task: Task): Promise<Measured> {
  const { PGraph } = await peer<Library>('p-graph');
  const random = task.shape === 'random' ? randomNeeds(task.size) : [];
  const values = new Map<string, number>();

  const graphOf = (prefix: string, size: number, needsOf: (step: number) => readonly number[]) => {
    const nodes = new Map<string, { readonly run: () => unknown }>();
    const edges: (readonly [string, string])[] = [];
    for (let step = 0; step < size; step += 1) {
      const needs = needsOf(step).map((need) => `${prefix}${need}`);
      const name = `${prefix}${step}`;
      for (const need of needs) edges.push([need, name]);
      nodes.set(name, { run: () => values.set(name, 1 + (values.get(needs[0] ?? '') ?? 0)) });
    }
    return new PGraph(nodes, edges);
  };
  const before = (step: number) => (step === 0 ? [] : [step - 1]);

  const startedAt = performance.now();
  if (task.shape === 'many-runs') {
    const runs = Array.from({ length: task.size / stepsPerRun }, (_, run) =>
      graphOf(`r${run}-`, stepsPerRun, before).run(),
    );
    await Promise.all(runs);
  } else if (task.shape === 'line') await graphOf('s', task.size, before).run();
  else if (task.shape === 'fan-out') await graphOf('s', task.size, () => []).run();
  else await graphOf('s', task.size, (step) => random[step] ?? []).run();
  const seconds = secondsSince(startedAt);

  expectCount('steps', task.size, values.size);
  return { seconds, count: values.size };
}
