// What a scan makes of one row at a time, without a ledger and without sides: which item becomes a flag, which a doubt,
// which a finding, and what is never believed.

import { expect, test } from 'vitest';
import { entryBatch, type ItemBatch, itemBatch } from '../src/batch.ts';
import type { EntryState, RegistryEntry } from '../src/entry.ts';
import type { StoredItem } from '../src/item.ts';
import type { ItemKind, RunId } from '../src/key.ts';
import type { Flag } from '../src/ledger/flag.ts';
import type { Trash, TrashRow, TrashState } from '../src/ledger/trash.ts';
import { policyOf } from '../src/policy.ts';
import { sightings } from '../src/scan/sightings.ts';
import { archive, dayMs, keyOf, owner, plainPolicy } from './world.ts';

const policy = policyOf(plainPolicy())._unsafeUnwrap();
const now = Date.UTC(2026, 0, 31);
const iso = (ms: number) => new Date(ms).toISOString();
const [ann, bob] = [owner('ann'), owner('bob')];

const thing = (name: string, more: Partial<StoredItem> = {}): StoredItem => ({
  key: keyOf(name),
  kind: archive,
  owner: ann,
  version: 'v1',
  sizeBytes: 100,
  modifiedAt: iso(now - 60 * dayMs),
  environment: 'production',
  verified: true,
  ...more,
});
const row = (
  name: string,
  state: EntryState = 'needed',
  more: Partial<RegistryEntry> = {},
): RegistryEntry => ({
  key: keyOf(name),
  kind: archive,
  owner: ann,
  state,
  ...more,
});

interface Before {
  /** Keys that were flagged before. */
  readonly known?: readonly string[];
  readonly lastScanMs?: number | undefined;
  readonly trash?: Readonly<Record<string, TrashState>>;
}

function scan({ known = [], trash = {}, ...more }: Before = {}) {
  const flags: Omit<Flag, 'firstScan'>[] = [];
  const rows = (key: string): TrashRow | undefined => {
    const state = trash[key];
    // Only these two fields are asked for.
    return state === undefined ? undefined : ({ state, run: 'sweep-1' as RunId } as TrashRow);
  };
  const seeing = sightings({
    policy,
    staging: {
      add: (flag) => {
        flags.push(flag);
        return { isNew: !known.includes(flag.key) };
      },
      digest: () => ({ count: flags.length, digest: '' }),
    },
    trash: { ofKey: rows } as Pick<Trash, 'ofKey'> as Trash,
    registries: ['orders', 'billing'],
    lastScanMs: 'lastScanMs' in more ? more.lastScanMs : now - dayMs,
  });
  return { ...seeing, flags };
}

test('an orphan is flagged with all that is known of it, and counted in items and bytes', () => {
  const one = scan();
  one.sink.orphan(itemBatch([thing('a'), thing('b', { sizeBytes: 50, verified: undefined })]), 1);
  one.sink.orphan(itemBatch([thing('c')]), 0);
  expect(one.flags).toEqual([
    {
      key: keyOf('b'),
      class: 'no-entry',
      kind: archive,
      owner: ann,
      prefix: 'archives/',
      version: 'v1',
      sizeBytes: 50,
      modifiedAt: thing('b').modifiedAt,
      verified: false,
      environment: 'production',
      endedAt: undefined,
    },
    expect.objectContaining({ key: keyOf('c'), verified: true }),
  ]);
  expect(one.found()).toMatchObject({
    orphans: { 'no-entry': { items: 2, bytes: 150 }, 'owner-ended': { items: 0, bytes: 0 } },
    inDoubt: 0,
    confused: undefined,
  });
});

test('a canary is no orphan', () => {
  const one = scan();
  one.sink.orphan(itemBatch([thing('!', { canaryNonce: 'n' })]), 0);
  expect(one.flags).toEqual([]);
  expect(one.found().inDoubt).toBe(0);
});

test('what lies outside the prefixes, or is of a kind that is not scanned, is in doubt and not flagged', () => {
  for (const odd of [
    thing('a', { key: 'elsewhere/a' as StoredItem['key'] }),
    thing('a', { kind: 'volume' as ItemKind }),
  ]) {
    const one = scan();
    one.sink.orphan(itemBatch([odd]), 0);
    expect(one.flags).toEqual([]);
    expect(one.found()).toMatchObject({ inDoubt: 1, orphans: { 'no-entry': { items: 0 } } });
  }
});

