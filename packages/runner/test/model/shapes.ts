import fc from 'fast-check';
import type { Shape, ShapeNode } from '../../src/shape.ts';

/** Random shapes: chains, fans and thickets, scopes within scopes, joins, holds, and a pivot that is a true cut. */
export interface Plan {
  readonly shape: Shape;
  /** How many choices each scope has. */
  readonly choices: readonly number[];
  readonly limit: number;
}

interface Seed {
  readonly kind: 'step' | 'hold' | 'scope' | 'join';
  readonly home: number;
  readonly after: number;
  readonly choices: number;
  readonly hasProbe: boolean;
  readonly hasRevert: boolean;
  readonly idempotent: boolean;
  readonly lockFree: boolean;
}

const mostly = (part: number): fc.Arbitrary<boolean> => fc.nat(99).map((n) => n >= 100 - part);

const seed: fc.Arbitrary<Seed> = fc.record({
  kind: fc.oneof(
    { weight: 12, arbitrary: fc.constant('step' as const) },
    { weight: 4, arbitrary: fc.constant('scope' as const) },
    { weight: 1, arbitrary: fc.constant('hold' as const) },
    { weight: 1, arbitrary: fc.constant('join' as const) },
  ),
  home: fc.nat(7),
  after: fc.nat(0xffffff),
  choices: fc.oneof(
    { weight: 1, arbitrary: fc.constant(0) },
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 3 }) },
  ),
  hasProbe: mostly(50),
  hasRevert: mostly(75),
  idempotent: mostly(40),
  lockFree: mostly(50),
});

export const plans: fc.Arbitrary<Plan> = fc
  .record({
    seeds: fc.array(seed, { minLength: 0, maxLength: 25, size: 'max' }),
    /** Of four earlier neighbours, how many at most a node stands on. */
    density: fc.constantFrom(0, 1, 1, 2, 4, 24),
    pivotAt: fc.oneof(fc.constant(undefined), fc.constant(undefined), fc.nat(24)),
    /** From which node on all may run without keys. */
    lockFreeFrom: fc.constantFrom(25, 25, 3, 0, 0),
    limit: fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1, 2, 3),
  })
  .map(({ seeds, density, pivotAt, lockFreeFrom, limit }) => {
    const nodes: ShapeNode[] = [];
    for (const [index, each] of seeds.entries())
      nodes.push(nodeOf(each, index, nodes, density, lockFreeFrom));
    const cut = pivotAt === undefined ? nodes : withPivot(nodes, pivotAt);
    return {
      shape: { format: 1, graph: 'random', nodes: cut.map((node, n) => markLockFree(node, n, cut)) },
      choices: seeds.map(({ choices }) => choices),
      limit,
    };
  });

function nodeOf(
  each: Seed,
  index: number,
  nodes: readonly ShapeNode[],
  density: number,
  free: number,
): ShapeNode {
  const depth = (scope: number): number => (scope === -1 ? 0 : 1 + depth(nodes[scope]!.scope));
  const rooms = [-1, -1];
  for (const [n, node] of nodes.entries()) {
    if (node.kind === 'scope' && depth(n) <= 2 && (each.kind !== 'scope' || depth(n) < 2)) rooms.push(n, n);
  }
  const scope = rooms[each.home % rooms.length]!;
  const earlier = nodes.flatMap((node, n) => (node.scope === scope ? [n] : []));
  const after = earlier
    .slice(-24)
    .filter((_, at) => (each.after >> at) & 1)
    .slice(-density || earlier.length);
  const isStep = each.kind === 'step';
  return {
    path: `n${index}`,
    kind: each.kind,
    scope,
    after: density === 0 ? [] : after,
    needs: [],
    ...(isStep && each.hasProbe && { hasProbe: true as const }),
    ...(isStep && each.hasRevert && { hasRevert: true as const }),
    ...(isStep && each.idempotent && { idempotent: true as const }),
    ...(isStep && (each.lockFree || index >= free) && { lockFree: true as const, patienceMs: 1 }),
    ...(each.kind === 'join' && each.lockFree && { lockFree: true as const }),
  };
}

/** Makes a step of the body the pivot: after all of the body before it, and before all after it. */
function withPivot(nodes: readonly ShapeNode[], wanted: number): ShapeNode[] {
  const steps = nodes.flatMap((node, n) => (node.scope === -1 && node.kind === 'step' ? [n] : []));
  const pivot = steps[wanted % Math.max(1, steps.length)];
  if (pivot === undefined) return [...nodes];
  const body = nodes.flatMap((node, n) => (node.scope === -1 ? [n] : []));
  return nodes.map((node, n) => {
    if (node.scope !== -1 || n < pivot) return node;
    if (n > pivot) return { ...node, after: [...new Set([...node.after, pivot])].sort((a, b) => a - b) };
    const { hasRevert: _, ...rest } = node;
    return { ...rest, after: body.filter((before) => before < pivot), pivot: true, hasProbe: true };
  });
}

/** A scope may run without keys where all in it may. */
function markLockFree(node: ShapeNode, index: number, nodes: readonly ShapeNode[]): ShapeNode {
  if (node.kind !== 'scope') return node;
  const isFree = (scope: number): boolean => {
    const inner = nodes.flatMap((each, n) => (each.scope === scope ? [n] : []));
    return (
      inner.length > 0 &&
      inner.every((n) => (nodes[n]!.kind === 'scope' ? isFree(n) : nodes[n]!.lockFree === true))
    );
  };
  return isFree(index) ? { ...node, lockFree: true } : node;
}
