/**
 * What memory journals share: the runs, keys, requests and owners of one process. It promises nothing beyond the life
 * of the process; in everything else it behaves as the SQLite journal does.
 */

import type { RunState } from '../event.ts';
import type { KeyHolder, NewRun, Request, RunRow, StoredRequest } from '../journal.ts';
import type { Json } from '../json.ts';
import type { EventLog } from './memory-log.ts';
import { isFinal, Refusal } from './rules.ts';

/** Made by `memoryStore`, handed to each `memoryJournal` that is to see the same runs. */
export interface MemoryStore {
  /** Lets an owner die as if its process had been killed: it is `dead` to the others and its journal is shut. */
  kill(owner: string): void;
}

/** A store for several runners of one process. */
export function memoryStore(): MemoryStore {
  return new Memory();
}

export interface MemoryRun {
  readonly run: NewRun;
  readonly events: EventLog;
  state: RunState;
  fence: number;
  owner: string | undefined;
  keysHeld: boolean;
  changedAtMs: number;
  pruned: boolean;
}

interface MemoryOwner {
  readonly leaseMs: number;
  beatAtMs: number;
}

/** The inside of a store. Not part of the package's surface. */
export class Memory implements MemoryStore {
  readonly runs: Map<string, MemoryRun> = new Map();
  readonly keys: Map<string, KeyHolder> = new Map();
  /** Runs that wait for their keys, and since when; the oldest first. */
  readonly waiting: Map<string, number> = new Map();
  readonly owners: Map<string, MemoryOwner> = new Map();
  /** Unanswered. */
  readonly requests: Map<number, StoredRequest> = new Map();
  /** Grows with every change of what `pending` might say. */
  mailVersion = 0;
  readonly #answers = new Map<number, Json>();
  /** Requests of a run, answered or not, for `prune`. */
  readonly #requestsOf = new Map<string, number[]>();
  #lastRequest = 0;

  kill(owner: string): void {
    this.owners.delete(owner);
  }

  ownerIs(owner: string | undefined, nowMs: number): RunRow['ownerIs'] {
    if (owner === undefined) return 'none';
    const known = this.owners.get(owner);
    if (known === undefined) return 'dead';
    return nowMs - known.beatAtMs > known.leaseMs ? 'hung' : 'live';
  }

  /** Who stands in the way of a run that wants these keys: a holder, or a run that waited before it. */
  obstacle(keys: readonly string[], runId: string, except?: string): KeyHolder | undefined {
    for (const key of keys) {
      const holder = this.keys.get(key);
      if (holder !== undefined && holder.runId !== runId && holder.runId !== except) return holder;
      const waiter = this.waiting.size === 0 ? undefined : this.#waiterFor(key, runId, except);
      if (waiter !== undefined) return waiter;
    }
    return undefined;
  }

  take(keys: readonly string[], runId: string, sinceMs: number): void {
    for (const key of keys) this.keys.set(key, { key, runId, sinceMs });
  }

  free(owner: MemoryRun): void {
    for (const key of owner.run.keys) {
      if (this.keys.get(key)?.runId === owner.run.runId) this.keys.delete(key);
    }
    this.waiting.delete(owner.run.runId);
    owner.keysHeld = false;
  }

  ask({ run: { runId } }: MemoryRun, request: Request): number {
    const id = ++this.#lastRequest;
    this.requests.set(id, { id, runId, request });
    const ids = this.#requestsOf.get(runId);
    if (ids === undefined) this.#requestsOf.set(runId, [id]);
    else ids.push(id);
    this.mailVersion += 1;
    return id;
  }

  answer(requestId: number, answer: Json): void {
    if (!this.requests.delete(requestId)) {
      throw new Refusal('misuse', `request ${requestId} is not there or has its answer`);
    }
    this.#answers.set(requestId, answer);
    this.mailVersion += 1;
  }

  answerOf(requestId: number): Json | undefined {
    if (this.#answers.has(requestId)) return this.#answers.get(requestId);
    if (this.requests.has(requestId)) return undefined;
    throw new Refusal('misuse', `no request ${requestId}`);
  }

  prune(endedBeforeMs: number): number {
    let pruned = 0;
    for (const [runId, run] of this.runs) {
      if (run.pruned || run.keysHeld || !isFinal(run.state) || run.changedAtMs >= endedBeforeMs) continue;
      run.pruned = true;
      run.events.clear();
      for (const id of this.#requestsOf.get(runId) ?? []) {
        this.requests.delete(id);
        this.#answers.delete(id);
      }
      this.#requestsOf.delete(runId);
      pruned += 1;
    }
    if (pruned > 0) this.mailVersion += 1;
    return pruned;
  }

  #waiterFor(key: string, runId: string, except: string | undefined): KeyHolder | undefined {
    for (const [waiter, sinceMs] of this.waiting) {
      // Those after it in the line do not stand in its way.
      if (waiter === runId) return undefined;
      if (waiter !== except && this.runs.get(waiter)?.run.keys.includes(key)) {
        return { key, runId: waiter, sinceMs };
      }
    }
    return undefined;
  }
}
