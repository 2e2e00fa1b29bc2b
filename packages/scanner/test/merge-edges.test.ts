// The merge's small parts where they look at many bytes at once, at batches without groups or states, and at their ends.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type EntryBatch, entryBatch, type ItemBatch, itemBatch } from '../src/batch.ts';
import type { RegistryEntry } from '../src/entry.ts';
import type { StoredItem } from '../src/item.ts';
import { compareKeys, itemKind, keyPrefix, ownerId } from '../src/key.ts';
import { compareBytes, sameBytes } from '../src/merge/compare.ts';
import { keyDigest } from '../src/merge/digest.ts';
import { merge } from '../src/merge/merge.ts';
import { orderCheck } from '../src/merge/order.ts';
import { tallying } from '../src/merge/tally.ts';
import { witness } from '../src/merge/witness.ts';
import { scopeOf } from '../src/scope.ts';

const kind = itemKind('archive')._unsafeUnwrap();
const owner = ownerId('ann')._unsafeUnwrap();
const scopeFor = (...prefixes: readonly string[]) =>
  scopeOf({
    prefixes: prefixes.map((text) => keyPrefix(text)._unsafeUnwrap()),
    kinds: [kind],
  })._unsafeUnwrap();

const stored = (text: string, more: Partial<StoredItem> = {}): StoredItem => ({
  key: text as StoredItem['key'],
  kind,
  owner,
  version: '1',
  sizeBytes: text.length,
  modifiedAt: '',
  ...more,
});
const row = (text: string, more: Partial<RegistryEntry> = {}): RegistryEntry => ({
  key: text as RegistryEntry['key'],
  kind,
  owner,
  state: 'needed',
  ...more,
});
/** Of one group, as a side gives it that has no others. */
const plainItems = (...names: readonly string[]): ItemBatch => {
  const { groupOf: _, ...batch } = itemBatch(names.map((name) => stored(name)));
  return batch;
};
/** All of it needed, of one group. */
const plainRows = (...names: readonly string[]): EntryBatch => {
  const { groupOf: _, states: __, ...batch } = entryBatch(names.map((name) => row(name)));
  return batch;
};

test('long keys are compared as their bytes are, wherever they differ, however they lie in memory', () => {
  const bytes = fc.uint8Array({ maxLength: 70 });
  const at = fc.integer({ min: 0, max: 69 });
  fc.assert(
    fc.property(
      bytes,
      at,
      fc.integer({ min: 0, max: 255 }),
      fc.integer({ min: 0, max: 3 }),
      (one, where, byte, gap) => {
        const other = Uint8Array.from(one);
        if (where < other.length) other[where] = byte;
        const changed = where === one.length ? Uint8Array.from([...one, byte]) : other;
        const place = Buffer.concat([
          Buffer.alloc(gap, 7),
          one,
          Buffer.alloc(gap + 1, 9),
          changed,
          Buffer.alloc(4, 1),
        ]);
        const view = new DataView(place.buffer, place.byteOffset, place.byteLength);
        const from = gap + one.length + gap + 1;
        const ends = [gap, gap + one.length, view, from, from + changed.length] as const;
        expect(Math.sign(compareBytes(view, ...ends))).toBe(Buffer.compare(one, changed));
        expect(sameBytes(view, ...ends)).toBe(Buffer.compare(one, changed) === 0);
      },
    ),
    { numRuns: 400 },
  );
  // Every place of a key of 55 bytes, by itself.
  const key = Buffer.from('archives/customer-00000012/2026-11-000000000815.tar.zst');
  for (let n = 0; n < key.length; n += 1) {
    const other = Buffer.from(key);
    other[n] = (other[n] ?? 0) + 1;
    const both = Buffer.concat([key, other]);
    const view = new DataView(both.buffer, both.byteOffset, both.byteLength);
    const ends = [0, key.length, view, key.length, 2 * key.length] as const;
    expect(compareBytes(view, ...ends), `byte ${n}`).toBeLessThan(0);
    expect(sameBytes(view, ...ends), `byte ${n}`).toBe(false);
  }
});

test('keys that are alike in their first sixteen bytes and more are still told apart by the merge', () => {
  const names = Array.from(
    { length: 40 },
    (_, n) => `archives/customer-00000012/2026-11-${String(n).padStart(12, '0')}`,
  );
  const needed = names.filter((_, n) => n % 7 !== 3);
  const orphans: string[] = [];
  const merging = merge(1, {
    orphan: (batch, index) => void orphans.push(batch.item(index).key),
    ended: () => undefined,
    doubtful: () => undefined,
    missing: (_, batch, at) => void orphans.push(`missing ${batch.entry(at).key}`),
  });
  const items = [plainItems(...names)];
  const entries = [plainRows(...needed.slice(0, 10)), plainRows(...needed.slice(10))];
  for (let wanted = merging.run(); wanted !== 'nothing'; wanted = merging.run()) {
    if (wanted === 'items') merging.giveItems(items.shift());
    else merging.giveEntries(wanted, entries.shift());
  }
  expect(orphans).toEqual(names.filter((_, n) => n % 7 === 3));
});

test('the digest is that of the keys’ bytes and of their lengths', () => {
  const digest = keyDigest();
  for (const batch of [plainItems('p/a', 'p/bb'), plainItems(), plainItems('q')]) digest.add(batch);
  const bytes = createHash('sha256').update('p/a\np/bb\nq\n').digest();
  const lengths = createHash('sha256')
    .update(Buffer.from(Uint32Array.of(3, 4, 1).buffer))
    .digest();
  expect(digest.hex()).toBe(createHash('sha256').update(bytes).update(lengths).digest('hex'));
});

