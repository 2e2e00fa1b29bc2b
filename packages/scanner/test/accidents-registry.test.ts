// Faults 1 to 12: the registry. A short registry makes everything look orphaned, so this side carries the heavier proof.

import { errAsync, okAsync } from 'neverthrow';
import { expect, test } from 'vitest';
import type { RegistryEntry } from '../src/entry.ts';
import { itemKind } from '../src/key.ts';
import { policyOf } from '../src/policy.ts';
import { openScanner } from '../src/scanner.ts';
import { scannerError } from '../src/scanner-error.ts';
import { survives } from './accident.ts';
import { breaking, gather, otherEntries } from './lies.ts';
import { dayMs, keyOf, owner, plainPolicy, ripen, world } from './world.ts';

const refused = () => errAsync(scannerError('unavailable', 'connect ECONNREFUSED', { source: 'orders' }));

test('1: the database refuses connections before the scan', async () => {
  const heard = await survives({
    registry: () => ({ now: refused, plantCanaries: refused, lookUp: refused, claim: refused }),
  });
  for (const rules of Object.values(heard)) expect(rules).toContain('unavailable');
});

test('2: the connection is lost in mid-stream and the driver makes a short result of it', async () => {
  for (const how of ['error', 'throw', 'silence'] as const) {
    const heard = await survives({
      registry: (honest) => ({ read: (ask) => breaking(honest.read(ask), 2, how) }),
    });
    for (const rules of Object.values(heard)) expect(rules.size).toBeGreaterThan(0);
  }
});

test('3: the database is up and the table is empty after a restore', async () => {
  const heard = await survives({
    registry: (honest) => ({
      plantCanaries: () => okAsync([]),
      read: (ask) => otherEntries(honest.read(ask), () => []),
      claim: (keys) => okAsync(keys.map((key) => ({ key, verdict: 'not-needed', hold: 'none' }) as const)),
    }),
  });
  for (const rules of Object.values(heard)) expect(rules).toContain('not-empty');
});

test('4: a stale replica answers, or is promoted in the middle of it', async () => {
  let stale: readonly RegistryEntry[] = [];
  const heard = await survives({
    begin: (one) => {
      stale = one.registry.rows().slice(0, 55);
    },
    registry: (honest) => ({ read: (ask) => otherEntries(honest.read(ask), () => stale) }),
  });
  for (const rules of Object.values(heard)) expect(rules).toContain('canaries-seen');
});

test('5: the address of the staging database, with tables of the same names', async () => {
  const staging = { id: 'memory:orders-staging', environment: 'staging', schema: '1' };
  const heard = await survives({
    registry: (honest) => ({
      read: (ask) =>
        otherEntries(
          honest.read(ask),
          (rows) => rows.slice(0, 40),
          () => ({ source: staging }),
        ),
    }),
  });
  for (const rules of Object.values(heard)) expect(rules).toContain('expected-source');
});

test('6: a statement timeout after some rows is swallowed by a retry', async () => {
  const short = await survives({
    registry: (honest) => ({
      read: (ask) =>
        otherEntries(
          honest.read(ask),
          (rows) => [...rows.slice(0, 20), ...rows.slice(40)],
          ({ count }) => ({ count: count + 20 }),
        ),
    }),
  });
  for (const rules of Object.values(short)) expect(rules).toContain('count-agrees');
  const tail = await survives({
    registry: (honest) => ({ read: (ask) => otherEntries(honest.read(ask), (rows) => rows.slice(0, 40)) }),
  });
  for (const rules of Object.values(tail)) expect(rules).toContain('canaries-seen');
});

test('7: the pool is exhausted for one tenant only', async () => {
  const hidden = (rows: readonly RegistryEntry[]) => rows.filter((row) => row.owner !== owner('owner-3'));
  const heard = await survives({
    registry: (honest) => ({ read: (ask) => otherEntries(honest.read(ask), hidden) }),
  });
  expect(heard['from the middle of the grace']).toContain('owner-vanished');
  expect(heard['from the sweep on']).toContain('owner-vanished');
});

