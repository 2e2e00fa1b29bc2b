import type { ResultAsync } from 'neverthrow';
import type { RunEvent, RunState, StoredEvent } from './event.ts';
import type { Failure } from './failure.ts';
import type { Json } from './json.ts';

/**
 * The port behind which runs are remembered: an append-only event log a run, one small row a run, the keys (locks)
 * that runs hold, and a mailbox by which other processes ask a run's owner for something.
 *
 * Promises that every journal keeps, and `@belay/runner/conformance` checks:
 *
 * - What `append` and `create` acknowledge survives the death of the process (SQLite at its default: of the machine).
 * - Each call is one transaction: all of it or nothing.
 * - A write under a fence that is no longer the run's highest changes nothing and says `fenced-out`.
 * - A key is held by at most one run. Keys are taken with the run's creation and freed by an append that says so.
 * - Whether an owner lives is answered from the outside: by a lock that the operating system drops when its process
 *   ends, and a heartbeat that goes stale when it hangs.
 */
export interface Journal {
  /** For messages: `memory`, `sqlite belay.db`. */
  readonly name: string;
  /** Nothing is waited for when it appends, so nothing is gained by collecting a whole turn's events first. */
  readonly isInstant?: boolean;
  /** Opens or makes the store and registers the owner, whose liveness it holds until `close`. Once per journal. */
  open(owner: OwnerOptions): JournalResult<void>;
  /** Starts a run and takes all its keys, in one transaction; or tells why not. */
  create(run: NewRun): JournalResult<Created>;
  /**
   * Appends to several runs in one transaction and one sync. Answers in the order asked: a batch that was fenced out
   * does not hold the others back.
   */
  append(batches: readonly Append[]): JournalResult<readonly Appended[]>;
  /** Events of a run from `fromSeq` on, in order, at most `limit`. */
  read(runId: string, fromSeq: number, limit: number): JournalResult<readonly StoredEvent[]>;
  /** The row of a run, or `undefined` where the id was never used. */
  row(runId: string): JournalResult<RunRow | undefined>;
  /** Rows in order of creation. */
  rows(filter: RowFilter): JournalResult<readonly RunRow[]>;
  /**
   * Makes this owner the run's owner under a fence one higher, if the run's fence is still `seenFence` and its owner
   * is none, dead or hung. The liveness check and the change are one.
   */
  claim(runId: string, seenFence: number): JournalResult<Claimed>;
  /**
   * Takes the run's keys again under a higher fence, and with it the run; or says who holds one. A run that has not
   * ended then stands in line, ahead of runs that start later.
   */
  takeKeys(runId: string, fence: number): JournalResult<KeysTaken>;
  /**
   * Hands all keys of a run that stands still over to a new one, in the transaction that creates it: the old run is
   * `abandoned` under a higher fence.
   */
  transfer(from: string, run: NewRun, by: string, reason: string): JournalResult<Created>;
  /** Leaves a request for whoever owns the run. */
  request(runId: string, request: Request): JournalResult<number>;
  /** Requests of these runs that nobody has answered, oldest first. Cheap when nothing has changed. */
  pending(runIds: 'owned'): JournalResult<readonly StoredRequest[]>;
  /** Answers a request, once. */
  answer(requestId: number, answer: Json): JournalResult<void>;
  /** The answer to a request, as soon as there is one. */
  answerOf(requestId: number): JournalResult<Json | undefined>;
  /** Says that this owner is alive. Called by the engine at least every third of the lease. */
  heartbeat(): JournalResult<void>;
  /** Forgets runs in a final state that ended before; returns how many. Ids of pruned runs stay taken. */
  prune(endedBeforeMs: number): JournalResult<number>;
  /** Writes a copy that can be opened by itself, while runs go on. */
  backupTo(path: string): JournalResult<void>;
  /** Gives up the owner's liveness. Runs that it still owns are ownerless from now on. */
  close(): JournalResult<void>;
}

