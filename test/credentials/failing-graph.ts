// Makes a disk, is refused what comes next, and takes the disk away again: what a run writes down when it goes wrong.

import type { Clouds, Place } from '@belay/cloud';
import { type GraphBuilder, type StepGraph, stepGraph } from '@belay/runner';

export interface FailingInput {
  readonly at: Place;
  readonly zone: string;
  readonly diskType: string;
}

export const failing: StepGraph<Clouds, FailingInput, undefined> = stepGraph(
  'fails',
  (g: GraphBuilder<Clouds>, { at, zone, diskType }: FailingInput) => {
    const made = g.step('make', {
      run: (_, ctx) =>
        ctx.services.clouds
          .get(at)
          .volumes.create({ name: 'data', zone, sizeGiB: 1, diskType }, ctx)
          .map(({ id }) => id),
      revert: (was, ctx) =>
        was.outcome === 'done' ? ctx.services.clouds.get(at).volumes.delete(was.output, ctx) : undefined,
      revertBlind: true,
    });
    g.step('fail', {
      needs: { made },
      run: (_, ctx) =>
        ctx.services.clouds
          .get(at)
          .snapshots.delete('snap-00000000', ctx)
          .map(() => 'deleted'),
      revert: () => undefined,
      revertBlind: true,
    });
    return undefined;
  },
);
