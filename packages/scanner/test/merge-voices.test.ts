// Several registries speak of one item: the one that needs it most is heard, whatever the others say and in whatever
// order they come; and what was said of one item is never said of the next.

import { expect, test } from 'vitest';
import { entryBatch, itemBatch } from '../src/batch.ts';
import { type EntryState, entryStates, type RegistryEntry } from '../src/entry.ts';
import type { StoredItem } from '../src/item.ts';
import { compareBytes, sameBytes } from '../src/merge/compare.ts';
import { merge } from '../src/merge/merge.ts';
import { archive, keyOf } from './world.ts';

const item = (name: string): StoredItem => ({
  key: keyOf(name),
  kind: archive,
  version: '1',
  sizeBytes: 1,
  modifiedAt: '',
});
const row = (name: string, state: EntryState): RegistryEntry => ({ key: keyOf(name), kind: archive, state });

/** What is found of items `a` and `b`, and what is missing, where each registry has these rows. */
function found(...registries: readonly (readonly RegistryEntry[])[]): readonly string[] {
  const said: string[] = [];
  const merging = merge(registries.length, {
    orphan: (batch, n) => void said.push(`${batch.item(n).key} orphan`),
    ended: (batch, n, entries, at) => void said.push(`${batch.item(n).key} ended ${entries.entry(at).key}`),
    doubtful: (batch, n) => void said.push(`${batch.item(n).key} doubtful`),
    missing: (number, entries, n) => void said.push(`${entries.entry(n).key} missing ${number}`),
  });
  const given = new Set<number | 'items'>();
  for (;;) {
    const wanted = merging.run();
    if (wanted === 'nothing') return said.map((one) => one.replaceAll('archives/', ''));
    const isFirst = !given.has(wanted);
    given.add(wanted);
    if (wanted === 'items') merging.giveItems(isFirst ? itemBatch([item('a'), item('b')]) : undefined);
    else merging.giveEntries(wanted, isFirst ? entryBatch(registries[wanted] ?? []) : undefined);
  }
}

test('of two registries the one that needs an item most is heard, in either order', () => {
  const outcome: Readonly<Record<EntryState, string | undefined>> = {
    needed: undefined,
    intent: undefined,
    unknown: 'a doubtful',
    'owner-ended': 'a ended a',
  };
  const order = ['needed', 'intent', 'unknown', 'owner-ended'] as const;
  expect([...order].sort()).toEqual([...entryStates].sort());
  for (const [n, more] of order.entries()) {
    for (const less of order.slice(n)) {
      const wanted = [...(outcome[more] === undefined ? [] : [outcome[more]]), 'b orphan'];
      expect(found([row('a', more)], [row('a', less)]), `${more}, ${less}`).toEqual(wanted);
      expect(found([row('a', less)], [row('a', more)]), `${less}, ${more}`).toEqual(wanted);
    }
  }
});

test('what was said of one item is not said of the next', () => {
  for (const first of ['owner-ended', 'unknown', 'needed'] as const) {
    expect(found([row('a', first), row('b', 'unknown')]).at(-1)).toBe('b doubtful');
    expect(found([row('a', first), row('b', 'owner-ended')]).at(-1)).toBe('b ended b');
    expect(found([row('a', first)]).at(-1)).toBe('b orphan');
    expect(found([row('a', first), row('b', 'needed')]).filter((one) => one.startsWith('b'))).toEqual([]);
  }
});

test('a registry that has nothing more, or nothing at all, keeps no other from being heard', () => {
  expect(found([], [row('a', 'needed'), row('b', 'needed'), row('c', 'needed')])).toEqual(['c missing 1']);
  expect(found([row('a', 'owner-ended')], [row('b', 'needed')])).toEqual(['a ended a']);
  expect(found([row('0', 'needed')], [])).toEqual(['0 missing 0', 'a orphan', 'b orphan']);
});

test('two keys are the same only when every byte is, at every length', () => {
  for (let length = 0; length <= 40; length += 1) {
    const one = Uint8Array.from({ length }, (_, n) => n + 1);
    const view = new DataView(one.buffer);
    for (let at = -1; at < length; at += 1) {
      const other = Uint8Array.from(one);
      if (at >= 0) other[at] = 255;
      const ends = [0, length, new DataView(other.buffer), 0, length] as const;
      expect(sameBytes(view, ...ends), `${length}, ${at}`).toBe(at < 0);
      expect(Math.sign(compareBytes(view, ...ends)), `${length}, ${at}`).toBe(at < 0 ? 0 : -1);
    }
    expect(sameBytes(view, 0, length, new DataView(new ArrayBuffer(length + 1)), 0, length + 1)).toBe(false);
  }
});
