// What a person can learn about a plan before anything goes: what the store has against single items, and how much has
// gone already, also by other shards. Nothing happens by asking.

import { errAsync, okAsync } from 'neverthrow';
import { expect, test } from 'vitest';
import type { Budget } from '../src/budget.ts';
import type { Looked } from '../src/item.ts';
import { runId } from '../src/key.ts';
import { scannerError } from '../src/scanner-error.ts';
import { keyOf, ripen, type World, world } from './world.ts';

/** A world with orphans of these names, and the plan that takes them. */
async function withOrphans(names: readonly string[], options: Parameters<typeof world>[0] = {}) {
  const one = world(options);
  for (const [n, name] of names.entries()) one.archive(name, `owner-${n}`, { entry: false });
  return { one, plan: await ripen(one) };
}

/** What is said against the item of this name; nothing where it is free to go. */
async function against({ one, plan }: Awaited<ReturnType<typeof withOrphans>>, name: string) {
  const obstacles = (await one.scanner.obstacles(plan.items))._unsafeUnwrap();
  return obstacles.get(keyOf(name)) ?? [];
}

const goesAnyway = async (one: World, plan: Awaited<ReturnType<typeof ripen>>) =>
  (await one.sweeper.sweep(plan, []))._unsafeUnwrap().quarantined.map(({ key }) => key);

test('a lock, a dependant and an unreadable lock are told before a sweep, which then leaves exactly those', async () => {
  const found = await withOrphans(['a.tar', 'b.tar', 'c.tar', 'd.tar', 'e.tar', 'f.tar']);
  const { one, plan } = found;
  expect(await against(found, 'a.tar')).toEqual([]);
  one.store.hold(keyOf('a.tar'), 'held');
  one.store.hold(keyOf('b.tar'), 'unknown');
  one.store.dependants(keyOf('c.tar'), ['increment-2', 'increment-3']);
  one.store.dependants(keyOf('d.tar'), 'unknown');
  one.store.dependants(keyOf('e.tar'), ['clone-1']);
  expect(await against(found, 'a.tar')).toEqual(['The store holds it: a lock, or a hold.']);
  expect(await against(found, 'b.tar')).toEqual([
    'Nobody can tell whether the store locks it, so it counts as locked.',
  ]);
  expect(await against(found, 'c.tar')).toEqual(['increment-2 and 1 more depend on it.']);
  expect(await against(found, 'd.tar')).toEqual(['Nobody can tell what depends on it.']);
  expect(await against(found, 'e.tar')).toEqual(['clone-1 depends on it.']);
  expect(await against(found, 'f.tar')).toEqual([]);
  expect(one.store.quarantined()).toEqual([]);
  expect(await goesAnyway(one, plan)).toEqual([keyOf('f.tar')]);
});

test('what was written again, is gone, or gave no answer is told, too', async () => {
  const answers: Record<string, (looked: Looked) => readonly Looked[]> = {
    'a.tar': (looked) => [looked.found === 'yes' ? { ...looked, version: 'another' } : looked],
    'b.tar': ({ key }) => [{ found: 'no', key }],
    'c.tar': ({ key }) => [{ found: 'unknown', key, why: 'it was denied' }],
    'd.tar': () => [],
  };
  let lies = false;
  const found = await withOrphans(Object.keys(answers), {
    inventory: (honest) => ({
      ...honest,
      look: (keys, call) =>
        honest
          .look(keys, call)
          .map((all) =>
            lies ? all.flatMap((one) => answers[one.key.split('/').at(-1) ?? '']?.(one) ?? [one]) : all,
          ),
    }),
  });
  lies = true;
  expect(await against(found, 'a.tar')).toEqual(['Its content is another one now.']);
  expect(await against(found, 'b.tar')).toEqual(['The store does not show it now.']);
  expect(await against(found, 'c.tar')).toEqual(['The store cannot tell about it: it was denied.']);
  expect(await against(found, 'd.tar')).toEqual(['The store gave no answer for it.']);
});

test('a store that cannot be asked, or gives no time, is an error and not an item without obstacles', async () => {
  let answer: 'honest' | 'down' | 'no time' = 'honest';
  const { one, plan } = await withOrphans(['a.tar'], {
    inventory: (honest) => ({
      ...honest,
      now: (call) => (answer === 'no time' ? okAsync('half past') : honest.now(call)),
      look: (keys, call) =>
        answer === 'down' ? errAsync(scannerError('unavailable', 'no route')) : honest.look(keys, call),
    }),
  });
  answer = 'down';
  expect((await one.scanner.obstacles(plan.items))._unsafeUnwrapErr().kind).toBe('unavailable');
  answer = 'no time';
  expect((await one.scanner.obstacles(plan.items))._unsafeUnwrapErr().kind).toBe('not-believed');
  expect((await one.scanner.review())._unsafeUnwrapErr().message).toContain(
    'says that the time is half past',
  );
  expect((await one.scanner.gone())._unsafeUnwrapErr().kind).toBe('not-believed');
});

test('what has gone counts by class and by time, and what other shards took counts with it', async () => {
  const { one, plan } = await withOrphans(['a.tar', 'b.tar']);
  const nothing = { items: 0, bytes: 0 };
  expect((await one.scanner.gone())._unsafeUnwrap()).toEqual({
    isShared: false,
    byClass: {
      'no-entry': { lastDay: nothing, last30Days: nothing, besides: nothing },
      'owner-ended': { lastDay: nothing, last30Days: nothing, besides: nothing },
    },
  });
  await goesAnyway(one, plan);
  const mine = plan.totals;
  const gone = (await one.scanner.gone())._unsafeUnwrap().byClass['no-entry'];
  expect(gone.lastDay).toEqual({ items: 2, bytes: mine.bytes });
  // A run is what others take beside this one, not what this one took.
  expect(gone.besides).toEqual(nothing);

  const other = { ledger: 'shard-2', run: runId('sweep-2')._unsafeUnwrap(), class: 'no-entry' as const };
  const hoursAgo = (hours: number) => one.clock.now() - hours * 3_600_000;
  const budget: Budget = {
    name: 'budget',
    read: () =>
      okAsync({
        turn: 7,
        spendings: [
          { ...other, items: 5, bytes: 50, atMs: hoursAgo(1) },
          { ...other, items: 9, bytes: 90, atMs: hoursAgo(48) },
        ],
      }),
    write: () => okAsync(true),
  };
  const shard = world({ budget, clock: one.clock });
  const shared = (await shard.scanner.gone())._unsafeUnwrap();
  expect(shared.isShared).toBe(true);
  expect(shared.byClass['no-entry'].lastDay).toEqual({ items: 5, bytes: 50 });
  expect(shared.byClass['no-entry'].last30Days).toEqual({ items: 14, bytes: 140 });
  expect(shared.byClass['no-entry'].besides).toEqual({ items: 5, bytes: 50 });
  expect(shared.byClass['owner-ended'].last30Days).toEqual(nothing);
});
