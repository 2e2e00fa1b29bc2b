// Several shards of one store, each with a ledger of its own: what they take counts together.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errAsync, okAsync } from 'neverthrow';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Budget, type Spending, sqliteBudget } from '../src/budget.ts';
import { runId } from '../src/key.ts';
import { scannerError } from '../src/scanner-error.ts';
import { dayMs, ripen, type World, world } from './world.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-shards-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const openBudget = () => sqliteBudget({ path: join(folder, 'budget.db') })._unsafeUnwrap();

/** A shard with so many orphans and its plan; a day may take twenty of them all. */
async function shard(name: string, orphans: number, budget: Budget) {
  const one = world({ budget, ledgerId: name });
  for (let n = 0; n < orphans; n += 1) {
    one.archive(`orphan-${n}.tar`, `owner-${n % 6}`, { entry: false });
  }
  return { one, plan: await ripen(one) };
}

const attend = (one: World) => {
  for (const { cause } of one.alerts.raised) one.alerts.acknowledge(cause);
};

test('two processes that sweep at the same moment take no more than the cap together', async () => {
  const path = join(folder, 'budget.db');
  const start = (name: string): ChildProcess =>
    fork(join(import.meta.dirname, 'shard.ts'), [name, path, '12', '20'], {
      execArgv: ['--conditions=@belay/source', '--disable-warning=ExperimentalWarning'],
    });
  const shards = ['shard-1', 'shard-2'].map(start);
  await Promise.all(shards.map((one) => once(one, 'message')));
  const ended = shards.map((one) => once(one, 'message'));
  for (const one of shards) one.send('go');
  const said = (await Promise.all(ended)).map(([what]) => what);
  expect(said).toEqual(expect.arrayContaining([expect.objectContaining({ quarantined: 12 })]));
  expect(said).toEqual(expect.arrayContaining([expect.objectContaining({ refused: 'not-approved' })]));
  const budget = openBudget();
  const spent = (await budget.read(0, {}))._unsafeUnwrap();
  expect(spent.spendings).toHaveLength(1);
  expect(spent.spendings[0]).toMatchObject({ items: 12, bytes: 1_200 });
  budget.close();
});

test('what another shard has taken today stands in the plan of this one, which then takes a signature', async () => {
  const budget = openBudget();
  const first = await shard('shard-1', 12, budget);
  (await first.one.sweeper.sweep(first.plan, []))._unsafeUnwrap();
  const second = await shard('shard-2', 12, budget);
  attend(second.one);
  expect(second.plan.excess.map(({ limit }) => limit)).toContain('no-entry/per-run');
  expect((await second.one.sweeper.sweep(second.plan, []))._unsafeUnwrapErr().kind).toBe('not-approved');
  const signed = second.one.sign(second.plan, 'ann');
  expect((await second.one.sweeper.sweep(second.plan, signed))._unsafeUnwrap().quarantined).toHaveLength(12);
  budget.close();
});

test('a shard that takes after this one’s plan was made is seen at the sweep', async () => {
  const budget = openBudget();
  const second = await shard('shard-2', 12, budget);
  const first = await shard('shard-1', 12, budget);
  expect(second.plan.excess).toEqual([]);
  (await first.one.sweeper.sweep(first.plan, []))._unsafeUnwrap();
  const refused = (await second.one.sweeper.sweep(second.plan, []))._unsafeUnwrapErr();
  expect(refused.kind).toBe('not-approved');
  expect(second.one.store.quarantined()).toEqual([]);
  budget.close();
});

