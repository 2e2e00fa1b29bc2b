// The same graph, with one step in it that fails for good before it has done anything.

import type { GraphBuilder, Returned, ScopeBuilder, StepGraph } from '@belay/runner';
import { err, type Result } from 'neverthrow';

/** `path` as in the graph's shape: `place/provision-target`. */
export function sabotaged<S, I, O>(graph: StepGraph<S, I, O>, path: string): StepGraph<S, I, O> {
  return {
    name: graph.name,
    // Names, order and rules are the same: only what one step does is another thing.
    build: (g: GraphBuilder<S>, input: I): Returned => graph.build(failingIn(g, path.split('/')), input),
  };
}

function failingIn<B extends ScopeBuilder<never>>(builder: B, [name, ...inner]: readonly string[]): B {
  return new Proxy(builder, {
    get(target, verb, receiver) {
      const value: unknown = Reflect.get(target, verb, receiver);
      if (typeof value !== 'function') return value;
      return (...words: unknown[]): unknown => {
        const [called, definition, body] = words;
        const isMeant = called === name;
        if (isMeant && verb === 'step' && inner.length === 0) {
          return Reflect.apply(value, target, [called, failing(definition)]);
        }
        if (isMeant && verb === 'scope' && typeof body === 'function') {
          const within = (scope: ScopeBuilder<never>, choice: unknown): unknown =>
            body(failingIn(scope, inner), choice);
          return Reflect.apply(value, target, [called, definition, within]);
        }
        return Reflect.apply(value, target, words);
      };
    },
  });
}

/** Not one of the kinds that are worth another try. */
const failure = { kind: 'sabotaged', message: 'somebody cut the cable here', applied: 'no' } as const;

function failing(definition: unknown): unknown {
  return { ...(definition as object), run: (): Result<never, typeof failure> => err(failure) };
}
