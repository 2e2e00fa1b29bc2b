// Sides that lie in ways which nobody has met yet. Where a lie shows in one answer and not in another, nothing that is
// needed may go; and what is malformed is no evidence of anything.

import { ok, okAsync } from 'neverthrow';
import { expect, test } from 'vitest';
import type { EntryBatch } from '../src/batch.ts';
import type { Reference } from '../src/entry.ts';
import type { Looked, StoredItem } from '../src/item.ts';
import type { Registry } from '../src/registry.ts';
import type { RecordedDeletions, SideStatement } from '../src/statement.ts';
import { survives } from './accident.ts';
import { doubtsUnder, each, everywhere, type Lie, listing, type Rows, worldWithLiar } from './liar.ts';
import { otherEntries, otherItems } from './lies.ts';
import { archive, dayMs, keyOf, owner, ripen, sweepAndPurge, type WorldOptions, world } from './world.ts';

/** Five of the ten archives of one owner. */
const isOneOfFive = (key: string): boolean => Number(key.slice(16, 18)) % 12 === 3;

test('a registry that answers for another tenant, with this scan’s canaries, takes nothing of ours', async () => {
  const theirs = each((row) => ({ ...row, key: keyOf(`tenant-b/${row.key.slice(9)}`) }));
  expect(await doubtsUnder(everywhere(theirs))).toContain('rows-vanished');
});

test('a page that comes again in the place of another, with the right count, is not believed', async () => {
  const repeated = (rows: Rows) => [...rows.slice(0, 32), ...rows.slice(16, 32), ...rows.slice(48)];
  expect(await doubtsUnder(everywhere(repeated))).toContain('not-believed');
});

test('rows that are replaced by invented ones, in the right number, are missed', async () => {
  const invented = each((row, n) => (n % 3 === 0 ? { ...row, key: keyOf(`${row.key.slice(9)}x`) } : row));
  expect(await doubtsUnder(everywhere(invented))).toContain('rows-vanished');
});

test('a snapshot of some days ago that shows this scan’s canaries makes no orphans of what came since', async () => {
  const old = each((row) => (row.key > keyOf('needed-50') ? undefined : row));
  expect(await doubtsUnder(everywhere(old))).toContain('rows-vanished');
});

test('a store whose clock stands still judges nobody’s age', async () => {
  let stood: string | undefined;
  const one = world({
    inventory: (honest) => ({
      ...honest,
      now: (call) =>
        honest.now(call).map((at) => {
          stood ??= at;
          return stood;
        }),
    }),
  });
  await one.days(1);
  expect(one.scanner.breaker()._unsafeUnwrap().state).toBe('closed');
  await one.days(1);
  expect(one.scanner.breaker()._unsafeUnwrap()).toMatchObject({
    state: 'open',
    doubts: [{ rule: 'clock' }],
  });
});

