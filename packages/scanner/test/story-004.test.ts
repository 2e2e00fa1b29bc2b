// The night of story 004, by its own clock: a scan and a sweep every three hours, the database dying at 02:35 in the
// middle of a scan, back half a day's work later at 07:06, and nobody awake in between. In the story 57 % of the backups
// were gone by 02:40, locked ones too, and the next scan that found the database deleted the rows whose files were gone.

import { errAsync } from 'neverthrow';
import { expect, test } from 'vitest';
import type { Registry } from '../src/registry.ts';
import { scannerError } from '../src/scanner-error.ts';
import { breaking } from './lies.ts';
import { hourMs, keyOf, world } from './world.ts';

const minuteMs = 60_000;
const outage = { fromMs: Date.UTC(2026, 0, 24, 2, 35), untilMs: Date.UTC(2026, 0, 24, 7, 6) };

test('story 004: the database dies at 02:35 in mid-scan, is back at 07:06, and nobody wakes up', async () => {
  const one = world({
    policy: (plain) => ({ ...plain, scans: { ...plain.scans, periodMs: 3 * hourMs } }),
    registry: (honest) => dying(honest, () => one.clock.now()),
  });
  for (const name of ['needed-00.tar', 'needed-31.tar']) one.registry.hold(keyOf(name), 'held');
  const orphan = one.archive('left-over.tar', 'owner-1', { entry: false });
  const needed = one.registry.rows().map(({ key }) => key);
  const rows = structuredClone(one.registry.rows());
  // The loop runs at 02:35, 05:35, 08:35 and so on.
  one.clock.pass(2 * hourMs + 35 * minuteMs);

  const said: string[] = [];
  const loop = async (): Promise<void> => {
    const at = new Date(one.clock.now()).toISOString();
    const scan = await one.scanner.scan();
    const plan = scan.isOk() ? await one.scanner.review() : undefined;
    const swept = plan?.isOk() ? await one.sweeper.sweep(plan.value, []) : undefined;
    if (isNight(one.clock.now())) {
      const doubts = scan.isOk() ? scan.value.doubts.map(({ rule }) => rule) : [scan.error.kind];
      said.push(`${at.slice(11, 16)} ${doubts.length > 0 ? 'doubted' : 'believed'}`);
      expect(swept?.isOk() === true ? swept.value.quarantined : [], `${at}: something was taken`).toEqual([]);
    }
    expect(one.keys(), `${at}: something needed is gone`).toEqual(expect.arrayContaining([...needed]));
    one.clock.pass(3 * hourMs);
  };
  // Three weeks of quiet: the one true orphan goes into quarantine, and a second one is found on the last day.
  while (one.clock.now() < outage.fromMs - 24 * hourMs) await loop();
  expect(one.keys()).not.toContain(orphan);
  const late = one.archive('later.tar', 'owner-2', { entry: false });
  while (one.clock.now() < outage.fromMs) await loop();

  const alertsBefore = one.alerts.raised.length;
  while (one.clock.now() < outage.untilMs) await loop();
  expect(said).toEqual(['02:35 doubted', '05:35 doubted']);
  // People were called at the first of them, and nothing moved until one had answered.
  expect(one.alerts.raised.length).toBeGreaterThan(alertsBefore);
  expect(one.alerts.raised.slice(alertsBefore).some(({ severity }) => severity === 'page')).toBe(true);

  // 08:35: the database answers again, and in the story this run deleted the rows.
  await loop();
  expect(one.registry.rows()).toEqual(rows);
  // Left alone for ten more days it takes nothing, not even what is ripe by now.
  for (let n = 0; n < 10 * 8; n += 1) await loop();
  expect(one.keys()).toContain(late);

  // Somebody comes to work, looks at the alerts and closes the breaker; what is truly left over goes in the end.
  await one.attend();
  for (let n = 0; n < 8 * 24; n += 1) {
    await loop();
    (await one.sweeper.purge())._unsafeUnwrap();
  }
  expect(one.keys()).toEqual(needed);
  expect(one.store.quarantined()).toEqual([]);
  expect(one.registry.rows()).toEqual(rows);
});

/** In mid-scan it stops talking without a word; after that it refuses connections until it is back. */
function dying(honest: Registry, now: () => number): Registry {
  const refused = () => errAsync(scannerError('unavailable', 'connect ECONNREFUSED', { source: 'orders' }));
  const isDead = () => now() > outage.fromMs && now() < outage.untilMs;
  const isDyingNow = () => now() === outage.fromMs;
  return {
    ...honest,
    now: (call) => (isDead() ? refused() : honest.now(call)),
    plantCanaries: (request) => (isDead() ? refused() : honest.plantCanaries(request)),
    read: (request) => {
      if (isDead()) return breaking(honest.read(request), 0, 'error');
      return isDyingNow() ? breaking(honest.read(request), 1, 'silence') : honest.read(request);
    },
    lookUp: (keys, call) => (isDead() || isDyingNow() ? refused() : honest.lookUp(keys, call)),
    claim: (keys, request) => (isDead() || isDyingNow() ? refused() : honest.claim(keys, request)),
  };
}

function isNight(nowMs: number): boolean {
  return nowMs >= outage.fromMs && nowMs < outage.untilMs;
}
