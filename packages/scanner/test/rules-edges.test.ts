// Where each rule begins and ends to speak: the last value that is well, the first that is not, and what it must not
// mind. A rule that speaks too often keeps orphans for ever, and people learn to override it.

import { expect, test } from 'vitest';
import type { Reference } from '../src/entry.ts';
import type { Flag } from '../src/ledger/flag.ts';
import { policyOf } from '../src/policy.ts';
import { beliefRules, doubtsOf } from '../src/rules/belief.ts';
import { judgeLastLook, type LastLook, stayRules } from '../src/rules/just-before.ts';
import { excessOf, limitRules, takenSince } from '../src/rules/limits.ts';
import { reasonsToWait, ripeRules } from '../src/rules/ripe.ts';
import { implausible, sanityRules } from '../src/rules/sanity.ts';
import {
  answer,
  blast,
  comparison,
  entry,
  flag,
  iso,
  item,
  line,
  look,
  notNeeded,
  now,
  policy,
  there,
  waiting,
} from './rule-worlds.ts';
import { archive, dayMs, keyOf, owner, plainPolicy } from './world.ts';

const [ann, bob] = [owner('ann'), owner('bob')];
const minute = 60_000;

test('belief: who was not expected, and who is another, are told apart', () => {
  const unexpected = beliefRules['expected-source']?.({ ...answer, expected: undefined });
  expect(unexpected).toContain('nobody was expected');
  const source = { ...answer.statement.source, id: 'other' };
  const other = beliefRules['expected-source']?.({ ...answer, statement: { ...answer.statement, source } });
  expect(other).toContain(`${answer.expected?.id} (`);
});

test('belief: a registry has no bytes to agree on, and a source without a digest of its own none to differ', () => {
  const registry = { ...answer, isInventory: false, statement: { ...answer.statement, bytes: 0 } };
  expect(beliefRules['bytes-agree']?.(registry)).toBeUndefined();
  const without = { ...answer, statement: { ...answer.statement, digest: undefined } };
  expect(beliefRules['digest-agrees']?.(without)).toBeUndefined();
});

test('belief: one thing beside the canaries is something; only canaries, planted or seen, are nothing', () => {
  const seeing = (count: number) =>
    beliefRules['not-empty']?.({ ...answer, seen: { ...answer.seen, count } });
  expect(seeing(4)).toBeUndefined();
  expect(seeing(3)).toBeDefined();
  const unseen = { ...answer, seen: { ...answer.seen, count: 3, canaries: [] } };
  expect(beliefRules['not-empty']?.(unseen)).toBeDefined();
  const unplanted = { ...answer, canaries: [], seen: { ...answer.seen, count: 3 } };
  expect(beliefRules['not-empty']?.(unplanted)).toBeDefined();
});

test('belief: a side that the policy lets off plants no canaries; every prefix of another has three of its own', () => {
  const letOff = policyOf({ ...plainPolicy(), withoutCanaries: ['backups'] })._unsafeUnwrap();
  const rule = beliefRules['canaries-planted'];
  expect(rule?.({ ...answer, policy: letOff, canaries: [] })).toBeUndefined();
  expect(rule?.({ ...answer, side: 'orders', policy: letOff, canaries: [] })).toBeDefined();
  const scope = { prefixes: ['archives/', 'boxes/'], kinds: ['archive'] };
  const two = policyOf({ ...plainPolicy(), scope })._unsafeUnwrap();
  expect(rule?.({ ...answer, policy: two })).toContain('boxes/');
  const second = two.scope.prefixes[1] ?? two.scope.prefixes[0];
  const there = answer.canaries.map(({ key, place }, n) => ({
    key: `${second}${n}${key}`,
    prefix: second,
    place,
  }));
  const both = [...answer.canaries, ...there];
  expect(rule?.({ ...answer, policy: two, canaries: both })).toBeUndefined();
});

test('belief: an answer is of now within the tolerance of the clocks, and not a moment beyond', () => {
  const tolerance = policy.belief.clockToleranceMs;
  const at = (startedMs: number, endedMs: number) =>
    beliefRules['answered-now']?.({
      ...answer,
      statement: { ...answer.statement, startedAt: iso(startedMs), endedAt: iso(endedMs) },
    });
  expect(at(now - tolerance, now)).toBeUndefined();
  expect(at(now - tolerance - 1, now)).toBeDefined();
  expect(at(now, now)).toBeUndefined();
  expect(at(now, now + 1_000 + tolerance)).toBeUndefined();
  expect(at(now, now + 1_001 + tolerance)).toBeDefined();
});

