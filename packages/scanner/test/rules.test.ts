// Every rule by itself: one world in which it is silent, and one change that makes it speak. A rule that nobody put here
// fails the first test, so none can be added, renamed or switched off unseen.

import { expect, test } from 'vitest';
import type { Reference } from '../src/entry.ts';
import type { Flag } from '../src/ledger/flag.ts';
import type { Tally } from '../src/merge/tally.ts';
import { policyOf } from '../src/policy.ts';
import { type Answer, beliefRules } from '../src/rules/belief.ts';
import { clockRules } from '../src/rules/clocks.ts';
import { sparingLastCopies } from '../src/rules/copies.ts';
import { holdRules, type LastLook, stayRules, stopRules } from '../src/rules/just-before.ts';
import { type Blast, limitRules } from '../src/rules/limits.ts';
import { type Ripeness, ripeRules } from '../src/rules/ripe.ts';
import { type Comparison, sanityRules } from '../src/rules/sanity.ts';
import type { RecordedDeletions } from '../src/statement.ts';
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
  prefix,
  reading,
  there,
  type Waiting,
  waiting,
} from './rule-worlds.ts';
import { archive, dayMs, inventoryId, keyOf, owner, plainPolicy } from './world.ts';

type Cases<T> = Readonly<Record<string, readonly ((fine: T) => T)[]>>;

/** Silent where all is well, and speaking at each of the changes. */
function cases<T>(
  name: string,
  rules: Readonly<Record<string, (fine: T) => string | undefined>>,
  fine: T,
  wrong: Cases<T>,
): void {
  test(`${name}: every rule has a case, and no case is without a rule`, () => {
    expect(Object.keys(wrong).sort()).toEqual(Object.keys(rules).sort());
  });
  for (const [rule, judge] of Object.entries(rules)) {
    test(`${name}: ${rule} speaks when it must and only then`, () => {
      expect(judge(fine)).toBeUndefined();
      expect(wrong[rule]?.length).toBeGreaterThan(0);
      for (const change of wrong[rule] ?? [])
        expect(judge(change(fine)), String(change)).toBeTypeOf('string');
    });
  }
}

const saying = (more: Partial<Answer['statement']>) => (fine: Answer) => ({
  ...fine,
  statement: { ...fine.statement, ...more },
});

cases('belief', beliefRules, answer, {
  'expected-source': [
    saying({ source: { ...inventoryId, id: 'other' } }),
    saying({ source: { ...inventoryId, environment: 'staging' } }),
    saying({ source: { ...inventoryId, schema: '2' } }),
    (fine) => ({ ...fine, expected: undefined }),
  ],
  'ended-explicitly': [saying({ ended: 'assumed' })],
  'count-agrees': [saying({ count: 11 }), saying({ count: 9 }), saying({ count: Number.NaN })],
  'bytes-agree': [saying({ bytes: 999 })],
  'ends-agree': [saying({ firstKey: keyOf('b') }), saying({ lastKey: keyOf('y') })],
  'digest-agrees': [saying({ digest: 'e' })],
  'not-empty': [(fine) => ({ ...fine, seen: { ...fine.seen, count: 3 } })],
  'canaries-planted': [
    (fine) => ({ ...fine, canaries: [] }),
    (fine) => ({ ...fine, canaries: fine.canaries.slice(1) }),
    (fine) => ({ ...fine, canaries: fine.canaries.slice(0, 2) }),
    // One, in all three places; three, somewhere else.
    (fine) => ({
      ...fine,
      canaries: fine.canaries.map((one) => ({ ...one, key: fine.canaries[0]?.key ?? '' })),
    }),
    (fine) => ({ ...fine, canaries: fine.canaries.map((one) => ({ ...one, key: `elsewhere/${one.key}` })) }),
  ],
  'canaries-seen': [(fine) => ({ ...fine, seen: { ...fine.seen, canaries: fine.seen.canaries.slice(1) } })],
  'answered-now': [
    saying({ startedAt: iso(now - dayMs) }),
    saying({ endedAt: iso(now + dayMs) }),
    saying({ endedAt: iso(now - 1) }),
    saying({ startedAt: 'yesterday' }),
  ],
  'has-pages': [saying({ pages: 0 }), saying({ pages: Number.NaN })],
  'deletions-are-counts': [
    saying({ deletions: [{ kind: archive, count: Number.NaN }] }),
    saying({
      deletions: [
        { kind: archive, count: 3 },
        { kind: archive, count: -1 },
      ],
    }),
    // What an adapter in JavaScript may give.
    saying({ deletions: { archive: 3 } as unknown as readonly RecordedDeletions[] }),
  ],
});