test('an orphan that was none at the last scan has lost its row; one that was, that is new, or that came back, has not', () => {
  const vanished = (before: Before, item: StoredItem = thing('a')) => {
    const one = scan(before);
    one.sink.orphan(itemBatch([item]), 0);
    return [...one.found().vanished];
  };
  expect(vanished({})).toEqual([[ann, 1]]);
  expect(vanished({ known: [keyOf('a')] })).toEqual([]);
  expect(vanished({ lastScanMs: undefined })).toEqual([]);
  expect(vanished({}, thing('a', { modifiedAt: iso(now - dayMs) }))).toEqual([]);
  expect(vanished({}, thing('a', { modifiedAt: iso(now - dayMs - 1) }))).toEqual([[ann, 1]]);
  expect(vanished({}, thing('a', { modifiedAt: 'long ago' }))).toEqual([[ann, 1]]);
  expect(vanished({ trash: { [keyOf('a')]: 'restored' } })).toEqual([]);
  expect(vanished({ trash: { [keyOf('a')]: 'untouched' } })).toEqual([[ann, 1]]);
  const ended = scan();
  ended.sink.ended(itemBatch([thing('a')]), 0, entryBatch([row('a', 'owner-ended')]), 0);
  expect([...ended.found().vanished]).toEqual([]);
  const two = scan();
  for (const name of ['a', 'b']) two.sink.orphan(itemBatch([thing(name)]), 0);
  two.sink.orphan(itemBatch([thing('c', { owner: bob })]), 0);
  expect([...two.found().vanished]).toEqual([
    [ann, 2],
    [bob, 1],
  ]);
});

/** A batch whose rows are not what its keys, groups and sizes say. */
const lying = (more: Partial<StoredItem>): ItemBatch => ({
  ...itemBatch([thing('a')]),
  item: () => thing('a', more),
});

test('an inventory that shows one thing in its keys and another in its rows is believed in nothing', () => {
  for (const more of [
    { key: keyOf('b') },
    { kind: 'volume' as ItemKind },
    { owner: bob },
    { owner: undefined },
    { sizeBytes: 1 },
  ]) {
    for (const how of ['orphan', 'ended'] as const) {
      const one = scan();
      if (how === 'orphan') one.sink.orphan(lying(more), 0);
      else one.sink.ended(lying(more), 0, entryBatch([row('a', 'owner-ended')]), 0);
      expect(one.flags, JSON.stringify(more)).toEqual([]);
      expect(one.found().confused).toContain(`"${keyOf('a')}" is given as`);
    }
  }
  const honest = scan();
  honest.sink.orphan(lying({}), 0);
  expect(honest.found().confused).toBeUndefined();
});

test('a row that cannot be read is a confusion, and no exception', () => {
  const broken = (): never => {
    throw new Error('read after free');
  };
  const one = scan();
  one.sink.orphan({ ...itemBatch([thing('a')]), item: broken }, 0);
  expect(one.found()).toMatchObject({ inDoubt: 1, confused: expect.any(String) });
  const other = scan();
  other.sink.missing(0, { ...entryBatch([row('a')]), entry: broken }, 0);
  other.sink.ended(
    itemBatch([thing('a')]),
    0,
    { ...entryBatch([row('a', 'owner-ended')]), entry: broken },
    0,
  );
  expect(other.found().confused).toContain('read after free');
  expect([...one.flags, ...other.flags]).toEqual([]);
});

test('of several confusions the first is told', () => {
  const one = scan();
  one.sink.orphan(lying({ key: keyOf('first') }), 0);
  one.sink.orphan(lying({ key: keyOf('second') }), 0);
  expect(one.found().confused).toContain('first');
});

test('a registry that shows one thing in its keys and another in its rows is believed in nothing', () => {
  const honest = entryBatch([row('a', 'owner-ended')]);
  for (const entry of [row('b', 'owner-ended'), row('a', 'needed'), row('a', 'unknown')]) {
    const one = scan();
    one.sink.ended(itemBatch([thing('a')]), 0, { ...honest, entry: () => entry }, 0);
    expect(one.flags).toEqual([]);
    expect(one.found().confused).toContain('The row at');
    const other = scan();
    other.sink.missing(0, { ...honest, entry: () => entry }, 0);
    expect(other.found()).toMatchObject({ missing: [], confused: expect.any(String) });
  }
  // Without states every row is a needed one.
  const { states: _, ...plain } = entryBatch([row('a')]);
  const one = scan();
  one.sink.missing(0, plain, 0);
  expect(one.found()).toMatchObject({ missing: [{ count: 1 }], confused: undefined });
});