test('the cap of thirty days counts what others took weeks ago, and not what they took before that', async () => {
  const budget = openBudget();
  const { one, plan } = await shard('shard-1', 12, budget);
  const run = runId('long-ago')._unsafeUnwrap();
  const write = async (items: number, daysAgo: number, orphan: Spending['class'] = 'no-entry') => {
    const { turn } = (await budget.read(0, {}))._unsafeUnwrap();
    const atMs = one.clock.now() - daysAgo * dayMs;
    const of = { ledger: 'shard-2', run };
    const spending = { ...of, class: orphan, items, bytes: 1, atMs };
    expect((await budget.write(turn, of, [spending], {}))._unsafeUnwrap()).toBe(true);
  };
  const refusal = async () => (await one.sweeper.sweep(plan, []))._unsafeUnwrapErr().message;
  await write(55, 29);
  expect(await refusal()).toContain('per-30-days');
  await write(25, 0.99);
  expect(await refusal()).toContain('per-day');
  await write(10, 0.99);
  expect(await refusal()).toContain('per-run');
  // Of another class, or long enough ago, it does not count.
  await write(55, 5, 'owner-ended');
  await write(55, 31);
  expect((await one.sweeper.sweep(plan, []))._unsafeUnwrap().quarantined).toHaveLength(12);
  budget.close();
});

test('what came back, and what was never touched, is given back to the budget', async () => {
  const budget = openBudget();
  let isBusy = true;
  const { one, plan } = await shard('shard-1', 12, {
    ...budget,
    // Somebody else writes at the very moment at which this one corrects its figure.
    write: (turn, of, spendings, call) => {
      const isCorrection = spendings.every(({ items }) => items < 12);
      if (isCorrection && isBusy) {
        isBusy = false;
        return okAsync(false);
      }
      return budget.write(turn, of, spendings, call);
    },
  });
  const [refused] = plan.items;
  const { sweeper } = one.reopen({
    remover: (honest) => ({
      ...honest,
      quarantine: (items, call) =>
        honest.quarantine(
          items.filter((item) => item.key !== refused?.key),
          call,
        ),
    }),
  });
  const { run } = (await sweeper.sweep(plan, []))._unsafeUnwrap();
  expect((await budget.read(0, {}))._unsafeUnwrap().spendings).toMatchObject([{ items: 11, bytes: 1_100 }]);
  (await one.sweeper.undo(run, { by: 'ann', reason: 'drill' }))._unsafeUnwrap();
  expect((await budget.read(0, {}))._unsafeUnwrap().spendings).toEqual([]);
  budget.close();
});

test('a budget that cannot be asked, or written to, or is busy for ever, lets nothing go', async () => {
  const budget = openBudget();
  const dead = () => errAsync(scannerError('unavailable', 'disk I/O error'));
  let isDead: Partial<Budget> = {};
  const lying: Budget = {
    name: 'lying',
    read: (sinceMs, call) => (isDead.read ?? budget.read)(sinceMs, call),
    write: (turn, of, spendings, call) => (isDead.write ?? budget.write)(turn, of, spendings, call),
  };
  const { one, plan } = await shard('shard-1', 2, lying);
  for (const verbs of [
    { read: dead },
    { write: dead },
    { write: () => budget.read(0, {}).map(() => false) },
  ]) {
    isDead = verbs;
    expect((await one.sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('unavailable');
    expect(one.store.quarantined()).toEqual([]);
  }
  isDead = {};
  expect((await one.sweeper.sweep(plan, []))._unsafeUnwrap().quarantined).toHaveLength(2);
  const ended = AbortSignal.abort();
  expect((await budget.read(0, { signal: ended }))._unsafeUnwrapErr().kind).toBe('cancelled');
  budget.close();
  expect((await budget.read(0, {}))._unsafeUnwrapErr().kind).toBe('unavailable');
});

test('a write after somebody else’s write does not count', async () => {
  const budget = openBudget();
  const of = { ledger: 'shard-1', run: runId('run')._unsafeUnwrap() };
  const { turn } = (await budget.read(0, {}))._unsafeUnwrap();
  expect((await budget.write(turn, of, [], {}))._unsafeUnwrap()).toBe(true);
  const mine = { ...of, class: 'no-entry', items: 1, bytes: 1, atMs: 1 } as const;
  expect((await budget.write(turn, of, [mine], {}))._unsafeUnwrap()).toBe(false);
  expect((await budget.read(0, {}))._unsafeUnwrap().spendings).toEqual([]);
  budget.close();
});
