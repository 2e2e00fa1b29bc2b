import { ok, type Result, type ResultAsync } from 'neverthrow';
import {
  type AnyGraph,
  type Clock,
  type Failure,
  type GraphBuilder,
  type Journal,
  type MemoryStore,
  memoryJournal,
  memoryStore,
  type Outcome,
  openRunner,
  type RunEvent,
  type Runner,
  type RunnerError,
  type RunOptions,
  type StepGraph,
  stepGraph,
} from '../../src/index.ts';
import { type VirtualClock, virtualClock } from '../../src/testkit.ts';
import { journalWith } from './journal-with.ts';

/** A store in memory, a clock that does not wait, and runners on them: as many as a test has processes. */
export class Bench {
  readonly clock: VirtualClock = virtualClock();
  readonly store: MemoryStore = memoryStore();
  private count = 0;

  /** Opens a runner as a process would. `die` ends that process on the spot. */
  async process(
    graphs: readonly AnyGraph[],
    options: {
      readonly services?: unknown;
      readonly maxOutputBytes?: number;
      readonly concurrency?: number;
      /** Its own, where it is not the bench's. */
      readonly clock?: Clock;
      /** What its journal does otherwise. */
      readonly otherwise?: (journal: Journal) => Partial<Journal>;
    } = {},
  ): Promise<{ readonly runner: Runner; readonly journal: Journal; readonly die: () => void }> {
    const owner = `owner-${++this.count}`;
    const { services, otherwise, ...more } = options;
    const plain = memoryJournal(this.store);
    const journal = otherwise === undefined ? plain : journalWith(plain, otherwise(plain));
    const runner = await openRunner({
      graphs,
      services: services as never,
      journal,
      clock: this.clock,
      owner,
      ...more,
    });
    return { runner, journal, die: () => this.store.kill(owner) };
  }

  /** Runs a graph on a runner of its own. */
  async play<O>(graph: StepGraph<unknown, null, O>, options: Partial<RunOptions> = {}): Promise<Played<O>> {
    const { runner, journal } = await this.process([graph]);
    const outcome = await this.until(runner.run(graph, null, { id: 'r', ...options }));
    const events = await this.events(journal, options.id ?? 'r');
    return { runner, journal, outcome: outcome._unsafeUnwrap(), events };
  }

  async until<T>(asked: ResultAsync<T, RunnerError>): Promise<Result<T, RunnerError>> {
    return await this.clock.until(asked);
  }

  /** The value of an answer that is no error. */
  async must<T>(asked: ResultAsync<T, RunnerError>): Promise<T> {
    const answer = await this.until(asked);
    if (answer.isErr()) throw new Error(`${answer.error.kind}: ${answer.error.message}`);
    return answer.value;
  }

  async events(journal: Journal, runId = 'r'): Promise<readonly RunEvent[]> {
    const stored = (await journal.read(runId, 1, 10_000))._unsafeUnwrap();
    return stored.map(({ event }) => event);
  }
}

export interface Played<O> {
  readonly runner: Runner;
  readonly journal: Journal;
  readonly outcome: Outcome<O>;
  readonly events: readonly RunEvent[];
}

/** Who says so in the tests. */
export const word: { readonly by: string; readonly reason: string } = { by: 'ann', reason: 'a test' };

/** A gate that a step waits at until the test opens it. */
export class Gate {
  private open = (): void => {};
  readonly passed: Promise<void> = new Promise((resolve) => {
    this.open = resolve;
  });
  lift(): void {
    this.open();
  }
}

export interface Logged {
  readonly run: () => Promise<Result<string, Failure>>;
  readonly revert: () => Result<number, Failure>;
  readonly revertBlind: true;
}

/** Steps that say in `log` when they run and when they are reverted. */
export function logged(log: string[], name: string, gate?: Gate): Logged {
  return {
    run: async (): Promise<Result<string, Failure>> => {
      log.push(name);
      await gate?.passed;
      return ok(name);
    },
    revert: () => {
      log.push(`-${name}`);
      return ok(1);
    },
    revertBlind: true as const,
  };
}

export function graph(
  name: string,
  build: (g: GraphBuilder<unknown>) => void,
): StepGraph<unknown, null, unknown> {
  return stepGraph(name, (g: GraphBuilder<unknown>, _: null) => build(g));
}
