/**
 * How keys travel from a side to the scanner: in batches, as bytes, with the rest of each row left where it is until
 * somebody asks. Nine rows of ten million are never looked at beyond their key, so nothing is built for them.
 *
 * A batch holds a few hundred to some ten thousand rows in strictly ascending byte order, and follows the one before.
 */

import type { RegistryEntry } from './entry.ts';
import { entryStates } from './entry.ts';
import type { StoredItem } from './item.ts';
import type { ItemKind, OwnerId } from './key.ts';

/** Keys as bytes. */
export interface KeyBatch {
  readonly count: number;
  /** The keys one after another in UTF-8, each followed by one byte 0x0A that is not part of it. */
  readonly keys: Uint8Array;
  /** For each key the offset of the byte after its last. A key may itself hold 0x0A: only this says where it ends. */
  readonly ends: Uint32Array;
  /** Whose rows these are. At least one, where the batch has a row. */
  readonly groups: readonly Group[];
  /** For each row its group; left out where all are of the first. */
  readonly groupOf?: Uint16Array | undefined;
}

/** Rows that are counted together. */
export interface Group {
  readonly kind: ItemKind;
  readonly owner?: OwnerId | undefined;
}

/** A piece of an inventory. */
export interface ItemBatch extends KeyBatch {
  /** The size of each, in bytes. */
  readonly sizes: Float64Array;
  /** For each row 1 where the copy is proved to be restorable; left out where nobody keeps such a proof. */
  readonly verified?: Uint8Array | undefined;
  /** The whole row; asked for orphans and canaries only. Valid until the next batch is asked for. */
  item(index: number): StoredItem;
}

/** A piece of a registry. */
export interface EntryBatch extends KeyBatch {
  /** For each row its state, as an index into `entryStates`; left out where all are `needed`. */
  readonly states?: Uint8Array | undefined;
  /** The whole row; asked for rows that are not plainly needed, and canaries. Valid until the next batch is asked for. */
  entry(index: number): RegistryEntry;
}

/** Packs items; for sides that have them as objects anyway. The order is left as it is: the scanner checks it. */
export function itemBatch(items: readonly StoredItem[]): ItemBatch {
  return {
    ...packed(items),
    sizes: Float64Array.from(items, ({ sizeBytes }) => sizeBytes),
    verified: Uint8Array.from(items, ({ verified }) => (verified === true ? 1 : 0)),
    item: (index) => at(items, index),
  };
}

/** Packs rows of a registry. */
export function entryBatch(entries: readonly RegistryEntry[]): EntryBatch {
  return {
    ...packed(entries),
    states: Uint8Array.from(entries, ({ state }) => entryStates.indexOf(state)),
    entry: (index) => at(entries, index),
  };
}

/** The key of one row, as text; `undefined` where its bytes are no UTF-8. */
export function keyAt(batch: KeyBatch, index: number): string | undefined {
  const start = index === 0 ? 0 : (batch.ends[index - 1] ?? 0) + 1;
  try {
    return strict.decode(batch.keys.subarray(start, batch.ends[index]));
  } catch {
    return undefined;
  }
}

// A byte order mark is part of a key like any other character.
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Between two keys; also what a file with a key a line has there, so that its bytes can be handed on as they are. */
const separator = 0x0a;

function packed(rows: readonly (Group & { readonly key: string })[]): KeyBatch {
  const groups: Group[] = [];
  const indexOf = new Map<string, number>();
  const groupOf = new Uint16Array(rows.length);
  const ends = new Uint32Array(rows.length);
  const bytes = rows.reduce((sum, { key }) => sum + Buffer.byteLength(key) + 1, 0);
  const keys = Buffer.allocUnsafe(bytes);
  let offset = 0;
  rows.forEach(({ key, kind, owner }, row) => {
    offset += keys.write(key, offset);
    ends[row] = offset;
    keys[offset] = separator;
    offset += 1;
    const name = JSON.stringify([kind, owner]);
    const known = indexOf.get(name) ?? groups.push({ kind, ...(owner === undefined ? {} : { owner }) }) - 1;
    indexOf.set(name, known);
    groupOf[row] = known;
  });
  return { count: rows.length, keys, ends, groups, groupOf };
}

function at<T>(rows: readonly T[], index: number): T {
  const row = rows[index];
  if (row === undefined) throw new Error(`a batch of ${rows.length} rows has no row ${index}`);
  return row;
}