test('belief: nothing in no pages is a count; half a page, or fewer than none, is not', () => {
  const rule = (pages: number, count: number) =>
    beliefRules['has-pages']?.({ ...answer, statement: { ...answer.statement, pages, count } });
  expect(rule(0, 0)).toBeUndefined();
  expect(rule(1, 10)).toBeUndefined();
  for (const pages of [0.5, 0, -1, Number.POSITIVE_INFINITY]) expect(rule(pages, 10)).toBeDefined();
});

test('belief: all that is doubted is told, with its side and its rule, and nothing where nothing is', () => {
  expect(doubtsOf(answer)).toEqual([]);
  const statement = { ...answer.statement, count: 11, ended: 'assumed' as const };
  const doubts = doubtsOf({ ...answer, statement });
  expect(doubts.map(({ rule }) => rule)).toEqual(['ended-explicitly', 'count-agrees']);
  expect(doubts[0]).toMatchObject({ side: 'backups', message: expect.any(String) });
  expect(doubts[0]?.message).toContain('backups: It merely stopped');
});

const grown = (count: number) => ({
  ...comparison,
  tallies: { ...comparison.tallies, backups: [line(count)] },
});
const left = (side: string, count: number) => ({
  ...comparison,
  tallies: { ...comparison.tallies, [side]: [line(count)] },
});

test('sanity: a change is too much when it is beyond the rows and beyond the share, and not before', () => {
  const shrank = sanityRules['shrank-too-much'];
  expect(shrank?.(left('orders', 90))).toBeUndefined();
  expect(shrank?.(left('orders', 89))).toContain('100 before, 89 now');
  const small = (is: number) => ({
    ...comparison,
    before: { tallies: { orders: [line(10)] }, endedOwners: new Map(), missing: [] },
    tallies: { orders: [line(is)] },
  });
  // Six of ten are beyond every share; five rows are within the rows.
  expect(shrank?.(small(5))).toBeUndefined();
  expect(shrank?.(small(4))).toBeDefined();
  const large = {
    ...comparison,
    before: { tallies: { orders: [line(1_000)] }, endedOwners: new Map(), missing: [] },
    tallies: { orders: [line(920)] },
  };
  expect(shrank?.(large)).toBeUndefined();
  expect(sanityRules['grew-too-much']?.(grown(200))).toBeUndefined();
  expect(sanityRules['grew-too-much']?.(grown(201))).toBeDefined();
});

test('sanity: a first scan only records', () => {
  const first = {
    ...comparison,
    before: undefined,
    tallies: { orders: [line(1)], backups: [line(1)] },
    vanished: new Map([[ann, 70]]),
    endedOwners: new Map(['a', 'b', 'c', 'd'].map((name) => [owner(name), undefined])),
  };
  expect(implausible(first)).toEqual([]);
});

test('sanity: many small losses, each within its bound, are seen in the sum under a prefix and of a kind', () => {
  const owners = Array.from({ length: 20 }, (_, n) => owner(`small-${n}`));
  const of = (count: number, prefixOf: (n: number) => string = () => 'archives/') =>
    owners.map((one, n) => line(count, { owner: one, prefix: prefixOf(n) as typeof item.prefix }));
  const held = (before: typeof comparison.tallies, tallies: typeof comparison.tallies) =>
    sanityRules['shrank-too-much']?.({
      ...comparison,
      before: { tallies: before, endedOwners: new Map(), missing: [] },
      tallies,
    });
  // Each owner loses 2 of 8: within the rows. All together lose 40 of 160.
  expect(held({ orders: of(8) }, { orders: of(6) })).toContain(
    'archive under archives/: 160 before, 120 now',
  );
  const each = (n: number) => `prefix-${n}/`;
  expect(held({ orders: of(8, each) }, { orders: of(6, each) })).toContain('orders, archive: 160 before');
  expect(held({ orders: of(8) }, { orders: of(8) })).toBeUndefined();
});

