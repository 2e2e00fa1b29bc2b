// Faults 36 to 40: policy and people.

import { okAsync } from 'neverthrow';
import { expect, test } from 'vitest';
import { policyOf } from '../src/policy.ts';
import { dayMs, plainPolicy, ripen, world } from './world.ts';

test('36: a limit or a prefix that is undefined, NaN, 0, negative, "100%", misspelt or left out is refused', () => {
  expect(policyOf(plainPolicy()).isOk()).toBe(true);
  expect(policyOf(undefined).isErr()).toBe(true);
  const limits = plainPolicy().caps['no-entry'];
  for (const items of [undefined, Number.NaN, 0, -1, '100%', null, 1.5, Number.POSITIVE_INFINITY]) {
    const caps = { ...limits, run: { items, bytes: 1 } };
    const refused = policyOf({ ...plainPolicy(), caps: { ...plainPolicy().caps, 'no-entry': caps } });
    expect(refused._unsafeUnwrapErr().message, String(items)).toContain('caps.no-entry.run.items');
  }
  for (const prefixes of [[], [''], undefined, [undefined], 'archives/']) {
    expect(
      policyOf({ ...plainPolicy(), scope: { prefixes, kinds: ['archive'] } }).isErr(),
      String(prefixes),
    ).toBe(true);
  }
  expect(policyOf({ ...plainPolicy(), ignore: ['needed'] })._unsafeUnwrapErr().message).toContain(
    'policy.ignore',
  );
  for (const name of Object.keys(plainPolicy())) {
    const { [name as 'scope']: _, ...rest } = plainPolicy();
    expect(policyOf(rest)._unsafeUnwrapErr().message, name).toContain(name);
  }
});

test('37: an approval for another plan, run out, replayed, or for a plan that was edited afterwards', async () => {
  const one = world();
  for (let n = 0; n < 25; n += 1) one.archive(`orphan-${n}.tar`, `owner-${n % 6}`, { entry: false });
  const plan = await ripen(one);
  for (const { cause } of one.alerts.raised) one.alerts.acknowledge(cause);
  expect(plan).toMatchObject({ signatures: 1, excess: [{ limit: 'no-entry/per-run' }] });
  const refuses = async (what: typeof plan, approvals: ReturnType<typeof one.sign>) =>
    expect((await one.sweeper.sweep(what, approvals))._unsafeUnwrapErr().kind).toBe('not-approved');

  await refuses(plan, []);
  const [signed] = one.sign(plan, 'ann');
  await refuses(plan, [{ ...signed!, by: 'bob' }]);
  await refuses(plan, [{ ...signed!, plan: 'f'.repeat(64) }]);
  await refuses(plan, [
    { ...signed!, signature: one.sign({ ...plan, digest: 'f'.repeat(64) }, 'ann')[0]!.signature },
  ]);
  await refuses(plan, [{ ...signed!, expiresAt: new Date(one.clock.now() + 365 * dayMs).toISOString() }]);
  await refuses({ ...plan, items: plan.items.slice(1) }, [signed!]);
  expect(one.keys()).toHaveLength(85);
  const swept = (await one.sweeper.sweep(plan, [signed!]))._unsafeUnwrap();
  expect(swept).toMatchObject({ outcome: 'done', signedBy: ['ann'] });
  expect(one.keys()).toHaveLength(60);
  await refuses(plan, [signed!]);

  const late = world();
  late.archive('orphan.tar', 'owner-1', { entry: false });
  const old = await ripen(late);
  await late.days(3);
  expect((await late.sweeper.sweep(old, late.sign(old, 'ann', 'bob')))._unsafeUnwrapErr().kind).toBe(
    'not-approved',
  );
});

test('37b: above a size two different people sign, and one person twice is one', async () => {
  const one = world({
    policy: (plain) => ({
      ...plain,
      approval: { ...plain.approval, twoAbove: { items: 10, bytes: 1_000_000 } },
    }),
  });
  for (let n = 0; n < 25; n += 1) one.archive(`orphan-${n}.tar`, `owner-${n % 6}`, { entry: false });
  const plan = await ripen(one);
  for (const { cause } of one.alerts.raised) one.alerts.acknowledge(cause);
  expect(plan.signatures).toBe(2);
  expect((await one.sweeper.sweep(plan, one.sign(plan, 'ann', 'ann'))).isErr()).toBe(true);
  expect(one.keys()).toHaveLength(85);
  const swept = (await one.sweeper.sweep(plan, one.sign(plan, 'ann', 'bob')))._unsafeUnwrap();
  expect(swept.signedBy).toEqual(['ann', 'bob']);
});

