// The same graph, in which something happens at one step: it fails for good, or something goes on in the world first.

import type { GraphBuilder, Returned, ScopeBuilder, StepGraph } from '@belay/runner';
import { err, type Result } from 'neverthrow';

/** The step at `path` (as in the graph's shape: `place/provision-target`) fails before it has done anything. */
export function sabotaged<S, I, O>(graph: StepGraph<S, I, O>, path: string): StepGraph<S, I, O> {
  return meddled(graph, path, () => (): Result<never, typeof failure> => err(failure));
}

/** Just before the step at `path` runs, this happens. */
export function interrupted<S, I, O>(
  graph: StepGraph<S, I, O>,
  path: string,
  happens: () => Promise<void>,
): StepGraph<S, I, O> {
  return meddled(graph, path, (run) => async (...words) => {
    await happens();
    return await run(...words);
  });
}

/** Not one of the kinds that are worth another try. */
const failure = { kind: 'sabotaged', message: 'somebody cut the cable here', applied: 'no' } as const;

type Run = (...words: readonly unknown[]) => unknown;
type Meddling = (run: Run) => Run;

function meddled<S, I, O>(graph: StepGraph<S, I, O>, path: string, meddling: Meddling): StepGraph<S, I, O> {
  return {
    name: graph.name,
    // Names, order and rules are the same: only what one step does is another thing.
    build: (g: GraphBuilder<S>, input: I): Returned =>
      graph.build(within(g, path.split('/'), meddling), input),
  };
}

const stepVerbs: ReadonlySet<string | symbol> = new Set(['step', 'pivot']);

function within<B extends ScopeBuilder<never>>(
  builder: B,
  [name, ...inner]: readonly string[],
  meddling: Meddling,
): B {
  return new Proxy(builder, {
    get(target, verb, receiver) {
      const value: unknown = Reflect.get(target, verb, receiver);
      if (typeof value !== 'function') return value;
      return (...words: unknown[]): unknown => {
        const [called, definition, body] = words;
        const isMeant = called === name;
        if (isMeant && stepVerbs.has(verb) && inner.length === 0) {
          return Reflect.apply(value, target, [called, changed(definition, meddling)]);
        }
        if (isMeant && verb === 'scope' && typeof body === 'function') {
          const inside = (scope: ScopeBuilder<never>, choice: unknown): unknown =>
            body(within(scope, inner, meddling), choice);
          return Reflect.apply(value, target, [called, definition, inside]);
        }
        return Reflect.apply(value, target, words);
      };
    },
  });
}

function changed(definition: unknown, meddling: Meddling): unknown {
  const { run, ...rest } = definition as { readonly run: Run };
  return { ...rest, run: meddling(run) };
}
