// A graph of which one step fails when it runs, or when it is undone: before it has done anything, or with all of it
// done and the answer lost. Which steps there are is read off the graph, so no list of names can be out of date.

import {
  type AnyGraph,
  type Failure,
  type GraphBuilder,
  type ScopeBuilder,
  type ShapeNode,
  shapeOf,
  stepGraph,
} from '@belay/runner';
import { err, type Result, ResultAsync } from 'neverthrow';

export interface Sabotage {
  /** The step's path, without the choices of scopes. */
  readonly step: string;
  readonly part: 'run' | 'revert';
  /** Says no and does nothing; or does it, and the answer is lost. */
  readonly how: 'refused' | 'answer-lost';
  /** How often; `Infinity` for good. */
  times: number;
}

type Definition = Readonly<Record<string, unknown>>;
type Work = (first: unknown, ctx: unknown) => unknown;

/** The same graph with these faults in it. Each fault is used up as it strikes, whichever process it strikes. */
export function sabotaged(graph: AnyGraph, faults: readonly Sabotage[]): AnyGraph {
  if (faults.length === 0) return graph;
  return stepGraph(graph.name, (g: GraphBuilder<never>, input: never) =>
    graph.build(within(g, '', faults), input),
  );
}

/** The steps of a graph in their order, without its scopes and holds. */
export function stepsOf(graph: AnyGraph, input: unknown): readonly ShapeNode[] {
  const { nodes } = shapeOf(graph, input as never)._unsafeUnwrap();
  return nodes.filter(({ kind }) => kind === 'step');
}

function within<B extends ScopeBuilder<never>>(builder: B, prefix: string, faults: readonly Sabotage[]): B {
  // The builder's own methods, each with the definition that it is handed changed on its way.
  return new Proxy(builder, {
    get(own, key) {
      const method: unknown = Reflect.get(own, key, own);
      if (typeof method !== 'function') return method;
      if (key === 'step' || key === 'pivot') {
        return (name: string, definition: Definition) =>
          Reflect.apply(method, own, [name, struck(definition, `${prefix}${name}`, faults)]);
      }
      if (key === 'scope') {
        return (name: string, options: unknown, body: (s: ScopeBuilder<never>, choice: unknown) => unknown) =>
          Reflect.apply(method, own, [
            name,
            options,
            (s: ScopeBuilder<never>, choice: unknown) => body(within(s, `${prefix}${name}/`, faults), choice),
          ]);
      }
      return method.bind(own);
    },
  });
}

function struck(definition: Definition, step: string, faults: readonly Sabotage[]): Definition {
  const mine = faults.filter((fault) => fault.step === step);
  const parts = [...new Set(mine.map(({ part }) => part))].filter((part) => part in definition);
  const works = parts.map((part) => [
    part,
    failing(
      definition[part] as Work,
      mine.filter((one) => one.part === part),
    ),
  ]);
  return { ...definition, ...Object.fromEntries(works) };
}

function failing(work: Work, faults: readonly Sabotage[]): Work {
  return (first, ctx) => {
    const fault = faults.find(({ times }) => times > 0);
    if (fault === undefined) return work(first, ctx);
    if (fault.how === 'answer-lost') {
      const answer = work(first, ctx);
      // What answers at once has asked nobody, and has nothing to do that could be lost.
      if (!(answer instanceof ResultAsync || answer instanceof Promise)) return answer;
      fault.times -= 1;
      return new ResultAsync(lost(answer));
    }
    fault.times -= 1;
    return err({ kind: 'failed', message: 'broken for good', applied: 'no' });
  };
}

async function lost(
  answer: Promise<unknown> | ResultAsync<unknown, unknown>,
): Promise<Result<unknown, unknown>> {
  const result = (await answer) as Result<unknown, unknown>;
  const failure: Failure = { kind: 'timeout', message: 'the answer was lost', applied: 'unknown' };
  return result.isErr() ? result : err(failure);
}
