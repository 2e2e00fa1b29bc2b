/**
 * A registry in memory: rows, holds, leases and claims, with every change of a row made by the test and none by the
 * scanner.
 */

import { err, errAsync, ok, okAsync } from 'neverthrow';
import { type EntryBatch, entryBatch } from '../batch.ts';
import type { ReadRequest, SideStream } from '../call.ts';
import { canariesFor } from '../canary.ts';
import type { Clock } from '../clock.ts';
import type { Reference, RegistryEntry } from '../entry.ts';
import type { Hold } from '../item.ts';
import { compareKeys, type ItemKey, type ItemKind } from '../key.ts';
import type { Registry } from '../registry.ts';
import type { RecordedDeletions, SourceIdentity } from '../statement.ts';
import { cancelled, unlessCancelled } from './cancelled.ts';

/** What a registry in memory is made of. */
export interface MemoryRegistryOptions {
  readonly name: string;
  readonly source: SourceIdentity;
  readonly covers: readonly [ItemKind, ...ItemKind[]];
  readonly clock: Clock;
  /** Rows in a batch; 100 where left out. */
  readonly batchRows?: number;
}

/** A registry and the hands that change it. */
export interface MemoryRegistry {
  readonly port: Registry;
  /** The rows, canaries left out. */
  rows(): readonly RegistryEntry[];
  /** Writes a row, or writes over the one of its key. */
  put(entry: RegistryEntry): void;
  /** Takes a row away; `recorded` leaves a record of the deletion behind, as a good application does. */
  drop(key: ItemKey, how: { readonly recorded: boolean }): void;
  /** Sets a hold on a key, with or without a row. */
  hold(key: ItemKey, hold: Hold): void;
  /** Somebody reads it now; `undefined` ends it. `false` where a scanner has claimed it: then nobody may begin. */
  lease(key: ItemKey, by: string | undefined): boolean;
  /** The keys that a scanner has claimed. */
  claimed(): readonly ItemKey[];
}

interface Claim {
  readonly run: string;
  readonly fence: number;
}

/** An empty registry. */
export function memoryRegistry(options: MemoryRegistryOptions): MemoryRegistry {
  const { name, source, covers, clock, batchRows = 100 } = options;
  const rows = new Map<ItemKey, RegistryEntry>();
  const holds = new Map<ItemKey, Hold>();
  const leases = new Map<ItemKey, string>();
  const claims = new Map<ItemKey, Claim>();
  let canaries: readonly RegistryEntry[] = [];
  let history: (RecordedDeletions & {
    readonly position: number;
    readonly key: ItemKey;
    readonly at: string;
  })[] = [];
  let position = 0;

  const iso = () => new Date(clock.now()).toISOString();

  const answer = (key: ItemKey): Reference => {
    const entry = rows.get(key);
    const hold = holds.get(key) ?? 'none';
    if (entry === undefined || entry.state === 'owner-ended') {
      const inUseBy = leases.get(key);
      const deleted = history.findLast((one) => one.key === key);
      return {
        key,
        verdict: 'not-needed',
        hold,
        ...(entry === undefined ? {} : { entry }),
        ...(inUseBy === undefined ? {} : { inUseBy }),
        ...(deleted === undefined ? {} : { neededUntil: deleted.at }),
      };
    }
    if (entry.state === 'unknown') return { key, verdict: 'unknown', why: 'the row says neither' };
    return { key, verdict: 'needed', why: `${name} has a row for it (${entry.state})`, hold };
  };

  async function* read(request: ReadRequest): SideStream<EntryBatch> {
    const startedAt = iso();
    const { prefixes } = request.scope;
    const all = [...rows.values(), ...canaries]
      .filter(({ key }) => prefixes.some((prefix) => key.startsWith(prefix)))
      .sort((a, b) => compareKeys(a.key, b.key));
    const deletions = history.filter((one) => one.position > Number(request.since ?? -1));
    let pages = 0;
    for (let start = 0; start < all.length; start += batchRows) {
      if (request.signal?.aborted === true) return err(cancelled(name));
      pages += 1;
      yield entryBatch(all.slice(start, start + batchRows));
    }
    return ok({
      source,
      startedAt,
      endedAt: iso(),
      pages,
      count: all.length,
      bytes: 0,
      firstKey: all[0]?.key,
      lastKey: all.at(-1)?.key,
      ended: 'explicit',
      position: String(position),
      deletions: deletions.map(({ kind, owner, count }) => ({ kind, owner, count })),
    });
  }

  const port: Registry = {
    name,
    covers,
    now: (call) => unlessCancelled(name, call, () => okAsync(iso())),
    plantCanaries({ scope, nonce, signal }) {
      if (signal?.aborted === true) return errAsync(cancelled(name));
      const planted = canariesFor({ scope, nonce });
      // Made by `canariesFor` of a scope's own prefixes, so these are keys.
      canaries = planted.map(({ key }) => ({
        key: key as ItemKey,
        kind: covers[0],
        state: 'needed',
        canaryNonce: nonce,
      }));
      return okAsync(planted);
    },
    read,
    lookUp: (keys, call) => unlessCancelled(name, call, () => okAsync(keys.map(answer))),
    claim(keys, { run, fence, signal }) {
      if (signal?.aborted === true) return errAsync(cancelled(name));
      return okAsync(
        keys.map((key) => {
          const told = answer(key);
          const other = claims.get(key);
          if (told.verdict !== 'not-needed' || told.inUseBy !== undefined) return told;
          if (other !== undefined && other.run !== run && other.fence >= fence) {
            return { ...told, inUseBy: `run ${other.run}` };
          }
          claims.set(key, { run, fence });
          return told;
        }),
      );
    },
    release(keys, { run, signal }) {
      if (signal?.aborted === true) return errAsync(cancelled(name));
      for (const key of keys) if (claims.get(key)?.run === run) claims.delete(key);
      return okAsync(undefined);
    },
  };

  return {
    port,
    rows: () => [...rows.values()],
    put(entry) {
      rows.set(entry.key, entry);
    },
    drop(key, { recorded }) {
      const entry = rows.get(key);
      if (entry === undefined) return;
      rows.delete(key);
      position += 1;
      if (!recorded) return;
      const { kind, owner } = entry;
      history = [...history, { kind, owner, count: 1, position, key, at: iso() }];
    },
    hold(key, hold) {
      holds.set(key, hold);
    },
    lease(key, by) {
      if (by === undefined) return leases.delete(key);
      if (claims.has(key)) return false;
      leases.set(key, by);
      return true;
    },
    claimed: () => [...claims.keys()],
  };
}
