/**
 * The merge: one inventory against any number of registries, all in ascending byte order, in one pass and in constant
 * memory. It says which items no registry knows, which belong to owners that have all ended, and which rows have no
 * item. It trusts the order: `orderCheck` has looked at every batch before it comes here.
 */

import type { EntryBatch, ItemBatch } from '../batch.ts';
import { comparable, compareBytes, sameBytes } from './compare.ts';

/** What the merge finds. Called in the order of the keys; batches are valid during the call only. */
export interface MergeSink {
  /** No registry has a row for this item. */
  orphan(items: ItemBatch, index: number): void;
  /** Rows are there, and the owners of all of them have ended. */
  ended(items: ItemBatch, index: number, entries: EntryBatch, row: number): void;
  /** A row says that it cannot tell about this item. */
  doubtful(items: ItemBatch, index: number): void;
  /** A row of a registry whose item is not stored. */
  missing(registry: number, entries: EntryBatch, row: number): void;
}

/** Whose next batch is wanted: the inventory's, or that of the registry with this number. */
export type Wanted = 'items' | number | 'nothing';

/** A merge under way: ask `run` what it wants, give it that, until it wants nothing. */
export interface Merge {
  /** Goes on until a side's next batch is wanted, and says whose. */
  run(): Wanted;
  /** The inventory's next batch; `undefined`: it has ended. */
  giveItems(batch: ItemBatch | undefined): void;
  /** `undefined`: the registry has ended. */
  giveEntries(registry: number, batch: EntryBatch | undefined): void;
}

/** How strongly a row speaks for keeping; the strongest of all registries counts. Indexes of `entryStates`. */
const [needed, intent, ownerEnded, unknown] = [0, 1, 2, 3];
const none = -1;

interface Cursor<B> {
  at: { readonly batch: B; readonly view: DataView } | undefined;
  row: number;
  /** Where the key of the row begins. */
  start: number;
  isOver: boolean;
}

/** Begins a merge with so many registries. */
export function merge(registryCount: number, sink: MergeSink): Merge {
  const items: Cursor<ItemBatch> = { at: undefined, row: 0, start: 0, isOver: false };
  const registries = Array.from(
    { length: registryCount },
    (): Cursor<EntryBatch> => ({ at: undefined, row: 0, start: 0, isOver: false }),
  );
  // Where the current item stands: how many registries have spoken of it, and the strongest that was said.
  let settled = 0;
  let said = none;
  let endedRow: { readonly entries: EntryBatch; readonly row: number } | undefined;

  const run = (): Wanted => {
    for (;;) {
      const { at } = items;
      if (at === undefined || items.row === at.batch.count) {
        if (!items.isOver) return 'items';
        return drain();
      }
      const { batch, view } = at;
      const end = batch.ends[items.row] ?? 0;
      while (settled < registryCount) {
        const cursor = registries[settled];
        if (cursor === undefined || !meet(settled, cursor, view, items.start, end)) return settled;
        settled += 1;
      }
      tell(batch, items.row);
      settled = 0;
      said = none;
      items.row += 1;
      items.start = end + 1;
    }
  };

  /** Brings a registry up to the item; `false` where it needs its next batch for that. */
  const meet = (
    number: number,
    cursor: Cursor<EntryBatch>,
    view: DataView,
    start: number,
    end: number,
  ): boolean => {
    if (cursor.isOver && cursor.at === undefined) return true;
    const { at } = cursor;
    if (at === undefined) return false;
    const { batch } = at;
    for (;;) {
      if (cursor.row === batch.count) {
        cursor.at = undefined;
        return cursor.isOver;
      }
      const rowEnd = batch.ends[cursor.row] ?? 0;
      const order = sameBytes(at.view, cursor.start, rowEnd, view, start, end)
        ? 0
        : compareBytes(at.view, cursor.start, rowEnd, view, start, end);
      if (order > 0) return true;
      if (order < 0) sink.missing(number, batch, cursor.row);
      else hear(batch, cursor.row);
      cursor.row += 1;
      cursor.start = rowEnd + 1;
      if (order === 0) return true;
    }
  };

  const hear = (entries: EntryBatch, row: number): void => {
    const state = entries.states === undefined ? needed : (entries.states[row] ?? unknown);
    if (state === needed || state === intent) said = needed;
    else if (state === ownerEnded) {
      if (said !== none) return;
      said = ownerEnded;
      endedRow = { entries, row };
    } else if (said !== needed) said = unknown;
  };

  const tell = (batch: ItemBatch, row: number): void => {
    if (said === needed) return;
    if (said === none) sink.orphan(batch, row);
    else if (said === ownerEnded && endedRow !== undefined) {
      sink.ended(batch, row, endedRow.entries, endedRow.row);
    } else sink.doubtful(batch, row);
  };

  /** No items are left: every row that is, has none. */
  const drain = (): Wanted => {
    for (const [number, cursor] of registries.entries()) {
      const { at } = cursor;
      if (at !== undefined) {
        for (; cursor.row < at.batch.count; cursor.row += 1) sink.missing(number, at.batch, cursor.row);
        cursor.at = undefined;
      }
      if (!cursor.isOver) return number;
    }
    return 'nothing';
  };

  return {
    run,
    giveItems(batch) {
      items.isOver = batch === undefined;
      items.at = batch === undefined ? undefined : comparable(batch);
      items.row = 0;
      items.start = 0;
    },
    giveEntries(number, batch) {
      const cursor = registries[number];
      if (cursor === undefined) throw new Error(`the merge has no registry ${number}`);
      cursor.isOver = batch === undefined;
      cursor.at = batch === undefined ? undefined : comparable(batch);
      cursor.row = 0;
      cursor.start = 0;
    },
  };
}
