import { Layout } from '../layout.ts';
import type { Shape } from '../shape.ts';
import type { RunView } from '../view.ts';

/**
 * The nodes that a run's length hung on: from what ended last, back each time to the dependency that ended last; the
 * same inside each scope that lies on the way. Empty where nothing has ended.
 */
export function criticalPath(shape: Shape, view: RunView): ReadonlySet<number> {
  const layout = new Layout(shape);
  const ended = view.nodes.map(({ run }) =>
    run?.endedAt === undefined ? undefined : Date.parse(run.endedAt),
  );
  // Joins have no time of their own: they end with the last thing before them.
  shape.nodes.forEach(({ kind, after }, i) => {
    if (kind === 'join') ended[i] = last(after, ended).at;
  });
  const found = new Set<number>();
  const scopes = [layout.count];
  for (const scope of scopes) {
    let { node } = last(layout.inner(scope), ended);
    while (node !== undefined) {
      found.add(node);
      if (layout.node(node).kind === 'scope') scopes.push(node);
      node = last(layout.after(node), ended).node;
    }
  }
  return found;
}

function last(
  nodes: readonly number[],
  ended: readonly (number | undefined)[],
): { readonly node: number | undefined; readonly at: number | undefined } {
  let best: { node: number | undefined; at: number | undefined } = { node: undefined, at: undefined };
  for (const node of nodes) {
    const at = ended[node];
    if (at !== undefined && (best.at === undefined || at > best.at)) best = { node, at };
  }
  return best;
}
