// Faults 13 to 25: the store. A short listing makes entries look dead, and that may lead to a report and to nothing else.

import { okAsync } from 'neverthrow';
import { expect, test } from 'vitest';
import type { StoredItem } from '../src/item.ts';
import { type ItemKey, itemKey } from '../src/key.ts';
import { survives } from './accident.ts';
import { breaking, otherItems } from './lies.ts';
import { archive, dayMs, keyOf, owner, type PlainPolicy, ripen, world } from './world.ts';

const every = (heard: Record<string, ReadonlySet<string>>, rule: string) => {
  for (const [phase, rules] of Object.entries(heard)) expect(rules, phase).toContain(rule);
};

test('13: the listing is empty with 200 OK', async () => {
  const heard = await survives({
    inventory: (honest) => ({ read: (ask) => otherItems(honest.read(ask), () => []) }),
  });
  every(heard, 'not-empty');
});

test('14: the listing says that it is complete and holds fewer keys', async () => {
  const heard = await survives({
    inventory: (honest) => ({ read: (ask) => otherItems(honest.read(ask), (items) => items.slice(0, 30)) }),
  });
  every(heard, 'canaries-seen');
  // In its middle it shows nothing but missing items: findings.
  const holes = await survives({
    inventory: (honest) => ({
      read: (ask) => otherItems(honest.read(ask), (items) => items.filter((_, n) => n < 20 || n > 23)),
    }),
  });
  expect(Object.keys(holes)).toHaveLength(3);
});

test('15: the listing is truncated and gives no token to go on with', async () => {
  const heard = await survives({
    inventory: (honest) => ({
      read: (ask) =>
        otherItems(
          honest.read(ask),
          (items) => items.slice(0, 50),
          () => ({ ended: 'assumed' }),
        ),
    }),
  });
  every(heard, 'ended-explicitly');
});

test('16: a token is repeated, so that a page comes twice', async () => {
  const heard = await survives({
    inventory: (honest) => ({
      read: (ask) => otherItems(honest.read(ask), (items) => [...items.slice(0, 32), ...items.slice(16)]),
    }),
  });
  every(heard, 'not-believed');
});

test('17: one prefix of several is missing', async () => {
  const two = (policy: PlainPolicy) => ({
    ...policy,
    scope: { prefixes: ['archives/', 'volumes/'], kinds: ['archive'] },
  });
  const heard = await survives(
    {
      inventory: (honest) => ({
        read: (ask) =>
          otherItems(honest.read(ask), (items) => items.filter(({ key }) => !key.startsWith('volumes/'))),
      }),
    },
    { policy: two },
  );
  every(heard, 'canaries-seen');
});

test('18: the credentials expire on a later page, and the client returns what it has', async () => {
  for (const how of ['error', 'throw', 'silence'] as const) {
    const heard = await survives({
      inventory: (honest) => ({ read: (ask) => breaking(honest.read(ask), 2, how) }),
    });
    for (const rules of Object.values(heard)) expect(rules.size).toBeGreaterThan(0);
  }
});

test('19: access is denied when looking at the thing itself', async () => {
  const one = world({
    inventory: (honest) => ({
      ...honest,
      look: (keys) => okAsync(keys.map((key) => ({ found: 'unknown', key, why: 'AccessDenied' }) as const)),
    }),
  });
  const orphan = one.archive('orphan.tar', 'owner-1', { entry: false });
  const swept = (await one.sweeper.sweep(await ripen(one), []))._unsafeUnwrap();
  expect(swept.quarantined).toEqual([]);
  expect(swept.stayed[0]?.reasons).toHaveProperty('still-there');
  expect(one.keys()).toContain(orphan);
});

test('20: the wrong bucket, region or endpoint, with a similar layout', async () => {
  const other = { id: 'memory:backups-eu', environment: 'production', schema: '1' };
  const heard = await survives({
    inventory: (honest) => ({
      read: (ask) =>
        otherItems(
          honest.read(ask),
          (items) => items,
          () => ({ source: other }),
        ),
    }),
  });
  every(heard, 'expected-source');
});

