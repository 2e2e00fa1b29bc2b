import type { Shape, ShapeNode } from './shape.ts';

/**
 * A shape turned inside out once, for a machine that must find a node's neighbours without searching: dependents by
 * node, nodes by scope.
 */
export class Layout {
  readonly count: number;
  /** Index of the pivot, -1 where there is none. */
  readonly pivot: number;
  /** How many nodes of the body may not run without the run's keys. */
  readonly topLevelLocked: number;
  private readonly nodes: readonly ShapeNode[];
  private readonly next: number[][];
  private readonly byScope: number[][];

  constructor(shape: Shape) {
    this.nodes = shape.nodes;
    this.count = shape.nodes.length;
    this.pivot = shape.nodes.findIndex((node) => node.pivot === true);
    this.topLevelLocked = shape.nodes.filter((node) => node.scope === -1 && node.lockFree !== true).length;
    this.next = shape.nodes.map(() => []);
    this.byScope = Array.from({ length: this.count + 1 }, () => []);
    shape.nodes.forEach((node, index) => {
      for (const before of node.after) this.next[before]?.push(index);
      this.byScope[node.scope === -1 ? this.count : node.scope]?.push(index);
    });
  }

  node(index: number): ShapeNode {
    const node = this.nodes[index];
    if (node === undefined) throw new RangeError(`this graph has no node ${index}`);
    return node;
  }

  /** The scope that a node lives in; the body's number is one past the last node's. */
  home(index: number): number {
    const scope = this.node(index).scope;
    return scope === -1 ? this.count : scope;
  }

  after(index: number): readonly number[] {
    return this.node(index).after;
  }

  dependents(index: number): readonly number[] {
    return this.next[index] ?? [];
  }

  inner(scope: number): readonly number[] {
    return this.byScope[scope] ?? [];
  }

  isLockFree(index: number): boolean {
    return this.node(index).lockFree === true;
  }
}
