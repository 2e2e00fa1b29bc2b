// From the first scan to the end of the undo window, as an operator goes through it: by command lines, files and texts.

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildHouse, dayMs, type House, scanForDays } from './scanner-house.ts';

let house: House;
beforeEach(async () => {
  house = await buildHouse();
  for (const owner of ['ann', 'ben']) {
    for (let n = 1; n <= 4; n += 1) house.store(`archives/${owner}/${n}.tar`);
  }
  house.store('archives/ann/old.tar', { forgotten: true });
});
afterEach(() => house.tearDown());

const orphan = () => join(house.path, 'store/archives/ann/old.tar');

/** The digest of the plan that a review makes now. */
async function planned(): Promise<string> {
  const { data } = await house.belay('review', 'offsite', '--json');
  return JSON.parse(data).digest;
}

async function swept(): Promise<string> {
  await scanForDays(house, 5);
  const digest = await planned();
  const { code, data } = await house.belay('sweep', digest.slice(0, 12), '--digest', digest, '--json');
  expect(code).toBe(0);
  return JSON.parse(data).report.run;
}

test('a whole life: scan, review, sweep, undo, sweep again, purge', async () => {
  const first = await house.belay('scan', 'offsite');
  expect(first).toMatchObject({ code: 0 });
  expect(first.data).toContain('Seen as an orphan in 1 complete scan of 3.');
  await scanForDays(house, 5);
  const reviewed = await house.belay('review', 'offsite', '--detailed-exitcode');
  expect(reviewed.code).toBe(2);
  expect(reviewed.data).toContain('archives/ann/old.tar');
  expect(reviewed.data).toContain('No registry has an entry for it');
  expect(reviewed.data).toContain('belay hold add offsite KEY');

  const digest = await planned();
  const dry = await house.belay('sweep', digest.slice(0, 12));
  expect(dry).toMatchObject({ code: 0, data: expect.stringContaining('Nothing was touched') });
  expect(existsSync(orphan())).toBe(true);

  const sweep = await house.belay('sweep', digest.slice(0, 12), '--digest', digest.slice(0, 12));
  expect(sweep.code).toBe(0);
  expect(existsSync(orphan())).toBe(false);
  const run = /belay undo (sweep-\S+)/.exec(sweep.data)?.[1] ?? '';
  const affected = await house.belay('affected', run.slice(0, 14));
  expect(affected.data).toContain('in quarantine, can be brought back until');

  const undone = await house.belay('undo', run, '--reason', 'ann wants it');
  expect(undone).toMatchObject({ code: 0, data: expect.stringContaining('Back: 1 item') });
  expect(statSync(orphan()).size).toBe(2_000);
  expect(undone.data.replace(/\s+/g, ' ')).toContain(
    'another plan may take it: give it an entry, or hold it',
  );

  // What was brought back is an orphan as before; a new plan takes it again.
  house.pass(dayMs);
  expect((await house.belay('scan', 'offsite')).code).toBe(0);
  expect((await house.belay('review', 'offsite')).data.replace(/\s+/g, ' ')).toContain(
    `It was brought back before, out of ${run} by olga: ann wants it.`,
  );
  const again = await planned();
  expect((await house.belay('sweep', again, '--digest', again)).code).toBe(0);
  const early = await house.belay('purge', 'offsite', '--for-good');
  expect(early.data).toContain('It can be brought back until');

  await scanForDays(house, 15);
  const due = await house.belay('purge', 'offsite', '--detailed-exitcode');
  expect(due).toMatchObject({ code: 2, data: expect.stringContaining('would be deleted for good') });
  const purged = await house.belay('purge', 'offsite', '--for-good');
  expect(purged).toMatchObject({
    code: 0,
    data: expect.stringContaining('1 item of offsite deleted for good'),
  });
  for (const owner of ['ann', 'ben'])
    expect(existsSync(join(house.path, `store/archives/${owner}/4.tar`))).toBe(true);
  const verified = await house.belay('ledger', 'verify');
  expect(verified).toMatchObject({ code: 0, data: expect.stringMatching(/^offsite: whole, \d+ lines/) });
});

test('without a sweeper in the config nothing can be swept, and the sentence names the field', async () => {
  await scanForDays(house, 5);
  const digest = await planned();
  house.config((all) => {
    delete all.scanner.offsite.sweeper;
  });
  const answer = await house.belay('sweep', digest, '--digest', digest);
  expect(answer.code).toBe(1);
  expect(answer.people).toContain(
    'belay.config.json: scanner.offsite.sweeper: is missing, so this config can only look',
  );
  expect(existsSync(orphan())).toBe(true);
  expect((await house.belay('scan', 'offsite')).data).toContain('it can only look');
});

test('a wrong digest touches nothing', async () => {
  await scanForDays(house, 5);
  const digest = await planned();
  for (const wrong of ['0'.repeat(64), digest.slice(0, 8)]) {
    const answer = await house.belay('sweep', digest, '--digest', wrong);
    expect(answer).toMatchObject({ code: 4, people: expect.stringContaining('nothing was touched') });
  }
  expect(existsSync(orphan())).toBe(true);
});