test('rows of one owner that are left out just below every bound are found at the last look', async () => {
  const hidden = each((row) => (isOneOfFive(row.key) ? undefined : row));
  const { one, lieFrom } = worldWithLiar(listing(hidden));
  await one.days(3);
  lieFrom();
  const plan = await ripen(one);
  expect(plan.items).toHaveLength(5);
  const swept = (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(swept).toMatchObject({ outcome: 'stopped', quarantined: [] });
  expect(swept.why).toContain('is needed');
  expect(one.scanner.breaker()._unsafeUnwrap().state).toBe('open');
});

test('rows that show in two scans of three, in turns, never make an orphan', async () => {
  let scan = 0;
  await survives({
    registry: (honest) => ({
      read: (ask) => {
        scan += 1;
        const flickering = each((row, n) => (n < 12 && (n + scan) % 3 === 0 ? undefined : row));
        return otherEntries(honest.read(ask), flickering);
      },
    }),
  });
});

const flagAll: WorldOptions = { policy: (policy) => ({ ...policy, unknownOwners: 'flag' }) };
const spellings: Readonly<Record<string, (key: string) => string>> = {
  'composed in Unicode': (key) => key.normalize('NFC'),
  'in small letters': (key) => key.toLowerCase(),
  'percent-encoded': (key) => encodeURI(key),
  'without the blank at its end': (key) => key.trimEnd(),
};

for (const [how, spell] of Object.entries(spellings)) {
  for (const [whose, ownerOf] of [
    ['with their owners', (name: string) => ({ owner: owner(name) })],
    ['without owners', () => ({})],
  ] as const) {
    test(`keys that a registry gives ${how}, ${whose}, in every answer from the first scan on, lose nothing`, async () => {
      const respelt = each(({ owner: its, ...row }) => ({
        ...row,
        key: keyOf(spell(row.key.slice(9))),
        ...ownerOf(its ?? ''),
      }));
      const { one, lieFrom } = worldWithLiar(everywhere(respelt), flagAll);
      lieFrom();
      // Two archives whose names are such that it matters, of an owner with others.
      const odd = ['Cafe\u0301 ', 'Cafe\u0301 2 '].map((name) => one.archive(name, 'owner-2'));
      const plan = await ripen(one);
      await one.attend();
      expect(plan.items).toEqual([]);
      await sweepAndPurge(one, plan);
      expect(one.keys()).toEqual(expect.arrayContaining(odd));
    });
  }
}

test('an item whose owner the store does not tell stays while needed items of anybody are not stored', async () => {
  const elsewhere = each((row) => (row.key === keyOf('odd') ? { ...row, key: keyOf('odd.gz') } : row));
  const { one, lieFrom } = worldWithLiar(everywhere(elsewhere), flagAll);
  lieFrom();
  const key = one.archive('odd', 'owner-1');
  const [item] = one.store.items().filter((each) => each.key === key);
  const { owner: _, ...nobodys } = item as StoredItem;
  one.store.put(nobodys);
  const plan = await ripen(one);
  expect(plan.items).toEqual([]);
  expect(plan.staying).toMatchObject([{ rule: 'owner-has-all', examples: [{ key }] }]);
});

for (const count of [Number.NaN, Number.POSITIVE_INFINITY, -3, 2.5, '9', null, undefined]) {
  test(`a record of ${String(count)} deletions explains nothing`, async () => {
    const hidden = each((row) => (row.owner === owner('owner-3') ? undefined : row));
    // What a driver may give, whatever the type says.
    const deletions = [{ kind: archive, owner: owner('owner-3'), count }] as readonly RecordedDeletions[];
    expect(await doubtsUnder(everywhere(hidden, () => ({ deletions })))).toContain('deletions-are-counts');
  });
}

test('deletions that are told again in every scan do not explain what goes later', async () => {
  const hidden = each((row) => (row.owner === owner('owner-3') ? undefined : row));
  const deletions = [{ kind: archive, owner: owner('owner-3'), count: 100 }];
  expect(await doubtsUnder(everywhere(hidden, () => ({ deletions })))).toEqual(['grew-too-much']);
});

for (const count of [0.5, Number.NaN, -1, Number.POSITIVE_INFINITY]) {
  test(`a batch of ${count} rows is not believed, and ends the reading`, async () => {
    async function* malformed(honest: ReturnType<Registry['read']>): ReturnType<Registry['read']> {
      const { value } = await honest.next();
      yield { ...(value as EntryBatch), count };
      return yield* honest;
    }
    expect(await doubtsUnder((honest) => ({ read: (ask) => malformed(honest.read(ask)) }))).toContain(
      'not-believed',
    );
  });
}

for (const sizeBytes of [-1_000_000, Number.NaN, Number.POSITIVE_INFINITY]) {
  test(`an orphan of ${sizeBytes} bytes makes no room below a cap`, async () => {
    const one = world({
      inventory: (honest) => ({
        ...honest,
        read: (ask) =>
          otherItems(honest.read(ask), (all) =>
            all.map((item) => (item.key === keyOf('orphan') ? { ...item, sizeBytes } : item)),
          ),
      }),
    });
    one.archive('orphan', 'owner-1', { entry: false });
    one.clock.pass(dayMs);
    expect((await one.scanner.scan())._unsafeUnwrap().outcome).toBe('inconclusive');
  });
}

/** An orphan that is ripe, and became needed since the last scan. */
async function neededAgain(claim: (honest: Registry) => Registry['claim']) {
  const one = world({ registry: (honest) => ({ ...honest, claim: claim(honest) }) });
  const key = one.archive('orphan', 'owner-1', { entry: false });
  const plan = await ripen(one);
  expect(plan.items.map((item) => item.key)).toEqual([key]);
  one.registry.put({ key, kind: archive, owner: owner('owner-1'), state: 'needed' });
  return { one, key, plan };
}

const denial = { key: keyOf('orphan'), verdict: 'not-needed', hold: 'none' } as const;
const needed = { key: keyOf('orphan'), verdict: 'needed', why: 'a row', hold: 'none' } as const;
const row = { key: keyOf('orphan'), kind: archive, owner: owner('owner-1'), state: 'needed' } as const;
const strange: Readonly<Record<string, unknown>> = {
  'needed, and then that it is not': [needed, denial],
  'that it is not needed, and then that it is': [denial, needed],
  'twice that nobody needs it': [denial, denial],
  'in a word that the port does not know': [{ ...denial, verdict: 'no' }],
  'without a verdict': [{ key: keyOf('orphan'), hold: 'none' }],
  'that nobody needs it, and shows a row that does': [{ ...denial, entry: row }],
  'that nobody needs it, and shows the row of another': [
    { ...denial, entry: { ...row, key: keyOf('other'), state: 'owner-ended' } },
  ],
  'with nothing': [null],
  'with no list': 'not-needed',
};

for (const [how, said] of Object.entries(strange)) {
  test(`a registry that answers ${how} at the last look keeps the item where it is`, async () => {
    const { one, key, plan } = await neededAgain(() => () => okAsync(said as readonly Reference[]));
    const swept = (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
    expect(swept).toMatchObject({ outcome: 'stopped', quarantined: [] });
    expect(one.keys()).toContain(key);
    expect(one.scanner.breaker()._unsafeUnwrap().state).toBe('open');
  });
}

test('a strong look that denies everything puts aside what came back, and never deletes it', async () => {
  const { one, key, plan } = await neededAgain(
    (honest) => (keys, request) =>
      honest.claim(keys, request).map(() => keys.map((one) => ({ ...denial, key: one }))),
  );
  const { run } = (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(one.store.quarantined()).toMatchObject([{ key }]);
  await one.days(20);
  await one.attend();
  expect((await one.sweeper.purge())._unsafeUnwrap()).toMatchObject({ deleted: [], stayed: [{ key }] });
  expect(one.alerts.raised.map(({ cause }) => cause)).toContain('scanner/ledger-1/needed-in-quarantine');
  (await one.sweeper.undo(run, { by: 'ann', reason: 'it is needed' }))._unsafeUnwrap();
  expect(one.keys()).toContain(key);
});

const looks: Readonly<Record<string, (honest: Looked) => unknown>> = {
  'without what depends on it': ({ key, ...look }) => [{ ...look, key, dependants: undefined }],
  'twice, once with another version': (look) => [look, { ...look, version: 'v2' }],
  'with nothing': () => [null],
  'with no list': () => 'there',
};

for (const [how, said] of Object.entries(looks)) {
  test(`a store that answers ${how} at the last look keeps the item where it is`, async () => {
    const one = world({
      inventory: (honest) => ({
        ...honest,
        look: (keys, call) =>
          honest.look(keys, call).map((all) => said(all[0] as Looked) as readonly Looked[]),
      }),
    });
    const key = one.archive('orphan', 'owner-1', { entry: false });
    const swept = (await one.sweeper.sweep(await ripen(one), []))._unsafeUnwrap();
    expect(swept).toMatchObject({ outcome: 'done', quarantined: [], stayed: [{ key }] });
    expect(one.registry.claimed()).toEqual([]);
  });
}

const statements: Readonly<Record<string, unknown>> = {
  nothing: null,
  'an empty one': {},
  'one whose deletions are no list': { deletions: 'many' },
  'one whose deletions hold nothing': { deletions: [null] },
};

for (const [what, said] of Object.entries(statements)) {
  test(`a registry that ends with ${what} for a statement makes the scan inconclusive`, async () => {
    async function* ending(honest: ReturnType<Registry['read']>): ReturnType<Registry['read']> {
      const end = yield* honest;
      const whole = what.startsWith('one') ? { ...end._unsafeUnwrap(), ...(said as object) } : said;
      return ok(whole as SideStatement);
    }
    expect(await doubtsUnder((honest) => ({ read: (ask) => ending(honest.read(ask)) }))).not.toEqual([]);
  });
}

test('an owner’s rows that are said to have ended first, and are gone in the next scan, have vanished', async () => {
  let scans = 0;
  const laundered: Lie = (honest) => ({
    read: (ask) => {
      scans += 1;
      return otherEntries(
        honest.read(ask),
        each((row) => {
          if (!isOneOfFive(row.key)) return row;
          return scans === 1 ? { ...row, state: 'owner-ended' } : undefined;
        }),
      );
    },
  });
  const { one, lieFrom } = worldWithLiar(laundered, {
    policy: (policy) => ({ ...policy, belief: { ...policy.belief, vanished: { rows: 4, share: 0.05 } } }),
  });
  await one.days(3);
  lieFrom();
  await one.days(1);
  expect(one.scanner.breaker()._unsafeUnwrap().state).toBe('closed');
  one.clock.pass(dayMs);
  const scan = (await one.scanner.scan())._unsafeUnwrap();
  expect(scan.doubts.map(({ rule }) => rule)).toEqual(['rows-vanished']);
});

test('an owner who came back and left again while an item lay in quarantine begins a new grace', async () => {
  const one = world();
  const at = (ms: number) => new Date(one.clock.now() + ms).toISOString();
  const key = one.archive('left', 'owner-1', { state: 'owner-ended', endedAt: at(-60 * dayMs) });
  const plan = await ripen(one);
  (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(one.store.quarantined()).toMatchObject([{ key }]);
  await one.days(5);
  one.registry.put({ ...row, key, state: 'owner-ended', endedAt: at(0) });
  await one.days(10);
  expect((await one.sweeper.purge())._unsafeUnwrap()).toMatchObject({ deleted: [], stayed: [{ key }] });
  await one.days(20);
  expect((await one.sweeper.purge())._unsafeUnwrap().deleted).toEqual([key]);
});
