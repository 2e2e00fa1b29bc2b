// Faults at every border: at each page of a listing, and at each call of a sweep and of a purge, whichever port it goes
// to. Nothing needed may go, no row may change, nothing may be lost; and when the fault has passed, every orphan goes.

import { errAsync, ResultAsync } from 'neverthrow';
import { expect, test } from 'vitest';
import type { Inventory } from '../src/inventory.ts';
import type { Registry } from '../src/registry.ts';
import type { Remover } from '../src/remover.ts';
import { scannerError } from '../src/scanner-error.ts';
import { breaking, otherEntries, otherItems } from './lies.ts';
import { dayMs, type World, type WorldOptions, world } from './world.ts';

const pageRows = 16;

/** Two scans make an orphan here, and a quarantine lasts two days: these worlds are lived through by the dozen. */
const brief: NonNullable<WorldOptions['policy']> = (plain) => {
  const amount = { items: 1_000, bytes: 1_000_000 };
  const share = { total: 1, owner: 1, prefix: 1 };
  const caps = { run: amount, day: amount, thirtyDays: amount, share, shareFromItems: 0 };
  return {
    ...plain,
    scans: { ...plain.scans, count: 2, graceMs: dayMs },
    caps: { 'no-entry': caps, 'owner-ended': caps },
    undoWindowMs: 2 * dayMs,
  };
};

async function town(orphans: number) {
  const one = world({ policy: brief });
  const needed = one.keys();
  const keys = Array.from({ length: orphans }, (_, n) =>
    one.archive(`orphan-${String(n).padStart(3, '0')}.tar`, `owner-${n % 6}`, { entry: false }),
  );
  const rows = structuredClone(one.registry.rows());
  const check = (when: string): void => {
    expect(one.keys(), when).toEqual(expect.arrayContaining([...needed]));
    expect(one.registry.rows(), when).toEqual(rows);
  };
  await one.days(3);
  return { one, keys, check };
}

type Lie = Parameters<World['reopen']>[0];

/** Ways in which one page of a side goes wrong. Those with a statement of their own agree with it. */
function pageLies(page: number): Readonly<Record<string, Lie>> {
  const from = page * pageRows;
  const lies: Record<string, Lie> = {};
  for (const how of ['error', 'throw', 'silence'] as const) {
    lies[`inventory, ${how}`] = {
      inventory: (honest) => ({ ...honest, read: (ask) => breaking(honest.read(ask), page, how) }),
    };
    lies[`registry, ${how}`] = {
      registry: (honest) => ({ ...honest, read: (ask) => breaking(honest.read(ask), page, how) }),
    };
  }
  const changes: Readonly<Record<string, <T>(all: readonly T[]) => readonly T[]>> = {
    'cut off': (all) => all.slice(0, from),
    'one page left out': (all) => [...all.slice(0, from), ...all.slice(from + pageRows)],
    'one page twice': (all) => [...all.slice(0, from + pageRows), ...all.slice(from)],
    'two rows changed about': (all) => [
      ...all.slice(0, from),
      ...all.slice(from, from + 2).toReversed(),
      ...all.slice(from + 2),
    ],
  };
  for (const [name, change] of Object.entries(changes)) {
    lies[`inventory, ${name}`] = {
      inventory: (honest) => ({ ...honest, read: (ask) => otherItems(honest.read(ask), change) }),
    };
    lies[`registry, ${name}`] = {
      registry: (honest) => ({ ...honest, read: (ask) => otherEntries(honest.read(ask), change) }),
    };
  }
  return lies;
}

test('whatever goes wrong at any page of either side, the scan is inconclusive and changes nothing', async () => {
  const { one, keys, check } = await town(3);
  const flagsNow = () =>
    one.ledger.db.prepare("SELECT value FROM meta WHERE name = 'flags'").get()?.['value'];
  const pages = Math.ceil((one.keys().length + 3) / pageRows);
  expect(pages).toBe(5);
  const flags = flagsNow();
  // The registry has one page less than the listing.
  for (let page = 0; page < pages - 1; page += 1) {
    for (const [name, lie] of Object.entries(pageLies(page))) {
      const when = `${name} at page ${page}`;
      one.clock.pass(60_000);
      const report = (await one.reopen(lie).scanner.scan())._unsafeUnwrap();
      expect(report.outcome, when).toBe('inconclusive');
      expect(flagsNow(), when).toBe(flags);
      expect(one.scanner.breaker()._unsafeUnwrap().state, when).toBe('open');
    }
  }
  check('after all pages');
  await one.attend();
  await one.days(1);
  const plan = (await one.scanner.review())._unsafeUnwrap();
  expect(plan.items.map(({ key }) => key)).toEqual(keys);
});

