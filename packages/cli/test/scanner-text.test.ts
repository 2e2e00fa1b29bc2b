// What the scanner's commands print, as pure text: on narrow and wide pages, with colour and without.

import { stripVTControlCharacters } from 'node:util';
import {
  type Affected,
  itemKey,
  itemKind,
  keyPrefix,
  ownerId,
  type Plan,
  type PlanItem,
  runId,
  type ScanReport,
} from '@belay/scanner';
import { expect, test } from 'vitest';
import { inBytes, inPercent, inTime } from '../src/scanner/amount.ts';
import { breakerLines } from '../src/scanner/breaker-text.ts';
import { planLines } from '../src/scanner/plan-text.ts';
import { scanProgress, sweepProgress } from '../src/scanner/progress-text.ts';
import { scanLines } from '../src/scanner/scan-text.ts';
import {
  affectedLines,
  dryLines,
  dueLines,
  purgedLines,
  sweptLines,
  undoneLines,
} from '../src/scanner/sweep-text.ts';

const run = runId('scan-41')._unsafeUnwrap();
const sweepRun = runId('sweep-3f2a9c1b04de')._unsafeUnwrap();
const digest = '3f2a9c1b04de77aa3f2a9c1b04de77aa3f2a9c1b04de77aa3f2a9c1b04de77aa';

function item(name: string, owner: string, more: Partial<PlanItem> = {}): PlanItem {
  return {
    key: itemKey(`archives/${owner}/${name}`)._unsafeUnwrap(),
    kind: itemKind('archive')._unsafeUnwrap(),
    owner: ownerId(owner)._unsafeUnwrap(),
    prefix: keyPrefix('archives/')._unsafeUnwrap(),
    class: 'no-entry',
    version: 'etag-1',
    sizeBytes: 52 * 2 ** 20,
    modifiedAt: '2026-10-01T00:00:00Z',
    verified: false,
    seen: { firstScan: 1, lastScan: 4, scans: 4 },
    why: 'No registry has an entry for it; seen so in 4 complete scans since 2026-11-01T00:00:00.000Z, without one that saw it needed.',
    ...more,
  };
}

const items = [
  item('1.tar', 'ann'),
  item('2.tar', 'ann'),
  item('3.tar', 'ben', { class: 'owner-ended', verified: true }),
];

const plan: Plan = {
  digest,
  environment: 'production',
  ledger: 'ledger-1',
  store: 'offsite',
  scan: 4,
  madeAt: '2026-11-20T00:00:00.000Z',
  expiresAt: '2026-11-21T00:00:00.000Z',
  items,
  totals: { items: 3, bytes: 156 * 2 ** 20, owners: 2 },
  excess: [
    { limit: 'no-entry/share-of-an-owner', message: '2 of 3 items of ann; a share of 0.1 is allowed.' },
  ],
  signatures: 2,
  staying: [
    {
      rule: 'over-the-grace-period',
      count: 7,
      bytes: 2 ** 30,
      examples: [{ key: 'archives/zoe/9.tar', why: 'In its grace period of 7 days, for 3 days so far.' }],
    },
  ],
};

const report: ScanReport = {
  run,
  outcome: 'complete',
  number: 4,
  at: '2026-11-20T00:00:00.000Z',
  doubts: [],
  keys: { offsite: 1_043_220, orders: 1_042_980 },
  orphans: { 'no-entry': { items: 9, bytes: 2 ** 30 }, 'owner-ended': { items: 1, bytes: 52 * 2 ** 20 } },
  inDoubt: 2,
  missing: [
    {
      owner: ownerId('eve')._unsafeUnwrap(),
      count: 3,
      sample: [{ key: 'archives/eve/1.tar', registry: 'orders' }],
    },
  ],
  neededInQuarantine: [{ key: 'archives/kim/1.tar', run: sweepRun }],
};

const doubts = [{ rule: 'counts-agree', side: 'orders', message: 'orders says 1043220 rows and sent 412.' }];
const open = { state: 'open', since: '2026-11-20T00:00:00.000Z', doubts } as const;
const closed = { state: 'closed' } as const;

const affected: Affected = {
  run: sweepRun,
  owners: [
    {
      owner: 'ann',
      items: [
        {
          key: 'archives/ann/1.tar',
          kind: 'archive',
          sizeBytes: 5,
          state: 'quarantined',
          restorableUntil: '2026-12-04T00:00:00.000Z',
        },
        { key: 'archives/ann/2.tar', kind: 'archive', sizeBytes: 5, state: 'deleted' },
      ],
    },
  ],
  totals: { items: 2, bytes: 10, restorable: 1 },
};