test('sanity: items without an owner are a group of their own, and not the sum of all', () => {
  const nobody = { owner: undefined };
  const before = { orders: [line(50), line(50, nobody)] };
  const rule = (tallies: typeof comparison.tallies) =>
    sanityRules['shrank-too-much']?.({
      ...comparison,
      before: { tallies: before, endedOwners: new Map(), missing: [] },
      tallies,
    });
  expect(rule({ orders: [line(50), line(50, nobody)] })).toBeUndefined();
  expect(rule({ orders: [line(100)] })).toContain('archive of no owner under archives/: 50 before, 0 now');
});

test('sanity: an owner whose rows have all gone is a fault, unless each was deleted on record', () => {
  const rule = sanityRules['owner-vanished'];
  const before = { tallies: { orders: [line(3)], backups: [line(3)] }, endedOwners: new Map(), missing: [] };
  const gone = { ...comparison, before, tallies: { orders: [], backups: [line(3)] } };
  expect(rule?.(gone)).toContain('all 3 rows are gone, and 0 deletions are recorded');
  const recorded = (count: number) => ({ orders: [{ kind: archive, owner: ann, count }] });
  expect(rule?.({ ...gone, deletions: recorded(2) })).toBeDefined();
  expect(rule?.({ ...gone, deletions: recorded(3) })).toBeUndefined();
  expect(rule?.({ ...gone, tallies: { orders: [line(1)], backups: [line(3)] } })).toBeUndefined();
  // Of the store, and of nobody, other rules speak.
  expect(rule?.({ ...gone, tallies: { orders: [line(3)], backups: [] } })).toBeUndefined();
  const nobody = { orders: [line(3, { owner: undefined })] };
  expect(
    rule?.({ ...gone, before: { ...before, tallies: nobody }, tallies: { orders: [] } }),
  ).toBeUndefined();
});

test('sanity: a deletion explains rows of its own owner and kind, on its own side, and no others', () => {
  const rule = sanityRules['shrank-too-much'];
  const shrunk = left('orders', 80);
  const record = (more: object) => ({ kind: archive, owner: ann, count: 20, ...more });
  expect(rule?.({ ...shrunk, deletions: { orders: [record({})] } })).toBeUndefined();
  expect(rule?.({ ...shrunk, deletions: { orders: [record({ owner: bob })] } })).toBeDefined();
  expect(rule?.({ ...shrunk, deletions: { orders: [record({ kind: 'volume' })] } })).toBeDefined();
  expect(rule?.({ ...shrunk, deletions: { billing: [record({})] } })).toBeDefined();
  expect(rule?.({ ...shrunk, deletions: { orders: [record({ count: 9 })] } })).toBeDefined();
});

test('sanity: what the scanner took explains the store under its own prefix, kind and owner, and no others', () => {
  const rule = sanityRules['shrank-too-much'];
  const shrunk = left('backups', 80);
  expect(rule?.({ ...shrunk, taken: [line(20)] })).toBeUndefined();
  expect(rule?.({ ...shrunk, taken: [line(20, { prefix: 'boxes/' as typeof item.prefix })] })).toBeDefined();
  expect(rule?.({ ...shrunk, taken: [line(20, { kind: 'volume' as Flag['kind'] })] })).toBeDefined();
  expect(rule?.({ ...left('orders', 80), taken: [line(20)] })).toBeDefined();
});

test('sanity: a lost row is explained by a deletion of the same owner, and by no more than were recorded', () => {
  const rule = sanityRules['rows-vanished'];
  const lost = (count: number) => ({ ...comparison, vanished: new Map([[ann, count]]) });
  const recorded = (name: typeof ann, count: number) => ({ orders: [{ kind: archive, owner: name, count }] });
  expect(rule?.(lost(5))).toBeUndefined();
  expect(rule?.(lost(6))).toContain('6 items have lost their row');
  expect(rule?.({ ...lost(12), deletions: recorded(ann, 7) })).toBeUndefined();
  expect(rule?.({ ...lost(12), deletions: recorded(ann, 6) })).toBeDefined();
  expect(rule?.({ ...lost(12), deletions: recorded(bob, 12) })).toBeDefined();
  // Another owner's many records do not make up for this one's lost rows.
  const both = new Map([
    [ann, 12],
    [bob, 1],
  ]);
  expect(rule?.({ ...comparison, vanished: both, deletions: recorded(bob, 50) })).toBeDefined();
});

