/** The execution graph of a run as an SVG, drawn from its journal: what ran, what was taken back, who served. Pure. */

import { servingDuring } from '@belay/planner';
import { type Shape, type StoredEvent, viewOf } from '@belay/runner';
import { toSvg } from '@belay/runner/svg';

/** The plan alone where there are no events. */
export function drawRun(shape: Shape, events: readonly StoredEvent[] = []): string {
  const bands = (['source', 'nobody', 'target'] as const).map((who) => ({
    title: who === 'nobody' ? 'nobody serves' : `the ${who} serves`,
    steps: shape.nodes.filter(({ path }) => servingDuring(path) === who).map(({ path }) => path),
  }));
  if (events.length === 0) return toSvg(shape, undefined, { bands });
  return toSvg(shape, viewOf(shape, events), { bands, criticalPath: 'measured' });
}
