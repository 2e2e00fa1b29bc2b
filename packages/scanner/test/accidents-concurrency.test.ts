// Faults 30 to 35: several at once, and the process that dies in between.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errAsync, okAsync } from 'neverthrow';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLedger } from '../src/ledger.ts';
import type { Remover } from '../src/remover.ts';
import { openScanner } from '../src/scanner.ts';
import { scannerError } from '../src/scanner-error.ts';
import { openSweeper } from '../src/sweeper.ts';
import { dayMs, keyOf, owner, ripen, type World, world } from './world.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-scanner-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A second process on the same ledger. */
function beside(one: World, path: string, remover?: (honest: Remover) => Remover) {
  const ledger = openLedger({ path, id: 'another' })._unsafeUnwrap();
  const options = {
    name: 'second',
    policy: one.policy,
    ledger,
    inventory: one.store.inventory,
    registries: [one.registry.port] as const,
    alerts: one.alerts.port,
    clock: one.clock,
    nonce: () => `second-${one.clock.monotonicMs()}`,
  };
  return {
    ledger,
    scanner: openScanner(options)._unsafeUnwrap(),
    sweeper: openSweeper({
      ...options,
      remover: remover?.(one.store.remover) ?? one.store.remover,
    })._unsafeUnwrap(),
  };
}

test('30: two scanners run at once: one of them counts, and the other is told', async () => {
  const path = join(folder, 'two.db');
  const one = world({ ledgerPath: path });
  one.archive('orphan.tar', 'owner-1', { entry: false });
  const other = beside(one, path);
  one.clock.pass(dayMs);
  const both = await Promise.all([one.scanner.scan(), other.scanner.scan()]);
  expect(both.filter((scan) => scan.isOk() && scan.value.outcome === 'complete')).toHaveLength(1);
  expect(both.filter((scan) => scan.isErr() && scan.error.kind === 'fenced-out')).toHaveLength(1);
  other.ledger.close();
});

test('31: an old sweeper wakes up after another has taken over', async () => {
  const one = world();
  const key = one.archive('orphan.tar', 'owner-1', { entry: false });
  const plan = await ripen(one);
  const other = one.reopen();
  const woken = one.reopen({
    inventory: (honest) => ({
      ...honest,
      look: (keys, call) =>
        honest.look(keys, call).andThen((looked) =>
          // While this one sleeps here, the other begins and ends.
          other.sweeper.undo(plan.digest as never, { by: 'ann', reason: 'takes over' }).map(() => looked),
        ),
    }),
  });
  const swept = await woken.sweeper.sweep(plan, []);
  expect(swept._unsafeUnwrapErr().kind).toBe('fenced-out');
  expect(one.keys()).toContain(key);
});

