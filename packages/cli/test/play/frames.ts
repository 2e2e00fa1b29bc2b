// A run as a test has it: a small shape and its events, with times that are easy to read.

import type { RunEvent, Shape, ShapeNode, StoredEvent } from '@belay/runner';

const startMs = Date.parse('2026-11-22T11:04:52Z');

/** Steps that follow one another; names are those of the swap, so that it is known who serves. */
export function shapeOfSteps(paths: readonly string[], graph = 'volume-swap'): Shape {
  const nodes = paths.map(
    (path, i): ShapeNode => ({
      path,
      kind: 'step',
      scope: -1,
      after: i === 0 ? [] : [i - 1],
      needs: [],
      hasRevert: true,
      hasProbe: true,
      title: `${path.replaceAll('-', ' ')}`,
    }),
  );
  return { format: 1, graph, nodes };
}

/** Events with the second at which each came. */
export function eventsAt(...timed: readonly (readonly [number, RunEvent])[]): readonly StoredEvent[] {
  return timed.map(([second, event], i) => ({ seq: i + 1, atMs: startMs + second * 1000, fence: 1, event }));
}

export function at(second: number): number {
  return startMs + second * 1000;
}

export function created(graph = 'volume-swap'): RunEvent {
  return { kind: 'created', graph, input: null, keys: ['node/web12'] };
}

export function started(step: string): RunEvent {
  return { kind: 'started', step, attempt: 1, wires: '' };
}

export function done(step: string): RunEvent {
  return { kind: 'done', step };
}