test('a key that is no text is a doubt, and no flag and no finding', () => {
  const bytes = Uint8Array.of(0x61, 0xff, 0x0a);
  const broken = { keys: bytes, ends: Uint32Array.of(2) };
  const one = scan();
  one.sink.orphan({ ...itemBatch([thing('a')]), ...broken }, 0);
  expect(one.flags).toEqual([]);
  expect(one.found().inDoubt).toBe(1);
  one.sink.missing(0, { ...entryBatch([row('a')]), ...broken }, 0);
  expect(one.found()).toMatchObject({ missing: [], confused: undefined });
  one.sink.ended(itemBatch([thing('a')]), 0, { ...entryBatch([row('a', 'owner-ended')]), ...broken }, 0);
  expect(one.flags).toEqual([]);
});

test('what an owner has left behind is flagged under the registry’s word of whose it is, and since when', () => {
  const one = scan();
  const left = row('a', 'owner-ended', { endedAt: iso(now - 90 * dayMs) });
  one.sink.ended(itemBatch([thing('a', { owner: undefined })]), 0, entryBatch([left]), 0);
  expect(one.flags).toMatchObject([{ class: 'owner-ended', owner: ann, endedAt: left.endedAt }]);
  expect(one.found()).toMatchObject({ orphans: { 'owner-ended': { items: 1, bytes: 100 } }, inDoubt: 0 });
  expect([...one.found().endedOwners]).toEqual([[ann, left.endedAt]]);
});

test('where store and registry name two owners, it is in doubt', () => {
  const one = scan();
  one.sink.ended(itemBatch([thing('a', { owner: bob })]), 0, entryBatch([row('a', 'owner-ended')]), 0);
  expect(one.flags).toEqual([]);
  expect(one.found().inDoubt).toBe(1);
});

test('the first date on which an owner ended is kept; a row without an owner ends nobody', () => {
  const one = scan();
  const ended = (name: string, endedAt: string, more: Partial<RegistryEntry> = {}) =>
    one.sink.missing(0, entryBatch([row(name, 'owner-ended', { endedAt, ...more })]), 0);
  ended('a', iso(1));
  ended('b', iso(2));
  ended('c', iso(3), { owner: undefined });
  expect([...one.found().endedOwners]).toEqual([[ann, iso(1)]]);
  expect(one.found().missing).toEqual([]);
});

test('a doubtful row is counted', () => {
  const one = scan();
  one.sink.doubtful(itemBatch([thing('a')]), 0);
  expect(one.found().inDoubt).toBe(1);
});

test('a needed row without its item is a finding by owner, with five examples; other rows are none', () => {
  const one = scan();
  for (let n = 0; n < 7; n += 1) one.sink.missing(n % 2, entryBatch([row(`m${n}`)]), 0);
  one.sink.missing(0, entryBatch([row('x', 'needed', { owner: bob })]), 0);
  one.sink.missing(0, entryBatch([row('y', 'needed', { canaryNonce: 'n' })]), 0);
  for (const state of ['intent', 'unknown', 'owner-ended'] as const) {
    one.sink.missing(0, entryBatch([row('z', state)]), 0);
  }
  const { missing, neededInQuarantine } = one.found();
  expect(missing.map(({ owner: whose, count }) => [whose, count])).toEqual([
    [ann, 7],
    [bob, 1],
  ]);
  expect(missing[0]?.sample).toHaveLength(5);
  expect(missing[0]?.sample.slice(0, 2)).toEqual([
    { key: keyOf('m0'), registry: 'orders' },
    { key: keyOf('m1'), registry: 'billing' },
  ]);
  expect(neededInQuarantine).toEqual([]);
  // A needed row ends nobody.
  expect([...one.found().endedOwners.keys()]).toEqual([ann]);
  const needed = scan();
  needed.sink.missing(0, entryBatch([row('a')]), 0);
  expect(needed.found().endedOwners.size).toBe(0);
});

test('a needed item that lies in quarantine is named with the run that took it, and only while it lies there', () => {
  for (const [state, found] of [
    ['quarantined', [{ key: keyOf('a'), run: 'sweep-1' }]],
    ['deleted', []],
    ['restored', []],
  ] as const) {
    const one = scan({ trash: { [keyOf('a')]: state } });
    one.sink.missing(0, entryBatch([row('a')]), 0);
    expect(one.found().neededInQuarantine).toEqual(found);
    expect(one.found().missing).toMatchObject([{ owner: ann, count: 1 }]);
  }
});