const now100 = (side: string, lines: readonly Tally[]) => (fine: Comparison) => ({
  ...fine,
  tallies: { ...fine.tallies, [side]: lines },
});

cases('sanity', sanityRules, comparison, {
  'shrank-too-much': [
    now100('orders', [line(80)]),
    now100('backups', [line(80)]),
    now100('orders', []),
    // The same in all, and another owner has them.
    now100('orders', [line(80), line(20, { owner: owner('bob') })]),
  ],
  'grew-too-much': [
    now100('backups', [line(300)]),
    (fine) => ({
      ...fine,
      deletions: { orders: [{ kind: archive, owner: owner('ann'), count: 200 }] },
    }),
  ],
  'owner-vanished': [now100('orders', [line(100, { owner: owner('bob') })])],
  'rows-vanished': [(fine) => ({ ...fine, vanished: new Map([[owner('ann'), 7]]) })],
  'too-many-owners-ended': [
    (fine) => ({ ...fine, endedOwners: new Map(['a', 'b', 'c'].map((name) => [owner(name), undefined])) }),
  ],
  'too-much-in-doubt': [(fine) => ({ ...fine, inDoubt: 1 })],
});

test('sanity: what was deleted on record, or taken by the scanner itself, is no surprise', () => {
  const deletions = { orders: [{ kind: archive, owner: owner('ann'), count: 20 }] };
  const recorded = { ...now100('orders', [line(80)])(comparison), deletions };
  expect(sanityRules['shrank-too-much']?.(recorded)).toBeUndefined();
  expect(
    sanityRules['rows-vanished']?.({ ...recorded, vanished: new Map([[owner('ann'), 20]]) }),
  ).toBeUndefined();
  const swept = { ...now100('backups', [line(80)])(comparison), taken: [line(20)] };
  expect(sanityRules['shrank-too-much']?.(swept)).toBeUndefined();
  expect(
    sanityRules['shrank-too-much']?.({ ...swept, taken: [line(20, { owner: owner('bob') })] }),
  ).toBeDefined();
});

const flagged = (more: Partial<Flag>) => (fine: Waiting) => ({ ...fine, flag: { ...fine.flag, ...more } });
const knowing = (more: Partial<Ripeness>) => (fine: Waiting) => ({
  ...fine,
  known: { ...fine.known, ...more },
});
const scannedAt = (...days: readonly number[]) =>
  knowing({ scans: days.map((ago, n) => ({ number: n + 1, storeAtMs: now - ago * dayMs })) });

