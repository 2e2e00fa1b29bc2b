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
  let last: DataView | undefined;
  return {
    add(batch) {
      if (!Number.isSafeInteger(batch.count) || batch.count < 0) {
        return `The batch is malformed: it has ${batch.count} rows.`;
      }
      if (batch.count === 0) return undefined;
      const { view } = comparable(batch);
      const problem = withinBatch(batch, view);
      if (problem !== undefined) return problem;
      const firstEnd = batch.ends[0] ?? 0;
      if (last !== undefined && compareBytes(last, 0, last.byteLength, view, 0, firstEnd) >= 0) {
        return descending(last, 0, last.byteLength, view, 0, firstEnd);
      }
      const [start, end] = [startOf(batch, batch.count - 1), batch.ends[batch.count - 1] ?? 0];
      const copy = Uint8Array.from(batch.keys.subarray(start, end));
      last = new DataView(copy.buffer);
      return undefined;
    },
  };
}

const separator = 0x0a;

/** One pass over the rows: each ends where it says, and comes after the one before. */
function withinBatch({ count, keys, ends, groups, groupOf }: KeyBatch, view: DataView): string | undefined {
  let start = 0;
  let end = 0;
  for (let row = 0; row < count; row += 1) {
    const nextStart = row === 0 ? 0 : end + 1;
    const nextEnd = ends[row] ?? 0;
    if (nextEnd <= nextStart)
      return `The batch is malformed: row ${row} has an empty key or ends before it begins.`;
    if (keys[nextEnd] !== separator) {
      return `The batch is malformed: the key of row ${row} is not followed by its separator.`;
    }
    if (row > 0 && compareBytes(view, start, end, view, nextStart, nextEnd) >= 0) {
      return descending(view, start, end, view, nextStart, nextEnd);
    }
    start = nextStart;
    end = nextEnd;
  }
  if (groups.length === 0) return 'The batch is malformed: it has rows and no group.';
  if (groupOf === undefined) return undefined;
  for (let row = 0; row < count; row += 1) {
    if ((groupOf[row] ?? groups.length) >= groups.length) {
      return `The batch is malformed: row ${row} has no group.`;
    }
  }
  return undefined;
}

function startOf({ ends }: KeyBatch, row: number): number {
  return row === 0 ? 0 : (ends[row - 1] ?? 0) + 1;
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
