/**
 * Where an engine case works: a store and a world of its own, runners that are closed again whatever came of the case,
 * and the few kinds of steps that most cases are made of.
 */

import { isDeepStrictEqual } from 'node:util';
import type { ResultAsync } from 'neverthrow';
import type { RunEvent, StoredEvent } from '../event.ts';
import type { Failure } from '../failure.ts';
import {
  type GraphBuilder,
  type OutputOf,
  type Returned,
  type ScopeBuilder,
  type StepGraph,
  stepGraph,
} from '../graph.ts';
import type { Outcome, RunnerError, RunnerErrorKind } from '../outcome.ts';
import type { Runner, RunOptions } from '../runner.ts';
import type { Handle } from '../step.ts';
import { CaseFailed, type CaseHead, type ConformanceCase, check, conformanceCase } from './case.ts';
import type { EngineLevers, EngineStore, EngineSubject } from './engine-subject.ts';
import { refused, World } from './engine-world.ts';

export type EngineCase = ConformanceCase<EngineSubject>;

/** A graph of the cases: it takes nothing and works on the world. */
export type Played<O> = StepGraph<World, null, O>;

export interface EngineBench {
  readonly world: World;
  /** Opens one more runner, as another process would. */
  open(...graphs: readonly Played<unknown>[]): Promise<Runner>;
  /** Runs a graph under the id `r` on a runner of its own. */
  play<O>(graph: Played<O>, options?: Partial<RunOptions>): Promise<{ runner: Runner; outcome: Outcome<O> }>;
  crash(runner: Runner): Promise<void>;
  advance(byMs: number): Promise<void>;
}

/** No case takes so long unless it waits for something that does not come. */
const limitMs = 15_000;

/** Makes a case that works on a bench. */
export function engineCase(
  head: CaseHead<EngineSubject>,
  body: (bench: EngineBench) => Promise<void>,
): EngineCase {
  return conformanceCase(head, async (subject) => {
    const runners: Runner[] = [];
    const store = await subject.store();
    const world = new World();
    try {
      await inTime(body(benchOf(store, subject.levers, runners, world)));
    } finally {
      world.openAll();
      for (const runner of runners) await runner.close({ deadlineMs: 0 });
      await store.dispose();
    }
  });
}

function benchOf(store: EngineStore, levers: EngineLevers, runners: Runner[], world: World): EngineBench {
  const open = async (...graphs: readonly Played<unknown>[]): Promise<Runner> => {
    const runner = await store.open(graphs, world);
    runners.push(runner);
    return runner;
  };
  return {
    world,
    open,
    play: async (graph, options) => {
      const runner = await open(graph);
      return { runner, outcome: await must(runner.run(graph, null, { id: 'r', ...options })) };
    },
    crash: async (runner) => {
      runners.splice(runners.indexOf(runner), 1);
      await levers.crash?.(store, runner);
    },
    advance: async (byMs) => {
      await levers.advance?.(store, byMs);
    },
  };
}

async function inTime(work: Promise<void>): Promise<void> {
  const limit = AbortSignal.timeout(limitMs);
  const { promise: over, reject } = Promise.withResolvers<never>();
  limit.addEventListener('abort', () => reject(new CaseFailed(`It came to no end within ${limitMs} ms.`)));
  await Promise.race([work, over]);
}

/** The value; an error breaks the promise. */
export async function must<T>(result: ResultAsync<T, RunnerError>): Promise<T> {
  const settled = await result;
  if (settled.isErr()) throw new CaseFailed(`${settled.error.kind}: ${settled.error.message}`);
  return settled.value;
}

/** An error of this kind. */
export async function mustFail(
  result: ResultAsync<unknown, RunnerError>,
  kind: RunnerErrorKind,
): Promise<RunnerError> {
  const settled = await result;
  if (settled.isOk())
    throw new CaseFailed(`It gave ${JSON.stringify(settled.value)}, where the error ${kind} was due.`);
  check(
    settled.error.kind === kind,
    `The error is ${settled.error.kind} and not ${kind}: ${settled.error.message}`,
  );
  return settled.error;
}

export function same(what: string, found: unknown, due: unknown): void {
  check(
    isDeepStrictEqual(found, due),
    `${what}: ${JSON.stringify(found)} where ${JSON.stringify(due)} was due.`,
  );
}

/** The outcome, which must be of this state. */
export function mustBe<O, S extends Outcome<O>['state']>(
  outcome: Outcome<O>,
  state: S,
): Extract<Outcome<O>, { readonly state: S }> {
  check(outcome.state === state, `The outcome is ${JSON.stringify(outcome)} where ${state} was due.`);
  return outcome as Extract<Outcome<O>, { readonly state: S }>;
}

/** Resolves with the first event of that kind. */
export async function seen<K extends RunEvent['kind']>(
  runner: Runner,
  kind: K,
  where: (event: Extract<RunEvent, { readonly kind: K }>) => boolean = () => true,
): Promise<Extract<RunEvent, { readonly kind: K }>> {
  for await (const { event } of runner.events('r')) if (isKind(event, kind) && where(event)) return event;
  throw new CaseFailed(`The events ended, and ${kind} was not among them.`);
}

function isKind<K extends RunEvent['kind']>(
  event: RunEvent,
  kind: K,
): event is Extract<RunEvent, { readonly kind: K }> {
  return event.kind === kind;
}

/** All events of the run `r`, which must have ended. */
export async function eventsOf(runner: Runner): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of runner.events('r')) events.push(event);
  return events;
}

/** The word of a person. */
export const word = { by: 'ann', reason: 'she looked' } as const;

// Graphs and steps.

export function graphOf<R extends Returned>(
  build: (g: GraphBuilder<World>) => R,
  name = 'played',
): Played<OutputOf<R>> {
  return stepGraph(name, (g: GraphBuilder<World>, _: null) => build(g));
}

type After = readonly Handle<unknown>[];

/** Does something that can be undone. */
export function step(g: ScopeBuilder<World>, name: string, after: After = []): Handle<string> {
  return g.step(name, {
    after,
    run: (_, { services }) => services.does(name),
    revert: (_, { services }) => services.undoes(name),
    revertBlind: true,
  });
}

/** Fails for good, and is undone all the same. */
export function failing(
  g: ScopeBuilder<World>,
  name: string,
  after: After = [],
  error: Failure = refused,
): Handle<string> {
  return g.step(name, {
    after,
    run: (_, { services }) => services.fails(name, error),
    revert: (_, { services }) => services.undoes(name),
    revertBlind: true,
  });
}

/** Says that it began, waits at a gate of its own name whatever it is told, and is done. */
export function gated(g: ScopeBuilder<World>, name: string, after: After = []): Handle<string> {
  return g.step(name, {
    after,
    run: async (_, { services }) => {
      services.say(`${name} begins`);
      await services.pass(name);
      return services.does(name);
    },
    revert: (_, { services }) => services.undoes(name),
    revertBlind: true,
  });
}