cases(
  'ripeness',
  Object.fromEntries(
    Object.entries(ripeRules).map(([name, rule]) => [name, (one: Waiting) => rule(one.flag, one.known)]),
  ),
  waiting,
  {
    'kind-is-scanned': [flagged({ kind: 'volume' as Flag['kind'] })],
    'enough-scans': [scannedAt(8, 0), flagged({ firstScan: 2 }), scannedAt(40, 8, 0), scannedAt(8, 4, -1)],
    'over-the-grace-period': [scannedAt(6, 4, 0), scannedAt(8, 0.1, 0), scannedAt(20, 19, 0)],
    'old-enough': [
      flagged({ modifiedAt: iso(now - dayMs / 2) }),
      flagged({ modifiedAt: iso(now + dayMs) }),
      flagged({ modifiedAt: 'soon' }),
    ],
    'of-this-environment': [flagged({ environment: 'staging' })],
    'owner-is-known': [knowing({ knownOwners: new Set() }), flagged({ owner: undefined })],
    'owner-has-all': [
      knowing({ ownersWithMissing: new Set([owner('ann')]) }),
      knowing({ ownersWithMissing: new Set([undefined]) }),
    ],
    'owner-ended-long-ago': [
      flagged({ endedAt: iso(now - 29 * dayMs) }),
      flagged({ endedAt: undefined }),
      flagged({ endedAt: 'last year' }),
      flagged({ endedAt: iso(now + dayMs) }),
    ],
  },
);

const items =
  (count: number, sizeBytes = 100) =>
  (fine: Blast) => ({
    ...fine,
    items: Array.from({ length: count }, () => ({ prefix, owner: 'ann', sizeBytes })),
  });

cases(
  'limits',
  Object.fromEntries(
    Object.entries(limitRules).map(([name, rule]) => [
      name,
      (one: Blast) => rule(one, policy.caps['no-entry']),
    ]),
  ),
  blast,
  {
    'per-run': [
      items(21),
      items(4, 5_001),
      items(4, Number.NaN),
      (fine) => ({ ...fine, besides: { items: 17, bytes: 0 } }),
      (fine) => ({ ...fine, besides: { items: 0, bytes: 19_700 } }),
    ],
    'per-day': [
      (fine) => ({ ...fine, lastDay: { items: 27, bytes: 0 } }),
      (fine) => ({ ...fine, lastDay: { items: 0, bytes: 29_700 } }),
    ],
    'per-30-days': [
      (fine) => ({ ...fine, last30Days: { items: 57, bytes: 0 } }),
      (fine) => ({ ...fine, last30Days: { items: 0, bytes: 59_700 } }),
    ],
    'share-of-all': [items(101), items(4, 3_000)],
    'share-of-an-owner': [items(81), (fine) => ({ ...fine, stored: [line(4)] })],
    'share-of-a-prefix': [(fine) => ({ ...fine, stored: [line(4)] }), items(4, 4_500)],
  },
);

test('limits: a few of a small owner are no share of anything', () => {
  const few = items(3)({ ...blast, stored: [line(3), line(97, { owner: owner('bob') })] });
  expect(limitRules['share-of-an-owner']?.(few, policy.caps['no-entry'])).toBeUndefined();
});

test('copies: the last verified copies of an owner stay, and an unverified one goes only beside enough verified', () => {
  const keeping = policyOf({
    ...plainPolicy(),
    copies: { archive: { active: 2, ended: 0 } },
  })._unsafeUnwrap();
  const three = Array.from({ length: 3 }, () => ({
    kind: 'archive',
    owner: 'ann',
    verified: true,
    class: 'no-entry' as const,
  }));
  expect(sparingLastCopies(three, [line(3)], keeping)).toMatchObject({ go: [{}], stay: [{}, {}] });
  expect(sparingLastCopies(three, [line(9, { owner: owner('bob') })], keeping).go).toEqual([]);
  const unverified = three.map((item) => ({ ...item, verified: false }));
  expect(sparingLastCopies(unverified, [line(5, { verified: 1 })], keeping).go).toEqual([]);
  expect(sparingLastCopies(unverified, [line(5, { verified: 2 })], keeping).go).toHaveLength(3);
  const left = three.map((item) => ({ ...item, class: 'owner-ended' as const }));
  expect(sparingLastCopies(left, [line(3)], keeping).go).toHaveLength(3);
  const stranger = three.map((item) => ({ ...item, kind: 'volume' }));
  expect(sparingLastCopies(stranger, [line(9, { kind: 'volume' as Flag['kind'] })], keeping).go).toEqual([]);
});

