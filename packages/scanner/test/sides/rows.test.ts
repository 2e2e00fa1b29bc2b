// What a row of a database means, and which keys lie under a prefix: whatever is missing, unknown or odd in a row makes it
// needed, and no prefix ever takes in the keys of its neighbour.

import { expect, test } from 'vitest';
import { type EntryState, entryStates } from '../../src/entry.ts';
import { itemKey } from '../../src/key.ts';
import { afterPrefix } from '../../src/rows/range.ts';
import { type ReadKey, referenceOf } from '../../src/rows/reference.ts';
import { entryOf, Joiner, type Row, stronger } from '../../src/rows/row.ts';

const row = (more: Partial<Row> = {}): Row => ({
  key: 'a',
  kind: 'archive',
  owner: 'ann',
  state: 'needed',
  endedAt: null,
  nonce: null,
  ...more,
});
const read = (more: Partial<Row> = {}) => entryOf(row(more), 'shop');

test('a row says what it says, and nothing that it does not', () => {
  expect(read()._unsafeUnwrap()).toEqual({ key: 'a', kind: 'archive', owner: 'ann', state: 'needed' });
  const bare = read({ owner: null, endedAt: 'tomorrow' })._unsafeUnwrap();
  expect(Object.keys(bare)).toEqual(['key', 'kind', 'state']);
  expect(Object.keys(read({ owner: '' })._unsafeUnwrap())).toEqual(['key', 'kind', 'state']);
  const ended = '2026-01-01T00:00:00.000Z';
  expect(read({ state: 'owner-ended', endedAt: ended, nonce: 'n1' })._unsafeUnwrap()).toEqual({
    key: 'a',
    kind: 'archive',
    owner: 'ann',
    state: 'owner-ended',
    endedAt: ended,
    canaryNonce: 'n1',
  });
});

test('a state that nobody knows, or none, is unknown; a key or a kind that is none is an error', () => {
  for (const state of [null, '', 'NEEDED', 'owner_ended', 'retired']) {
    expect(read({ state })._unsafeUnwrap().state).toBe('unknown');
  }
  for (const state of entryStates) expect(read({ state })._unsafeUnwrap().state).toBe(state);
  for (const wrong of [{ key: null }, { key: '' }, { kind: null }, { kind: '' }]) {
    expect(read(wrong)._unsafeUnwrapErr()).toMatchObject({ kind: 'not-believed', source: 'shop' });
  }
});

test('of several rows of one key the one that needs it most speaks, in whatever order they come', () => {
  const of = (state: EntryState) => read({ state })._unsafeUnwrap();
  const order = ['needed', 'intent', 'unknown', 'owner-ended'] as const;
  for (const [n, more] of order.entries()) {
    for (const less of order.slice(n)) {
      expect(stronger(of(more), of(less)).state).toBe(more);
      expect(stronger(of(less), of(more)).state).toBe(more);
    }
  }
});

test('rows of one key that come one after another are one entry, and none is lost', () => {
  const joiner = new Joiner();
  const entries = ['a', 'b', 'b', 'b', 'c'].map((key, n) =>
    read({ key, state: n === 2 ? 'needed' : 'owner-ended' })._unsafeUnwrap(),
  );
  const complete = entries.map((entry) => joiner.add(entry));
  expect(complete.map((one) => one?.key)).toEqual([undefined, 'a', undefined, undefined, 'b']);
  expect(complete[4]?.state).toBe('needed');
  expect(joiner.joined).toBe(2);
  expect(joiner.end()?.key).toBe('c');
  expect(joiner.end()).toBeUndefined();
});

test('a reference is not needed only where no row needs it and every row can be read', () => {
  const key = itemKey('a')._unsafeUnwrap();
  const of = (state: EntryState | undefined, more: Partial<ReadKey> = {}) =>
    referenceOf(
      {
        key,
        entry: state === undefined ? undefined : read({ state })._unsafeUnwrap(),
        hold: 'none',
        inUseBy: undefined,
        neededUntil: undefined,
        ...more,
      },
      'shop',
    );
  expect(of('needed', { hold: 'held' })).toMatchObject({ verdict: 'needed', hold: 'held' });
  expect(of('intent')).toMatchObject({ verdict: 'needed' });
  expect(of('unknown')).toMatchObject({ verdict: 'unknown' });
  expect(of('owner-ended')).toMatchObject({ verdict: 'not-needed', entry: { state: 'owner-ended' } });
  expect(of(undefined)).toEqual({ key, verdict: 'not-needed', hold: 'none' });
  expect(Object.keys(of(undefined))).toEqual(['key', 'verdict', 'hold']);
  const more = { hold: 'held', inUseBy: 'restore-7', neededUntil: '2026-01-01' } as const;
  expect(of(undefined, more)).toEqual({ key, verdict: 'not-needed', ...more });
});

test('the range of a prefix ends right after its last key, in the order of bytes, to the end of Unicode', () => {
  const last = '\u{10ffff}';
  expect(afterPrefix('archives/')).toBe('archives0');
  expect(afterPrefix('a\u007f')).toBe('a\u0080');
  // Between these two lie no characters.
  expect(afterPrefix('a\ud7ff')).toBe('a\ue000');
  expect(afterPrefix(`a${last}${last}`)).toBe('b');
  expect(afterPrefix(last)).toBeUndefined();
  const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  for (const prefix of ['a', 'archives/', 'é', 'a\ud7ff', `a${last}`]) {
    const after = afterPrefix(prefix) ?? '';
    for (const key of [prefix, `${prefix}\0`, `${prefix}${last}`])
      expect(compare(key, after)).toBeLessThan(0);
  }
});