test('31b: a sweeper on a copy of the ledger is stopped by the mark in the store', async () => {
  const one = world();
  const key = one.archive('orphan.tar', 'owner-1', { entry: false });
  const plan = await ripen(one);
  one.store.mark({ ledger: 'ledger-1', fence: 1_000 });
  expect((await one.sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('fenced-out');
  one.store.mark({ ledger: 'somebody-else', fence: 1 });
  expect((await one.sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('fenced-out');
  // Between two batches the mark is looked at again.
  one.store.mark(undefined);
  const marking = one.reopen({
    remover: (honest) => ({
      ...honest,
      prove: (call) => {
        one.store.mark({ ledger: 'somebody-else', fence: 1 });
        return honest.prove(call);
      },
    }),
  });
  expect((await marking.sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('fenced-out');
  expect(one.keys()).toContain(key);
});

test('32: an archive is being uploaded and its entry is not written yet', async () => {
  const one = world();
  const young = one.archive('uploading.tar', 'owner-1', {
    entry: false,
    modifiedAt: new Date(one.clock.now() + 8.5 * dayMs).toISOString(),
  });
  const intended = one.archive('intended.tar', 'owner-1', { state: 'intent' });
  const plan = await ripen(one);
  expect(plan.items).toEqual([]);
  expect(plan.staying.map(({ rule }) => rule)).toContain('old-enough');
  expect(one.keys()).toEqual(expect.arrayContaining([young, intended]));
});

test('33: an entry comes back, or a hold is set, between the last look and the act', async () => {
  const one = world();
  const key = one.archive('orphan.tar', 'owner-1', { entry: false });
  const plan = await ripen(one);
  const racing = one.reopen({
    inventory: (honest) => ({
      ...honest,
      look: (keys, call) => {
        // Whoever refers to it again takes the same claim first, and it is taken.
        expect(one.registry.lease(key, 'restore-7')).toBe(false);
        return honest.look(keys, call);
      },
    }),
  });
  expect((await racing.sweeper.sweep(plan, []))._unsafeUnwrap().quarantined).toHaveLength(1);

  for (const hold of ['held', 'unknown'] as const) {
    for (const side of ['store', 'registry'] as const) {
      const two = world();
      const held = two.archive('orphan.tar', 'owner-1', { entry: false });
      const good = await ripen(two);
      two[side].hold(held, hold);
      const swept = (await two.sweeper.sweep(good, []))._unsafeUnwrap();
      expect(Object.keys(swept.stayed[0]?.reasons ?? {})[0]).toMatch(/^no-hold-in/);
      expect(two.keys()).toContain(held);
    }
  }
});

test('34: a restore reads the archive now', async () => {
  const one = world();
  const key = one.archive('orphan.tar', 'owner-1', { entry: false });
  const plan = await ripen(one);
  expect(one.registry.lease(key, 'restore-7')).toBe(true);
  const swept = (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(swept.stayed).toMatchObject([{ key, reasons: { 'not-in-use': 'restore-7 uses it now.' } }]);
  // The same in quarantine: it is not deleted while somebody reads it.
  const two = world();
  const taken = two.archive('orphan.tar', 'owner-1', { entry: false });
  (await two.sweeper.sweep(await ripen(two), []))._unsafeUnwrap();
  two.registry.lease(taken, 'clone-8');
  await two.days(15);
  expect((await two.sweeper.purge())._unsafeUnwrap()).toMatchObject({
    deleted: [],
    stayed: [{ key: taken }],
  });
});

test('35: the process dies after the act and before the line that tells of it', async () => {
  const path = join(folder, 'dies.db');
  const one = world({ ledgerPath: path });
  const keys = [1, 2, 3].map((n) => one.archive(`orphan-${n}.tar`, 'owner-1', { entry: false }));
  const plan = await ripen(one);
  const dying = one.reopen({
    remover: (honest) => ({
      ...honest,
      // One of three has gone when the machine does.
      quarantine: (items, call) =>
        honest.quarantine(items.slice(0, 1), call).andThen(() => {
          one.ledger.close();
          return errAsync(scannerError('unavailable', 'the process has died'));
        }),
    }),
  });
  expect((await dying.sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('ledger');
  expect(one.keys()).not.toContain(keys[0]);

  const next = beside(one, path);
  expect(next.ledger.id).toBe('ledger-1');
  const swept = (await next.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(swept.quarantined).toEqual([]);
  const states = next.scanner
    .affected(swept.run)
    ._unsafeUnwrap()
    .owners[0]?.items.map(({ state }) => state);
  expect(states).toEqual(['quarantined', 'untouched', 'untouched']);
  const undone = (await next.sweeper.undo(swept.run, { by: 'ann', reason: 'drill' }))._unsafeUnwrap();
  expect(undone.restored).toEqual([keys[0]]);
  expect(one.keys()).toEqual(expect.arrayContaining(keys));
  next.ledger.close();
});

test('35b: what the store cannot tell stays a question, and opens the breaker', async () => {
  const one = world();
  const key = one.archive('orphan.tar', 'owner-1', { entry: false });
  const plan = await ripen(one);
  const silent = one.reopen({
    remover: (honest) => ({
      ...honest,
      quarantine: () => errAsync(scannerError('unavailable', 'the answer did not come')),
      find: (items) =>
        okAsync(items.map((item) => ({ key: item.key, at: 'unknown', message: 'timeout' }) as const)),
    }),
  });
  const swept = (await silent.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(swept).toMatchObject({ outcome: 'stopped', quarantined: [] });
  expect(one.scanner.breaker()._unsafeUnwrap().state).toBe('open');
  expect(one.scanner.affected(swept.run)._unsafeUnwrap().owners[0]?.items).toMatchObject([
    { key, state: 'intended' },
  ]);
});

test('what became needed while it lay in quarantine is brought back and not deleted', async () => {
  const one = world();
  const key = one.archive('orphan.tar', 'owner-1', { entry: false });
  (await one.sweeper.sweep(await ripen(one), []))._unsafeUnwrap();
  await one.days(15);
  one.registry.put({ key, kind: one.policy.scope.kinds[0], owner: owner('owner-1'), state: 'needed' });
  const purged = (await one.sweeper.purge())._unsafeUnwrap();
  expect(purged).toMatchObject({ deleted: [], broughtBack: [key] });
  expect(one.keys()).toContain(keyOf('orphan.tar'));
  expect(one.scanner.breaker()._unsafeUnwrap().state).toBe('open');
});
