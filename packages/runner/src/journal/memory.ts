/**
 * A journal in memory: for tests, for trials and for runs that may be lost with their process. It keeps references to
 * the events that it is given and copies nothing, so an append costs about a microsecond; events are never changed
 * once they were handed over. Its answers are those of the SQLite journal in every case of the conformance suite.
 */

import { ok, okAsync } from 'neverthrow';
import type { RunState, StoredEvent } from '../event.ts';
import type {
  Append,
  Appended,
  Claimed,
  Created,
  Journal,
  JournalErrorKind,
  JournalResult,
  KeysTaken,
  NewRun,
  OwnerOptions,
  Request,
  RowFilter,
  RunRow,
  StoredRequest,
} from '../journal.ts';
import type { Json } from '../json.ts';
import { Known as KnownAnswer } from './known.ts';
import { EventLog } from './memory-log.ts';
import { Memory, type MemoryRun, type MemoryStore, memoryStore } from './memory-store.ts';
import {
  isBeatDue,
  isFinal,
  judgeAppend,
  type Known,
  newRunProblem,
  ownerProblem,
  Refusal,
  refused,
  transferProblem,
} from './rules.ts';

export { type MemoryStore, memoryStore } from './memory-store.ts';

/** A journal over a store of its own, or over one that it shares with others of this process. */
export function memoryJournal(store: MemoryStore = memoryStore()): Journal {
  if (!(store instanceof Memory)) throw new TypeError('memoryJournal wants a store made by memoryStore()');
  return new MemoryJournal(store);
}

const done: JournalResult<void> = okAsync(undefined);
/** One answer for each number of batches that is likely: it is all the same and may be awaited again and again. */
const allOk: readonly JournalResult<readonly Appended[]>[] = Array.from(
  { length: 65 },
  (_, size) => new KnownAnswer(ok(Object.freeze(new Array<Appended>(size).fill('ok')))),
);

class MemoryJournal implements Journal {
  readonly name = 'memory';
  readonly isInstant = true;
  readonly #store: Memory;
  #options: OwnerOptions | undefined;
  #closed = false;
  #mailSeen = -1;
  #mail: readonly StoredRequest[] = [];

  constructor(store: Memory) {
    this.#store = store;
  }