test('a plan that was carried out, has expired or was edited is stale', async () => {
  await scanForDays(house, 5);
  const out = join(house.path, 'plan.json');
  await house.belay('review', 'offsite', '--out', out);
  const kept = JSON.parse(readFileSync(out, 'utf8'));
  const { digest } = kept.plan;
  kept.plan.items[0].key = 'archives/ben/1.tar';
  const edited = join(house.path, 'edited.json');
  writeFileSync(edited, JSON.stringify(kept));
  expect(await house.belay('sweep', edited, '--digest', digest)).toMatchObject({
    code: 14,
    people: expect.stringContaining('it was edited'),
  });
  expect((await house.belay('sweep', out, '--digest', digest)).code).toBe(0);
  expect(await house.belay('sweep', out, '--digest', digest)).toMatchObject({
    code: 14,
    people: expect.stringContaining('carried out before'),
  });
  const next = await planned();
  house.pass(2 * dayMs);
  expect((await house.belay('sweep', next, '--digest', next)).code).toBe(14);
});

test('a hold keeps an item at the last moment, and says whose it is', async () => {
  await scanForDays(house, 5);
  const digest = await planned();
  const key = 'archives/ann/old.tar';
  const added = await house.belay('hold', 'add', 'offsite', key, '--reason', 'court case 7');
  expect(added).toMatchObject({ code: 0, people: expect.stringContaining('is held from now on, by orders') });
  const reviewed = await house.belay('review', 'offsite');
  expect(reviewed.data).toContain('olga, in orders: court case 7: it stays while the hold stands');
  const answer = await house.belay('sweep', digest, '--digest', digest);
  expect(answer).toMatchObject({
    code: 0,
    data: expect.stringContaining('0 items of offsite put into quarantine'),
  });
  expect(answer.data).toContain('A registry holds it');
  expect(existsSync(orphan())).toBe(true);
  expect((await house.belay('hold', 'list', 'offsite')).data).toContain('olga: court case 7');
  expect((await house.belay('hold', 'remove', 'offsite', key)).code).toBe(0);
  expect((await house.belay('hold', 'remove', 'offsite', key)).code).toBe(1);
});

test('a hold in the folder itself is honoured, too', async () => {
  await scanForDays(house, 5);
  const digest = await planned();
  const key = 'archives/ann/old.tar';
  await house.belay('hold', 'add', 'offsite', key, '--reason', 'court case 7', '--at', 'offsite');
  const answer = await house.belay('sweep', digest, '--digest', digest);
  expect(answer.data).toContain('The store holds it');
  expect(existsSync(orphan())).toBe(true);
});

test('what becomes needed between review and sweep ends the sweep, opens the breaker and exits with 11', async () => {
  await scanForDays(house, 5);
  const digest = await planned();
  house.db
    .prepare("INSERT INTO archive VALUES ('archives/ann/old.tar', 'archive', 'ann', 'needed', NULL)")
    .run();
  const answer = await house.belay('sweep', digest, '--digest', digest);
  expect(answer).toMatchObject({ code: 11, data: expect.stringContaining('is needed: orders says so') });
  expect(existsSync(orphan())).toBe(true);
  expect((await house.belay('breaker', 'status', 'offsite')).code).toBe(4);
});

test('what has come under the same name meanwhile is not written over by an undo, which says so and exits with 11', async () => {
  const run = await swept();
  house.store('archives/ann/old.tar', { forgotten: true, body: 'newer' });
  const answer = await house.belay('undo', run, '--reason', 'ann wants it');
  expect(answer).toMatchObject({
    code: 11,
    data: expect.stringContaining('There is a newer file under its name'),
  });
  expect(readFileSync(orphan(), 'utf8')).toBe('newer');
});

test('an undo without a reason is not begun', async () => {
  const run = await swept();
  expect(await house.belay('undo', run)).toMatchObject({
    code: 1,
    people: expect.stringContaining('--reason'),
  });
  expect(existsSync(orphan())).toBe(false);
});

test('a run that nobody knows is said to be unknown, and the nearest one is named', async () => {
  const run = await swept();
  const typo = `${run.slice(0, -1)}x`;
  const answer = await house.belay('affected', typo);
  expect(answer).toMatchObject({ code: 1, people: expect.stringContaining(`Did you mean ${run}?`) });
});

test('Ctrl-C lets the batch end, says what was done, and the same command goes on', async () => {
  for (let n = 0; n < 150; n += 1)
    house.store(`archives/ben/lost-${String(n).padStart(3, '0')}.tar`, { forgotten: true });
  for (let n = 0; n < 300; n += 1) house.store(`archives/ben/kept-${n}.tar`);
  house.config((all) => {
    const { caps } = all.scanner.offsite.policy;
    for (const one of Object.values<{ [limit: string]: unknown }>(caps)) {
      for (const limit of ['run', 'day', 'thirtyDays']) one[limit] = { items: 1_000, bytes: 2 ** 30 };
    }
  });
  await scanForDays(house, 5);
  const digest = await planned();
  const stop = new AbortController();
  // Pressed while the first hundred are under way: the clock of the first batch is asked after its claims are taken.
  const watch = setInterval(() => {
    if (!existsSync(orphan())) stop.abort();
  }, 1);
  const answer = await house.belayIn({ signal: stop.signal }, 'sweep', digest, '--digest', digest);
  clearInterval(watch);
  expect(answer).toMatchObject({ code: 130, people: expect.stringContaining('Ended after a batch') });
  expect(answer.data).toContain('has touched 100 items');
  const rest = await house.belay('sweep', digest, '--digest', digest);
  expect(rest).toMatchObject({
    code: 0,
    data: expect.stringContaining('51 items of offsite put into quarantine'),
  });
});