const nothing = { items: 0, bytes: 0 };
const none = { lastDay: nothing, last30Days: nothing, besides: nothing };
const before = {
  isShared: false,
  byClass: {
    'no-entry': { ...none, last30Days: { items: 40, bytes: 2 ** 30 } },
    'owner-ended': none,
  },
};
const amount = { items: 100, bytes: 2 ** 32 };
const share = { total: 0.1, owner: 0.1, prefix: 0.1 };
const caps = { run: amount, day: amount, thirtyDays: amount, share, shareFromItems: 10 };
// Only what the text asks of a policy.
const policy = { undoWindowMs: 14 * 86_400_000, references: { archive: ['orders'] } } as never;
const stored = ['ann', 'ben'].map((owner) => ({
  prefix: keyPrefix('archives/')._unsafeUnwrap(),
  kind: itemKind('archive')._unsafeUnwrap(),
  owner: ownerId(owner)._unsafeUnwrap(),
  count: 50,
  bytes: 50 * 2 ** 20,
  verified: 0,
}));
const limits = { caps: { 'no-entry': { ...caps, shareFromItems: 1 }, 'owner-ended': caps }, before, stored };

type Page = { readonly columns: number; readonly colour: boolean };

const texts: Readonly<Record<string, (page: Page) => readonly string[]>> = {
  'a complete scan': (page) =>
    scanLines({ scope: 'offsite', report, breaker: open, plan, canSweep: false }, page),
  'an inconclusive scan': (page) =>
    scanLines(
      {
        scope: 'offsite',
        report: { ...report, outcome: 'inconclusive', doubts },
        breaker: open,
        plan: undefined,
        canSweep: true,
      },
      page,
    ),
  'a plan': (page) => planLines({ scope: 'offsite', plan, policy, limits, most: 2 }, page),
  'a breaker': (page) => breakerLines('offsite', open, page),
  'a dry sweep': (page) => dryLines({ plan, scope: 'offsite', signers: ['ann'], typed: 'plan.json' }, page),
  'a sweep that was stopped': (page) =>
    sweptLines(
      {
        run: sweepRun,
        plan: digest,
        outcome: 'stopped',
        why: 'archives/ann/2.tar is needed: orders says so.',
        quarantined: [{ key: 'archives/ann/1.tar', owner: 'ann', until: '2026-12-04T00:00:00.000Z' }],
        stayed: [
          {
            key: 'archives/ben/3.tar',
            reasons: { 'no-hold-in-a-registry': 'A registry holds it, or cannot tell.' },
          },
        ],
        conditional: false,
        signedBy: ['ann', 'ben'],
      },
      'offsite',
      page,
    ),
  'an undo': (page) =>
    undoneLines(
      {
        run: sweepRun,
        restored: ['a/1'],
        notYet: [{ key: 'a/2', why: 'There is a newer file.' }],
        gone: ['a/3'],
      },
      page,
    ),
  'a dry purge': (page) =>
    dueLines(
      {
        scope: 'offsite',
        due: [{ key: 'archives/ann/1.tar', owner: 'ann', until: '2026-11-04T00:00:00.000Z' }],
        waiting: [{ key: 'archives/ann/2.tar', owner: 'ann', until: '2026-12-04T00:00:00.000Z' }],
      },
      page,
    ),
  'a purge': (page) =>
    purgedLines(
      { deleted: ['a/1'], broughtBack: ['a/2'], stayed: [{ key: 'a/3', why: 'orders holds it.' }] },
      'offsite',
      page,
    ),
  'what a run has touched': (page) => affectedLines(affected, page),
};

for (const [name, text] of Object.entries(texts)) {
  test.for([40, 80, 120])(`${name} keeps to %s columns, save for what is copied`, (columns) => {
    for (const line of text({ columns, colour: false })) {
      // Keys, digests and commands are not broken: people copy them.
      const isCopied = /^\s*\S+$|belay |archives\/\S+$/.test(line);
      if (!isCopied) expect(line.length, line).toBeLessThanOrEqual(columns);
      expect(line).toBe(line.trimEnd());
    }
  });

  test(`${name} says the same with colour and without`, () => {
    for (const columns of [40, 80]) {
      const plain = text({ columns, colour: false });
      const coloured = text({ columns, colour: true });
      expect(coloured.map(stripVTControlCharacters)).toEqual(plain);
      expect(coloured.join('')).toContain('\u001b[');
      expect(plain.join('')).not.toContain('\u001b');
    }
  });
}

const words = (name: keyof typeof texts): string =>
  (texts[name]?.({ columns: 80, colour: false }) ?? []).join('\n');

test('a scan says what, how much, whose, why, what would change it, and how to stop it', () => {
  const said = words('a complete scan');
  for (const part of [
    'Nothing was deleted',
    '9 items, 1.0 GiB: no registry has an entry for them',
    'ann: 2 items, 104.0 MiB',
    'No registry has an entry for it; seen so in 4 complete scans',
    'In its grace period of 7 days, for 3 days so far.',
    'belay hold add offsite KEY --reason TEXT',
    'belay breaker open offsite --reason TEXT',
    'archives/kim/1.tar is needed and lies in quarantine',
    'belay undo sweep-3f2a9c1b04de',
    'eve: 3, such as archives/eve/1.tar (needed by orders)',
    'it can only look',
  ]) {
    expect(said).toContain(part);
  }
});

