/**
 * Compares two keys as bytes, where they lie. This is where a scan of ten million keys spends its time, so it looks at
 * four bytes at once: read with the first byte highest, they compare as numbers in the order of the bytes.
 */

import type { KeyBatch } from '../batch.ts';

/** Looks at the bytes of a batch without copying them. */
export function comparable<B extends KeyBatch>(batch: B): { readonly batch: B; readonly view: DataView } {
  const { buffer, byteOffset, byteLength } = batch.keys;
  return { batch, view: new DataView(buffer, byteOffset, byteLength) };
}

/** Negative, zero or positive: the bytes `aStart..aEnd` of one view against `bStart..bEnd` of another. */
export function compareBytes(
  a: DataView,
  aStart: number,
  aEnd: number,
  b: DataView,
  bStart: number,
  bEnd: number,
): number {
  const shared = Math.min(aEnd - aStart, bEnd - bStart);
  let at = 0;
  // Neighbours begin alike: whether they differ at all is asked of sixteen bytes at once, and in the machine's own order.
  for (; at + 16 <= shared; at += 16) {
    const i = aStart + at;
    const j = bStart + at;
    const difference =
      (a.getInt32(i, true) ^ b.getInt32(j, true)) |
      (a.getInt32(i + 4, true) ^ b.getInt32(j + 4, true)) |
      (a.getInt32(i + 8, true) ^ b.getInt32(j + 8, true)) |
      (a.getInt32(i + 12, true) ^ b.getInt32(j + 12, true));
    if (difference !== 0) break;
  }
  for (; at + 4 <= shared; at += 4) {
    const left = a.getUint32(aStart + at);
    const right = b.getUint32(bStart + at);
    if (left !== right) return left < right ? -1 : 1;
  }
  for (; at < shared; at += 1) {
    const difference = a.getUint8(aStart + at) - b.getUint8(bStart + at);
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
}

/** Are they the same bytes? Most pairs of a merge are, and sixteen at once are looked at faster than four. */
export function sameBytes(
  a: DataView,
  aStart: number,
  aEnd: number,
  b: DataView,
  bStart: number,
  bEnd: number,
): boolean {
  const length = aEnd - aStart;
  if (bEnd - bStart !== length) return false;
  let at = 0;
  for (; at + 16 <= length; at += 16) {
    const difference =
      (a.getInt32(aStart + at, true) ^ b.getInt32(bStart + at, true)) |
      (a.getInt32(aStart + at + 4, true) ^ b.getInt32(bStart + at + 4, true)) |
      (a.getInt32(aStart + at + 8, true) ^ b.getInt32(bStart + at + 8, true)) |
      (a.getInt32(aStart + at + 12, true) ^ b.getInt32(bStart + at + 12, true));
    if (difference !== 0) return false;
  }
  for (; at + 4 <= length; at += 4) {
    if (a.getInt32(aStart + at, true) !== b.getInt32(bStart + at, true)) return false;
  }
  for (; at < length; at += 1) if (a.getUint8(aStart + at) !== b.getUint8(bStart + at)) return false;
  return true;
}
