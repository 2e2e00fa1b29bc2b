/**
 * Where a run would hold before the cut-over, seen in the steps that it has begun: a person may ask for the hold when
 * the run is long under way, and it is built then without one. Pure.
 */

import type { Shape, StoredEvent } from '@belay/runner';

/** Folds events; tells when the run must be paused so that it rests there. */
export interface HoldPoint {
  take(stored: StoredEvent): void;
  /** Everything that comes before the hold has begun: what begins next lies beyond it. */
  readonly isReached: boolean;
}

/** `held`: the shape of the same run with its hold. `undefined` where such a run has none: it stops nothing. */
export function holdPointOf(held: Shape | undefined): HoldPoint | undefined {
  const hold = held?.nodes.findIndex(({ kind, path }) => kind === 'hold' && path === 'cut-over') ?? -1;
  if (held === undefined || hold === -1) return undefined;
  const left = new Set(
    nodesBefore(held, hold)
      .filter(({ kind }) => kind === 'step')
      .map(({ path }) => path),
  );
  return {
    take({ event }) {
      if (event.kind === 'started' || event.kind === 'done') left.delete(event.step.replaceAll(/#\d+/g, ''));
    },
    get isReached() {
      return left.size === 0;
    },
  };
}

/** With all that lives in the scopes among them. */
function nodesBefore({ nodes }: Shape, of: number): Shape['nodes'] {
  const before = new Set<number>();
  const visit = (index: number): void => {
    for (const each of nodes[index]?.after ?? []) {
      if (before.has(each)) continue;
      before.add(each);
      visit(each);
    }
  };
  visit(of);
  // A node comes after the scope that it lives in only by that scope: its own order is within it.
  nodes.forEach((node, index) => {
    if (before.has(node.scope)) before.add(index);
  });
  return nodes.filter((_, index) => before.has(index));
}
