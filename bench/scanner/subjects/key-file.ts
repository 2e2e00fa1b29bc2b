/**
 * A file with a key a line as a side of the scanner: its bytes go on as they are, and only the ends of the lines are
 * looked for. Looking at eight bytes at once costs less than a call for each line.
 */

import { closeSync, openSync, readSync } from 'node:fs';
import type { EntryBatch, Group, ItemBatch, ItemKey, SideStatement, SideStream } from '@belay/scanner';
import { keyAt } from '@belay/scanner';
import { ok } from 'neverthrow';

const chunkBytes = 256 * 1024;
const newline = 0x0a;

interface Lines {
  readonly count: number;
  readonly keys: Uint8Array;
  readonly ends: Uint32Array;
}

/** Reads a sorted file of keys; what a row is beyond its key is made up when it is asked for. */
export async function* readKeys<B extends ItemBatch | EntryBatch>(
  path: string,
  group: Group,
  source: SideStatement['source'],
  rowsOf: (lines: Lines, groups: readonly Group[]) => B,
  now: () => number,
): SideStream<B> {
  const startedAt = new Date(now()).toISOString();
  const groups = [group];
  let [count, pages] = [0, 0];
  let firstKey: string | undefined;
  let lastKey: string | undefined;
  for (const lines of linesOf(path)) {
    const batch = rowsOf(lines, groups);
    firstKey ??= keyAt(batch, 0);
    lastKey = keyAt(batch, lines.count - 1);
    count += lines.count;
    pages += 1;
    yield batch;
  }
  // These are keys: they were read from the file as such.
  return ok({
    source,
    startedAt,
    endedAt: new Date(now()).toISOString(),
    pages,
    count,
    bytes: 0,
    firstKey: firstKey as ItemKey | undefined,
    lastKey: lastKey as ItemKey | undefined,
    ended: 'explicit',
  });
}

/** Chunks of whole lines. One buffer for all of them: a batch is valid until the next is asked for. */
function* linesOf(path: string): Generator<Lines> {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafeSlow(chunkBytes);
    const ends = new Uint32Array(chunkBytes);
    let [kept, done] = [0, 0];
    for (;;) {
      buffer.copyWithin(0, done, kept);
      kept -= done;
      const read = readSync(file, buffer, kept, chunkBytes - kept, null);
      if (read === 0) return;
      kept += read;
      const count = findEnds(buffer, kept, ends);
      done = count === 0 ? 0 : (ends[count - 1] ?? 0) + 1;
      if (count > 0) yield { count, keys: buffer, ends };
    }
  } finally {
    closeSync(file);
  }
}

/**
 * Where the lines end. Eight bytes at once: the test is nonzero exactly where one of them is a newline. Its lowest mark is
 * always one; a mark above it may be the borrow of that one, and so each is looked at.
 */
function findEnds(buffer: Buffer, length: number, ends: Uint32Array): number {
  const words = new Int32Array(buffer.buffer, buffer.byteOffset, length >> 2);
  let count = 0;
  let word = 0;
  for (; word + 1 < words.length; word += 2) {
    const left = (words[word] ?? 0) ^ 0x0a0a0a0a;
    const right = (words[word + 1] ?? 0) ^ 0x0a0a0a0a;
    let marks = (left - 0x01010101) & ~left & 0x80808080;
    let more = (right - 0x01010101) & ~right & 0x80808080;
    if ((marks | more) === 0) continue;
    for (; marks !== 0; marks &= marks - 1) {
      const byte = (word << 2) + ((31 - Math.clz32(marks & -marks)) >> 3);
      if (buffer[byte] === newline) {
        ends[count] = byte;
        count += 1;
      }
    }
    for (; more !== 0; more &= more - 1) {
      const byte = (word << 2) + 4 + ((31 - Math.clz32(more & -more)) >> 3);
      if (buffer[byte] === newline) {
        ends[count] = byte;
        count += 1;
      }
    }
  }
  for (let byte = word << 2; byte < length; byte += 1) {
    if (buffer[byte] !== newline) continue;
    ends[count] = byte;
    count += 1;
  }
  return count;
}
