// What stands before a sweep and before a purge, one guard at a time: with it gone, one of these fails.

import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import { expect, test } from 'vitest';
import type { SideResult } from '../src/call.ts';
import { planDigest } from '../src/plan.ts';
import type { Registry } from '../src/registry.ts';
import { type ScannerError, scannerError } from '../src/scanner-error.ts';
import { dayMs, hourMs, keyOf, owner, ripen, type World, type WorldOptions, world } from './world.ts';

/** A world with one orphan that may go, and its plan. */
async function ready(options: WorldOptions = {}) {
  const one = world(options);
  const key = one.archive('orphan.tar', 'owner-1', { entry: false });
  return { one, key, plan: await ripen(one) };
}

/** One orphan in quarantine, and its window over. */
async function due(options: WorldOptions = {}) {
  const made = await ready(options);
  (await made.one.sweeper.sweep(made.plan, []))._unsafeUnwrap();
  await made.one.days(15);
  return made;
}

const kept = (one: World) => expect(one.store.quarantined()).toHaveLength(1);

test('a store without a quarantine, or with one that ends before the undo window, is only reported on', async () => {
  const { one, plan, key } = await ready();
  for (const traits of [
    { conditional: true, quarantine: 'none' },
    { conditional: true, quarantine: 'native', keptMs: dayMs },
  ] as const) {
    const { sweeper } = one.reopen({ remover: (honest) => ({ ...honest, traits }) });
    expect((await sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('unsupported');
  }
  expect(one.keys()).toContain(key);
});

test('a store that does not bring back what it has put aside is not swept', async () => {
  const { one, plan, key } = await ready();
  const { sweeper } = one.reopen({
    remover: (honest) => ({ ...honest, prove: () => okAsync({ conditional: true, restores: false }) }),
  });
  expect((await sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('not-believed');
  expect(one.keys()).toContain(key);
});

test('nothing is swept while the clocks disagree', async () => {
  const { one, plan, key } = await ready();
  const ahead = <T extends Pick<Registry, 'now'>>(side: T): T => ({
    ...side,
    now: () => okAsync(new Date(one.clock.now() + hourMs).toISOString()),
  });
  const { sweeper } = one.reopen({ registry: ahead });
  expect((await sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('clock');
  expect(one.keys()).toContain(key);
});

test('nothing is swept when no scan was complete for two periods', async () => {
  const { one, plan, key } = await ready({
    policy: (plain) => ({ ...plain, approval: { ...plain.approval, planValidMs: 30 * dayMs } }),
  });
  one.clock.pass(3 * dayMs);
  expect((await one.sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('not-believed');
  expect(one.keys()).toContain(key);
});

test('a plan for another store, another environment or another ledger is refused, whatever its digest', async () => {
  const { one, plan, key } = await ready();
  for (const other of [{ store: 'elsewhere' }, { environment: 'staging' }, { ledger: 'ledger-2' }]) {
    const changed = { ...plan, ...other };
    const sealed = { ...changed, digest: planDigest(changed) };
    expect((await one.sweeper.sweep(sealed, []))._unsafeUnwrapErr().kind).toBe('not-approved');
  }
  expect(one.keys()).toContain(key);
});

test('a registry that dies at the last look ends the sweep and opens the breaker', async () => {
  const { one, plan, key } = await ready();
  const dead = () => errAsync(scannerError('unavailable', 'connect ECONNREFUSED', { source: 'orders' }));
  const { sweeper } = one.reopen({ registry: (honest) => ({ ...honest, claim: dead }) });
  expect((await sweeper.sweep(plan, []))._unsafeUnwrap()).toMatchObject({
    outcome: 'stopped',
    quarantined: [],
  });
  expect(one.scanner.breaker()._unsafeUnwrap().state).toBe('open');
  expect(one.keys()).toContain(key);
});

test('the last verified copy is not in a plan, and does not go with one that was made before', async () => {
  const keeping = (plain: Parameters<NonNullable<WorldOptions['policy']>>[0]) => ({
    ...plain,
    copies: { archive: { active: 1, ended: 1 } },
  });
  const one = world({ policy: keeping });
  const ended = new Date(one.clock.now() - 60 * dayMs).toISOString();
  for (const name of ['last.tar', 'second.tar']) {
    one.archive(name, 'gone', { state: 'owner-ended', endedAt: ended });
  }
  const plan = await ripen(one);
  expect(plan.items).toHaveLength(1);
  expect(plan.staying).toContainEqual(expect.objectContaining({ rule: 'last-copies', count: 1 }));
  one.store.lose(plan.items[0]?.key === keyOf('last.tar') ? keyOf('second.tar') : keyOf('last.tar'));
  await one.days(1);
  expect((await one.sweeper.sweep(plan, []))._unsafeUnwrap().quarantined).toEqual([]);
});

test('flags that somebody else has written, and a chain that was edited, are found out', async () => {
  const { one } = await ready();
  const [table] = one.ledger.db
    .prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'flag_%' ORDER BY rowid DESC")
    .all();
  one.ledger.db.exec(`UPDATE ${String(table?.['name'])} SET first_scan = 0`);
  expect((await one.scanner.review())._unsafeUnwrapErr().kind).toBe('ledger');
  expect(one.ledger.log.verify().isOk()).toBe(true);
  one.ledger.db.exec("UPDATE log SET event = replace(event, 'complete', 'COMPLETE') WHERE seq = 5");
  one.ledger.db.exec('UPDATE log SET at_ms = at_ms + 1 WHERE seq = 5');
  expect(one.ledger.log.verify()._unsafeUnwrapErr().message).toContain('line 5');
});

test('an undo takes a name and a reason', async () => {
  const { one, plan } = await ready();
  const { run } = (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  for (const asking of [
    { by: '', reason: 'because' },
    { by: 'ann', reason: ' ' },
  ]) {
    expect((await one.sweeper.undo(run, asking))._unsafeUnwrapErr().kind).toBe('invalid');
  }
});

test('a purge waits for the end of the window, and for a complete scan of the world without the item', async () => {
  const { one, plan, key } = await ready({ policy: (plain) => ({ ...plain, undoWindowMs: dayMs / 2 }) });
  (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect((await one.sweeper.purge())._unsafeUnwrap().stayed[0]?.why).toContain('brought back until');
  one.clock.pass(dayMs * 0.6);
  expect((await one.sweeper.purge())._unsafeUnwrap().stayed[0]?.why).toContain('No complete scan');
  kept(one);
  (await one.scanner.scan())._unsafeUnwrap();
  expect((await one.sweeper.purge())._unsafeUnwrap().deleted).toEqual([key]);
});

test('a purge waits while a registry is dead, in doubt, silent, or holds the item', async () => {
  const { one, key } = await due();
  const verbs: readonly Partial<Registry>[] = [
    { claim: () => errAsync(scannerError('unavailable', 'gone')) },
    {
      claim: (keys) =>
        okAsync(keys.map((each) => ({ key: each, verdict: 'unknown', why: 'timeout' }) as const)),
    },
    { claim: () => okAsync([]) },
    {
      claim: (keys) =>
        okAsync(keys.map((each) => ({ key: each, verdict: 'not-needed', hold: 'unknown' }) as const)),
    },
  ];
  for (const verb of verbs) {
    const { sweeper } = one.reopen({ registry: (honest) => ({ ...honest, ...verb }) });
    const purged = await sweeper.purge();
    if (purged.isOk()) expect(purged.value).toMatchObject({ deleted: [], stayed: [{ key }] });
    kept(one);
    await one.attend();
  }
  expect((await one.sweeper.purge())._unsafeUnwrap().deleted).toEqual([key]);
});

test('a purge waits while the breaker is open, and while needed items of the owner are missing', async () => {
  const { one } = await due();
  (await one.scanner.openBreaker('ann', 'odd figures'))._unsafeUnwrap();
  expect((await one.sweeper.purge())._unsafeUnwrapErr().kind).toBe('breaker-open');
  await one.attend();
  const lost = one.registry.rows().find((row) => row.owner === owner('owner-1'));
  if (lost !== undefined) one.store.lose(lost.key);
  await one.days(1);
  await one.attend();
  expect((await one.sweeper.purge())._unsafeUnwrap().stayed[0]?.why).toContain('Needed items');
  kept(one);
});

test('a caller’s signal ends a scan at once and says nothing about the sides', async () => {
  const one = world({ inventory: (honest) => ({ ...honest, now: hanging }) });
  const ending = new AbortController();
  const scan = one.scanner.scan({ signal: ending.signal });
  ending.abort();
  expect((await scan)._unsafeUnwrapErr().kind).toBe('cancelled');
  expect(one.scanner.breaker()._unsafeUnwrap().state).toBe('closed');
});

function hanging(): SideResult<string> {
  return new ResultAsync<string, ScannerError>(new Promise(() => undefined));
}