/** Who opens the journal. */
export interface OwnerOptions {
  /** Unique for each runner instance. */
  readonly owner: string;
  /** Without a heartbeat for so long an owner counts as hung. */
  readonly leaseMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A run as it begins. */
export interface NewRun {
  readonly runId: string;
  readonly graph: string;
  readonly input: Json;
  /** Sorted, without repeats. */
  readonly keys: readonly string[];
  readonly atMs: number;
  /** The first events; `seq` begins at 1. */
  readonly events: readonly RunEvent[];
}

export type Created =
  | { readonly created: true; readonly fence: number }
  /** The id is taken; the caller compares graph and input. */
  | { readonly created: false; readonly row: RunRow }
  | { readonly created: false; readonly locked: KeyHolder };

/** Which run holds a key, and since when. */
export interface KeyHolder {
  readonly key: string;
  readonly runId: string;
  readonly sinceMs: number;
}

/** What is to be written for one run. */
export interface Append {
  readonly runId: string;
  readonly fence: number;
  /** The seq of the first of `events`; the others follow. */
  readonly seq: number;
  readonly atMs: number;
  readonly events: readonly RunEvent[];
  /** The row's new state, where it changed. */
  readonly state?: RunState | undefined;
  readonly freeKeys?: boolean | undefined;
  /** This owner gives the run up. */
  readonly release?: boolean | undefined;
}

export type Appended = 'ok' | 'fenced-out';

/** What is known of a run without reading its events. */
export interface RunRow {
  readonly runId: string;
  readonly graph: string;
  readonly input: Json;
  readonly state: RunState;
  readonly fence: number;
  readonly owner: string | undefined;
  /** `none`: ownerless. */
  readonly ownerIs: 'live' | 'hung' | 'dead' | 'none';
  /** The keys that it was started with. */
  readonly keys: readonly string[];
  /** Does it hold them now? */
  readonly keysHeld: boolean;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** The number of its events. */
  readonly lastSeq: number;
}

/** Which runs to list; what is absent does not matter. */
export interface RowFilter {
  readonly state?: RunState | readonly RunState[] | undefined;
  readonly graph?: string | undefined;
  /** Only runs that hold or were started with this key. */
  readonly key?: string | undefined;
  readonly limit?: number | undefined;
}

export type Claimed =
  | { readonly claimed: true; readonly fence: number; readonly row: RunRow }
  | { readonly claimed: false; readonly row: RunRow | undefined };

export type KeysTaken =
  | { readonly taken: true; readonly fence: number }
  | { readonly taken: false; readonly locked: KeyHolder }
  | { readonly taken: false; readonly fencedOut: true };

/** What another process may ask of a run's owner. */
export type Request =
  | {
      readonly verb: 'cancel' | 'pause' | 'revert' | 'seal' | 'abandon';
      readonly by: string;
      readonly reason: string;
    }
  | { readonly verb: 'resume'; readonly by: string }
  | { readonly verb: 'release'; readonly hold: string; readonly by: string; readonly reason: string }
  | {
      readonly verb: 'resolve';
      readonly step: string;
      readonly how: 'retry' | 'mark-done' | 'mark-reverted' | 'mark-not-happened';
      readonly by: string;
      readonly reason: string;
      readonly output?: Json;
    };

/** A request as it lies in the mailbox. */
export interface StoredRequest {
  readonly id: number;
  readonly runId: string;
  readonly request: Request;
}

export const journalErrorKinds = [
  /** The file is not a journal, or is damaged. */
  'corrupt',
  /** Written by a newer belay; nothing was touched. */
  'newer-format',
  /** Another process holds the store for longer than the patience allows. */
  'busy',
  'read-only',
  'disk-full',
  /** Cannot be opened or reached: path, rights, connection. */
  'unavailable',
  'closed',
  /** The caller broke the port's rules. */
  'misuse',
] as const;

export type JournalErrorKind = (typeof journalErrorKinds)[number];

/** An error of a journal. `applied: 'no'` promises that nothing of the call was written. */
export interface JournalError extends Failure {
  readonly kind: JournalErrorKind;
  readonly journal: string;
}

export type JournalResult<T> = ResultAsync<T, JournalError>;
