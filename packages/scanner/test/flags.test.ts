// The flags in the ledger's file: since when a thing has been seen as an orphan is remembered only as long as it is the
// same thing, and what is read back is what was written.

import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { itemKind, keyPrefix } from '../src/key.ts';
import { adoptFlagTable } from '../src/ledger/file.ts';
import { type Flag, flagDigest, flagOn, flagsIn, stage } from '../src/ledger/flag.ts';
import { type Ledger, openLedger } from '../src/ledger.ts';
import { inOneTransaction } from '../src/one-transaction.ts';
import { archive, keyOf, owner } from './world.ts';

let ledger: Ledger;
let db: DatabaseSync;
beforeEach(() => {
  ledger = openLedger({ path: ':memory:', id: 'ledger-1' })._unsafeUnwrap();
  db = ledger.db;
});
afterEach(() => ledger.close());

type Sighting = Omit<Flag, 'firstScan'>;

const sighting = (name: string, more: Partial<Sighting> = {}): Sighting => ({
  key: keyOf(name),
  class: 'no-entry',
  kind: archive,
  owner: owner('ann'),
  prefix: keyPrefix('archives/')._unsafeUnwrap(),
  version: 'v1',
  sizeBytes: 7,
  modifiedAt: '2026-01-01T00:00:00.000Z',
  verified: true,
  environment: 'production',
  endedAt: undefined,
  ...more,
});

/** One complete scan, by its number: what it saw takes the place of what was seen before. */
function scanned(number: number, ...seen: readonly Sighting[]): readonly boolean[] {
  const staging = stage(db, number, number);
  const news = seen.map((one) => staging.add(one).isNew);
  staging.digest();
  adoptFlagTable(db, number);
  return news;
}

const firstScanOf = (name: string) => flagOn(db, keyOf(name))?.firstScan;
const rowsOf = (table: string) => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);

test('what is seen again the same way keeps the day on which it was first seen', () => {
  expect(scanned(1, sighting('a'))).toEqual([true]);
  expect(scanned(2, sighting('a'), sighting('b'))).toEqual([false, true]);
  scanned(3, sighting('a', { sizeBytes: 8, verified: false }), sighting('b'));
  expect(firstScanOf('a')).toBe(1);
  expect(firstScanOf('b')).toBe(2);
});

test('a key under which another thing lies begins to wait anew: version, kind, owner or class are others', () => {
  const others: readonly Partial<Sighting>[] = [
    { version: 'v2' },
    { kind: itemKind('photo')._unsafeUnwrap() },
    { owner: owner('bob') },
    { owner: undefined },
    { class: 'owner-ended' },
  ];
  for (const [n, other] of others.entries()) {
    const name = `other-${n}`;
    scanned(3 * n + 1, sighting(name));
    expect(scanned(3 * n + 2, sighting(name, other)), name).toEqual([false]);
    expect(firstScanOf(name), name).toBe(3 * n + 2);
    // And a thing without an owner is the same thing when it is seen again.
    scanned(3 * n + 3, sighting(name, other));
    expect(firstScanOf(name), name).toBe(3 * n + 2);
  }
});

test('one complete scan that does not see it clears the flag', () => {
  scanned(1, sighting('a'));
  scanned(2);
  expect(flagOn(db, keyOf('a'))).toBeUndefined();
  scanned(3, sighting('a'));
  expect(firstScanOf('a')).toBe(3);
});

test('a scan that was never believed neither adds a sighting nor takes one away', () => {
  scanned(1, sighting('a'));
  stage(db, 2, 2).digest();
  const dead = stage(db, 3, 2);
  dead.add(sighting('b'));
  dead.digest();
  expect([...flagsIn(db)].map(({ key, firstScan }) => [key, firstScan])).toEqual([[keyOf('a'), 1]]);
});

test('a flag is read back as it was written, also the one with nothing known about it', () => {
  const bare = { owner: undefined, environment: undefined, verified: false };
  const ended = { class: 'owner-ended', endedAt: '2025-12-01T00:00:00.000Z' } as const;
  const seen = [sighting('a'), sighting('b', bare), sighting('c', ended)];
  scanned(1, ...seen);
  expect([...flagsIn(db)]).toEqual(seen.map((one) => ({ ...one, firstScan: 1 })));
  expect(seen.map(({ key }) => flagOn(db, key))).toEqual([...flagsIn(db)]);
  expect(flagOn(db, keyOf('d'))).toBeUndefined();
});

test('thousands of flags are written as they come, each once, and have the digest that is read back', () => {
  const staging = stage(db, 1, 1);
  const count = 4_001;
  for (let n = 0; n < count; n += 1) staging.add(sighting(String(n).padStart(5, '0')));
  // Memory does not grow with them: they are in the file before the scan ends.
  expect(rowsOf('flag_1')).toBe(4_000);
  const written = staging.digest();
  adoptFlagTable(db, 1);
  const read = flagDigest();
  let found = 0;
  for (const flag of flagsIn(db)) {
    read.add(flag);
    found += 1;
  }
  expect(found).toBe(count);
  expect(written).toEqual({ count, digest: read.hex() });
});

test('flags of scans before the last one are dropped; those of a scan under a higher fence are its own', () => {
  scanned(1, sighting('a'));
  scanned(2, sighting('a'));
  stage(db, 4, 3).digest();
  scanned(3, sighting('a'));
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'flag_%' ORDER BY name").all();
  expect(tables.map(({ name }) => name)).toEqual(['flag_3', 'flag_4']);
});

test('a transaction that fails leaves nothing behind, and the file can be written again', () => {
  const put = () => db.exec("INSERT INTO meta (name, value) VALUES ('probe', 1)");
  const fail = () =>
    inOneTransaction(db, () => {
      put();
      throw new Error('the disk is full');
    });
  expect(fail).toThrow('the disk is full');
  expect(db.isTransaction).toBe(false);
  inOneTransaction(db, put);
  // Where SQLite has taken it back by itself, the reason is still the first one.
  const rolledBack = () =>
    inOneTransaction(db, () => {
      db.exec('ROLLBACK');
      throw new Error('the disk is broken');
    });
  expect(rolledBack).toThrow('the disk is broken');
});