test('sanity: owners that had ended before are no surprise', () => {
  const rule = sanityRules['too-many-owners-ended'];
  const ended = (...names: readonly string[]) => new Map(names.map((name) => [owner(name), undefined]));
  const before = { ...comparison.before, tallies: {}, missing: [], endedOwners: ended('a', 'b') };
  expect(rule?.({ ...comparison, before, endedOwners: ended('a', 'b', 'c', 'd') })).toBeUndefined();
  expect(rule?.({ ...comparison, before, endedOwners: ended('a', 'b', 'c', 'd', 'e') })).toContain(
    '3 owners',
  );
});

test('sanity: a doubt in a thousand is allowed, and one more is not', () => {
  const rule = (items: number, inDoubt: number) =>
    sanityRules['too-much-in-doubt']?.({ ...comparison, items, inDoubt });
  expect(rule(1_000, 1)).toBeUndefined();
  expect(rule(999, 1)).toBeDefined();
  expect(implausible(comparison)).toEqual([]);
  expect(implausible({ ...comparison, inDoubt: 1 }).map((one) => one.rule)).toEqual(['too-much-in-doubt']);
});

const ripe = (rule: string, more: Partial<Flag> = {}, known: Partial<typeof waiting.known> = {}) =>
  ripeRules[rule]?.({ ...flag, ...more }, { ...waiting.known, ...known });

test('ripeness: what nobody knows is said in other words than what is too early', () => {
  expect(ripe('old-enough', { modifiedAt: 'soon' })).toContain('does not say');
  expect(ripe('old-enough', { modifiedAt: iso(now + 1) })).toContain('in the future');
  expect(ripe('old-enough', { modifiedAt: iso(now - dayMs + 1) })).toContain('Younger than 1 days');
  expect(ripe('old-enough', { modifiedAt: iso(now - dayMs) })).toBeUndefined();
  expect(ripe('owner-ended-long-ago', { endedAt: undefined })).toContain('does not say');
  expect(ripe('owner-ended-long-ago', { endedAt: 'last year' })).toContain('does not say');
  expect(ripe('owner-ended-long-ago', { endedAt: iso(now - 29 * dayMs) })).toContain('the grace is 30 days');
  expect(ripe('owner-ended-long-ago', { endedAt: iso(now - 30 * dayMs) })).toBeUndefined();
  expect(ripe('owner-ended-long-ago', { class: 'no-entry', endedAt: undefined })).toBeUndefined();
  const hours = policyOf({ ...plainPolicy(), scans: { ...plainPolicy().scans, minAgeMs: 6 * 60 * minute } });
  const young = { modifiedAt: iso(now - minute) };
  expect(ripe('old-enough', young, { policy: hours._unsafeUnwrap() })).toContain('6 hours');
});

test('ripeness: an item that names no environment waits for the last look, and one of another never goes', () => {
  expect(ripe('of-this-environment', { environment: undefined })).toBeUndefined();
  expect(ripe('of-this-environment', { environment: 'production' })).toBeUndefined();
});

test('ripeness: owners that no registry knows wait, unless the policy says otherwise', () => {
  const flags = policyOf({ ...plainPolicy(), unknownOwners: 'flag' })._unsafeUnwrap();
  expect(ripe('owner-is-known', { owner: bob })).toContain('bob');
  expect(ripe('owner-is-known', { owner: undefined })).toContain('(none)');
  expect(ripe('owner-is-known', { owner: bob }, { policy: flags })).toBeUndefined();
  const odd = new Set([ann, undefined as unknown as typeof ann]);
  expect(ripe('owner-is-known', { owner: undefined }, { knownOwners: odd })).toBeDefined();
});

