/**
 * What one side held, counted by prefix, kind and owner while it passed by. Memory grows with the number of owners, not
 * with that of the keys.
 */

import { type EntryBatch, type ItemBatch, type KeyBatch, keyAt } from '../batch.ts';
import type { ItemKind, KeyPrefix, OwnerId } from '../key.ts';
import type { Scope } from '../scope.ts';

/** One line of the count. */
export interface Tally {
  readonly prefix: KeyPrefix;
  readonly kind: ItemKind;
  readonly owner: OwnerId | undefined;
  readonly count: number;
  readonly bytes: number;
  /** Copies that somebody has proved to be restorable. */
  readonly verified: number;
}

/** Counts as batches pass. */
export interface Tallying {
  /** A sentence where a key lies outside the scope. */
  add(batch: ItemBatch | EntryBatch): string | undefined;
  lines(): readonly Tally[];
}

/** Begins with a side. */
export function tallying(scope: Scope): Tallying {
  const lines = new Map<string, { -readonly [Name in keyof Tally]: Tally[Name] }>();
  const prefixes = scope.prefixes.map((prefix) => ({ prefix, bytes: Buffer.from(prefix) }));
  // Keys ascend and so do prefixes: the one of the last key is where to look first.
  let current = 0;

  const lineOf = (prefix: KeyPrefix, kind: ItemKind, owner: OwnerId | undefined) => {
    const name = JSON.stringify([prefix, kind, owner]);
    const known = lines.get(name);
    if (known !== undefined) return known;
    const fresh = { prefix, kind, owner, count: 0, bytes: 0, verified: 0 };
    lines.set(name, fresh);
    return fresh;
  };

  const addRange = (batch: ItemBatch | EntryBatch, from: number, to: number, prefix: KeyPrefix): void => {
    const { groups, groupOf } = batch;
    const counts = new Float64Array(groups.length);
    const bytes = new Float64Array(groups.length);
    const verified = new Float64Array(groups.length);
    const [sizes, proofs] = 'sizes' in batch ? [batch.sizes, batch.verified] : [undefined, undefined];
    if (groupOf === undefined) {
      counts[0] = to - from;
      if (sizes !== undefined) bytes[0] = sumOf(sizes, from, to);
      if (proofs !== undefined) verified[0] = sumOf(proofs, from, to);
    } else
      for (let row = from; row < to; row += 1) {
        const group = groupOf[row] ?? 0;
        counts[group] = (counts[group] ?? 0) + 1;
        if (sizes !== undefined) bytes[group] = (bytes[group] ?? 0) + (sizes[row] ?? 0);
        if (proofs !== undefined) verified[group] = (verified[group] ?? 0) + (proofs[row] ?? 0);
      }
    groups.forEach(({ kind, owner }, group) => {
      const count = counts[group] ?? 0;
      if (count === 0) return;
      const line = lineOf(prefix, kind, owner);
      line.count += count;
      line.bytes += bytes[group] ?? 0;
      line.verified += verified[group] ?? 0;
    });
  };

  return {
    add(batch) {
      let from = 0;
      while (from < batch.count) {
        while (current < prefixes.length && !hasPrefix(batch, from, prefixes[current]?.bytes)) current += 1;
        const prefix = prefixes[current];
        if (prefix === undefined) {
          return `The key ${JSON.stringify(keyAt(batch, from))} lies outside the scope.`;
        }
        const to = lastWith(batch, from, prefix.bytes) + 1;
        addRange(batch, from, to, prefix.prefix);
        from = to;
      }
      return undefined;
    },
    lines: () => [...lines.values()],
  };
}

function sumOf(values: Float64Array | Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let row = from; row < to; row += 1) sum += values[row] ?? 0;
  return sum;
}

function hasPrefix({ keys, ends }: KeyBatch, row: number, prefix: Uint8Array | undefined): boolean {
  if (prefix === undefined) return false;
  const start = row === 0 ? 0 : (ends[row - 1] ?? 0) + 1;
  if ((ends[row] ?? 0) - start < prefix.length) return false;
  for (let at = 0; at < prefix.length; at += 1) if (keys[start + at] !== prefix[at]) return false;
  return true;
}

/** The last row under a prefix that `from` lies under. In ascending order those rows are together. */
function lastWith(batch: KeyBatch, from: number, prefix: Uint8Array): number {
  let [low, high] = [from, batch.count - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (hasPrefix(batch, middle, prefix)) low = middle;
    else high = middle - 1;
  }
  return low;
}