test('21: the file system is not mounted, or is back and empty', async () => {
  let mounted = true;
  const one = world({
    inventory: (honest) => ({
      ...honest,
      plantCanaries: (ask) => (mounted ? honest.plantCanaries(ask) : okAsync([])),
      read: (ask) => (mounted ? honest.read(ask) : otherItems(honest.read(ask), () => [])),
    }),
  });
  const rows = structuredClone(one.registry.rows());
  await one.days(2);
  mounted = false;
  one.clock.pass(dayMs);
  const scan = (await one.scanner.scan())._unsafeUnwrap();
  expect(scan.doubts.map(({ rule }) => rule)).toEqual(
    expect.arrayContaining(['not-empty', 'canaries-planted']),
  );
  expect(one.registry.rows()).toEqual(rows);
});

test('22: the listing shows ghosts that are not there when looked at', async () => {
  const ghost: StoredItem = {
    key: keyOf('ghost.tar'),
    kind: archive,
    owner: owner('owner-1'),
    version: 'v1',
    sizeBytes: 1,
    modifiedAt: '2025-01-01T00:00:00.000Z',
    environment: 'production',
  };
  const haunted = (items: readonly StoredItem[]) =>
    [...items, ghost].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  const one = world({
    inventory: (honest) => ({ ...honest, read: (ask) => otherItems(honest.read(ask), haunted) }),
  });
  const swept = (await one.sweeper.sweep(await ripen(one), []))._unsafeUnwrap();
  expect(swept).toMatchObject({ quarantined: [], stayed: [{ key: ghost.key }] });
  expect(swept.stayed[0]?.reasons).toHaveProperty('still-there');
});

test('23: the keys come unsorted, descending, or in the order of a locale', async () => {
  const byLocale = (items: readonly StoredItem[]) =>
    [...items].sort((a, b) => a.key.localeCompare(b.key, 'en', { numeric: true }));
  for (const order of [byLocale, (items: readonly StoredItem[]) => items.toReversed()]) {
    const heard = await survives({
      inventory: (honest) => ({ read: (ask) => otherItems(honest.read(ask), order) }),
    });
    every(heard, 'not-believed');
  }
});

test('24: keys with line breaks, NUL, percent signs, two Unicode forms, two cases and slashes are told apart', async () => {
  const one = world();
  const odd = [
    'a\nb',
    'a\u0000b',
    'a%2Fb',
    'a/b',
    '/a/b',
    'e\u0301',
    '\u00e9',
    'A',
    'a',
    '\ufeffx',
    'x',
    '\u{1f600}',
    '\uffee',
  ];
  for (const name of odd) one.archive(name, 'owner-2');
  const orphans = odd.map((name) => one.archive(`${name}'`, 'owner-2', { entry: false }));
  const plan = await ripen(one);
  expect(plan.items.map(({ key }) => key).sort()).toEqual([...orphans].sort());
  (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(one.keys().filter((key) => orphans.includes(key as ItemKey))).toEqual([]);
  expect(one.keys()).toHaveLength(60 + odd.length);
  expect(itemKey('\ud83d').isErr()).toBe(true);
});

test('25: a new archive is written under the key between mark and sweep', async () => {
  const one = world();
  const key = one.archive('orphan.tar', 'owner-1', { entry: false });
  const plan = await ripen(one);
  one.archive('orphan.tar', 'owner-1', { entry: false, version: 'v2' });
  const swept = (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(swept.stayed).toMatchObject([{ key, reasons: { 'same-version': expect.any(String) } }]);
  expect(one.keys()).toContain(key);
  // And its sightings begin anew.
  await one.days(1);
  expect((await one.scanner.review())._unsafeUnwrap().items).toEqual([]);
});
