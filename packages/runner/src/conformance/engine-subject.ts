import type { StepGraph } from '../graph.ts';
import type { Runner } from '../runner.ts';
import type { Subject } from './case.ts';
import type { World } from './engine-world.ts';

/**
 * What the engine cases are put to: something that runs graphs and remembers them. Each case asks for a store of its
 * own and opens one runner after another on it, each standing for one more process.
 */
export interface EngineSubject extends Subject {
  readonly levers: EngineLevers;
  /** A new and empty store. */
  readonly store: () => Promise<EngineStore>;
}

/** A store in which several engines can meet. */
export interface EngineStore {
  /**
   * One more runner over this store. The graphs ask for a {@link World}, the same for all runners of a case; it lives
   * in this process, and so must the steps.
   */
  open(graphs: readonly StepGraph<World, never, unknown>[], services: World): Promise<Runner>;
  /** Called when the case is over and its runners are closed. */
  dispose(): Promise<void>;
}

/** What can be done to an engine from the outside. */
export interface EngineLevers {
  /**
   * Ends a runner as the death of its process would: without a word to the store, and nothing that its steps do
   * later is heard. A runner that opens afterwards finds its runs ownerless.
   */
  readonly crash?: (store: EngineStore, runner: Runner) => Promise<void>;
  /** Lets time pass for every runner of the store: pauses, time limits and patience of that length are over. */
  readonly advance?: (store: EngineStore, byMs: number) => Promise<void>;
}
