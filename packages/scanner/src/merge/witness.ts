/**
 * Watches one side's answer go by and remembers what was really seen: how many keys, how many bytes, the first, the
 * last, their digest, their order, and this run's canaries. What the source says about itself is held against it.
 */

import { type EntryBatch, type ItemBatch, keyAt } from '../batch.ts';
import type { Canary } from '../call.ts';
import { compareKeys, type ItemKey, itemKey } from '../key.ts';
import type { Scope } from '../scope.ts';
import { keyDigest } from './digest.ts';
import { orderCheck } from './order.ts';
import { type Tally, tallying } from './tally.ts';

/** What was seen of a side. */
export interface Seen {
  readonly count: number;
  readonly bytes: number;
  readonly firstKey: string | undefined;
  readonly lastKey: string | undefined;
  readonly digest: string;
  readonly tallies: readonly Tally[];
  /** Keys of canaries that showed this run's nonce. */
  readonly canaries: readonly string[];
  /** Of a registry: some keys of its needed rows, from all over it. They are asked for again before a sweep. */
  readonly sample?: readonly ItemKey[] | undefined;
}

/** A witness of one side. */
export interface Witness {
  /** A sentence where the batch cannot be believed; nothing after it counts. */
  add(batch: ItemBatch | EntryBatch): string | undefined;
  /** What was seen, once the side has ended. */
  seen(): Seen;
}

/** Begins with a side of which these canaries are expected, all with this nonce. */
export function witness(scope: Scope, canaries: readonly Canary[], nonce: string): Witness {
  const order = orderCheck();
  const digest = keyDigest();
  const tally = tallying(scope);
  const expected = canaries.map(({ key }) => key).sort(compareKeys);
  const met: string[] = [];
  const sample = sampling();
  let [count, next] = [0, 0];
  let firstKey: string | undefined;
  let lastKey: string | undefined;

  const meetCanaries = (batch: ItemBatch | EntryBatch): void => {
    const last = keyAt(batch, batch.count - 1);
    for (let key = expected[next]; key !== undefined && !isAfter(key, last); key = expected[next]) {
      const row = rowOf(batch, key);
      if (row !== undefined && nonceAt(batch, row) === nonce) met.push(key);
      next += 1;
    }
  };

  return {
    add(batch) {
      if (batch.count === 0) return undefined;
      const problem = order.add(batch) ?? tally.add(batch);
      if (problem !== undefined) return problem;
      digest.add(batch);
      if ('entry' in batch) sample.add(batch);
      if (expected.length > next) meetCanaries(batch);
      firstKey ??= keyAt(batch, 0);
      lastKey = keyAt(batch, batch.count - 1);
      count += batch.count;
      return undefined;
    },
    seen() {
      const tallies = tally.lines();
      const bytes = tallies.reduce((sum, line) => sum + line.bytes, 0);
      return {
        count,
        bytes,
        firstKey,
        lastKey,
        digest: digest.hex(),
        tallies,
        canaries: met,
        sample: sample.keys(),
      };
    },
  };
}

/** The most keys of a sample: one question to a registry may name a hundred. */
const sampleSize = 64;
const ofABatch = 16;

/** Some rows of every so many batches: where there are too many, every second one is forgotten. */
function sampling(): { add(batch: EntryBatch): void; keys(): readonly ItemKey[] } {
  let kept: ItemKey[] = [];
  let [every, seen] = [1, 0];
  return {
    add(batch) {
      seen += 1;
      if (seen % every !== 0) return;
      const step = Math.max(1, Math.floor(batch.count / ofABatch));
      for (let row = 0; row < batch.count; row += step) {
        const key = itemKey(keyAt(batch, row) ?? '');
        const isNeeded = (batch.states?.[row] ?? 0) === 0;
        if (key.isOk() && isNeeded && batch.entry(row).canaryNonce === undefined) kept.push(key.value);
      }
      while (kept.length > sampleSize) {
        kept = kept.filter((_, n) => n % 2 === 0);
        every *= 2;
      }
    },
    keys: () => kept,
  };
}

/** Does a key come after all of a batch? One whose last key is no text is not asked. */
function isAfter(key: string, last: string | undefined): boolean {
  return last !== undefined && compareKeys(key, last) > 0;
}

function rowOf(batch: ItemBatch | EntryBatch, key: string): number | undefined {
  const wanted = Buffer.from(key);
  let [low, high] = [0, batch.count - 1];
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const start = middle === 0 ? 0 : (batch.ends[middle - 1] ?? 0) + 1;
    const order = Buffer.compare(batch.keys.subarray(start, batch.ends[middle]), wanted);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

function nonceAt(batch: ItemBatch | EntryBatch, row: number): string | undefined {
  return 'item' in batch ? batch.item(row).canaryNonce : batch.entry(row).canaryNonce;
}
