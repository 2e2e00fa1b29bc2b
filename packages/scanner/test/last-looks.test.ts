// What can still change between a plan and the act: entries that come back, tables that are emptied, claims of others,
// clocks that are set. The last look, and what stands around it, must see each.

import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import { expect, test } from 'vitest';
import type { Reference } from '../src/entry.ts';
import { itemKind } from '../src/key.ts';
import { stillClock } from '../src/memory/clock.ts';
import { memoryRegistry } from '../src/memory/registry.ts';
import type { Registry } from '../src/registry.ts';
import { type ScannerError, scannerError } from '../src/scanner-error.ts';
import { hourMs, keyOf, owner, ripen, type World, type WorldOptions, world } from './world.ts';

async function ready(options: WorldOptions = {}) {
  const one = world(options);
  const key = one.archive('orphan.tar', 'owner-1', { entry: false });
  return { one, key, plan: await ripen(one) };
}

const row = (one: World, name: string) =>
  ({ key: keyOf(name), kind: one.policy.scope.kinds[0], owner: owner('owner-1'), state: 'needed' }) as const;

test('an archive that was referred to again after the scan stays when the table is truncated before the sweep', async () => {
  const { one, plan, key } = await ready();
  one.registry.put(row(one, 'orphan.tar'));
  for (const each of one.registry.rows()) one.registry.drop(each.key, { recorded: false });
  const swept = (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(swept).toMatchObject({ outcome: 'stopped', quarantined: [] });
  expect(swept.why).toContain('stood at the last complete scan');
  expect(one.scanner.breaker()._unsafeUnwrap().state).toBe('open');
  expect(one.keys()).toContain(key);
  expect(one.registry.claimed()).toEqual([]);
});

test('an archive that was referred to again and let go, on record, begins its grace anew', async () => {
  const { one, plan, key } = await ready();
  one.registry.put(row(one, 'orphan.tar'));
  one.registry.drop(key, { recorded: true });
  const swept = (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(Object.keys(swept.stayed[0]?.reasons ?? {})).toEqual(['not-needed-for-long']);
  await one.days(8);
  const later = (await one.scanner.review())._unsafeUnwrap();
  expect((await one.sweeper.sweep(later, []))._unsafeUnwrap().quarantined).toMatchObject([{ key }]);
});

test('what was needed for a while in quarantine is not deleted before its grace is over', async () => {
  const { one, plan, key } = await ready();
  (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  await one.days(14);
  one.registry.put(row(one, 'orphan.tar'));
  one.registry.drop(key, { recorded: true });
  await one.days(1);
  const purged = (await one.sweeper.purge())._unsafeUnwrap();
  expect(purged).toMatchObject({ deleted: [], stayed: [{ key }] });
  expect(purged.stayed[0]?.why).toContain('needed until');
  await one.days(7);
  expect((await one.sweeper.purge())._unsafeUnwrap().deleted).toEqual([key]);
});

test('entries that are gone since the scan end a purge as well; a few that went are the application’s affair', async () => {
  const { one, plan, key } = await ready();
  (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  await one.days(15);
  const rows = one.registry.rows();
  for (const each of rows) one.registry.drop(each.key, { recorded: false });
  expect((await one.sweeper.purge())._unsafeUnwrapErr()).toMatchObject({ kind: 'not-believed' });
  expect(one.scanner.breaker()._unsafeUnwrap().state).toBe('open');
  expect(one.store.quarantined()).toHaveLength(1);
  for (const each of rows.slice(3)) one.registry.put(each);
  await one.attend();
  expect((await one.sweeper.purge())._unsafeUnwrap().deleted).toEqual([key]);
});

test('a registry that cannot be asked for the entries of the last scan ends the sweep', async () => {
  const { one, plan, key } = await ready();
  const wrong: readonly Partial<Registry>[] = [
    { lookUp: () => errAsync(scannerError('unavailable', 'too many connections')) },
    { lookUp: () => okAsync([]) },
  ];
  for (const verb of wrong) {
    const { sweeper } = one.reopen({ registry: (honest) => ({ ...honest, ...verb }) });
    expect((await sweeper.sweep(plan, []))._unsafeUnwrap()).toMatchObject({
      outcome: 'stopped',
      quarantined: [],
    });
    expect(one.keys()).toContain(key);
    await one.attend();
    await one.days(1);
    Object.assign(plan, (await one.scanner.review())._unsafeUnwrap());
  }
});

test('entries that cannot be told about, or whose owner has ended, still stand', async () => {
  const one = world();
  const key = one.archive('orphan.tar', 'owner-1', { entry: false });
  const plan = await ripen(one);
  const dim = (all: readonly Reference[]): readonly Reference[] =>
    all.map(({ key: each }, n) =>
      n % 2 === 0
        ? { key: each, verdict: 'unknown', why: 'timeout' }
        : {
            key: each,
            verdict: 'not-needed',
            hold: 'none',
            entry: { key: each, kind: one.policy.scope.kinds[0], state: 'owner-ended' },
          },
    );
  const { sweeper } = one.reopen({
    registry: (honest) => ({ ...honest, lookUp: (keys, call) => honest.lookUp(keys, call).map(dim) }),
  });
  expect((await sweeper.sweep(plan, []))._unsafeUnwrap().quarantined).toMatchObject([{ key }]);
});

test('of a sample of sixty six may have gone without a record, and any number on record', async () => {
  for (const [count, recorded, outcome] of [
    [6, false, 'done'],
    [7, false, 'stopped'],
    [40, true, 'done'],
  ] as const) {
    const { one, plan } = await ready();
    expect(one.ledger.log.last('attested')._unsafeUnwrap()?.event.seen.sample).toHaveLength(60);
    const rows = one.registry.rows().slice(0, count);
    for (const each of rows) one.registry.drop(each.key, { recorded });
    expect((await one.sweeper.sweep(plan, []))._unsafeUnwrap().outcome, `${count}`).toBe(outcome);
  }
});

test('each registry is asked for its own entries again, and an answer nobody asked for is not listened to', async () => {
  const clock = stillClock();
  const source = { id: 'postgres:1/billing', environment: 'production', schema: '1' };
  const kind = itemKind('archive')._unsafeUnwrap();
  const billing = memoryRegistry({ name: 'billing', source, covers: [kind], clock, batchRows: 16 });
  const talkative: Registry = {
    ...billing.port,
    claim: (keys, request) =>
      billing.port
        .claim(keys, request)
        .map((all) => [...all, { key: keyOf('unasked.tar'), verdict: 'needed', why: 'x', hold: 'none' }]),
  };
  const one = world({
    clock,
    more: [talkative],
    policy: (plain) => ({
      ...plain,
      expect: { ...plain.expect, registries: { ...plain.expect.registries, billing: source } },
      references: { archive: ['orders', 'billing'] },
    }),
  });
  for (let n = 0; n < 20; n += 1) {
    const key = one.archive(`billed-${n}.tar`, 'owner-1', { entry: false });
    billing.put({ key, kind, owner: owner('owner-1'), state: 'needed' });
  }
  const key = one.archive('orphan.tar', 'owner-1', { entry: false });
  const plan = await ripen(one);
  expect((await one.sweeper.sweep(plan, []))._unsafeUnwrap().quarantined).toMatchObject([{ key }]);
});

test('an undo takes the claim, as whoever restores does, and gives it back', async () => {
  const { one, plan, key } = await ready();
  const { run } = (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(one.registry.claimed()).toEqual([]);
  const claims: (readonly string[])[] = [];
  const { sweeper } = one.reopen({
    remover: (honest) => ({
      ...honest,
      restore: (items, call) => {
        claims.push(one.registry.claimed());
        expect(one.registry.lease(key, 'restore-7')).toBe(false);
        return honest.restore(items, call);
      },
    }),
  });
  (await sweeper.undo(run, { by: 'ann', reason: 'drill' }))._unsafeUnwrap();
  expect(claims).toEqual([[key]]);
  expect(one.registry.claimed()).toEqual([]);
});

test('an undo does not wait for a registry that is silent, and does not mind one that is dead or in use', async () => {
  const silent = () => new ResultAsync<never, ScannerError>(new Promise(() => undefined));
  const dead = () => errAsync(scannerError('unavailable', 'connect ECONNREFUSED'));
  for (const verb of [silent, dead]) {
    const { one, plan, key } = await ready();
    const { run } = (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
    const { sweeper } = one.reopen({
      registry: (honest) => ({ ...honest, claim: verb, release: verb, lookUp: verb, now: verb }),
    });
    let isOver = false;
    const undoing = sweeper.undo(run, { by: 'ann', reason: 'drill' }).map((undone) => {
      isOver = true;
      return undone;
    });
    for (let n = 0; n < 200 && !isOver; n += 1) {
      one.clock.pass(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await undoing)._unsafeUnwrap().restored).toEqual([key]);
  }
  const { one, plan, key } = await ready();
  const { run } = (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  one.registry.lease(key, 'restore-7');
  expect((await one.sweeper.undo(run, { by: 'ann', reason: 'drill' }))._unsafeUnwrap().restored).toEqual([
    key,
  ]);
});

test('claims that could not be given back are given back by the next run, whatever that one does', async () => {
  const { one, plan, key } = await ready();
  const dead = one.reopen({
    registry: (honest) => ({ ...honest, release: () => errAsync(scannerError('unavailable', 'no')) }),
  });
  (await dead.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(one.registry.claimed()).toEqual([key]);
  expect(one.registry.lease(key, 'restore-7')).toBe(false);
  const noted = () => one.ledger.db.prepare('SELECT count(*) AS n FROM claimed').get()?.['n'];
  expect(noted()).toBe(1);
  expect((await one.sweeper.purge())._unsafeUnwrap().deleted).toEqual([]);
  expect(one.registry.claimed()).toEqual([]);
  expect(noted()).toBe(0);
});

test('a registry that is silent when claims are given back does not keep a sweep from ending', async () => {
  const { one, plan, key } = await ready();
  const silent = () => new ResultAsync<void, ScannerError>(new Promise(() => undefined));
  const { sweeper } = one.reopen({ registry: (honest) => ({ ...honest, release: silent }) });
  let isOver = false;
  const sweeping = sweeper.sweep(plan, []).map((swept) => {
    isOver = true;
    return swept;
  });
  for (let n = 0; n < 200 && !isOver; n += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (one.registry.claimed().length > 0 && one.keys().length === 60) one.clock.pass(1_000);
  }
  expect((await sweeping)._unsafeUnwrap().quarantined).toMatchObject([{ key }]);
});

const many = (plain: Parameters<NonNullable<WorldOptions['policy']>>[0]) => {
  const amount = { items: 1_000, bytes: 1_000_000 };
  const share = { total: 1, owner: 1, prefix: 1 };
  const caps = { run: amount, day: amount, thirtyDays: amount, share, shareFromItems: 0 };
  return { ...plain, caps: { 'no-entry': caps, 'owner-ended': caps } };
};

/** More orphans than one batch holds. */
async function twoBatches() {
  const one = world({ policy: many });
  const keys = Array.from({ length: 150 }, (_, n) =>
    one.archive(`orphan-${String(n).padStart(3, '0')}.tar`, `owner-${n % 6}`, { entry: false }),
  );
  return { one, keys, plan: await ripen(one) };
}

test('the clocks are looked at between two batches: after a jump nothing more goes', async () => {
  for (const jumpMs of [hourMs, -hourMs]) {
    const { one, keys, plan } = await twoBatches();
    let batches = 0;
    const { sweeper } = one.reopen({
      remover: (honest) => ({
        ...honest,
        find: (items, call) => {
          // The first batch is done; then somebody sets the machine's clock.
          batches += 1;
          one.clock.jump(jumpMs);
          return honest.find(items, call);
        },
      }),
    });
    const swept = (await sweeper.sweep(plan, []))._unsafeUnwrap();
    expect(swept).toMatchObject({ outcome: 'stopped' });
    expect(swept.why).toContain('wall clock moved');
    expect(batches).toBe(1);
    expect(swept.quarantined).toHaveLength(100);
    expect(one.keys()).toEqual(expect.arrayContaining(keys.slice(100)));
    expect(one.scanner.breaker()._unsafeUnwrap().state).toBe('open');
  }
});

test('what one batch found needed ends the sweep before the next, and its claims are given back', async () => {
  const { one, keys, plan } = await twoBatches();
  const late = keys[120] ?? keys[0]!;
  one.registry.put({ key: late, kind: one.policy.scope.kinds[0], state: 'needed' });
  const swept = (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(swept).toMatchObject({ outcome: 'stopped' });
  expect(swept.quarantined).toHaveLength(100);
  expect(one.keys()).toEqual(expect.arrayContaining(keys.slice(100)));
  expect(one.registry.claimed()).toEqual([]);
});

test('time that passes between the last look and the act, on either clock, ends the act', async () => {
  for (const move of ['pass', 'jump', 'pass, and the clock put back'] as const) {
    for (const act of ['sweep', 'purge'] as const) {
      const { one, plan, key } = await ready();
      if (act === 'purge') {
        (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
        await one.days(15);
      }
      let isArmed = false;
      const { sweeper } = one.reopen({
        registry: (honest) => ({
          ...honest,
          claim: (keys, call) => {
            isArmed = true;
            return honest.claim(keys, call);
          },
        }),
        remover: (honest) => ({
          ...honest,
          // The mark is asked for right before the act.
          fence: (call) => {
            if (isArmed) {
              one.clock[move === 'jump' ? 'jump' : 'pass'](61_000);
              if (move !== 'pass' && move !== 'jump') one.clock.jump(-61_000);
            }
            isArmed = false;
            return honest.fence(call);
          },
        }),
      });
      if (act === 'sweep') {
        expect((await sweeper.sweep(plan, []))._unsafeUnwrap()).toMatchObject({
          outcome: 'stopped',
          quarantined: [],
        });
        expect(one.keys()).toContain(key);
        expect(
          one.scanner.affected(`sweep-${plan.digest.slice(0, 32)}` as never)._unsafeUnwrap(),
        ).toMatchObject({
          owners: [{ items: [{ state: 'untouched' }] }],
        });
      } else {
        expect((await sweeper.purge())._unsafeUnwrapErr().kind).toBe('clock');
        expect(one.store.quarantined()).toHaveLength(1);
        expect((await one.sweeper.purge())._unsafeUnwrap().deleted).toEqual([key]);
      }
    }
  }
});

test('every verb of the sides in memory ends where the caller’s signal has fired', async () => {
  const { one, key } = await ready();
  const ended = AbortSignal.abort();
  const call = { signal: ended, run: 'x' as never, fence: 1 };
  const [scope, kind] = [one.policy.scope, one.policy.scope.kinds[0]];
  const { inventory, remover } = one.store;
  const { port } = one.registry;
  const thing = { key, kind, version: 'v1', token: 't' };
  const before = one.store.items();
  const answers = [
    inventory.now(call),
    inventory.plantCanaries({ scope, nonce: 'late', signal: ended }),
    inventory.look([key], call),
    port.now(call),
    port.plantCanaries({ scope, nonce: 'late', signal: ended }),
    port.lookUp([key], call),
    port.claim([key], call),
    port.release([key], call),
    remover.prove(call),
    remover.fence(call),
    remover.raiseFence(undefined, { ledger: 'other', fence: 9 }, call),
    remover.quarantine([thing], call),
    remover.restore([thing], call),
    remover.delete([thing], call),
    remover.find([thing], call),
  ];
  for (const answer of answers) expect((await answer)._unsafeUnwrapErr().kind).toBe('cancelled');
  for (const stream of [inventory.read({ scope, signal: ended }), port.read({ scope, signal: ended })]) {
    const next = await stream.next();
    expect(next.done).toBe(true);
    if (next.done === true) expect(next.value._unsafeUnwrapErr().kind).toBe('cancelled');
  }
  expect(one.store.items()).toEqual(before);
  expect(one.registry.claimed()).toEqual([]);
  expect((await remover.fence({}))._unsafeUnwrap()?.ledger).not.toBe('other');
});

test('a stream in memory ends in the middle where the signal fires', async () => {
  const one = world();
  for (const begin of [one.store.inventory.read, one.registry.port.read]) {
    const ending = new AbortController();
    const stream = begin({ scope: one.policy.scope, signal: ending.signal });
    expect((await stream.next()).done).toBe(false);
    ending.abort();
    const next = await stream.next();
    expect(next.done).toBe(true);
    if (next.done === true) expect(next.value._unsafeUnwrapErr().kind).toBe('cancelled');
  }
});
