/**
 * What memory journals share: the runs, keys, requests and owners of one process. It promises nothing beyond the life
 * of the process; in everything else it behaves as the SQLite journal does.
 */

import type { RunState, StoredEvent } from '../event.ts';
import type { KeyHolder, NewRun, RunRow, StoredRequest } from '../journal.ts';
import type { Json } from '../json.ts';

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
  readonly events: StoredEvent[];
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
  readonly answers: Map<number, Json> = new Map();
  /** Runs of requests, answered or not, for `prune`. */
  readonly requestsOf: Map<string, number[]> = new Map();
  lastRequest = 0;
  /** Grows with every change of what `pending` might say. */
  mailVersion = 0;

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

  free({ run }: MemoryRun): void {
    for (const key of run.keys) {
      if (this.keys.get(key)?.runId === run.runId) this.keys.delete(key);
    }
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
