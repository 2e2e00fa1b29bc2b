import { Layout } from '../layout.ts';
import type { Shape } from '../shape.ts';
import type { RunView } from '../view.ts';
import { type Face, nodeFace, scopeFace } from './svg-box.ts';
import type { Rectangle } from './svg-icon.ts';
import { type Layers, layers } from './svg-layers.ts';
import type { Edge, Link } from './svg-order.ts';
import { wentBack } from './words.ts';

/** Where everything of a picture is, in pixels from the top left of the graph. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  /** By node. */
  readonly boxes: readonly Rectangle[];
  readonly faces: readonly Face[];
  readonly strands: readonly Strand[];
  /** Where the ranks of the body are, in the direction of time. */
  readonly ranks: readonly { readonly start: number; readonly end: number }[];
  /** By node of the body: its rank; -1 for nodes in scopes. */
  readonly rankOf: readonly number[];
}

export type Direction = 'down' | 'right';

/** A piece of the way of one or more edges, from one rank to the next. Points are across and along. */
export interface Strand {
  readonly from: StrandEnd;
  readonly to: StrandEnd;
  /** The edges that it carries, as nodes of the shape. */
  readonly edges: readonly Edge[];
  /** What to add to its points. */
  readonly across: number;
  readonly along: number;
}

export interface StrandEnd {
  readonly centre: number;
  /** Where the strand leaves or meets: a box's border, or the far side of the rank. */
  readonly at: number;
  /** Where the gap between the ranks begins or ends. */
  readonly rankEdge: number;
  /** The node of the shape; `undefined` where a way passes a rank. */
  readonly node: number | undefined;
}

/** Lays out each scope by itself, from the inside out, and then puts them into one another. */
export function sceneOf(
  shape: Shape,
  view: RunView | undefined,
  direction: Direction,
  groupOf: (node: number) => number,
): Scene {
  return new SceneBuilder(shape, view, direction, groupOf).build();
}

const padPx = 16;

interface Inside {
  readonly nodes: readonly number[];
  readonly layers: Layers;
  readonly edges: readonly Edge[];
}

class SceneBuilder {
  private readonly layout: Layout;
  private readonly shape: Shape;
  private readonly view: RunView | undefined;
  private readonly direction: Direction;
  private readonly groupOf: (node: number) => number;
  private readonly faces: Face[] = [];
  private readonly sizes: { width: number; height: number }[] = [];
  private readonly insides: Map<number, Inside> = new Map();
  private readonly boxes: Rectangle[] = [];
  private readonly strands: Strand[] = [];

  constructor(
    shape: Shape,
    view: RunView | undefined,
    direction: Direction,
    groupOf: (node: number) => number,
  ) {
    this.layout = new Layout(shape);
    this.shape = shape;
    this.view = view;
    this.direction = direction;
    this.groupOf = groupOf;
  }

  build(): Scene {
    const body = this.layout.count;
    const { width, height } = this.arrange(body);
    this.place(body, 0, 0);
    const inside = this.insides.get(body);
    const rankOf = this.shape.nodes.map(() => -1);
    inside?.nodes.forEach((node, i) => {
      rankOf[node] = inside.layers.vertices[i]?.rank ?? -1;
    });
    return {
      width,
      height,
      boxes: this.boxes,
      faces: this.faces,
      strands: this.strands,
      ranks: inside?.layers.ranks ?? [],
      rankOf,
    };
  }

  /** Lays out what is in a scope, and says how much room it takes. */
  private arrange(scope: number): { readonly width: number; readonly height: number } {
    const nodes = this.layout.inner(scope);
    const local = new Map(nodes.map((node, i) => [node, i]));
    const boxes = nodes.map((node) => this.turned(this.measure(node)));
    const edges = nodes.flatMap((node, i) =>
      this.layout.after(node).flatMap((before): Edge[] => {
        const from = local.get(before);
        return from === undefined ? [] : [[from, i]];
      }),
    );
    const isDown = this.direction === 'down';
    const hasReverts = nodes.some((node) => wentBack(this.view?.nodes[node]));
    const laid = layers({
      boxes,
      edges,
      groups: nodes.map((node) => (scope === this.layout.count ? this.groupOf(node) : -1)),
      gapAcross: isDown ? 22 : 18,
      gapAlong: isDown ? 38 : 50,
      linkAcross: hasReverts ? 18 : 6,
    });
    this.insides.set(scope, { nodes, layers: laid, edges });
    return isDown ? { width: laid.across, height: laid.along } : { width: laid.along, height: laid.across };
  }

