// What was taken away, row by row: what one run did to a key is never mixed up with what another did, and what counts
// against the limits is what is really gone.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { keyPrefix, runId } from '../src/key.ts';
import { claimsLeft, forgetClaims, noteClaims } from '../src/ledger/claims.ts';
import type { TrashRow, TrashState } from '../src/ledger/trash.ts';
import { type Ledger, openLedger } from '../src/ledger.ts';
import { archive, keyOf, owner } from './world.ts';

let ledger: Ledger;
beforeEach(() => {
  ledger = openLedger({ path: ':memory:', id: 'ledger-1' })._unsafeUnwrap();
});
afterEach(() => ledger.close());

const run = (name: string) => runId(name)._unsafeUnwrap();
const row = (name: string, more: Partial<TrashRow> = {}): TrashRow => ({
  run: run('sweep-1'),
  key: keyOf(name),
  kind: archive,
  owner: owner('ann'),
  prefix: keyPrefix('archives/')._unsafeUnwrap(),
  class: 'no-entry',
  version: 'v1',
  sizeBytes: 100,
  verified: true,
  token: 'token-1',
  state: 'quarantined',
  atMs: 1_000,
  untilMs: 9_000,
  ...more,
});

test('a row is read back as it was written, also the one with nothing known about it', () => {
  const rows = [row('a'), row('b', { owner: undefined, token: undefined, verified: false })];
  ledger.trash.add(rows);
  expect(ledger.trash.ofRun(run('sweep-1'))).toEqual(rows);
  expect(ledger.trash.ofKey(keyOf('b'))).toEqual(rows[1]);
  expect(ledger.trash.ofKey(keyOf('c'))).toBeUndefined();
});

test('what becomes of an item is noted for it in its own run, and its token stays until there is another', () => {
  ledger.trash.add([row('a'), row('b'), row('a', { run: run('sweep-2'), atMs: 2_000 })]);
  ledger.trash.set(row('a'), 'restored');
  ledger.trash.set(row('b'), 'quarantined', 'token-2');
  expect(ledger.trash.ofRun(run('sweep-1')).map(({ state, token }) => [state, token])).toEqual([
    ['restored', 'token-1'],
    ['quarantined', 'token-2'],
  ]);
  expect(ledger.trash.ofRun(run('sweep-2')).map(({ state }) => state)).toEqual(['quarantined']);
  expect(ledger.trash.runs()).toEqual([run('sweep-1'), run('sweep-2')]);
});

test('of a key that went twice the newest row speaks', () => {
  ledger.trash.add([
    row('a', { run: run('sweep-2'), atMs: 1_000, state: 'restored' }),
    row('a', { run: run('sweep-1'), atMs: 2_000 }),
  ]);
  expect(ledger.trash.ofKey(keyOf('a'))?.run).toBe('sweep-1');
});

test('rows are asked for by any of several states', () => {
  const states: readonly TrashState[] = ['intended', 'restoring', 'deleting', 'quarantined'];
  ledger.trash.add(states.map((state, n) => row(`item-${n}`, { state })));
  const found = ledger.trash.inState('deleting', 'intended').map(({ state }) => state);
  expect(found).toEqual(['intended', 'deleting']);
});

test('gone counts all but what came back or was never touched, of its own class, since a moment', () => {
  const states: readonly TrashState[] = [
    'intended',
    'quarantined',
    'restoring',
    'restored',
    'deleting',
    'deleted',
    'untouched',
    'lost',
  ];
  ledger.trash.add(states.map((state, n) => row(`item-${n}`, { state, sizeBytes: 10 ** n })));
  ledger.trash.add([row('other', { class: 'owner-ended', sizeBytes: 5 })]);
  ledger.trash.add([row('before', { atMs: 500, sizeBytes: 3 })]);
  expect(ledger.trash.goneSince(500, 'no-entry')).toEqual({ items: 6, bytes: 10_110_111 });
  expect(ledger.trash.goneSince(499, 'no-entry').items).toBe(7);
  expect(ledger.trash.goneSince(1_000, 'no-entry')).toEqual({ items: 0, bytes: 0 });
  expect(ledger.trash.goneSince(500, 'owner-ended')).toEqual({ items: 1, bytes: 5 });
});

test('claims stay noted, by run, until they are given back', () => {
  const [one, two] = [run('sweep-1'), run('sweep-2')];
  noteClaims(ledger.db, one, [keyOf('a'), keyOf('b')]);
  noteClaims(ledger.db, one, [keyOf('b'), keyOf('c')]);
  noteClaims(ledger.db, two, [keyOf('a')]);
  forgetClaims(ledger.db, one, [keyOf('a'), keyOf('c')]);
  expect([...claimsLeft(ledger.db)]).toEqual([
    [one, [keyOf('b')]],
    [two, [keyOf('a')]],
  ]);
  forgetClaims(ledger.db, two, [keyOf('a')]);
  expect([...claimsLeft(ledger.db).keys()]).toEqual([one]);
});