test('an inconclusive scan says that nothing was changed, why, and what a person does', () => {
  const said = words('an inconclusive scan');
  expect(said).toContain('orders says 1043220 rows and sent 412.');
  expect(said).toContain('(counts-agree)');
  expect(said).toContain('belay breaker close offsite --reason TEXT');
  expect(said).not.toContain('Would go');
});

test('each item of a plan has its evidence: why, since when, how often, whether checked, what holds it, when it goes', () => {
  const said = words('a plan');
  for (const part of [
    'archives/ann/1.tar',
    'archive, 52.0 MiB, of ann',
    'asked about archive: orders',
    'since\n            2026-11-01T00:00:00.000Z',
    'as not needed in 4 complete scans, first in scan 1, last in scan 4',
    'nobody has proved that this copy can be restored',
    'the limits below: it waits for 2 signatures',
    'into quarantine with the next sweep of this plan, and for good 14',
    'And 1 item more: --all shows them',
    digest,
  ]) {
    expect(said).toContain(part);
  }
});

test('a plan shows how near each limit is, with what went before', () => {
  const said = words('a plan');
  expect(said).toMatch(/no-entry, 30 days\s+42 of 100\s+1\.1 GiB of 4\.0 GiB\s+42 %/);
  expect(said).toMatch(/no-entry, of all\s+2 of 10\s/);
  expect(said).toMatch(/no-entry, of ann\s+2 of 5\s/);
  // So few that shares of an owner are not asked.
  expect(said).not.toContain('owner-ended, of ben');
});

test('what other scopes of the same budget took counts in how near a limit is, and the plan says so', () => {
  const byOthers = { items: 30, bytes: 2 ** 30 };
  const shared = {
    isShared: true,
    byClass: { ...before.byClass, 'no-entry': { ...none, besides: byOthers, lastDay: byOthers } },
  };
  const view = { scope: 'offsite', plan, policy, limits: { ...limits, before: shared }, most: 2 };
  const said = planLines(view, { columns: 100, colour: false }).join('\n');
  expect(said).toMatch(/no-entry, one run\s+32 of 100\s/);
  expect(said).toMatch(/no-entry, 24 hours\s+32 of 100\s/);
  expect(said).toContain('count what other scopes of the same budget took');
  expect(words('a plan')).not.toContain('other scopes');
});

test('what the store locks is said at the item, which then does not go', () => {
  const calm = { ...plan, signatures: 0 as const, excess: [] };
  const locked = items
    .slice(0, 1)
    .map(({ key }) => [key, ['The store holds it: a lock, or a hold.']] as const);
  const view = { scope: 'offsite', plan: calm, policy, limits, obstacles: new Map(locked), most: 2 };
  const [first = '', second = ''] = planLines(view, { columns: 100, colour: false })
    .join('\n')
    .split('Item ')
    .slice(1);
  expect(first).toContain('The store holds it: a lock, or a hold.');
  expect(first).toContain('a sweep of this plan leaves it');
  expect(second).not.toContain('The store holds it');
  expect(second).toContain('into quarantine with the next sweep of this plan');
});

test('only the items of one owner are shown where one is asked for', () => {
  const lines = planLines(
    { scope: 'offsite', plan, policy, limits, owner: 'ben', most: 5 },
    { columns: 80, colour: false },
  );
  const said = lines.join('\n');
  expect(said).toContain('archives/ben/3.tar');
  expect(said).not.toContain('Item        archives/ann');
  expect(said).toContain('proved to be restorable');
});

test('progress has no percent without a total, and never 100 before the end', () => {
  const keys = new Map([['offsite', { seen: 300_000, lastTime: 1_043_220 }]]);
  expect(scanProgress('offsite', keys, 3_000)).toBe(
    'Scan of offsite: offsite 300,000 keys, 100,000/s (last time 1,043,220), 3.0 s',
  );
  expect(scanProgress('offsite', new Map(), 90_000)).toContain('waiting for the first keys');
  expect(sweepProgress('Sweep', { handled: 100, total: 100 }, 3_000)).toContain('99 %');
  expect(sweepProgress('Sweep', { handled: 1, total: 1_000 }, 3_000)).toContain('under 1 %');
});

test('quantities carry their unit, and no share is rounded to nothing or to all', () => {
  expect([inBytes(0), inBytes(512), inBytes(2 ** 20 * 52), inBytes(2 ** 40)]).toEqual([
    '0 B',
    '512 B',
    '52.0 MiB',
    '1.0 TiB',
  ]);
  expect([inPercent(0), inPercent(0.001), inPercent(0.5), inPercent(0.999), inPercent(1)]).toEqual([
    '0 %',
    'under 1 %',
    '50 %',
    '99 %',
    '100 %',
  ]);
  expect([inTime(1_000), inTime(3_600_000), inTime(14 * 86_400_000)]).toEqual(['1 s', '1 hour', '14 days']);
});

test('a closed breaker says so in one line', () => {
  expect(breakerLines('offsite', closed, { columns: 80, colour: false })).toEqual([
    'Closed: offsite. Plans may be swept.',
  ]);
});
