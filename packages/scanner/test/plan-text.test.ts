// What a person reads who is asked whether this may go: what, whose, why, what stays and by which rule, and how to stop it.

import { expect, test } from 'vitest';
import { itemKey } from '../src/key.ts';
import { type Plan, sealPlan } from '../src/plan.ts';
import { planText } from '../src/plan-text.ts';
import { item } from './rule-worlds.ts';

const MiB = 1024 * 1024;
const planOf = (count: number, more: Partial<Plan> = {}): Plan => {
  const items = Array.from({ length: count }, (_, n) => ({
    ...item,
    key: itemKey(`archives/${n}.tar`)._unsafeUnwrap(),
    sizeBytes: MiB / 2,
    why: `reason ${n}`,
  }));
  return sealPlan({
    environment: 'production',
    ledger: 'ledger-1',
    store: 'backups',
    scan: 9,
    madeAt: '2026-01-31T00:00:00.000Z',
    expiresAt: '2026-02-02T00:00:00.000Z',
    items,
    totals: { items: count, bytes: (count * MiB) / 2, owners: 1 },
    excess: [],
    signatures: 0,
    staying: [],
    ...more,
  });
};

test('a plan without items says that nothing would go, and asks for nothing', () => {
  expect(planText(planOf(0))).toBe('Nothing would go (scan 9 of backups, production).');
});

test('what stays is told with its rule, its count and an example, also where nothing goes', () => {
  const staying = [
    {
      rule: 'enough-scans',
      count: 7,
      bytes: 0,
      examples: [{ key: 'archives/x.tar', why: 'Seen as an orphan in 1 complete scan of 3.' }],
    },
  ];
  expect(planText(planOf(0, { staying }))).toBe(
    [
      'Nothing would go (scan 9 of backups, production).',
      'What stays for now:',
      '  7 by enough-scans, such as archives/x.tar: Seen as an orphan in 1 complete scan of 3.',
    ].join('\n'),
  );
});

test('what goes is named with its owner, its size and its reason, and how to stop it', () => {
  const plan = planOf(1);
  expect(planText(plan).split('\n')).toEqual([
    '1 items of 1 owners, 0.5 MiB, would go into quarantine (scan 9 of backups, production).',
    `Plan ${plan.digest}, made at 2026-01-31T00:00:00.000Z, good until 2026-02-02T00:00:00.000Z.`,
    `  archives/0.tar (${item.owner}, 0.5 MiB)`,
    '    reason 0',
    'To stop it: do not sweep, open the breaker (belay breaker open), put a hold on an item, or give it an entry.',
  ]);
  const { owner: _, ...nobodys } = item;
  expect(planText(planOf(0, { items: [nobodys] }))).toContain(`  ${item.key} (no owner, 0.0 MiB)`);
});

test('twenty items are named, and the twenty-first is counted', () => {
  expect(planText(planOf(20))).not.toContain('more');
  const long = planText(planOf(22));
  expect(long).toContain('archives/19.tar');
  expect(long).not.toContain('archives/20.tar');
  expect(long).toContain('\n  and 2 more\n');
});

test('a plan beyond its limits says which, and that nothing goes without signatures over this digest', () => {
  const text = planText(
    planOf(1, {
      signatures: 2,
      excess: [{ limit: 'no-entry/per-run', message: '25 items, and 20 may go.' }],
    }),
  );
  expect(text).toContain(
    [
      'Beyond its limits; nothing goes without 2 signatures over this digest:',
      '  no-entry/per-run: 25 items, and 20 may go.',
    ].join('\n'),
  );
  expect(planText(planOf(1))).not.toContain('Beyond its limits');
});