  open(options: OwnerOptions): JournalResult<void> {
    if (this.#closed) return this.#refuse('closed', 'the journal was closed');
    if (this.#options !== undefined) return this.#refuse('misuse', 'the journal is open already');
    const problem = ownerProblem(options);
    if (problem !== undefined) return this.#refuse('misuse', problem);
    if (this.#store.owners.has(options.owner)) {
      return this.#refuse('misuse', `the owner ${options.owner} is open already`);
    }
    this.#disown(options.owner);
    this.#store.owners.set(options.owner, { leaseMs: options.leaseMs, beatAtMs: options.now() });
    this.#options = options;
    return done;
  }

  create(run: NewRun): JournalResult<Created> {
    return this.#with((): Created => {
      const known = this.#store.runs.get(run.runId);
      if (known !== undefined) return { created: false, row: this.#row(known) };
      const locked = this.#store.obstacle(run.keys, run.runId);
      if (locked !== undefined) return { created: false, locked };
      this.#insert(run);
      return { created: true, fence: 1 };
    }, newRunProblem(run));
  }

  append(batches: readonly Append[]): JournalResult<readonly Appended[]> {
    const problem = this.#unusable();
    if (problem !== undefined) return problem;
    if (batches.length === 1) {
      const only = batches[0];
      if (only === undefined) throw new TypeError('append wants an array without holes');
      return this.#appendOne(only);
    }
    return this.#appendMany(batches);
  }

  read(runId: string, fromSeq: number, limit: number): JournalResult<readonly StoredEvent[]> {
    return this.#with(() => {
      const from = Math.max(fromSeq, 1) - 1;
      return this.#store.runs.get(runId)?.events.read(from, Math.max(limit, 0)) ?? [];
    });
  }

  row(runId: string): JournalResult<RunRow | undefined> {
    return this.#with(() => {
      const run = this.#store.runs.get(runId);
      return run && this.#row(run);
    });
  }

  rows(filter: RowFilter): JournalResult<readonly RunRow[]> {
    return this.#with(() => {
      const found: RunRow[] = [];
      const limit = filter.limit ?? Number.POSITIVE_INFINITY;
      for (const run of this.#store.runs.values()) {
        if (found.length >= limit) break;
        if (!run.pruned && fits(run, filter)) found.push(this.#row(run));
      }
      return found;
    });
  }

  claim(runId: string, seenFence: number): JournalResult<Claimed> {
    return this.#with((): Claimed => {
      const run = this.#store.runs.get(runId);
      if (run === undefined) return { claimed: false, row: undefined };
      if (run.fence !== seenFence || run.pruned || this.#ownerIs(run) === 'live') {
        return { claimed: false, row: this.#row(run) };
      }
      run.fence += 1;
      run.owner = this.#options?.owner;
      this.#store.mailVersion += 1;
      return { claimed: true, fence: run.fence, row: this.#row(run) };
    });
  }

  takeKeys(runId: string, fence: number): JournalResult<KeysTaken> {
    return this.#with((): KeysTaken => {
      const run = this.#unpruned(runId);
      if (fence !== run.fence) return { taken: false, fencedOut: true };
      const locked = this.#store.obstacle(run.run.keys, runId);
      if (locked !== undefined) {
        // A run that has ended may ask for its keys, and asks again when it likes: nobody waits for it.
        if (!isFinal(run.state) && !this.#store.waiting.has(runId)) {
          this.#store.waiting.set(runId, this.#now());
        }
        return { taken: false, locked };
      }
      this.#store.waiting.delete(runId);
      if (!run.keysHeld) this.#store.take(run.run.keys, runId, this.#now());
      run.keysHeld = true;
      run.fence += 1;
      // Who is given the fence owns the run.
      run.owner = this.#options?.owner;
      this.#store.mailVersion += 1;
      return { taken: true, fence: run.fence };
    });
  }

  transfer(from: string, run: NewRun, by: string, reason: string): JournalResult<Created> {
    return this.#with((): Created => {
      const known = this.#store.runs.get(run.runId);
      if (known !== undefined) return { created: false, row: this.#row(known) };
      const old = this.#unpruned(from);
      const held = old.keysHeld ? old.run.keys : [];
      const problem = transferProblem(from, { state: old.state, ownerIs: this.#ownerIs(old), held }, run);
      if (problem !== undefined) throw new Refusal('misuse', problem);
      const locked = this.#store.obstacle(run.keys, run.runId, from);
      if (locked !== undefined) return { created: false, locked };
      this.#store.free(old);
      old.fence += 1;
      old.events.push(run.atMs, old.fence, [{ kind: 'abandoned', by, reason, keysTo: run.runId }]);
      Object.assign(old, { state: 'abandoned', owner: undefined, changedAtMs: run.atMs });
      this.#store.mailVersion += 1;
      this.#insert(run);
      return { created: true, fence: 1 };
    }, newRunProblem(run));
  }

  request(runId: string, request: Request): JournalResult<number> {
    return this.#with(() => this.#store.ask(this.#unpruned(runId), request));
  }

  pending(_runIds: 'owned'): JournalResult<readonly StoredRequest[]> {
    return this.#with(() => {
      const { requests, runs, mailVersion } = this.#store;
      if (mailVersion !== this.#mailSeen) {
        const owner = this.#options?.owner;
        this.#mail = [...requests.values()].filter(({ runId }) => runs.get(runId)?.owner === owner);
        this.#mailSeen = mailVersion;
      }
      return this.#mail;
    });
  }

  answer(requestId: number, answer: Json): JournalResult<void> {
    return this.#with(() => this.#store.answer(requestId, answer));
  }

  answerOf(requestId: number): JournalResult<Json | undefined> {
    return this.#with(() => this.#store.answerOf(requestId));
  }

  heartbeat(): JournalResult<void> {
    return this.#with(() => this.#beat());
  }

  prune(endedBeforeMs: number): JournalResult<number> {
    return this.#with(() => this.#store.prune(endedBeforeMs));
  }

  backupTo(path: string): JournalResult<void> {
    return this.#with(() => {
      throw new Refusal('unavailable', `a journal in memory cannot be copied to ${path}`);
    });
  }

  close(): JournalResult<void> {
    if (this.#closed) return done;
    this.#closed = true;
    if (this.#options !== undefined && this.#store.owners.delete(this.#options.owner)) {
      this.#disown(this.#options.owner);
    }
    return done;
  }

  #appendOne(batch: Append): JournalResult<readonly Appended[]> {
    const run = this.#live(batch.runId);
    const verdict = judgeAppend(batch, knownOf(run, run?.events.length));
    if (typeof verdict === 'object') return this.#refuse('misuse', verdict.problem);
    this.#beatAlong();
    if (verdict === 'fenced-out' || run === undefined) return okAsync(['fenced-out']);
    this.#write(run, batch);
    return allOk[1] ?? okAsync(['ok']);
  }

  /** All are judged before the first is written: it is all of them or none. */
  #appendMany(batches: readonly Append[]): JournalResult<readonly Appended[]> {
    const answers: Appended[] = [];
    const accepted: [MemoryRun, Append][] = [];
    const lastSeqs = new Map<MemoryRun, number>();
    for (const batch of batches) {
      const run = this.#live(batch.runId);
      const lastSeq = run && (lastSeqs.get(run) ?? run.events.length);
      const verdict = judgeAppend(batch, knownOf(run, lastSeq));
      if (typeof verdict === 'object') return this.#refuse('misuse', verdict.problem);
      answers.push(verdict);
      if (run === undefined || verdict !== 'ok') continue;
      accepted.push([run, batch]);
      lastSeqs.set(run, batch.seq - 1 + batch.events.length);
    }
    this.#beatAlong();
    for (const [run, batch] of accepted) this.#write(run, batch);
    const ready = accepted.length === batches.length ? allOk[batches.length] : undefined;
    return ready ?? okAsync(answers);
  }

  #write(run: MemoryRun, { atMs, events, state, freeKeys, release }: Append): void {
    run.events.push(atMs, run.fence, events);
    if (state !== undefined && state !== run.state) {
      run.state = state;
      run.changedAtMs = atMs;
      if (isFinal(state)) this.#store.waiting.delete(run.run.runId);
    }
    if (freeKeys === true) {
      this.#store.free(run);
    }
    if (release === true) {
      run.owner = undefined;
      this.#store.mailVersion += 1;
    }
  }

  #insert(run: NewRun): void {
    const made: MemoryRun = {
      run,
      events: new EventLog(),
      state: 'running',
      fence: 1,
      owner: this.#options?.owner,
      keysHeld: run.keys.length > 0,
      changedAtMs: run.atMs,
      pruned: false,
    };
    made.events.push(run.atMs, made.fence, run.events);
    this.#store.runs.set(run.runId, made);
    this.#store.take(run.keys, run.runId, run.atMs);
  }

  /** A run that was not pruned. */
  #unpruned(runId: string): MemoryRun {
    const run = this.#live(runId);
    if (run === undefined) throw new Refusal('misuse', `no run ${runId}`);
    return run;
  }

  #live(runId: string): MemoryRun | undefined {
    const run = this.#store.runs.get(runId);
    return run?.pruned ? undefined : run;
  }

  #row({ run, events, state, fence, owner, keysHeld, changedAtMs }: MemoryRun): RunRow {
    return {
      runId: run.runId,
      graph: run.graph,
      input: run.input,
      state,
      fence,
      owner,
      ownerIs: this.#ownerIs({ owner }),
      keys: run.keys,
      keysHeld,
      createdAtMs: run.atMs,
      updatedAtMs: Math.max(changedAtMs, events.lastAtMs),
      lastSeq: events.length,
    };
  }

  #ownerIs({ owner }: { readonly owner: string | undefined }): RunRow['ownerIs'] {
    if (owner !== undefined && owner === this.#options?.owner) return 'live';
    return this.#store.ownerIs(owner, this.#now());
  }

  #beat(): void {
    const me = this.#store.owners.get(this.#options?.owner ?? '');
    if (me !== undefined) me.beatAtMs = this.#now();
  }

  #beatAlong(): void {
    const me = this.#store.owners.get(this.#options?.owner ?? '');
    if (me === undefined) return;
    const nowMs = this.#now();
    if (isBeatDue(nowMs, me.beatAtMs, me.leaseMs)) me.beatAtMs = nowMs;
  }

  #disown(owner: string): void {
    for (const run of this.#store.runs.values()) if (run.owner === owner) run.owner = undefined;
  }

  #now(): number {
    return this.#options?.now() ?? 0;
  }

  #unusable(): JournalResult<never> | undefined {
    if (this.#closed) return this.#refuse('closed', 'the journal was closed');
    if (this.#options === undefined) return this.#refuse('misuse', 'the journal was not opened');
    const lives = this.#store.owners.has(this.#options.owner);
    return lives ? undefined : this.#refuse('closed', `the owner ${this.#options.owner} was killed`);
  }

  #with<T>(work: () => T, problem?: string): JournalResult<T> {
    const refusal = this.#unusable();
    if (refusal !== undefined) return refusal;
    if (problem !== undefined) return this.#refuse('misuse', problem);
    try {
      return okAsync(work());
    } catch (thrown) {
      if (thrown instanceof Refusal) return this.#refuse(thrown.kind, thrown.message);
      throw thrown;
    }
  }

  #refuse(kind: JournalErrorKind, message: string): JournalResult<never> {
    return refused(this.name, kind, message);
  }
}

function knownOf(run: MemoryRun | undefined, lastSeq = 0): Known | undefined {
  return run && { fence: run.fence, lastSeq };
}

function fits({ run, state }: MemoryRun, filter: RowFilter): boolean {
  if (filter.graph !== undefined && run.graph !== filter.graph) return false;
  if (filter.key !== undefined && !run.keys.includes(filter.key)) return false;
  return filter.state === undefined || statesOf(filter.state).includes(state);
}

function statesOf(state: RunState | readonly RunState[]): readonly RunState[] {
  return typeof state === 'string' ? [state] : state;
}