  private measure(index: number): { readonly width: number; readonly height: number } {
    const node = this.layout.node(index);
    const view = this.view?.nodes[index];
    if (node.kind !== 'scope') {
      const face = nodeFace(this.shape, node, view);
      this.faces[index] = face;
      this.sizes[index] = face;
      return face;
    }
    const face = scopeFace(this.shape, node, view);
    const inner = this.arrange(index);
    const size = {
      width: Math.max(inner.width + 2 * padPx, face.width),
      height: inner.height + face.height + 2 * padPx - 4,
    };
    this.faces[index] = face;
    this.sizes[index] = size;
    return size;
  }

  private turned({ width, height }: { readonly width: number; readonly height: number }): {
    readonly across: number;
    readonly along: number;
  } {
    return this.direction === 'down' ? { across: width, along: height } : { across: height, along: width };
  }

  /** Puts a scope's inside at its place, and what is in its scopes in turn. */
  private place(scope: number, x: number, y: number): void {
    const inside = this.insides.get(scope);
    if (inside === undefined) return;
    const isDown = this.direction === 'down';
    const [across, along] = isDown ? [x, y] : [y, x];
    inside.nodes.forEach((node, i) => {
      const vertex = inside.layers.vertices[i];
      const size = this.sizes[node];
      if (vertex === undefined || size === undefined) return;
      const acrossPx = across + vertex.centre - (isDown ? size.width : size.height) / 2;
      const alongPx = along + vertex.start;
      const box = { x: isDown ? acrossPx : alongPx, y: isDown ? alongPx : acrossPx, ...size };
      this.boxes[node] = { x: box.x, y: box.y, width: size.width, height: size.height };
      if (this.layout.node(node).kind === 'scope') this.placeInside(node, box, size);
    });
    for (const link of inside.layers.links) this.strands.push(this.strand(inside, link, across, along));
  }

  private placeInside(
    scope: number,
    at: { readonly x: number; readonly y: number },
    size: { readonly width: number },
  ): void {
    const laid = this.insides.get(scope)?.layers;
    const innerWidth = (this.direction === 'down' ? laid?.across : laid?.along) ?? 0;
    const head = this.faces[scope]?.height ?? 0;
    this.place(scope, at.x + (size.width - innerWidth) / 2, at.y + head + padPx - 8);
  }

  private strand({ nodes, layers: laid, edges }: Inside, link: Link, across: number, along: number): Strand {
    return {
      from: strandEnd(nodes, laid, link.from, 'from'),
      to: strandEnd(nodes, laid, link.to, 'to'),
      edges: link.edges.map((edge) => {
        const [from, to] = edges[edge] ?? [0, 0];
        return [nodes[from] ?? 0, nodes[to] ?? 0];
      }),
      across,
      along,
    };
  }
}

function strandEnd(nodes: readonly number[], laid: Layers, index: number, side: 'from' | 'to'): StrandEnd {
  const vertex = laid.vertices[index] ?? { centre: 0, start: 0, end: 0, rank: 0 };
  const rank = laid.ranks[vertex.rank] ?? { start: 0, end: 0 };
  const isBox = index < nodes.length;
  if (side === 'to') {
    return {
      centre: vertex.centre,
      at: vertex.start,
      rankEdge: rank.start,
      node: isBox ? nodes[index] : undefined,
    };
  }
  return {
    centre: vertex.centre,
    // A way through begins at the near side of its rank, so that pieces meet.
    at: isBox ? vertex.end : rank.start,
    rankEdge: rank.end,
    node: isBox ? nodes[index] : undefined,
  };
}