test('an empty batch is in order; an empty key, and rows without any group, are not', () => {
  const check = orderCheck();
  expect(check.add(plainItems('a'))).toBeUndefined();
  expect(check.add(plainItems())).toBeUndefined();
  expect(check.add(plainItems('a'))).toContain('twice');
  const empty = { ...plainItems('x'), count: 2, keys: Buffer.from('\nb\n'), ends: Uint32Array.of(0, 2) };
  expect(orderCheck().add(empty)).toContain('empty key');
  const between = {
    ...plainItems('x'),
    count: 3,
    keys: Buffer.from('a\n\nb\n'),
    ends: Uint32Array.of(1, 2, 4),
  };
  expect(orderCheck().add(between)).toContain('empty key');
  expect(orderCheck().add({ ...plainItems('a'), groups: [] })).toContain('no group');
});

test('a side of one group is counted as one of several, in items, bytes and proofs, over the borders of prefixes', () => {
  const scope = scopeFor('p/', 'q/', 's/');
  const names = ['p/a', 'p/bb', 'p/ccc', 'q/a', 'q/b', 's/a', 's/b', 's/c', 's/d'];
  const rows = names.map((name, n) => stored(name, { verified: n % 2 === 0 }));
  const plain = tallying(scope);
  const { groupOf: _, ...batch } = itemBatch(rows);
  expect(plain.add(batch)).toBeUndefined();
  const grouped = tallying(scope);
  expect(grouped.add(itemBatch(rows))).toBeUndefined();
  const counted = [
    { prefix: 'p/', kind, owner, count: 3, bytes: 12, verified: 2 },
    { prefix: 'q/', kind, owner, count: 2, bytes: 6, verified: 1 },
    { prefix: 's/', kind, owner, count: 4, bytes: 12, verified: 2 },
  ];
  expect(plain.lines()).toEqual(counted);
  expect(grouped.lines()).toEqual(counted);
  const unproved = tallying(scope);
  const { verified: __, ...without } = batch;
  unproved.add(without);
  expect(unproved.lines().map(({ verified }) => verified)).toEqual([0, 0, 0]);
  const registry = tallying(scope);
  registry.add(plainRows(...names));
  expect(registry.lines().map(({ count, bytes }) => [count, bytes])).toEqual([
    [3, 0],
    [2, 0],
    [4, 0],
  ]);
});

test('groups that no row is of are not counted, and a key is not read beyond its end', () => {
  const scope = scopeFor('p/');
  const two = itemBatch([stored('p/a'), stored('p/b', { owner: undefined })]);
  const one = tallying(scope);
  one.add({ ...two, groupOf: Uint16Array.of(1, 1) });
  expect(one.lines()).toMatchObject([{ owner: undefined, count: 2 }]);
  // `p`, its separator and the next key's first letter look like this prefix.
  expect(tallying(scopeFor('p\nx')).add(plainItems('p', 'xa'))).toContain('outside');
});

test('a witness sees the digest of what came, and does not stumble over what is missing or no text', () => {
  const scope = scopeFor('p/');
  const canary = (name: string) => ({ key: name, prefix: scope.prefixes[0], place: 'middle' as const });
  const one = witness(scope, [canary('p/b'), canary('p/x')], 'now');
  const digest = keyDigest();
  for (const batch of [plainItems('p/a', 'p/c'), plainItems(), plainItems('p/d', 'p/z')]) {
    expect(one.add(batch)).toBeUndefined();
    digest.add(batch);
  }
  expect(one.seen()).toMatchObject({ digest: digest.hex(), canaries: [], count: 4, lastKey: 'p/z' });
  const odd = { ...plainItems('p/a'), keys: Uint8Array.of(0x70, 0x2f, 0xff, 0x0a), ends: Uint32Array.of(3) };
  const other = witness(scope, [canary('p/b')], 'now');
  expect(other.add(odd)).toBeUndefined();
  expect(other.seen()).toMatchObject({ count: 1, canaries: [] });
});

test('a registry’s sample is of needed rows that are text, from all over it, and never more than can be asked at once', () => {
  const scope = scopeFor('p/');
  const sampleOf = (...batches: readonly EntryBatch[]) => {
    const one = witness(scope, [], 'now');
    for (const batch of batches) expect(one.add(batch)).toBeUndefined();
    return one.seen().sample ?? [];
  };
  const few = entryBatch([
    row('p/!', { canaryNonce: 'now' }),
    row('p/a'),
    row('p/b', { state: 'unknown' }),
    row('p/c', { state: 'owner-ended' }),
    row('p/d', { state: 'intent' }),
    row('p/e'),
  ]);
  expect(sampleOf(few)).toEqual(['p/a', 'p/e']);
  expect(sampleOf(plainRows('p/a', 'p/b'))).toEqual(['p/a', 'p/b']);
  const odd = { ...plainRows('p/a'), keys: Uint8Array.of(0x70, 0x2f, 0xff, 0x0a), ends: Uint32Array.of(3) };
  expect(sampleOf(odd)).toEqual([]);
  const names = Array.from({ length: 4_000 }, (_, n) => `p/${String(n).padStart(5, '0')}`);
  const batches = Array.from({ length: 40 }, (_, n) => plainRows(...names.slice(n * 100, n * 100 + 100)));
  const many = sampleOf(...batches);
  expect(many.length).toBeGreaterThan(32);
  expect(many.length).toBeLessThanOrEqual(64);
  expect([...many].sort(compareKeys)).toEqual(many);
  expect(many.some((key) => key < 'p/01000')).toBe(true);
  expect(many.some((key) => key >= 'p/03000')).toBe(true);
  // An inventory has none: nobody asks it again.
  const items = witness(scope, [], 'now');
  items.add(plainItems('p/a'));
  expect(items.seen().sample).toEqual([]);
});
