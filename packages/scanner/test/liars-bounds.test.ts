// A registry that lies in every answer alike, from some day on: no question finds it out. Then no more goes than the
// policy allows without a signature, people hear of it, and what went can be brought back for as long as it says.

import { expect, test } from 'vitest';
import { each, everywhere, type Lie, worldWithLiar } from './liar.ts';
import { dayMs, owner, type PlainPolicy, type World } from './world.ts';

/** Days in the life of a scanner whose person looks at every alert and closes every breaker. */
async function live(
  one: World,
  days: number,
  eachDay: (day: number) => void = () => undefined,
): Promise<void> {
  for (let day = 0; day < days; day += 1) {
    one.clock.pass(dayMs);
    eachDay(day);
    await one.scanner.scan().unwrapOr(undefined);
    await one.attend();
    const plan = await one.scanner.review();
    if (plan.isOk()) await one.sweeper.sweep(plan.value, []).unwrapOr(undefined);
    await one.attend();
    await one.sweeper.purge().unwrapOr(undefined);
    await one.attend();
  }
}

/** What is needed and not stored; `kept` of it can be brought back. */
function lost(one: World): { readonly gone: number; readonly kept: number } {
  const stored = new Set(one.keys());
  const gone = one.registry.rows().filter(({ key }) => !stored.has(key)).length;
  return { gone, kept: one.store.quarantined().length };
}

async function bringBack(one: World): Promise<void> {
  for (const run of one.ledger.trash.runs()) {
    (await one.sweeper.undo(run, { by: 'ann', reason: 'the registry lies' }))._unsafeUnwrap();
  }
}

const few = (items: number) => ({ items, bytes: 1_000_000 });
const capsOf = (policy: PlainPolicy, thirtyDays: number) => ({
  ...policy.caps,
  'no-entry': { ...policy.caps['no-entry'], run: few(2), day: few(2), thirtyDays: few(thirtyDays) },
});
/** The number in an archive's name. */
const numberOf = (key: string): number => Number(/needed-(\d+)/.exec(key)?.[1]);

test('one row more each day, in no answer any more: in 30 days no more goes than the cap of 30 days', async () => {
  let days = 0;
  const drift: Lie = everywhere(each((row) => (numberOf(row.key) < days ? undefined : row)));
  const { one, lieFrom } = worldWithLiar(drift, {
    policy: (policy) => ({ ...policy, caps: capsOf(policy, 4), undoWindowMs: 60 * dayMs }),
  });
  await one.days(3);
  lieFrom();
  await live(one, 37, (day) => {
    days = day + 1;
  });
  expect(lost(one)).toEqual({ gone: 4, kept: 4 });
  expect(one.alerts.raised.map(({ cause }) => cause)).toContain('scanner/ledger-1/beyond-limits');
  await bringBack(one);
  expect(lost(one)).toEqual({ gone: 0, kept: 0 });
});

test('the same without an undo in time: what is gone for good in 30 days is the cap of 30 days', async () => {
  let days = 0;
  const drift: Lie = everywhere(each((row) => (numberOf(row.key) < days ? undefined : row)));
  const { one, lieFrom } = worldWithLiar(drift, {
    policy: (policy) => ({ ...policy, caps: capsOf(policy, 4) }),
  });
  await one.days(3);
  lieFrom();
  await live(one, 37, (day) => {
    days = day + 1;
  });
  const { gone, kept } = lost(one);
  expect(gone).toBe(4);
  expect(kept).toBeLessThan(4);
});

test('half the rows of one owner, in no answer any more: nothing goes, as it is more than an owner’s share', async () => {
  const { one, lieFrom } = worldWithLiar(
    everywhere(each((row) => (numberOf(row.key) % 12 === 3 ? undefined : row))),
    {
      policy: (policy) => {
        const caps = policy.caps['no-entry'];
        return {
          ...policy,
          caps: { ...policy.caps, 'no-entry': { ...caps, share: { ...caps.share, owner: 0.3 } } },
        };
      },
    },
  );
  await one.days(3);
  lieFrom();
  await live(one, 30);
  expect(lost(one)).toEqual({ gone: 0, kept: 0 });
  const beyond = one.alerts.raised.find(({ cause }) => cause.endsWith('beyond-limits'));
  expect(beyond?.detail).toContain('share-of-an-owner');
});

test('two owners that are said to have ended years ago: nothing of them goes, as it is more than one run may take', async () => {
  const ended: Lie = everywhere(
    each((row) =>
      row.owner === owner('owner-1') || row.owner === owner('owner-2')
        ? { ...row, state: 'owner-ended', endedAt: '2020-01-01T00:00:00.000Z' }
        : row,
    ),
  );
  const { one, lieFrom } = worldWithLiar(ended, {
    policy: (policy) => ({
      ...policy,
      caps: { ...policy.caps, 'owner-ended': { ...policy.caps['owner-ended'], run: few(10) } },
    }),
  });
  await one.days(3);
  lieFrom();
  await live(one, 30);
  expect(lost(one)).toEqual({ gone: 0, kept: 0 });
  const beyond = one.alerts.raised.find(({ cause }) => cause.endsWith('beyond-limits'));
  expect(beyond?.detail).toContain('owner-ended/per-run');
});

test('what each owner has at least in copies that are proved stays, whatever a registry denies', async () => {
  const denied: Lie = everywhere(each((row) => (numberOf(row.key) < 4 ? undefined : row)));
  const { one, lieFrom } = worldWithLiar(denied, {
    policy: (policy) => ({ ...policy, copies: { archive: { active: 10, ended: 10 } } }),
  });
  await one.days(3);
  lieFrom();
  await live(one, 30);
  expect(lost(one)).toEqual({ gone: 0, kept: 0 });
  const plan = (await one.scanner.review())._unsafeUnwrap();
  expect(plan.staying).toMatchObject([{ rule: 'last-copies', count: 4 }]);
});

test('a store that pads its listing makes every share small, and nothing goes, as the caps in numbers are what they were', async () => {
  let days = 0;
  const denied: Lie = everywhere(each((row) => (numberOf(row.key) < 4 ? undefined : row)));
  const { one, lieFrom } = worldWithLiar(denied, {
    policy: (policy) => ({ ...policy, caps: capsOf(policy, 3) }),
  });
  await one.days(3);
  lieFrom();
  await live(one, 30, () => {
    days += 1;
    // They have rows, and so they are no orphans themselves.
    for (let n = 0; n < 10; n += 1) one.archive(`padding-${days}-${n}`, `owner-${n % 6}`);
  });
  expect(lost(one)).toEqual({ gone: 0, kept: 0 });
  const beyond = one.alerts.raised.find(({ cause }) => cause.endsWith('beyond-limits'));
  expect(beyond?.detail).toContain('no-entry/per-run');
  expect(beyond?.detail).not.toContain('share');
});