/** Answers honestly until its turn; then the n-th call of all fails, before or after it has done its work. */
function failingAt(
  n: number,
  how: 'refused' | 'lost',
): { readonly sides: Lie; calls(): number; at(): string } {
  let calls = 0;
  let at = 'never';
  const failing = <T extends object>(honest: T): T =>
    new Proxy(honest, {
      get(target, name) {
        const verb: unknown = Reflect.get(target, name);
        if (typeof verb !== 'function') return verb;
        return (...args: readonly unknown[]) => {
          const turn = calls;
          calls += 1;
          if (turn !== n) return Reflect.apply(verb, target, args);
          at = String(name);
          const failed = errAsync(scannerError('unavailable', 'socket hang up'));
          if (how === 'refused') return failed;
          // It happened, and the answer did not come.
          const done: unknown = Reflect.apply(verb, target, args);
          return done instanceof ResultAsync ? done.andThen(() => failed) : failed;
        };
      },
    });
  const sides: Lie = {
    inventory: (honest: Inventory) => failing(honest),
    registry: (honest: Registry) => failing(honest),
    remover: (honest: Remover) => failing(honest),
  };
  return { sides, calls: () => calls, at: () => at };
}

/** Somebody attends to it, and time passes: in the end every orphan is gone and everything else is there. */
async function endsWell({ one, check }: Awaited<ReturnType<typeof town>>, when: string): Promise<void> {
  for (let day = 0; day < 9; day += 1) {
    await one.attend();
    await one.days(1);
    await one.attend();
    const plan = (await one.scanner.review())._unsafeUnwrap();
    if (plan.items.length > 0) (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
    (await one.sweeper.purge())._unsafeUnwrap();
    check(when);
  }
  expect(one.keys(), when).toHaveLength(60);
  expect(one.store.quarantined(), when).toEqual([]);
  expect(one.registry.claimed(), when).toEqual([]);
  expect(one.ledger.log.verify().isOk(), when).toBe(true);
}

const orphanCount = 102;

for (const how of ['refused', 'lost'] as const) {
  test(`any one call of a sweep of two batches may be ${how}: nothing is lost, and in the end all orphans go`, async () => {
    const verbs = new Set<string>();
    for (let n = 0; ; n += 1) {
      const here = await town(orphanCount);
      const { one, check } = here;
      const plan = (await one.scanner.review())._unsafeUnwrap();
      const { sides, calls, at } = failingAt(n, how);
      const swept = await one.reopen(sides).sweeper.sweep(plan, []);
      const when = `call ${n}, ${at()}, which ended it ${swept.isOk() ? 'well' : swept.error.kind}`;
      if (calls() <= n) break;
      verbs.add(at());
      check(when);
      expect(one.store.items().length + one.store.quarantined().length, when).toBe(60 + orphanCount);
      // Some are lived to their end: the states that they leave behind are few.
      if (n % 5 === 0) await endsWell(here, when);
    }
    expect([...verbs].sort()).toEqual(
      [
        'claim',
        'fence',
        'find',
        'look',
        'lookUp',
        'now',
        'prove',
        'quarantine',
        'raiseFence',
        'release',
      ].sort(),
    );
  });

  test(`any one call of a purge may be ${how}: nothing else is deleted, and in the end all orphans go`, async () => {
    const verbs = new Set<string>();
    for (let n = 0; ; n += 1) {
      const here = await town(2);
      const { one, check } = here;
      const plan = (await one.scanner.review())._unsafeUnwrap();
      (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
      await one.days(3);
      const { sides, calls, at } = failingAt(n, how);
      const purged = await one.reopen(sides).sweeper.purge();
      const when = `call ${n}, ${at()}, which ended it ${purged.isOk() ? 'well' : purged.error.kind}`;
      if (calls() <= n) break;
      verbs.add(at());
      check(when);
      if (n % 3 === 0) await endsWell(here, when);
    }
    expect([...verbs]).toEqual(expect.arrayContaining(['claim', 'delete', 'find', 'fence', 'lookUp']));
  });
}
