/** The execution graph of a run as an SVG file, drawn from its journal: what ran, what was taken back, who served. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { servingDuring } from '@belay/planner';
import { type Shape, type StoredEvent, viewOf } from '@belay/runner';
import { toSvg } from '@belay/runner/svg';

/** Gives the path of the file. */
export function drawRun(runId: string, shape: Shape, events: readonly StoredEvent[], folder: string): string {
  const bands = (['source', 'nobody', 'target'] as const).map((who) => ({
    title: who === 'nobody' ? 'nobody serves' : `the ${who} serves`,
    steps: shape.nodes.filter(({ path }) => servingDuring(path) === who).map(({ path }) => path),
  }));
  const path = join(folder, `${runId}.svg`);
  writeFileSync(path, toSvg(shape, viewOf(shape, events), { bands, criticalPath: 'measured' }));
  return path;
}
