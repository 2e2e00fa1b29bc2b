import type { Failure } from './failure.ts';
import type { IsJson } from './json.ts';
import type { Handle, Needs, PivotDefinition, StepDefinition } from './step.ts';

/**
 * A graph of steps: a name and a pure function that declares steps for an input. The function is called again
 * when a run is resumed, so it must depend on its input alone: no clock, no chance, no world.
 */
export interface StepGraph<in S, in I, out O> {
  readonly name: string;
  /** Declares the steps for an input. Pure. */
  readonly build: (g: GraphBuilder<S>, input: I) => Returned;
  readonly [output]?: O;
}

declare const output: unique symbol;

/** What a graph or a scope gives to the outside: one step's output, a record of several, or nothing. */
export type Returned = Handle<unknown> | Readonly<Record<string, Handle<unknown>>> | void;

/** The output that a returned handle, or record of handles, stands for. */
export type OutputOf<R> =
  R extends Handle<infer O>
    ? O
    : R extends Readonly<Record<string, Handle<unknown>>>
      ? { readonly [K in keyof R]: R[K] extends Handle<infer O> ? O : never }
      : undefined;

/** Declares steps. Names are unique within their scope; neither `/` nor `#` may be in them. */
export interface GraphBuilder<S> extends ScopeBuilder<S> {
  /**
   * The point of no return, at most one and on the top level only. Every other step of the graph must come either
   * before or after it. Before it a failure means going back; once it has passed, only forward.
   */
  pivot<O, E extends Failure, F extends Failure = Failure, const N extends Needs = {}>(
    name: string,
    definition: PivotDefinition<S, N, O, E, F>,
  ): Handle<O>;
}

/** What can be declared on every level. */
export interface ScopeBuilder<S> {
  /** One unit of work, and how it is undone. */
  step<
    O,
    E extends Failure,
    U = never,
    F extends Failure = Failure,
    G extends Failure = Failure,
    const N extends Needs = {},
  >(name: string, definition: StepDefinition<S, N, O, E, U, F, G>): Handle<O>;

  /** Waits for a person's `release`. What comes `after` it waits with it. */
  hold(
    name: string,
    options: { readonly after?: readonly Handle<unknown>[]; readonly ask: string },
  ): Handle<Released>;

  /**
   * A group of steps that is tried with one choice after the other: when a step in it fails for good, the group is
   * reverted and begins again with the next choice. Outside it is one step. With no choice left it has failed.
   */
  scope<C, R extends Returned>(
    name: string,
    options: ScopeOptions<C>,
    body: (s: ScopeBuilder<S>, choice: Handle<C>) => R,
  ): Handle<OutputOf<R>>;

  /** Another graph as one step of this one. Its pivot becomes this graph's, on the top level only. */
  graph<I, O>(
    name: string,
    graph: StepGraph<S, I, O>,
    options: { readonly input: I; readonly after?: readonly Handle<unknown>[] },
  ): Handle<O>;
}

/** What a scope tries, and what it waits for. */
export interface ScopeOptions<C> {
  /** What to try, in order: a list, or an earlier step's output that is one. */
  readonly choices: (readonly C[] | Handle<readonly C[]>) & ChoicesGuard<C>;
  readonly after?: readonly Handle<unknown>[];
}

/** Vanishes for choices that are JSON. */
export type ChoicesGuard<C> = IsJson<C> extends true ? unknown : { readonly 'choices must be JSON': never };

/** What a hold gives to the steps after it. */
export interface Released {
  readonly by: string;
  readonly reason: string;
}

/** Declares a graph. Spell its type out where it is exported: `StepGraph<Services, Input, Output>`. */
export function stepGraph<S, I, R extends Returned>(
  name: string,
  build: (g: GraphBuilder<S>, input: I) => R,
): StepGraph<S, I, OutputOf<R>> {
  return { name, build };
}
