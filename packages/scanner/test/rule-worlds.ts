// One world for each sort of rule in which every rule of it is silent. Tests change one thing and hear who speaks.

import type { Canary } from '../src/call.ts';
import type { Reference, RegistryEntry } from '../src/entry.ts';
import type { Looked } from '../src/item.ts';
import type { KeyPrefix } from '../src/key.ts';
import type { Flag } from '../src/ledger/flag.ts';
import type { Tally } from '../src/merge/tally.ts';
import type { PlanItem } from '../src/plan.ts';
import { type Policy, policyOf } from '../src/policy.ts';
import type { Answer } from '../src/rules/belief.ts';
import type { ClockReading } from '../src/rules/clocks.ts';
import type { LastLook } from '../src/rules/just-before.ts';
import type { Blast } from '../src/rules/limits.ts';
import type { Ripeness } from '../src/rules/ripe.ts';
import type { Comparison } from '../src/rules/sanity.ts';
import { archive, dayMs, inventoryId, keyOf, owner, plainPolicy } from './world.ts';

export const policy: Policy = policyOf(plainPolicy())._unsafeUnwrap();
export const prefix: KeyPrefix = policy.scope.prefixes[0];
export const now: number = Date.UTC(2026, 0, 31);
export const iso = (ms: number): string => new Date(ms).toISOString();
export const line = (count: number, more: Partial<Tally> = {}): Tally => ({
  prefix,
  kind: archive,
  owner: owner('ann'),
  count,
  bytes: count * 100,
  verified: count,
  ...more,
});

const canaries: readonly Canary[] = (['first', 'middle', 'last'] as const).map((place) => ({
  key: `${prefix}${place}`,
  prefix,
  place,
}));
export const answer: Answer = {
  side: 'backups',
  isInventory: true,
  expected: inventoryId,
  statement: {
    source: inventoryId,
    startedAt: iso(now),
    endedAt: iso(now + 1_000),
    pages: 1,
    count: 10,
    bytes: 1_000,
    firstKey: keyOf('a'),
    lastKey: keyOf('z'),
    ended: 'explicit',
    digest: 'd',
  },
  seen: {
    count: 10,
    bytes: 1_000,
    firstKey: keyOf('a'),
    lastKey: keyOf('z'),
    digest: 'd',
    tallies: [],
    canaries: canaries.map(({ key }) => key),
  },
  canaries,
  askedAtMs: now,
  endedAtMs: now + 1_000,
  policy,
};

export const comparison: Comparison = {
  policy,
  before: { tallies: { backups: [line(100)], orders: [line(100)] }, endedOwners: new Map(), missing: [] },
  inventory: 'backups',
  tallies: { backups: [line(100)], orders: [line(100)] },
  deletions: {},
  taken: [],
  vanished: new Map(),
  endedOwners: new Map(),
  items: 100,
  inDoubt: 0,
};

export const flag: Flag = {
  key: keyOf('a'),
  class: 'owner-ended',
  kind: archive,
  owner: owner('ann'),
  prefix,
  version: 'v1',
  sizeBytes: 100,
  modifiedAt: iso(now - 90 * dayMs),
  verified: true,
  environment: 'production',
  endedAt: iso(now - 60 * dayMs),
  firstScan: 1,
};
export interface Waiting {
  readonly flag: Flag;
  readonly known: Ripeness;
}
export const waiting: Waiting = {
  flag,
  known: {
    policy,
    storeNowMs: now,
    scans: [8, 4, 0].map((days, n) => ({ number: n + 1, storeAtMs: now - days * dayMs })),
    knownOwners: new Set([owner('ann')]),
    ownersWithMissing: new Set(),
  },
};

export const blast: Blast = {
  policy,
  class: 'no-entry',
  items: Array.from({ length: 4 }, () => ({ prefix, owner: 'ann', sizeBytes: 100 })),
  lastDay: { items: 0, bytes: 0 },
  last30Days: { items: 0, bytes: 0 },
  besides: { items: 0, bytes: 0 },
  stored: [line(100), line(100, { owner: owner('bob') })],
};

export const reading: ClockReading = {
  wallMs: now,
  wallPassedMs: 1_000,
  steadyPassedMs: 1_000,
  sides: { backups: now, orders: now },
  lastStoreMs: now - dayMs,
  storeMs: now,
  toleranceMs: policy.belief.clockToleranceMs,
};

export const item: PlanItem = {
  key: flag.key,
  kind: archive,
  owner: owner('ann'),
  prefix,
  class: 'owner-ended',
  version: 'v1',
  sizeBytes: 100,
  modifiedAt: flag.modifiedAt,
  verified: true,
  seen: { firstScan: 1, lastScan: 3, scans: 3 },
  why: 'nobody needs it',
};
export const entry: RegistryEntry = {
  key: item.key,
  kind: archive,
  owner: owner('ann'),
  state: 'owner-ended',
  endedAt: iso(now - 60 * dayMs),
};
export const notNeeded: Extract<Reference, { verdict: 'not-needed' }> = {
  key: item.key,
  verdict: 'not-needed',
  hold: 'none',
  entry,
};
export const there: Extract<Looked, { found: 'yes' }> = {
  found: 'yes',
  key: item.key,
  kind: archive,
  owner: owner('ann'),
  version: 'v1',
  sizeBytes: 100,
  modifiedAt: item.modifiedAt,
  environment: 'production',
  hold: 'none',
  dependants: [],
};
export const look: LastLook = {
  item,
  policy,
  references: { orders: notNeeded },
  looked: there,
  flag,
  storeNowMs: now,
};
