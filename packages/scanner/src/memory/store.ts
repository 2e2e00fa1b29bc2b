/**
 * A store in memory: its inventory, its remover, and the hands of a test. Removal is conditional on the version and
 * goes through a quarantine, as with a versioned bucket.
 */

import { err, errAsync, ok, okAsync } from 'neverthrow';
import { type ItemBatch, itemBatch } from '../batch.ts';
import type { ReadRequest, SideStream } from '../call.ts';
import { canariesFor } from '../canary.ts';
import type { Clock } from '../clock.ts';
import type { Inventory } from '../inventory.ts';
import type { Hold, Looked, StoredItem } from '../item.ts';
import { compareKeys, type ItemKey, type ItemKind } from '../key.ts';
import type { FenceMark, Quarantined, Removal, Removed, Remover, Whereabouts } from '../remover.ts';
import { scannerError } from '../scanner-error.ts';
import type { SourceIdentity } from '../statement.ts';
import { cancelled, unlessCancelled } from './cancelled.ts';

/** What a store in memory is made of. */
export interface MemoryStoreOptions {
  readonly name: string;
  readonly source: SourceIdentity;
  readonly kinds: readonly [ItemKind, ...ItemKind[]];
  readonly clock: Clock;
  /** Items in a batch; 100 where left out. */
  readonly batchRows?: number;
}

/** A store and the hands that change it. */
export interface MemoryStore {
  readonly inventory: Inventory;
  readonly remover: Remover;
  /** What is stored, canaries left out. */
  items(): readonly StoredItem[];
  /** What lies in quarantine. */
  quarantined(): readonly StoredItem[];
  /** Stores an item, or writes over the one of its key. */
  put(item: StoredItem): void;
  /** Somebody takes it away, past all rules: an accident, or a person. */
  lose(key: ItemKey): void;
  /** Sets the store's own lock on a key. */
  hold(key: ItemKey, hold: Hold): void;
  /** Says what would break without it. */
  dependants(key: ItemKey, dependants: readonly string[] | 'unknown'): void;
  /** Forgets the ownership mark, as a store does that was made anew. */
  mark(mark: FenceMark | undefined): void;
}

interface Kept {
  readonly item: StoredItem;
  readonly run: string;
}

/** An empty store. */
export function memoryStore(options: MemoryStoreOptions): MemoryStore {
  const { name, source, kinds, clock, batchRows = 100 } = options;
  const stored = new Map<ItemKey, StoredItem>();
  const trash = new Map<string, Kept>();
  const holds = new Map<ItemKey, Hold>();
  const dependants = new Map<ItemKey, readonly string[] | 'unknown'>();
  let canaries: readonly StoredItem[] = [];
  let mark: FenceMark | undefined;

  const iso = () => new Date(clock.now()).toISOString();

  async function* read({ scope, signal }: ReadRequest): SideStream<ItemBatch> {
    const startedAt = iso();
    const all = [...stored.values(), ...canaries]
      .filter(({ key }) => scope.prefixes.some((prefix) => key.startsWith(prefix)))
      .sort((a, b) => compareKeys(a.key, b.key));
    let pages = 0;
    for (let start = 0; start < all.length; start += batchRows) {
      if (signal?.aborted === true) return err(cancelled(name));
      pages += 1;
      yield itemBatch(all.slice(start, start + batchRows));
    }
    return ok({
      source,
      startedAt,
      endedAt: iso(),
      pages,
      count: all.length,
      bytes: all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      firstKey: all[0]?.key,
      lastKey: all.at(-1)?.key,
      ended: 'explicit',
    });
  }

  const looked = (key: ItemKey): Looked => {
    const item = stored.get(key);
    if (item === undefined) return { found: 'no', key };
    return { ...item, found: 'yes', hold: holds.get(key) ?? 'none', dependants: dependants.get(key) ?? [] };
  };

  const inventory: Inventory = {
    name,
    kinds,
    now: (call) => unlessCancelled(name, call, () => okAsync(iso())),
    plantCanaries({ scope, nonce, signal }) {
      if (signal?.aborted === true) return errAsync(cancelled(name));
      const planted = canariesFor({ scope, nonce });
      canaries = planted.map(({ key }) => ({
        // Made by `canariesFor` of a scope's own prefixes, so this is a key.
        key: key as ItemKey,
        kind: kinds[0],
        version: nonce,
        sizeBytes: nonce.length,
        modifiedAt: iso(),
        environment: source.environment,
        canaryNonce: nonce,
      }));
      return okAsync(planted);
    },
    read,
    look: (keys, call) => unlessCancelled(name, call, () => okAsync(keys.map(looked))),
  };

  const moveAside = ({ key, version }: Removal, run: string): Removed => {
    const item = stored.get(key);
    if (item === undefined) return refused(key, 'absent');
    if (item.version !== version) return refused(key, 'version');
    if ((holds.get(key) ?? 'none') !== 'none') return refused(key, 'held');
    const token = `${run}/${key}/${version}`;
    stored.delete(key);
    trash.set(token, { item, run });
    return { key, outcome: 'done', token };
  };

  const bringBack = ({ key, token }: Quarantined): Removed => {
    const kept = trash.get(token);
    if (kept === undefined) return refused(key, 'absent');
    if (stored.has(key)) return refused(key, 'version');
    trash.delete(token);
    stored.set(key, kept.item);
    return { key, outcome: 'done', token };
  };

  const whereabouts = (
    { key, version, token }: Removal & { readonly token?: string },
    run: string,
  ): Whereabouts => {
    const name = token ?? `${run}/${key}/${version}`;
    const kept = trash.get(name);
    if (kept !== undefined) return { key, at: 'quarantine', version: kept.item.version, token: name };
    const item = stored.get(key);
    return item === undefined ? { key, at: 'gone' } : { key, at: 'stored', version: item.version };
  };

  const deleted = ({ key, token }: Quarantined): Removed =>
    trash.delete(token) ? { key, outcome: 'done', token } : refused(key, 'absent');

  const remover: Remover = {
    name,
    traits: { conditional: true, quarantine: 'native' },
    prove: (call) => unlessCancelled(name, call, () => okAsync({ conditional: true, restores: true })),
    fence: (call) => unlessCancelled(name, call, () => okAsync(mark)),
    raiseFence(from, to, { signal }) {
      if (signal?.aborted === true) return errAsync(cancelled(name));
      if (mark?.ledger !== from?.ledger || mark?.fence !== from?.fence) {
        return errAsync(scannerError('fenced-out', `${name} carries the mark of another scanner.`));
      }
      mark = to;
      return okAsync(undefined);
    },
    quarantine: (items, call) =>
      unlessCancelled(name, call, () => okAsync(items.map((item) => moveAside(item, call.run)))),
    restore: (items, call) => unlessCancelled(name, call, () => okAsync(items.map(bringBack))),
    delete: (items, call) => unlessCancelled(name, call, () => okAsync(items.map(deleted))),
    find: (items, call) =>
      unlessCancelled(name, call, () => okAsync(items.map((item) => whereabouts(item, call.run)))),
  };

  return {
    inventory,
    remover,
    items: () => [...stored.values()],
    quarantined: () => [...trash.values()].map(({ item }) => item),
    put: (item) => void stored.set(item.key, item),
    lose: (key) => void stored.delete(key),
    hold: (key, hold) => void holds.set(key, hold),
    dependants: (key, names) => void dependants.set(key, names),
    mark(other) {
      mark = other;
    },
  };
}

function refused(key: ItemKey, because: 'version' | 'held' | 'absent'): Removed {
  return { key, outcome: 'refused', because, message: `${key} was left alone: ${because}.` };
}
