// Faults 26 to 29: time.

import { expect, test } from 'vitest';
import { dayMs, hourMs, ripen, world } from './world.ts';

test('26: the scanner’s clock is thirty days ahead', async () => {
  const one = world({ inventory: setBack(30 * dayMs), registry: setBack(30 * dayMs) });
  one.archive('orphan.tar', 'owner-1', { entry: false });
  one.clock.pass(dayMs);
  const scan = (await one.scanner.scan())._unsafeUnwrap();
  expect(scan).toMatchObject({ outcome: 'inconclusive', doubts: [{ rule: 'clock' }] });
  // Where all clocks jump together, one jump does not make a grace period.
  const all = world();
  all.archive('orphan.tar', 'owner-1', { entry: false });
  await all.days(2);
  all.clock.pass(8 * dayMs);
  (await all.scanner.scan())._unsafeUnwrap();
  expect((await all.scanner.review())._unsafeUnwrap().items).toEqual([]);
});

test('27: the clock goes back and is set right later', async () => {
  const one = world();
  one.archive('orphan.tar', 'owner-1', { entry: false });
  await one.days(2);
  one.clock.jump(-40 * dayMs);
  one.clock.pass(dayMs);
  expect((await one.scanner.scan())._unsafeUnwrap()).toMatchObject({ outcome: 'inconclusive' });
  const restarted = one.reopen();
  one.clock.pass(dayMs);
  expect((await restarted.scanner.scan())._unsafeUnwrap().doubts[0]?.message).toContain('earlier');
  one.clock.jump(40 * dayMs);
  await one.attend();
  await one.days(1);
  expect(one.scanner.breaker()._unsafeUnwrap().state).toBe('closed');
});

test('27b: all clocks were ahead for a while: a person says that they are right now, and the future does not count', async () => {
  const one = world();
  one.archive('orphan.tar', 'owner-1', { entry: false });
  await one.days(1);
  one.clock.jump(30 * dayMs);
  const ahead = one.reopen();
  expect((await ahead.scanner.scan())._unsafeUnwrap().outcome).toBe('complete');
  one.clock.jump(-30 * dayMs);
  await one.days(1);
  expect(one.scanner.breaker()._unsafeUnwrap().state).toBe('open');
  await one.attend('begin-anew');
  await one.days(2);
  expect(one.scanner.breaker()._unsafeUnwrap().state).toBe('closed');
  expect((await one.scanner.review())._unsafeUnwrap().items).toEqual([]);
  await one.days(6);
  expect((await one.scanner.review())._unsafeUnwrap().items).toHaveLength(1);
});

test('28: the store’s own dates are wrong, in the future or no dates at all', async () => {
  const one = world();
  const [future, none] = [new Date(one.clock.now() + 90 * dayMs).toISOString(), '24/06/2016 02:35'];
  one.archive('future.tar', 'owner-1', { entry: false, modifiedAt: future });
  one.archive('undated.tar', 'owner-2', { entry: false, modifiedAt: none });
  const plan = await ripen(one);
  expect(plan.items).toEqual([]);
  expect(plan.staying).toContainEqual(expect.objectContaining({ rule: 'old-enough', count: 2 }));
});

test('29: the machine is suspended between the last look and the act', async () => {
  const one = world();
  const key = one.archive('orphan.tar', 'owner-1', { entry: false });
  const plan = await ripen(one);
  const asleep = one.reopen({
    inventory: (honest) => ({
      ...honest,
      look: (keys, call) =>
        honest.look(keys, call).map((looked) => {
          one.clock.pass(2 * hourMs);
          return looked;
        }),
    }),
  });
  const swept = (await asleep.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(swept).toMatchObject({ outcome: 'stopped', quarantined: [] });
  expect(swept.why).toContain('Too much time');
  expect(one.keys()).toContain(key);
});

function setBack(ms: number) {
  return <T extends { now(call: object): ReturnType<import('../src/inventory.ts').Inventory['now']> }>(
    side: T,
  ): T => ({
    ...side,
    now: (call: object) => side.now(call).map((at) => new Date(Date.parse(at) - ms).toISOString()),
  });
}
