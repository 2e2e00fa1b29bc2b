// What takes a person: signatures, the breaker, alerts, a ledger that is not what it was. And what wrong configs say.

import { chmodSync, copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildHouse, dayMs, type Editable, type House, scanForDays } from './scanner-house.ts';

let house: House;
beforeEach(async () => {
  house = await buildHouse();
  for (const owner of ['ann', 'ben']) {
    for (let n = 1; n <= 4; n += 1) house.store(`archives/${owner}/${n}.tar`);
  }
  for (const name of ['old', 'older', 'oldest']) house.store(`archives/ann/${name}.tar`, { forgotten: true });
});
afterEach(() => house.tearDown());

const orphan = () => join(house.path, 'store/archives/ann/old.tar');

/** The caps allow one item a run; so many approvers by name, and two people from so many items on. */
async function narrowCaps(
  approvers: readonly string[],
  twoAboveItems: number,
): Promise<Record<string, string>> {
  const keys: Record<string, string> = {};
  const known: Editable[] = [];
  for (const name of approvers) {
    const file = join(house.path, `${name}.pem`);
    const made = await house.belay('approve', '--new-key', file, '--by', name);
    known.push(JSON.parse(made.data));
    keys[name] = file;
  }
  house.config((all) => {
    const { policy } = all.scanner.offsite;
    policy.caps['no-entry'].run = { items: 1, bytes: 2 ** 30 };
    policy.approval = {
      ...policy.approval,
      approvers: known,
      twoAbove: { items: twoAboveItems, bytes: 2 ** 30 },
    };
  });
  return keys;
}

async function planned(): Promise<string> {
  return JSON.parse((await house.belay('review', 'offsite', '--json')).data).digest;
}

async function sweep(digest: string) {
  return await house.belay('sweep', digest, '--digest', digest);
}

async function takeAlerts(): Promise<void> {
  const { data } = await house.belay('alerts', 'list', '--json');
  for (const { cause } of JSON.parse(data).alerts) {
    await house.belay('alerts', 'ack', cause, '--reason', 'looked at it');
  }
}

test('beyond a limit nothing goes before a person has looked and another has signed', async () => {
  const keys = await narrowCaps(['ann'], 100);
  await scanForDays(house, 5);
  const digest = await planned();
  const dry = await house.belay('sweep', digest);
  expect(dry.data).toContain('3 items and 6000 bytes in one run; 1 and');
  expect(dry.data).toContain('none; 1 needed, 1 missing');
  expect(await sweep(digest)).toMatchObject({
    code: 4,
    people: expect.stringContaining('belay alerts ack CAUSE'),
  });
  await takeAlerts();
  expect(await sweep(digest)).toMatchObject({ code: 4, people: expect.stringContaining('0 count') });
  const signed = await house.belay(
    'approve',
    digest,
    '--key',
    keys['ann'] ?? '',
    '--by',
    'ann',
    '--digest',
    digest,
  );
  expect(signed).toMatchObject({ code: 0, people: expect.stringContaining('It counts: 1 is needed') });
  expect(signed.data).toContain('archives/ann/old.tar');
  expect(existsSync(orphan())).toBe(true);
  expect(await sweep(digest)).toMatchObject({ code: 0, data: expect.stringContaining('Signed by') });
  expect(existsSync(orphan())).toBe(false);
});

test('where the policy wants two people, one who signs twice is one', async () => {
  const keys = await narrowCaps(['ann', 'ben'], 2);
  await scanForDays(house, 5);
  const digest = await planned();
  await takeAlerts();
  const sign = async (by: string, key = by) =>
    await house.belay('approve', digest, '--key', keys[key] ?? '', '--by', by, '--digest', digest);
  await sign('ann');
  await sign('ann');
  expect(await sweep(digest)).toMatchObject({ code: 4, people: expect.stringContaining('1 count') });
  // Ben's name under Ann's key is nobody's.
  const forged = await sign('ben', 'ann');
  expect(forged.people).toContain('It does not count: the policy has another key for ben');
  expect((await sweep(digest)).code).toBe(4);
  await sign('ben');
  expect((await sweep(digest)).code).toBe(0);
});

