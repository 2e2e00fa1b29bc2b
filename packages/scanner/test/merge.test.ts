// The merge against the plainest way of saying the same: two sets. Whatever the batches, whatever the bytes.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type EntryBatch, entryBatch, type ItemBatch, itemBatch, keyAt } from '../src/batch.ts';
import type { EntryState, RegistryEntry } from '../src/entry.ts';
import type { StoredItem } from '../src/item.ts';
import { compareKeys, itemKind, keyPrefix, ownerId } from '../src/key.ts';
import { keyDigest } from '../src/merge/digest.ts';
import { merge } from '../src/merge/merge.ts';
import { orderCheck } from '../src/merge/order.ts';
import { witness } from '../src/merge/witness.ts';
import { scopeOf } from '../src/scope.ts';

const kind = itemKind('archive')._unsafeUnwrap();
const owner = ownerId('ann')._unsafeUnwrap();
const runs = Number(process.env['BELAY_RUNS'] ?? 300);
const key = fc
  .string({ unit: 'grapheme-composite', minLength: 1, maxLength: 6 })
  .filter((text) => text.isWellFormed());
const keys = fc.uniqueArray(
  fc.oneof(key, fc.constantFrom('a', 'a\n', 'a\u0000', 'b', '\u{1f600}', '\uffee')),
  { maxLength: 40 },
);
const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });

const sorted = (some: readonly string[]) => [...some].sort(compareKeys);
const stored = (text: string): StoredItem => ({
  // A test may name anything.
  key: text as StoredItem['key'],
  kind,
  owner,
  version: '1',
  sizeBytes: text.length,
  modifiedAt: '',
});
const row = (text: string, state: EntryState = 'needed'): RegistryEntry => ({
  key: text as RegistryEntry['key'],
  kind,
  owner,
  state,
});

function cut<T, B>(rows: readonly T[], lengths: readonly number[], batch: (some: readonly T[]) => B): B[] {
  const batches: B[] = [];
  for (let at = 0, n = 0; at < rows.length; n += 1) {
    const length = lengths[n % lengths.length] ?? 1;
    batches.push(batch(rows.slice(at, at + length)));
    at += length;
  }
  return batches;
}

function play(items: ItemBatch[], registries: EntryBatch[][]) {
  const found = {
    orphans: [] as string[],
    ended: [] as string[],
    doubtful: [] as string[],
    missing: [] as string[],
  };
  const merging = merge(registries.length, {
    orphan: (batch, index) => void found.orphans.push(keyAt(batch, index) ?? ''),
    ended: (batch, index) => void found.ended.push(keyAt(batch, index) ?? ''),
    doubtful: (batch, index) => void found.doubtful.push(keyAt(batch, index) ?? ''),
    missing: (number, batch, at) => void found.missing.push(`${number} ${keyAt(batch, at)}`),
  });
  for (let wanted = merging.run(); wanted !== 'nothing'; wanted = merging.run()) {
    if (wanted === 'items') merging.giveItems(items.shift());
    else merging.giveEntries(wanted, registries[wanted]?.shift());
  }
  return found;
}

test('the merge finds what two sets find, with any registries, however the sides are cut', () => {
  const states = fc.constantFrom<EntryState>('needed', 'intent', 'owner-ended', 'unknown');
  const registry = fc.array(states, { minLength: 40, maxLength: 40 });
  fc.assert(
    fc.property(
      keys,
      fc.array(fc.tuple(keys, registry, sizes), { maxLength: 3 }),
      sizes,
      (have, wants, lengths) => {
        const sides = wants.map(([names, said, cuts]) => {
          const rows = sorted(names).map((name, n) => row(name, said[n] ?? 'needed'));
          return { rows, batches: cut(rows, cuts, entryBatch) };
        });
        const found = play(
          cut(sorted(have).map(stored), lengths, itemBatch),
          sides.map(({ batches }) => batches),
        );
        const saidOf = (name: string) =>
          sides.flatMap(({ rows }) => rows.filter((one) => one.key === name).map(({ state }) => state));
        const those = (which: (states: readonly EntryState[]) => boolean) =>
          sorted(have).filter((name) => which(saidOf(name)));
        const isKept = (said: readonly EntryState[]) => said.includes('needed') || said.includes('intent');
        expect(found.orphans).toEqual(those((said) => said.length === 0));
        expect(found.ended).toEqual(
          those((said) => said.length > 0 && said.every((state) => state === 'owner-ended')),
        );
        expect(found.doubtful).toEqual(those((said) => !isKept(said) && said.includes('unknown')));
        expect([...found.missing].sort()).toEqual(
          sides
            .flatMap(({ rows }, n) =>
              rows.filter(({ key: name }) => !have.includes(name)).map(({ key: name }) => `${n} ${name}`),
            )
            .sort(),
        );
      },
    ),
    { numRuns: runs },
  );
});