test('ripeness: sightings count from the first one on, within twice the grace, and spread out', () => {
  const at = (...days: readonly number[]) => ({
    scans: days.map((ago, n) => ({ number: n + 1, storeAtMs: now - ago * dayMs })),
  });
  expect(ripe('over-the-grace-period', {}, at(7, 3.5, 0))).toBeUndefined();
  expect(ripe('over-the-grace-period', {}, at(6.99, 3.5, 0))).toContain('In its grace period of 7 days');
  // A step of the grace over twice the scans less one: 1.75 days.
  expect(ripe('over-the-grace-period', {}, at(7, 1.75, 0))).toBeUndefined();
  expect(ripe('over-the-grace-period', {}, at(7, 1.74, 0))).toContain('too close together');
  expect(ripe('enough-scans', {}, at(14, 7, 0))).toBeUndefined();
  expect(ripe('enough-scans', {}, at(14.01, 7, 0))).toContain('2 complete scans of 3');
  expect(reasonsToWait(flag, waiting.known)).toEqual({});
  expect(Object.keys(reasonsToWait({ ...flag, kind: 'volume' as Flag['kind'] }, waiting.known))).toEqual([
    'kind-is-scanned',
  ]);
});

test('limits: nothing is beyond no limit, and exactly a limit is within it', () => {
  expect(excessOf({ ...blast, items: [], lastDay: { items: 1_000, bytes: 0 } })).toEqual([]);
  expect(excessOf(blast)).toEqual([]);
  const many = (count: number, sizeBytes = 100) => ({
    ...blast,
    items: Array.from({ length: count }, (_, n) => ({
      prefix: blast.items[0]?.prefix ?? '',
      owner: n % 2 === 0 ? 'ann' : 'bob',
      sizeBytes,
    })),
  });
  const caps = policy.caps['no-entry'];
  expect(limitRules['per-run']?.(many(20, 1_000), caps)).toBeUndefined();
  expect(limitRules['share-of-all']?.(many(100), caps)).toBeUndefined();
  expect(limitRules['share-of-all']?.(many(101, 99), caps)).toBeDefined();
  expect(limitRules['share-of-all']?.(many(99, 102), caps)).toBeDefined();
  expect(excessOf(many(21)).map(({ limit }) => limit)).toEqual(['no-entry/per-run']);
});

test('limits: the second owner, and the second prefix, are looked at like the first', () => {
  const caps = policy.caps['no-entry'];
  const some = (whose: string, under: string, count: number) =>
    Array.from({ length: count }, () => ({ prefix: under, owner: whose, sizeBytes: 100 }));
  const stored = [line(100), line(10, { owner: bob, prefix: 'boxes/' as typeof item.prefix })];
  const both = { ...blast, stored, items: [...some('ann', 'archives/', 4), ...some('bob', 'boxes/', 9)] };
  expect(limitRules['share-of-an-owner']?.(both, caps)).toContain('of bob');
  expect(limitRules['share-of-a-prefix']?.(both, caps)).toContain('of boxes/');
  const few = { ...blast, stored, items: [...some('bob', 'boxes/', 3), ...some('ann', 'archives/', 4)] };
  expect(limitRules['share-of-an-owner']?.(few, caps)).toBeUndefined();
  const nobodys = { ...blast, stored: [line(5, { owner: undefined })], items: some('x', 'archives/', 5) };
  const without = nobodys.items.map(({ prefix, sizeBytes }) => ({ prefix, sizeBytes }));
  expect(limitRules['share-of-an-owner']?.({ ...nobodys, items: without }, caps)).toContain('(no owner)');
});

const looking = (more: Partial<typeof there>, about: Partial<LastLook> = {}) => ({
  ...look,
  ...about,
  looked: { ...there, ...more },
});

test('last look: an archive without a word about its environment goes only where nobody uses such words', () => {
  const rule = stayRules['says-whose-it-is'];
  const unused = policyOf({ ...plainPolicy(), selfDescription: 'not-used' })._unsafeUnwrap();
  expect(rule?.(looking({ environment: undefined }, { policy: unused }))).toBeUndefined();
  expect(rule?.(looking({ environment: 'staging' }, { policy: unused }))).toContain('belongs to production');
  expect(rule?.({ ...look, looked: { found: 'no', key: item.key } })).toBeDefined();
});

