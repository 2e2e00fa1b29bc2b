// The way of an orphan from its first sighting to its end, and the ways in which a person steps in.

import { expect, test } from 'vitest';
import { planText } from '../src/plan-text.ts';
import { scanText } from '../src/scan/report.ts';
import { dayMs, keyOf, ripen, sweepAndPurge, world } from './world.ts';

test('an orphan is flagged, waits for its grace, goes into quarantine, and is deleted after the undo window', async () => {
  const one = world();
  const orphan = one.archive('orphan.tar', 'owner-1', { entry: false });
  const first = (await one.scanner.scan())._unsafeUnwrap();
  expect(first).toMatchObject({ outcome: 'complete', orphans: { 'no-entry': { items: 1 } } });
  expect(scanText(first)).toContain('Nothing was deleted');
  expect((await one.scanner.review())._unsafeUnwrap().items).toEqual([]);

  const plan = await ripen(one);
  expect(plan.items.map(({ key }) => key)).toEqual([orphan]);
  expect(planText(plan)).toContain('No registry has an entry for it');
  const swept = (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(swept).toMatchObject({ outcome: 'done', quarantined: [{ key: orphan }] });
  expect(one.keys()).toHaveLength(60);
  expect(one.store.quarantined()).toHaveLength(1);

  expect((await one.sweeper.purge())._unsafeUnwrap().deleted).toEqual([]);
  await one.days(15);
  expect((await one.sweeper.purge())._unsafeUnwrap().deleted).toEqual([orphan]);
  expect(one.store.quarantined()).toEqual([]);
  expect(one.registry.rows()).toHaveLength(60);
  expect(one.registry.claimed()).toEqual([]);
});

test('an undo brings back everything that a run has taken, even with the breaker open and the registry dead', async () => {
  const one = world();
  const orphans = [1, 2, 3].map((n) => one.archive(`orphan-${n}.tar`, 'owner-1', { entry: false }));
  const before = [...one.keys()].sort();
  const plan = await ripen(one);
  const { run } = (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(one.keys()).toHaveLength(60);
  (await one.scanner.openBreaker('ann', 'a customer has called'))._unsafeUnwrap();
  const undone = (
    await one.sweeper.undo(run, { by: 'ann', reason: 'a customer has called' })
  )._unsafeUnwrap();
  expect(undone.restored).toEqual(orphans);
  expect([...one.keys()].sort()).toEqual(before);
  expect(one.scanner.affected(run)._unsafeUnwrap().totals).toMatchObject({ items: 3, restorable: 0 });
});

test('what an owner has left behind goes after the grace of its own class', async () => {
  const one = world();
  const ended = new Date(one.clock.now() - 25 * dayMs).toISOString();
  const left = one.archive('left.tar', 'gone', { state: 'owner-ended', endedAt: ended });
  expect((await ripen(one)).items.map(({ key }) => key)).toEqual([left]);
  const late = world();
  late.archive('left.tar', 'gone', {
    state: 'owner-ended',
    endedAt: new Date(late.clock.now()).toISOString(),
  });
  expect((await ripen(late)).items).toEqual([]);
  await late.days(22);
  const plan = (await late.scanner.review())._unsafeUnwrap();
  expect(plan.items).toMatchObject([{ class: 'owner-ended' }]);
  await sweepAndPurge(late, plan);
  expect(late.keys()).not.toContain(keyOf('left.tar'));
});

test('a missing needed item is a finding: its owner’s orphans stay, and no entry is touched', async () => {
  const one = world();
  one.archive('orphan-1.tar', 'owner-1', { entry: false });
  one.archive('orphan-2.tar', 'owner-2', { entry: false });
  one.store.lose(keyOf('needed-01.tar'));
  const rows = structuredClone(one.registry.rows());
  const plan = await ripen(one);
  expect(plan.items.map(({ key }) => key)).toEqual([keyOf('orphan-2.tar')]);
  expect(plan.staying).toContainEqual(expect.objectContaining({ rule: 'owner-has-all', count: 1 }));
  expect(one.registry.rows()).toEqual(rows);
  expect(one.alerts.raised.map(({ title }) => title)).toContain('1 needed items are not stored.');
});

test('the breaker stays open through a restart and closes only for a name and a reason', async () => {
  const one = world();
  await one.days(1);
  const { scanner } = one.reopen({
    registry: (honest) => ({ ...honest, now: () => honest.now({}).map(() => 'never') }),
  });
  expect((await scanner.scan())._unsafeUnwrap().outcome).toBe('inconclusive');
  const again = one.reopen();
  expect(again.scanner.breaker()._unsafeUnwrap().state).toBe('open');
  for (const [by, reason] of [
    ['', 'because'],
    ['ann', ' '],
  ] as const) {
    expect((await again.scanner.closeBreaker({ by, reason, counts: 'keep' })).isErr()).toBe(true);
  }
  await one.attend();
  expect(again.scanner.breaker()._unsafeUnwrap().state).toBe('closed');
});