test('the digest is of the keys and their order, and not of how they were cut', () => {
  const digestOf = (some: readonly string[], lengths: readonly number[]) => {
    const digest = keyDigest();
    for (const batch of cut(some.map(stored), lengths, itemBatch)) digest.add(batch);
    return digest.hex();
  };
  fc.assert(
    fc.property(keys, sizes, sizes, (some, one, other) => {
      expect(digestOf(some, one)).toBe(digestOf(some, other));
      if (some.length > 1) expect(digestOf(some.slice(1), one)).not.toBe(digestOf(some, one));
    }),
    { numRuns: runs },
  );
  expect(digestOf(['a\nb'], [1])).not.toBe(digestOf(['a', 'b'], [1]));
});

test('every order but the ascending one of bytes is found out, within a batch and between two', () => {
  const problemOf = (some: readonly string[], lengths: readonly number[]) => {
    const check = orderCheck();
    return cut(some.map(stored), lengths, itemBatch)
      .map((batch) => check.add(batch))
      .find((problem) => problem !== undefined);
  };
  fc.assert(
    fc.property(keys, sizes, (some, lengths) => {
      const isAscending = some.every((name, n) => n === 0 || compareKeys(some[n - 1] ?? '', name) < 0);
      expect(problemOf(some, lengths) === undefined).toBe(isAscending);
      expect(problemOf(sorted(some), lengths)).toBeUndefined();
    }),
    { numRuns: runs },
  );
  for (const lengths of [[1], [2]]) expect(problemOf(['a', 'a'], lengths)).toContain('twice');
  expect(problemOf(['\uffee', '\u{1f600}'], [1])).toBeUndefined();
  expect(problemOf(['\u{1f600}', '\uffee'], [1])).toContain('ascending');
});

test('a batch that contradicts itself is believed in nothing', () => {
  const good = itemBatch([stored('p/a'), stored('p/b')]);
  const wrong: readonly Partial<ItemBatch>[] = [
    { ends: Uint32Array.of(3, 3) },
    { ends: Uint32Array.of(2, 7) },
    { ends: Uint32Array.of(3, 9) },
    { ends: Uint32Array.of(0, 7) },
    { count: 3 },
    { groups: [] },
    { groupOf: Uint16Array.of(0, 1) },
    { groupOf: Uint16Array.of(0) },
  ];
  expect(orderCheck().add(good)).toBeUndefined();
  for (const part of wrong)
    expect(orderCheck().add({ ...good, ...part }), JSON.stringify(part)).toBeDefined();
});

test('a witness counts by prefix and owner, refuses what lies outside, and knows this run’s canaries from older ones', () => {
  const prefixes = ['p/', 'q/'].map((text) => keyPrefix(text)._unsafeUnwrap());
  const scope = scopeOf({ prefixes, kinds: [kind] })._unsafeUnwrap();
  const canary = { key: 'p/~', prefix: scope.prefixes[0], place: 'last' as const };
  const see = (nonce: string) => {
    const one = witness(scope, [canary], 'now');
    const rows = [stored('p/a'), { ...stored('p/~'), canaryNonce: nonce }, stored('q/a')];
    for (const batch of cut(rows, [2], itemBatch)) expect(one.add(batch)).toBeUndefined();
    return one.seen();
  };
  expect(see('now').canaries).toEqual(['p/~']);
  expect(see('before').canaries).toEqual([]);
  expect(see('now')).toMatchObject({ count: 3, bytes: 9, firstKey: 'p/a', lastKey: 'q/a' });
  expect(see('now').tallies).toMatchObject([
    { prefix: 'p/', count: 2, bytes: 6 },
    { prefix: 'q/', count: 1 },
  ]);
  for (const outside of ['a', 'p', 'pz', 'r']) {
    expect(witness(scope, [], 'now').add(itemBatch([stored(outside)]))).toContain('outside');
  }
});