test('8: rows move between pages under OFFSET paging, so that some are skipped or come twice', async () => {
  let scan = 0;
  const skipping = (rows: readonly RegistryEntry[]) => {
    scan += 1;
    return rows.filter((_, n) => n % 31 !== scan % 31 || n < 3);
  };
  await survives({ registry: (honest) => ({ read: (ask) => otherEntries(honest.read(ask), skipping) }) });
  const twice = await survives({
    registry: (honest) => ({
      read: (ask) => otherEntries(honest.read(ask), (rows) => [...rows.slice(0, 20), ...rows.slice(18)]),
    }),
  });
  for (const rules of Object.values(twice)) expect(rules).toContain('not-believed');
});

test('9: row-level security hides a tenant, in the listing and in every look at it', async () => {
  const isHidden = (row: { readonly owner?: string | undefined }) => row.owner === 'owner-3';
  await survives({
    registry: (honest, one) => ({
      read: (ask) => otherEntries(honest.read(ask), (rows) => rows.filter((row) => !isHidden(row))),
      claim: (keys, request) =>
        honest.claim(keys, request).map((all) =>
          all.map((said) => {
            const row = one.registry.rows().find(({ key }) => key === said.key);
            return row !== undefined && isHidden(row)
              ? ({ key: said.key, verdict: 'not-needed', hold: 'none' } as const)
              : said;
          }),
        ),
    }),
  });
});

test('10: a customer whose service had ended comes back after the mark', async () => {
  const one = world();
  const endedAt = new Date(one.clock.now() - 60 * dayMs).toISOString();
  const key = one.archive('left.tar', 'returning', { state: 'owner-ended', endedAt });
  const plan = await ripen(one);
  expect(plan.items.map((item) => item.key)).toEqual([key]);
  one.registry.put({ key, kind: plan.items[0]!.kind, owner: owner('returning'), state: 'needed' });
  const swept = (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(swept).toMatchObject({ outcome: 'stopped', quarantined: [] });
  expect(one.keys()).toContain(key);
  expect(one.scanner.breaker()._unsafeUnwrap().state).toBe('open');
});

test('11: a new kind of thing is stored of which no registry knows who refers to it', async () => {
  const one = world();
  const template = itemKind('launch-template')._unsafeUnwrap();
  one.archive('template-1', 'owner-1', { entry: false, kind: template });
  await one.days(1);
  expect(one.scanner.breaker()._unsafeUnwrap()).toMatchObject({ doubts: [{ rule: 'too-much-in-doubt' }] });
  // And a reference provider that is demanded and not there, or does not answer for the kind, is refused at once.
  const plain = plainPolicy();
  const demanding = { ...plain, references: { archive: ['orders', 'templates'] } };
  expect(policyOf(demanding).isErr()).toBe(true);
  const expecting = {
    ...demanding,
    expect: {
      ...plain.expect,
      registries: { ...plain.expect.registries, templates: plain.expect.inventory },
    },
  };
  const opened = openScanner({
    name: 'scanner',
    policy: policyOf(expecting)._unsafeUnwrap(),
    ledger: one.ledger,
    inventory: one.store.inventory,
    registries: [one.registry.port],
    alerts: one.alerts.port,
    clock: one.clock,
    nonce: () => 'n',
  });
  expect(opened._unsafeUnwrapErr()).toMatchObject({ kind: 'invalid' });
});

test('12: a migration renames keys half way', async () => {
  const renamed = (rows: readonly RegistryEntry[]) =>
    rows
      .map((row, n) =>
        n % 2 === 0 && row.canaryNonce === undefined ? { ...row, key: keyOf(`v2-${row.key.slice(9)}`) } : row,
      )
      .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  const heard = await survives({
    registry: (honest) => ({ read: (ask) => otherEntries(honest.read(ask), renamed) }),
  });
  expect(heard['from the middle of the grace']).toContain('rows-vanished');
  const one = world();
  expect(
    (await gather(otherEntries(one.registry.port.read({ scope: one.policy.scope }), renamed))).statement
      .count,
  ).toBe(60);
});
