// What a witness of one side remembers, however the side cuts its answer: every canary wherever it lies, the first and the
// last key, sums over all batches, and a sample from all over it.

import { expect, test } from 'vitest';
import { entryBatch, itemBatch } from '../src/batch.ts';
import type { Canary } from '../src/call.ts';
import type { RegistryEntry } from '../src/entry.ts';
import type { StoredItem } from '../src/item.ts';
import { orderCheck } from '../src/merge/order.ts';
import { witness } from '../src/merge/witness.ts';
import { policyOf } from '../src/policy.ts';
import { archive, keyOf, plainPolicy } from './world.ts';

const { scope } = policyOf(plainPolicy())._unsafeUnwrap();
const item = (name: string, nonce?: string): StoredItem => ({
  key: keyOf(name),
  kind: archive,
  version: '1',
  sizeBytes: 10,
  modifiedAt: '',
  verified: true,
  ...(nonce !== undefined && { canaryNonce: nonce }),
});
const row = (name: string, nonce?: string): RegistryEntry => ({
  key: keyOf(name),
  kind: archive,
  state: 'needed',
  ...(nonce !== undefined && { canaryNonce: nonce }),
});
const canaries = (...names: readonly string[]): readonly Canary[] =>
  names.map((name) => ({ key: keyOf(name), prefix: scope.prefixes[0], place: 'first' }));

test('a canary is met wherever it lies in a batch, and in whichever batch, on both sides', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const expected = canaries(...names);
  const cuts = [[5], [1, 4], [2, 3], [4, 1], [1, 1, 1, 1, 1]];
  for (const cut of cuts) {
    for (const make of [
      (some: readonly string[]) => itemBatch(some.map((name) => item(name, 'today'))),
      (some: readonly string[]) => entryBatch(some.map((name) => row(name, 'today'))),
    ]) {
      const watching = witness(scope, expected, 'today');
      let at = 0;
      for (const count of cut) {
        expect(watching.add(make(names.slice(at, at + count)))).toBeUndefined();
        at += count;
      }
      expect(watching.seen().canaries, cut.join()).toEqual(names.map(keyOf));
    }
  }
});

test('a canary of another day, one that is missing, and a thing that only lies beside it are not met', () => {
  const watching = witness(scope, canaries('a', 'b', 'd'), 'today');
  watching.add(itemBatch([item('a', 'yesterday'), item('b'), item('c', 'today'), item('e', 'today')]));
  expect(watching.seen().canaries).toEqual([]);
});

test('counts, bytes and proofs are sums over all batches; an empty batch changes nothing', () => {
  const watching = witness(scope, [], 'today');
  for (const batch of [['a'], [], ['b', 'c'], []]) watching.add(itemBatch(batch.map((name) => item(name))));
  expect(watching.seen()).toMatchObject({
    count: 3,
    bytes: 30,
    firstKey: keyOf('a'),
    lastKey: keyOf('c'),
    tallies: [{ count: 3, bytes: 30, verified: 3 }],
  });
});

test('the sample that is asked for again before a sweep is from all over the registry, and never more than may be asked', () => {
  const watching = witness(scope, [], 'today');
  const name = (n: number) => String(n).padStart(6, '0');
  const count = 200 * 16;
  for (let n = 0; n < count; n += 16) {
    watching.add(entryBatch(Array.from({ length: 16 }, (_, i) => row(name(n + i)))));
  }
  const sample = watching.seen().sample ?? [];
  expect(sample.length).toBeLessThanOrEqual(64);
  for (let part = 0; part < 4; part += 1) {
    const [from, to] = [keyOf(name((part * count) / 4)), keyOf(name(((part + 1) * count) / 4))];
    const inside = sample.filter((key) => key >= from && key < to);
    expect(inside.length, `quarter ${part}`).toBeGreaterThanOrEqual(4);
  }
});

test('a batch that cannot count its rows is not believed', () => {
  for (const count of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(orderCheck().add({ ...itemBatch([item('a')]), count }), `${count}`).toBeDefined();
  }
  expect(orderCheck().add(itemBatch([item('a')]))).toBeUndefined();
});

test('a batch that begins before the last key of the one before it, or with that very key, is out of order', () => {
  const batch = (...names: readonly string[]) => itemBatch(names.map((name) => item(name)));
  for (const [next, isWrong] of [
    ['c', true],
    ['m', true],
    ['n', false],
  ] as const) {
    const order = orderCheck();
    expect(order.add(batch('a', 'm'))).toBeUndefined();
    expect(order.add(batch(next)) !== undefined, next).toBe(isWrong);
  }
});