test('a signature over another plan, or one that was bent, does not count', async () => {
  const keys = await narrowCaps(['ann'], 100);
  await scanForDays(house, 5);
  const other = await planned();
  await house.belay('approve', other, '--key', keys['ann'] ?? '', '--by', 'ann', '--digest', other);
  const approval = join(house.path, `ledger.db.plans/${other}.ann.approval.json`);
  house.pass(1_000);
  const digest = await planned();
  await takeAlerts();
  const bent = { ...JSON.parse(readFileSync(approval, 'utf8')), plan: digest };
  const file = join(house.path, 'bent.json');
  writeFileSync(file, JSON.stringify(bent));
  for (const given of [approval, file]) {
    const answer = await house.belay('sweep', digest, '--digest', digest, '--approval', given);
    expect(answer).toMatchObject({ code: 4, people: expect.stringContaining('0 count') });
  }
  expect(existsSync(orphan())).toBe(true);
});

test('whoever signs says the digest: without it, or with another, nothing is signed', async () => {
  const keys = await narrowCaps(['ann'], 100);
  await scanForDays(house, 5);
  const digest = await planned();
  const key = keys['ann'] ?? '';
  expect((await house.belay('approve', digest, '--key', key)).code).toBe(4);
  const mistyped = { isThere: true, ask: async () => '000000000000', keys: () => () => undefined };
  expect((await house.belayIn({ keyboard: mistyped }, 'approve', digest, '--key', key)).code).toBe(4);
  const typed = { isThere: true, ask: async () => digest.slice(0, 12), keys: () => () => undefined };
  expect(
    (await house.belayIn({ keyboard: typed }, 'approve', digest, '--key', key, '--by', 'ann')).code,
  ).toBe(0);
});