test('38: slow poison: a little more each week than is right, each week below every other limit', async () => {
  const one = world({
    policy: (plain) => {
      const caps = { ...plain.caps['no-entry'], thirtyDays: { items: 10, bytes: 1_000_000 } };
      return { ...plain, caps: { ...plain.caps, 'no-entry': caps } };
    },
  });
  let went = 0;
  for (let week = 0; week < 4; week += 1) {
    for (let n = 0; n < 4; n += 1) one.archive(`poison-${week}-${n}.tar`, `owner-${n}`, { entry: false });
    const plan = await ripen(one);
    const swept = await one.sweeper.sweep(plan, []);
    if (swept.isOk()) went += swept.value.quarantined.length;
  }
  expect(went).toBe(8);
  expect(one.alerts.raised.map(({ detail }) => detail).join()).toContain('per-30-days');
});

test('39: the store says 200 and takes another version, or ignores the condition, or fails for some', async () => {
  // It fails its probe: nothing goes.
  const one = world();
  const key = one.archive('orphan.tar', 'owner-1', { entry: false });
  const plan = await ripen(one);
  const lying = one.reopen({
    remover: (honest) => ({ ...honest, prove: () => okAsync({ conditional: false, restores: true }) }),
  });
  expect((await lying.sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('not-believed');
  expect(one.keys()).toContain(key);
  expect(one.scanner.breaker()._unsafeUnwrap().state).toBe('open');

  // It passes the probe and takes a newer version all the same: that comes back at once.
  const two = world();
  const other = two.archive('orphan.tar', 'owner-1', { entry: false });
  const good = await ripen(two);
  const careless = two.reopen({
    remover: (honest) => ({
      ...honest,
      quarantine: (items, call) => {
        two.archive('orphan.tar', 'owner-1', { entry: false, version: 'v2' });
        return honest.quarantine(
          items.map((item) => ({ ...item, version: 'v2' })),
          call,
        );
      },
      find: (items, call) =>
        honest.find(
          items.map(({ token, ...item }) => ({
            ...item,
            version: 'v2',
            ...(token === undefined ? {} : { token }),
          })),
          call,
        ),
    }),
  });
  expect((await careless.sweeper.sweep(good, []))._unsafeUnwrap()).toMatchObject({
    outcome: 'stopped',
    quarantined: [],
  });
  expect(two.store.items().find((item) => item.key === other)).toMatchObject({ version: 'v2' });

  // It fails for one of three, and says so for that one.
  const three = world();
  const orphans = [1, 2, 3].map((n) => three.archive(`orphan-${n}.tar`, 'owner-1', { entry: false }));
  const partly = three.reopen({
    remover: (honest) => ({
      ...honest,
      quarantine: (items, call) => honest.quarantine(items.slice(1), call),
    }),
  });
  const swept = (await partly.sweeper.sweep(await ripen(three), []))._unsafeUnwrap();
  expect(swept.quarantined.map((item) => item.key)).toEqual(orphans.slice(1));
  expect(swept.stayed).toMatchObject([{ key: orphans[0] }]);
});

test('40: the alert channel is down, nobody acknowledges, or the ledger with its breaker is lost', async () => {
  const one = world();
  one.archive('orphan.tar', 'owner-1', { entry: false });
  const plan = await ripen(one);
  one.alerts.cutOff(true);
  expect((await one.sweeper.sweep(plan, [])).isErr()).toBe(true);
  one.alerts.cutOff(false);
  (await one.scanner.openBreaker('ann', 'odd figures'))._unsafeUnwrap();
  expect((await one.sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('breaker-open');
  await one.attend();
  (await one.scanner.checkOverdue())._unsafeUnwrap();
  one.clock.pass(3 * dayMs);
  expect((await one.scanner.checkOverdue())._unsafeUnwrap()).toEqual({ isOverdue: true });
  expect((await one.sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('unheard');

  // A new ledger knows of no breaker; the mark in the store says that there was another one.
  const two = world();
  two.archive('orphan.tar', 'owner-1', { entry: false });
  two.store.mark({ ledger: 'the-lost-one', fence: 7 });
  const good = await ripen(two);
  expect((await two.sweeper.sweep(good, []))._unsafeUnwrapErr().kind).toBe('fenced-out');
  (await two.sweeper.adopt({ by: 'ann', reason: 'the disk of backup-3 has died' }))._unsafeUnwrap();
  expect((await two.sweeper.sweep(good, []))._unsafeUnwrap().outcome).toBe('done');
});
