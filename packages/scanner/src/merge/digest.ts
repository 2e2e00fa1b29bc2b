/**
 * One number for a whole side: two answers have the same digest when they name the same keys in the same order,
 * however they were cut into batches.
 */

import { createHash } from 'node:crypto';
import type { KeyBatch } from '../batch.ts';

/** A digest that grows with each batch. */
export interface KeyDigest {
  /** Takes in the keys of a batch, in their order. */
  add(batch: KeyBatch): void;
  /** 64 hex digits. Ends the digest. */
  hex(): string;
}

/**
 * SHA-256 over two SHA-256: that of the keys' bytes, each key with its 0x0A, and that of their lengths, 32 bits each,
 * lowest byte first. The lengths are there because a key may itself hold 0x0A.
 */
export function keyDigest(): KeyDigest {
  const ofBytes = createHash('sha256');
  const ofLengths = createHash('sha256');
  let lengths = new Uint32Array(0);
  return {
    add({ count, keys, ends }) {
      if (count === 0) return;
      ofBytes.update(keys.subarray(0, (ends[count - 1] ?? 0) + 1));
      if (lengths.length < count) lengths = new Uint32Array(count);
      let start = 0;
      for (let row = 0; row < count; row += 1) {
        const end = ends[row] ?? 0;
        lengths[row] = end - start;
        start = end + 1;
      }
      ofLengths.update(new Uint8Array(lengths.buffer, 0, count * Uint32Array.BYTES_PER_ELEMENT));
    },
    hex: () => createHash('sha256').update(ofBytes.digest()).update(ofLengths.digest()).digest('hex'),
  };
}
