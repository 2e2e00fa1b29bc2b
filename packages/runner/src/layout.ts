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
  /** What is asked of every node at every event lies in columns: a node is an object of many forms. */
  private readonly kinds: ShapeNode['kind'][];
  private readonly homes: Int32Array;
  /** Absent where there are none: most nodes of a large graph have nothing inside, and many have no dependents. */
  private readonly next: (number[] | undefined)[];
  private readonly byScope: Map<number, number[]>;

  constructor(shape: Shape) {
    const { nodes } = shape;
    const body: number[] = [];
    this.nodes = nodes;
    this.count = nodes.length;
    this.kinds = new Array<ShapeNode['kind']>(nodes.length);
    this.homes = new Int32Array(nodes.length);
    this.next = new Array<number[] | undefined>(nodes.length);
    this.byScope = new Map([[nodes.length, body]]);
    let pivot = -1;
    let locked = 0;
    for (let index = 0; index < nodes.length; index++) {
      const node = this.node(index);
      this.kinds[index] = node.kind;
      this.homes[index] = node.scope === -1 ? nodes.length : node.scope;
      if (node.pivot === true && pivot === -1) pivot = index;
      for (const before of node.after) this.addDependent(before, index);
      if (node.scope !== -1) this.addInner(node.scope, index);
      else {
        body.push(index);
        if (node.lockFree !== true) locked++;
      }
    }
    this.pivot = pivot;
    this.topLevelLocked = locked;
  }

  private addDependent(before: number, index: number): void {
    const dependents = this.next[before];
    if (dependents === undefined) this.next[before] = [index];
    else dependents.push(index);
  }

  private addInner(scope: number, index: number): void {
    const inner = this.byScope.get(scope);
    if (inner === undefined) this.byScope.set(scope, [index]);
    else inner.push(index);
  }

  node(index: number): ShapeNode {
    const node = this.nodes[index];
    if (node === undefined) throw new RangeError(`this graph has no node ${index}`);
    return node;
  }

  /** The scope that a node lives in; the body's number is one past the last node's. */
  home(index: number): number {
    return this.homes[index] ?? this.count;
  }

  kind(index: number): ShapeNode['kind'] {
    return this.kinds[index] ?? this.node(index).kind;
  }

  after(index: number): readonly number[] {
    return this.node(index).after;
  }

  dependents(index: number): readonly number[] {
    return this.next[index] ?? none;
  }

  inner(scope: number): readonly number[] {
    return this.byScope.get(scope) ?? none;
  }

  isLockFree(index: number): boolean {
    return this.node(index).lockFree === true;
  }
}

const none: readonly number[] = [];