cases('clocks', clockRules, reading, {
  'no-jump': [(fine) => ({ ...fine, wallPassedMs: dayMs }), (fine) => ({ ...fine, wallPassedMs: -dayMs })],
  'sides-agree': [
    (fine) => ({ ...fine, sides: { ...fine.sides, orders: now + dayMs } }),
    (fine) => ({ ...fine, sides: { ...fine.sides, backups: now - dayMs } }),
    (fine) => ({ ...fine, sides: { ...fine.sides, orders: Number.NaN } }),
  ],
  'never-back': [
    (fine) => ({ ...fine, lastStoreMs: now + dayMs }),
    (fine) => ({ ...fine, storeMs: Number.NaN }),
  ],
});

const looking = (more: Partial<typeof there>) => (fine: LastLook) => ({
  ...fine,
  looked: { ...there, ...more },
});
const hearing = (reference: Reference) => (fine: LastLook) => ({
  ...fine,
  references: { orders: reference },
});
const ghost = (fine: LastLook): LastLook => ({ ...fine, looked: { found: 'no', key: item.key } });
const denied = (fine: LastLook): LastLook => ({
  ...fine,
  looked: { found: 'unknown', key: item.key, why: 'denied' },
});
const inDoubt: Reference = { key: item.key, verdict: 'unknown', why: 'timeout' };

cases('stop', stopRules, look, {
  'became-needed': [
    hearing({ key: item.key, verdict: 'needed', why: 'a row', hold: 'none' }),
    (fine): LastLook => ({
      ...fine,
      references: {
        ...fine.references,
        more: { key: item.key, verdict: 'needed', why: 'a row', hold: 'none' },
      },
    }),
  ],
  'every-registry-spoke': [(fine) => ({ ...fine, references: {} })],
  'no-registry-in-doubt': [hearing(inDoubt)],
});

cases('stay', stayRules, look, {
  'still-there': [ghost, denied],
  'same-version': [looking({ version: 'v2' }), ghost],
  'same-owner': [looking({ owner: owner('bob') }), looking({ kind: 'volume' as Flag['kind'] })],
  'same-class': [hearing({ key: item.key, verdict: 'not-needed', hold: 'none' })],
  'still-flagged': [
    (fine): LastLook => ({ ...fine, flag: undefined }),
    (fine): LastLook => ({ ...fine, flag: { ...flag, version: 'v2' } }),
    (fine): LastLook => ({ ...fine, flag: { ...flag, class: 'no-entry' } }),
  ],
  'owner-still-ended': [
    hearing({ ...notNeeded, entry: { ...entry, endedAt: iso(now - dayMs) } }),
    hearing({ ...notNeeded, entry: { ...entry, endedAt: undefined } }),
    hearing({ ...notNeeded, entry: { ...entry, state: 'needed' } }),
  ],
  'not-needed-for-long': [
    hearing({ ...notNeeded, neededUntil: iso(now - 6.9 * dayMs) }),
    hearing({ ...notNeeded, neededUntil: 'lately' }),
  ],
  'not-in-use': [hearing({ ...notNeeded, inUseBy: 'restore-7' })],
  'nothing-depends-on-it': [looking({ dependants: ['image-1'] }), looking({ dependants: 'unknown' })],
  'says-whose-it-is': [looking({ environment: 'staging' }), looking({ environment: undefined })],
  'old-enough-now': [looking({ modifiedAt: iso(now) }), looking({ modifiedAt: 'soon' })],
});

cases('hold', holdRules, look, {
  'no-hold-in-the-store': [looking({ hold: 'held' }), looking({ hold: 'unknown' }), denied],
  'no-hold-in-a-registry': [
    hearing({ ...notNeeded, hold: 'held' }),
    hearing({ ...notNeeded, hold: 'unknown' }),
    hearing(inDoubt),
  ],
});
