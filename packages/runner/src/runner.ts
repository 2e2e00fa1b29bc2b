import type { ResultAsync } from 'neverthrow';
import type { Clock } from './clock.ts';
import { LocalRunner } from './engine/local-runner.ts';
import type { Resolution, RunState, StoredEvent } from './event.ts';
import type { StepGraph } from './graph.ts';
import type { Journal, RunRow } from './journal.ts';
import type { Json } from './json.ts';
import type { Outcome, RunnerError, StuckStep } from './outcome.ts';

/**
 * Runs graphs, remembers them, carries on what another process left, and takes people's word where it needs one.
 * Every verb works by the run's id, from any process that opens the same journal.
 */
export interface Runner extends AsyncDisposable {
  /**
   * Starts a run, or attaches to the run of that id if graph and input are the same. Resolves when the run has come to
   * an outcome; the caller's signal ends the waiting only. Errors: `locked`, `journal`, `fenced-out`, `unknown-graph`,
   * `rewired`, `run-id-taken`, `invalid`, `stopped-waiting`, `closed`.
   */
  run<S, I, O>(
    graph: StepGraph<S, I, O>,
    input: I,
    options: RunOptions,
  ): ResultAsync<Outcome<O>, RunnerError>;
  /** The outcome of a run; of one in the background, its end. */
  wait(
    runId: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): ResultAsync<Outcome<unknown>, RunnerError>;
  /** The run as it stands, and what in it waits for a person. */
  get(runId: string): ResultAsync<RunInfo, RunnerError>;
  /** Runs in order of creation. */
  list(filter?: ListFilter): ResultAsync<readonly RunRow[], RunnerError>;
  /**
   * Every event of a run from the first on, then live as they become durable, until the run has ended. The same
   * whether it is watched or read afterwards.
   */
  events(runId: string, options?: EventsOptions): AsyncIterable<StoredEvent>;

  /** Goes back: before the point of no return only, else `refused`. */
  cancel(runId: string, word: Word): ResultAsync<void, RunnerError>;
  /** Lets what is in flight finish and starts nothing new, until `resume`. */
  pause(runId: string, word: Word): ResultAsync<void, RunnerError>;
  /** Lets a paused run go on. */
  resume(runId: string, word: { readonly by: string }): ResultAsync<void, RunnerError>;
  /** Lets a hold go. */
  release(runId: string, hold: string, word: Word): ResultAsync<void, RunnerError>;
  /** Settles a stuck step. `output` goes with `mark-done`. */
  resolve(
    runId: string,
    step: string,
    how: Resolution,
    word: Word & { readonly output?: Json },
  ): ResultAsync<void, RunnerError>;
  /** Gives a stuck run up as it stands and frees its keys. */
  abandon(runId: string, word: Word): ResultAsync<void, RunnerError>;
  /** Undoes a run that succeeded. Takes its keys again. Resolves with the outcome. */
  revert(runId: string, word: Word): ResultAsync<Outcome<unknown>, RunnerError>;
  /** Ends the right to revert a run that succeeded. */
  seal(runId: string, word: Word): ResultAsync<void, RunnerError>;
  /** Starts a run on the keys of a stuck one, which is abandoned and fenced out in the same transaction. */
  rescue<S, I, O>(
    stuckRunId: string,
    graph: StepGraph<S, I, O>,
    input: I,
    options: Omit<RunOptions, 'keys'> & Word,
  ): ResultAsync<Outcome<O>, RunnerError>;

  /** Takes over every run that has no living owner and whose graph is registered here; they go on by themselves. */
  recover(): ResultAsync<Recovered, RunnerError>;
  /** Forgets runs that ended before; their ids stay taken. */
  prune(options: { readonly endedBefore: Date }): ResultAsync<number, RunnerError>;
  /** Writes a copy of the journal that can be opened by itself. */
  backupTo(path: string): ResultAsync<void, RunnerError>;
  /**
   * Ends in order: nothing new starts, what is in flight has until the deadline (30 s where absent), and every run is
   * left ready for whoever recovers it.
   */
  close(options?: { readonly deadlineMs?: number }): Promise<void>;
}

/** What a runner is opened with. */
export interface RunnerOptions<G extends readonly AnyGraph[]> {
  /** The graphs that this process can run and recover. Names are unique. */
  readonly graphs: G;
  /** What steps reach the world through: everything that any of the graphs asks for. */
  readonly services: ServicesOf<G>;
  readonly journal: Journal;
  /** Steps and reverts of one run under way at once; 128 where absent. */
  readonly concurrency?: number;
  /** The most that one output, undo value or choice may take as JSON; 1 MiB where absent. */
  readonly maxOutputBytes?: number;
  /** Without a sign of life for so long an owner counts as hung; 30 s where absent. */
  readonly leaseMs?: number;
  readonly clock?: Clock;
  /** A name for this runner that no other has; made up where absent. */
  readonly owner?: string;
}

// A list may hold graphs of every input and output; `never` and `unknown` stand for all of them.
export type AnyGraph = StepGraph<never, never, unknown>;

/** All that the graphs ask for together. */
export type ServicesOf<G extends readonly AnyGraph[]> =
  G[number] extends StepGraph<infer S, never, unknown> ? S : never;

/** What a run is started with. */
export interface RunOptions {
  /** Names this run for ever. */
  readonly id: string;
  /** What the run locks, such as `node/web12`. */
  readonly keys?: readonly string[];
  /** Ends the waiting, not the run. */
  readonly signal?: AbortSignal | undefined;
}

/** Who says so, and why. Both are recorded. */
export interface Word {
  readonly by: string;
  readonly reason: string;
}

/** Which runs to list; what is absent does not matter. */
export interface ListFilter {
  readonly state?: RunState | readonly RunState[];
  readonly graph?: string;
  readonly key?: string;
  readonly limit?: number;
}

/** Where a stream of events begins and ends. */
export interface EventsOptions {
  readonly signal?: AbortSignal | undefined;
  /** Begin after this seq. */
  readonly after?: number;
  /**
   * Hears what stands in the way: `unknown-run`, and then the stream ends; `journal`, and then it is tried again until
   * the signal fires or the runner closes.
   */
  readonly onTrouble?: ((error: RunnerError) => void) | undefined;
}

/** A run as it stands. */
export interface RunInfo {
  readonly row: RunRow;
  /** Steps that wait for a person. Known where the run's graph is registered. */
  readonly stuck: readonly StuckStep[];
  /** Holds that wait for a release. */
  readonly holds: readonly { readonly hold: string; readonly ask: string }[];
}

/** What became of the runs that had no living owner. */
export interface Recovered {
  /** Ids of the runs that go on here now. */
  readonly recovered: readonly string[];
  /** Left as they are, keys held: why. */
  readonly left: readonly { readonly runId: string; readonly error: RunnerError }[];
}

/**
 * Opens a runner. A journal that cannot be opened is not thrown: every verb answers with the error `journal`, and
 * says what is wrong with it.
 */
export async function openRunner<const G extends readonly AnyGraph[]>(
  options: RunnerOptions<G>,
): Promise<Runner> {
  return await LocalRunner.open(options);
}