test('last look: whose owner is not named by the store is whose it was; the grace of an orphan without an entry is not asked', () => {
  expect(stayRules['same-owner']?.(looking({ owner: undefined }))).toBeUndefined();
  const noEntry = { ...item, class: 'no-entry' as const };
  const young: Reference = { ...notNeeded, entry: { ...entry, endedAt: iso(now) } };
  expect(
    stayRules['owner-still-ended']?.({ ...look, item: noEntry, references: { orders: young } }),
  ).toBeUndefined();
  const silent: Reference = { key: item.key, verdict: 'not-needed', hold: 'none' };
  const both = { ...look, references: { orders: notNeeded, billing: silent } };
  expect(stayRules['owner-still-ended']?.(both)).toBeUndefined();
  expect(stayRules['same-class']?.(both)).toBeUndefined();
  const later = { ...look, references: { orders: notNeeded, billing: young } };
  expect(stayRules['owner-still-ended']?.(later)).toBeDefined();
});

test('last look: every registry’s record of a deletion counts, also beside one that has none', () => {
  const rule = stayRules['not-needed-for-long'];
  const silent: Reference = { key: item.key, verdict: 'not-needed', hold: 'none' };
  const recent: Reference = { ...silent, neededUntil: iso(now - dayMs) };
  const longAgo: Reference = { ...silent, neededUntil: iso(now - 30 * dayMs) };
  expect(rule?.({ ...look, references: { orders: silent, billing: recent } })).toBeDefined();
  expect(rule?.({ ...look, references: { orders: longAgo, billing: recent } })).toBeDefined();
  expect(rule?.({ ...look, references: { orders: silent, billing: longAgo } })).toBeUndefined();
});

test('limits: of what others have taken, that of the same class and since then is counted', () => {
  const of = { ledger: 'other', run: 'r' as never, items: 2, bytes: 20 };
  const spendings = [
    { ...of, class: 'no-entry' as const, atMs: 10 },
    { ...of, class: 'no-entry' as const, atMs: 11 },
    { ...of, class: 'owner-ended' as const, atMs: 11 },
    { ...of, class: 'no-entry' as const, atMs: Number.NaN },
  ];
  expect(takenSince({ spendings }, 'no-entry', 9)).toEqual({ items: 6, bytes: 60 });
  expect(takenSince({ spendings }, 'no-entry', 10)).toEqual({ items: 4, bytes: 40 });
  expect(takenSince({ spendings }, 'owner-ended', 10)).toEqual({ items: 2, bytes: 20 });
});

test('last look: the grace of a deleted row, and the least age, end to the millisecond', () => {
  const rule = stayRules['not-needed-for-long'];
  const until = (ms: number): LastLook => ({
    ...look,
    references: { orders: { ...notNeeded, neededUntil: iso(ms) } },
  });
  expect(rule?.(until(now - policy.scans.graceMs))).toBeUndefined();
  expect(rule?.(until(now - policy.scans.graceMs + 1))).toContain('less than the grace ago');
  expect(stayRules['old-enough-now']?.(looking({ modifiedAt: iso(now - dayMs) }))).toBeUndefined();
  expect(stayRules['old-enough-now']?.(looking({ modifiedAt: iso(now - dayMs + 1) }))).toBeDefined();
  const ended = (ms: number): LastLook => ({
    ...look,
    references: { orders: { ...notNeeded, entry: { ...entry, endedAt: iso(ms) } } },
  });
  expect(stayRules['owner-still-ended']?.(ended(now - policy.ownerEnded.graceMs))).toBeUndefined();
  expect(stayRules['owner-still-ended']?.(ended(now - policy.ownerEnded.graceMs + 1))).toBeDefined();
});

test('last look: every reason is told, and what stops the whole is told apart from what keeps one item', () => {
  expect(judgeLastLook(look)).toEqual({ stop: undefined, stay: {} });
  const ghost = judgeLastLook({ ...look, looked: { found: 'no', key: item.key } });
  expect(ghost.stop).toBeUndefined();
  expect(Object.keys(ghost.stay)).toEqual(
    expect.arrayContaining(['still-there', 'same-version', 'nothing-depends-on-it', 'no-hold-in-the-store']),
  );
  const needed: Reference = { key: keyOf('a'), verdict: 'needed', why: 'a row', hold: 'held' };
  const back = judgeLastLook({ ...look, references: { orders: needed } });
  expect(back.stop).toMatchObject({ rule: 'became-needed' });
  expect(Object.keys(back.stay)).toContain('no-hold-in-a-registry');
});
