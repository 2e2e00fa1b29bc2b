/**
 * Is a side in strictly ascending byte order? Two lists of the same keys in two different orders always show a
 * descending pair, so this finds the locale's order, the numeric order, a repeated page and a page told twice, each of
 * which would otherwise look like a pile of orphans.
 */

import type { KeyBatch } from '../batch.ts';
import { comparable, compareBytes } from './compare.ts';

/** Looks at one side's batches, one after another. */
export interface OrderCheck {
  /** A sentence where the batch is malformed or out of order. */
  add(batch: KeyBatch): string | undefined;
}

/** Begins with a side. */
export function orderCheck(): OrderCheck {
  // The last key of the batch before, copied: its own bytes may be gone.
  let last: Buffer | undefined;
  return {
    add(batch) {
      const { count, keys, ends } = batch;
      if (count === 0) return undefined;
      const { view } = comparable(batch);
      const malformed = shapeProblem(batch);
      if (malformed !== undefined) return malformed;
      const firstEnd = ends[0] ?? 0;
      const before = last === undefined ? undefined : new DataView(last.buffer, last.byteOffset, last.length);
      if (before !== undefined && compareBytes(before, 0, before.byteLength, view, 0, firstEnd) >= 0) {
        return descending(before, 0, before.byteLength, view, 0, firstEnd);
      }
      let start = 0;
      let end = firstEnd;
      for (let row = 1; row < count; row += 1) {
        const nextEnd = ends[row] ?? 0;
        if (compareBytes(view, start, end, view, end + 1, nextEnd) >= 0) {
          return descending(view, start, end, view, end + 1, nextEnd);
        }
        start = end + 1;
        end = nextEnd;
      }
      last = Buffer.from(keys.subarray(start, end));
      return undefined;
    },
  };
}

const separator = 0x0a;

function shapeProblem({ count, keys, ends, groups, groupOf }: KeyBatch): string | undefined {
  let start = 0;
  for (let row = 0; row < count; row += 1) {
    const end = ends[row] ?? -1;
    if (end <= start) return `The batch is malformed: row ${row} has an empty key or ends before it begins.`;
    if (end >= keys.length || keys[end] !== separator) {
      return `The batch is malformed: the key of row ${row} is not followed by its separator.`;
    }
    if ((groupOf?.[row] ?? 0) >= groups.length) return `The batch is malformed: row ${row} has no group.`;
    start = end + 1;
  }
  return undefined;
}

function descending(
  a: DataView,
  aStart: number,
  aEnd: number,
  b: DataView,
  bStart: number,
  bEnd: number,
): string {
  const [before, after] = [shown(a, aStart, aEnd), shown(b, bStart, bEnd)];
  return before === after
    ? `The key ${before} came twice.`
    : `The keys are not in ascending byte order: ${before} came before ${after}.`;
}

function shown(view: DataView, start: number, end: number): string {
  return JSON.stringify(Buffer.from(view.buffer, view.byteOffset + start, end - start).toString('utf8'));
}
