import type { Returned } from './graph.ts';
import type { Source } from './program.ts';

/** A handle as a builder made it. A copy of one, or the handle of another graph, is told apart by `builder`. */
export class BuiltHandle {
  readonly path: string;
  readonly builder: object;
  /** The scope that it may be used in, and in the scopes within. */
  readonly scope: number;
  readonly source: Source & { from: 'node' | 'choice' };

  constructor(path: string, builder: object, scope: number, source: Source & { from: 'node' | 'choice' }) {
    this.path = path;
    this.builder = builder;
    this.scope = scope;
    this.source = source;
  }
}

export function pathOf(given: unknown): string {
  return given instanceof BuiltHandle ? given.path : '';
}

/** What a scope or an included graph gives back may come from outside it, and must be waited for as well. */
export function handlesIn(given: Returned): readonly BuiltHandle[] {
  const all = given instanceof BuiltHandle ? [given] : Object.values(given ?? {});
  return all.filter((each) => each instanceof BuiltHandle);
}