test('a private key is made for its owner alone, is never written over, and is refused where others can read it', async () => {
  const file = join(house.path, 'ann.pem');
  const made = await house.belay('approve', '--new-key', file, '--by', 'ann');
  expect(made.code).toBe(0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(made.data + made.people).not.toContain('PRIVATE');
  const before = readFileSync(file, 'utf8');
  expect((await house.belay('approve', '--new-key', file)).code).toBe(1);
  expect(readFileSync(file, 'utf8')).toBe(before);
  await scanForDays(house, 5);
  chmodSync(file, 0o644);
  const digest = await planned();
  const answer = await house.belay('approve', digest, '--key', file, '--digest', digest);
  expect(answer).toMatchObject({ code: 1, people: expect.stringContaining(`chmod 600 ${file}`) });
});

test('a dying database makes the scan inconclusive: the text says why, and nothing goes until a person has closed the breaker', async () => {
  await scanForDays(house, 5);
  const digest = await planned();
  house.pass(dayMs / 2);
  house.db.exec('DELETE FROM archive');
  const scan = await house.belay('scan', 'offsite');
  expect(scan.code).toBe(3);
  expect(scan.data).toMatch(
    /^Inconclusive: the scan scan-\S+ of offsite proves nothing\.\nNothing was flagged, cleared or deleted/,
  );
  expect(scan.data).toContain('belay breaker close offsite --reason TEXT');
  expect(await sweep(digest)).toMatchObject({
    code: 4,
    people: expect.stringContaining('The breaker is open since'),
  });
  expect(existsSync(orphan())).toBe(true);
  await house.belay('alerts', 'list');
  expect(
    house.told.map(({ action, cause }) => `${action} ${cause.replace(/^scanner\/[^/]*/, 'scanner/x')}`),
  ).toContain('trigger scanner/x/breaker');

  const status = await house.belay('breaker', 'status');
  expect(status).toMatchObject({ code: 4, data: expect.stringMatching(/^Open: offsite, since/) });
  expect((await house.belay('breaker', 'close', 'offsite')).code).toBe(1);
  for (const n of [1, 2, 3, 4]) {
    for (const owner of ['ann', 'ben']) {
      house.db
        .prepare("INSERT INTO archive VALUES (?, 'archive', ?, 'needed', NULL)")
        .run(`archives/${owner}/${n}.tar`, owner);
    }
  }
  const closed = await house.belay(
    'breaker',
    'close',
    'offsite',
    '--reason',
    'rows are back, counted by hand',
  );
  expect(closed).toMatchObject({ code: 0, people: expect.stringContaining('Closed by olga: rows are back') });
  expect((await house.belay('scan', 'offsite')).code).toBe(0);
  expect((await sweep(await planned())).code).toBe(0);
});

test('a person opens the breaker by hand, and a scan says so until it is closed', async () => {
  await scanForDays(house, 5);
  const digest = await planned();
  await house.belay('breaker', 'open', 'offsite', '--reason', 'migration tonight', '--by', 'ben');
  expect((await sweep(digest)).code).toBe(4);
  const scan = await house.belay('scan', 'offsite');
  expect(scan).toMatchObject({
    code: 4,
    data: expect.stringContaining('ben has opened the breaker: migration tonight'),
  });
});

test('an alert and its acknowledgement outlive the process that raised and the one that took it', async () => {
  await house.belay('scan', 'offsite');
  await house.belay('breaker', 'open', 'offsite', '--reason', 'fire drill');
  const first = await house.belay('alerts', 'list');
  expect(first).toMatchObject({
    code: 4,
    data: expect.stringContaining('Told: The scanner has stopped: by-hand.'),
  });
  const cause = /cause\s+(\S+)/.exec(first.data)?.[1] ?? '';
  expect(first.data).toContain(`belay alerts ack ${cause} --reason TEXT`);
  expect(await house.belay('alerts', 'ack', `${cause}x`, '--reason', 'x')).toMatchObject({
    code: 1,
    people: expect.stringContaining(`Did you mean ${cause}?`),
  });
  expect((await house.belay('alerts', 'ack', cause, '--reason', 'I am on it', '--by', 'anna')).code).toBe(0);
  const second = await house.belay('alerts', 'list');
  expect(second).toMatchObject({
    code: 0,
    data: expect.stringMatching(/Taken: [\s\S]*anna, \S+: I am on it/),
  });
  expect((await house.belay('alerts', 'resolve', cause, '--reason', 'the drill is over')).code).toBe(0);
  expect((await house.belay('alerts', 'list')).data).toBe('No alert stands.\n');
  expect((await house.belay('alerts', 'list', cause)).data).toContain('the drill is over');
});

test('an alert that reaches nobody stands as undeliverable, and the watch sends it when the pager is back', async () => {
  house.pager(false);
  await house.belay('scan', 'offsite');
  await house.belay('breaker', 'open', 'offsite', '--reason', 'fire drill');
  expect((await house.belay('alerts', 'list')).data).toContain('Undeliverable:');
  house.pager(true);
  house.pass(60_000);
  const stop = new AbortController();
  const watch = house.belayIn({ signal: stop.signal }, 'alerts', 'run', '--poll-seconds', '0.05');
  await expect.poll(() => house.told.length, { timeout: 20_000 }).toBeGreaterThan(0);
  stop.abort();
  expect(await watch).toMatchObject({
    code: 0,
    people: expect.stringContaining('keeping watch as backup-3'),
  });
  expect((await house.belay('alerts', 'list')).data).toContain('Told:');
});

test('whoever has no secret at hand can still stop everything, take the alert, and bring things back', async () => {
  await scanForDays(house, 5);
  const digest = await planned();
  expect((await sweep(digest)).code).toBe(0);
  const run = `sweep-${digest.slice(0, 32)}`;
  // From a laptop: no key of the pager, none of the bucket's, and the database is dead.
  house.config((all) => {
    all.alerts.targets.anna = { kind: 'pagerduty', routingKey: { env: 'PAGER_KEY' } };
    all.scanner.offsite.registries.orders.path = 'gone.db';
  });
  expect(await house.belay('scan', 'offsite')).toMatchObject({
    code: 1,
    people: expect.stringContaining('the environment has no PAGER_KEY'),
  });
  expect((await house.belay('breaker', 'open', 'offsite', '--reason', 'stop')).code).toBe(0);
  expect((await house.belay('breaker', 'status', 'offsite')).code).toBe(4);
  const listed = await house.belay('alerts', 'list');
  expect(listed.data).toMatch(/^Undeliverable: [\s\S]*the environment has no\s+PAGER_KEY/);
  await takeAlerts();
  expect((await house.belay('alerts', 'list')).code).toBe(0);
  expect(await house.belay('undo', run, '--reason', 'ann wants them')).toMatchObject({
    code: 0,
    data: expect.stringContaining('Back: 3 items'),
  });
  expect(await house.belay('alerts', 'run')).toMatchObject({
    code: 1,
    people: expect.stringContaining('alerts.targets.anna.routingKey: the environment has no PAGER_KEY'),
  });
});

test('two periods without a complete scan wake somebody', async () => {
  await house.belay('scan', 'offsite');
  expect((await house.belay('scan', 'offsite', '--overdue')).code).toBe(0);
  house.pass(3 * dayMs);
  expect((await house.belay('scan', 'offsite', '--overdue')).code).toBe(3);
  expect((await house.belay('alerts', 'list')).data).toContain('No scan was complete for two periods.');
});

test('a ledger that was edited is found out: nothing is scanned with it, and verify exits with 11', async () => {
  await scanForDays(house, 2);
  expect((await house.belay('ledger', 'verify')).code).toBe(0);
  const db = new DatabaseSync(join(house.path, 'ledger.db'));
  db.exec("UPDATE log SET event = replace(event, 'scan', 'scam') WHERE seq = 2");
  db.close();
  expect(await house.belay('ledger', 'verify')).toMatchObject({
    code: 11,
    people: expect.stringContaining('broken at line 2'),
  });
  expect((await house.belay('scan', 'offsite')).code).toBe(1);
});

test('a ledger from an older backup is used only after a person has said that it is the right one', async () => {
  await scanForDays(house, 2);
  const backup = join(house.path, 'backup.db');
  const db = new DatabaseSync(join(house.path, 'ledger.db'));
  db.exec(`VACUUM INTO '${backup}'`);
  db.close();
  await scanForDays(house, 2);
  for (const end of ['-wal', '-shm']) rmSync(join(house.path, `ledger.db${end}`), { force: true });
  copyFileSync(backup, join(house.path, 'ledger.db'));
  house.pass(dayMs);
  const answer = await house.belay('scan', 'offsite');
  expect(answer).toMatchObject({ code: 1, people: expect.stringContaining('belay ledger reseal offsite') });
  expect((await house.belay('ledger', 'reseal', 'offsite')).code).toBe(1);
  expect((await house.belay('ledger', 'reseal', 'offsite', '--reason', 'the disk was replaced')).code).toBe(
    0,
  );
  expect((await house.belay('scan', 'offsite')).code).toBe(0);
});

test.for<[string, (offsite: Editable, all: Editable) => void, string]>([
  [
    'an empty prefix',
    (one) => (one.policy.scope.prefixes = ['']),
    'scanner.offsite.policy.scope.prefixes[0]: The prefix is empty.',
  ],
  [
    'a missing cap',
    (one) => delete one.policy.caps['owner-ended'],
    'scanner.offsite.policy.caps.owner-ended: is missing.',
  ],
  [
    'a share in per cent',
    (one) => (one.policy.belief.shrink.share = '5%'),
    'scanner.offsite.policy.belief.shrink.share: is "5%", not a share',
  ],
  ['a misspelt field', (one) => (one.sweper = {}), 'scanner.offsite.sweper: is not a field that is known'],
  [
    'a secret that is written down',
    (_, all) => (all.alerts.targets.anna = { kind: 'pagerduty', routingKey: 'abc' }),
    'alerts.targets.anna.routingKey: must be { "env": NAME }',
  ],
  [
    'a rung that tells a stranger',
    (_, all) => (all.alerts.chain.rungs[0].tell = ['bob']),
    'alerts.chain.rungs[0].tell: there is no target bob',
  ],
  ['no alerts', (_, all) => delete all.alerts, 'alerts: is missing: nobody could be told'],
  [
    'a place in a key rule that nobody knows',
    (one) => (one.inventory.keys[0].match = '{customer}/{rest}'),
    'scanner.offsite.inventory.keys[0].match: knows {owner} and {rest}, and not {customer}',
  ],
  [
    'no policy',
    (one) => delete one.policy,
    'scanner.offsite.policy: is missing. belay scan offsite --identify',
  ],
])('%s is refused with the name of the field, and nothing is asked', async ([, change, message]) => {
  house.config((all) => void change(all.scanner.offsite, all));
  const answer = await house.belay('scan', 'offsite');
  expect(answer).toMatchObject({
    code: 1,
    data: '',
    people: expect.stringContaining(`belay.config.json: ${message}`),
  });
});

test('a scope that is not in the config is answered with the nearest one', async () => {
  expect(await house.belay('scan', 'ofsite')).toMatchObject({
    code: 1,
    people: expect.stringContaining('Did you mean offsite?'),
  });
});
