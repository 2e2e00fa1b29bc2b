// A ledger that is not what it was: edited, cut off, an older copy, two copies in use, or lost. Each is found out before
// anything is done by it.

import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runId } from '../src/key.ts';
import { type Ledger, openLedger } from '../src/ledger.ts';
import { keyOf, ripen, world } from './world.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-ledger-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const pathOf = (name: string) => join(folder, `${name}.db`);
const open = (name: string, seal?: string) =>
  openLedger({ path: pathOf(name), id: 'ledger-1', ...(seal !== undefined && { seal: pathOf(seal) }) });

/** Writes so many lines. */
function write(ledger: Ledger, count: number): void {
  const fence = ledger.log.takeFence('test', 1)._unsafeUnwrap();
  for (let n = 1; n < count; n += 1) {
    ledger.log
      .append({ kind: 'breaker-closed', by: 'ann', reason: `${n}`, counts: 'keep' }, { atMs: n, fence })
      ._unsafeUnwrap();
  }
}

/** A ledger of so many lines, closed. */
function closed(name: string, count: number, seal?: string): void {
  const ledger = open(name, seal)._unsafeUnwrap();
  write(ledger, count);
  ledger.close();
}

/** Does something to a closed file. */
function edit(name: string, sql: string): void {
  const db = new DatabaseSync(pathOf(name));
  db.exec(sql);
  db.close();
}

const refusal = (name: string, seal?: string): string => {
  const error = open(name, seal)._unsafeUnwrapErr();
  expect(error.kind).toBe('ledger');
  return error.message;
};

test('a ledger that was closed well is opened again and goes on', () => {
  closed('good', 5);
  const again = open('good')._unsafeUnwrap();
  expect(again.log.verify()._unsafeUnwrap()).toBe(5);
  write(again, 3);
  again.close();
  const third = open('good')._unsafeUnwrap();
  expect(third.log.verify()._unsafeUnwrap()).toBe(8);
  expect(third.log.head()._unsafeUnwrap()?.seq).toBe(8);
  third.close();
});

test('a line that was changed, taken out, put in or renumbered breaks the chain', () => {
  for (const [number, sql] of [
    [3, "UPDATE log SET event = replace(event, '2', '7') WHERE seq = 3"],
    [3, 'UPDATE log SET at_ms = at_ms + 1 WHERE seq = 3'],
    [3, "UPDATE log SET kind = 'scan-started' WHERE seq = 3"],
    [3, 'DELETE FROM log WHERE seq = 3'],
    [6, 'INSERT INTO log SELECT 6, at_ms, kind, run, event, hash FROM log WHERE seq = 5'],
    [5, 'UPDATE log SET seq = 6 WHERE seq = 5'],
    [1, "UPDATE log SET hash = 'x' WHERE seq = 1"],
  ] as const) {
    const name = `edited-${number}-${sql.length}`;
    closed(name, 5);
    edit(name, sql);
    expect(refusal(name), sql).toContain(`broken at line ${number}`);
  }
});

test('a file of something else, or of a later version, is not opened', () => {
  const other = new DatabaseSync(pathOf('other-app'));
  other.exec('CREATE TABLE shop (id INTEGER)');
  other.close();
  expect(refusal('other-app')).toContain('a database of something else');
  for (const format of ["'1'", '2']) {
    const name = `format-${format.length}`;
    closed(name, 2);
    edit(name, `UPDATE meta SET value = ${format} WHERE name = 'format'`);
    expect(refusal(name)).toContain('has format');
  }
});

test('a file of something else is left as it was, to the last byte', () => {
  const other = new DatabaseSync(pathOf('shop'));
  other.exec('CREATE TABLE shop (id INTEGER)');
  other.close();
  const before = readFileSync(pathOf('shop'));
  refusal('shop');
  expect(readFileSync(pathOf('shop')).equals(before)).toBe(true);
  writeFileSync(pathOf('text'), 'no database at all');
  refusal('text');
  expect(readFileSync(pathOf('text'), 'utf8')).toBe('no database at all');
});

test('what is refused is not kept open: the right file can be put in its place', () => {
  // SQLite takes these away when the last who has the file open closes it.
  const isOpen = (name: string) => existsSync(`${pathOf(name)}-wal`) || existsSync(`${pathOf(name)}-shm`);
  closed('cut', 4);
  edit('cut', 'DELETE FROM log WHERE seq = 4');
  refusal('cut');
  expect([isOpen('cut'), existsSync(`${pathOf('cut')}.seal-wal`)]).toEqual([false, false]);
  closed('later', 2);
  edit('later', "UPDATE meta SET value = 2 WHERE name = 'format'");
  refusal('later');
  expect(isOpen('later')).toBe(false);
  closed('mine', 2);
  openLedger({ path: pathOf('theirs'), id: 'ledger-2' })
    ._unsafeUnwrap()
    .close();
  copyFileSync(`${pathOf('mine')}.seal`, pathOf('of-mine'));
  const refused = openLedger({ path: pathOf('theirs'), id: 'ledger-2', seal: pathOf('of-mine') });
  expect(refused._unsafeUnwrapErr().message).toContain('seal of the ledger ledger-1');
  expect([isOpen('theirs'), isOpen('of-mine')]).toEqual([false, false]);
});

test('a line is on the disk before anybody acts on it', () => {
  const ledger = open('synced')._unsafeUnwrap();
  const says = (pragma: string) => Object.values(ledger.db.prepare(`PRAGMA ${pragma}`).get() ?? {});
  expect(says('journal_mode')).toEqual(['wal']);
  // FULL: without it the last lines may be gone after a power cut.
  expect(says('synchronous')).toEqual([2]);
  expect(says('cell_size_check')).toEqual([1]);
  ledger.close();
});

test('who holds a fence that was never raised writes nothing, not even a first line', () => {
  const ledger = open('fresh')._unsafeUnwrap();
  const line = { kind: 'breaker-closed', by: 'ann', reason: 'x', counts: 'keep' } as const;
  for (const fence of [1, -1]) {
    expect(ledger.log.append(line, { atMs: 1, fence })._unsafeUnwrapErr().kind).toBe('fenced-out');
  }
  expect(ledger.log.head()._unsafeUnwrap()).toBeUndefined();
  ledger.close();
});

test('a ledger remembers what the last complete scan saw, through a restart', async () => {
  const path = pathOf('baseline');
  const one = world({ ledgerPath: path });
  one.archive('left.tar', 'gone', { state: 'owner-ended', endedAt: '2025-01-01T00:00:00.000Z' });
  one.store.lose(keyOf('needed-00.tar'));
  await one.days(1);
  const before = one.ledger.baseline()._unsafeUnwrap();
  one.ledger.close();
  const again = open('baseline')._unsafeUnwrap();
  const after = again.baseline()._unsafeUnwrap();
  expect([...after.endedOwners]).toEqual([['gone', '2025-01-01T00:00:00.000Z']]);
  expect(after.missing).toMatchObject([{ owner: 'owner-0', count: 1, sample: [{ registry: 'orders' }] }]);
  expect(after.tallies).toEqual(before.tallies);
  // The needed, less the one that was lost; the one that was left; and three canaries.
  const stored = (after.tallies['backups'] ?? []).reduce((sum, { count }) => sum + count, 0);
  expect(stored).toBe(63);
  again.close();
});

test('lines that were cut off the end are missed, although what is left is whole', () => {
  closed('cut', 6);
  edit('cut', 'DELETE FROM log WHERE seq > 4');
  expect(refusal('cut')).toContain('line 6');
  closed('emptied', 3);
  edit('emptied', 'DELETE FROM log');
  expect(refusal('emptied')).toContain('line 3');
});

test('an older copy in the place of the ledger is missed, and so is a new ledger in its place', () => {
  closed('now', 3);
  copyFileSync(pathOf('now'), pathOf('older'));
  closed('now', 3);
  copyFileSync(pathOf('older'), pathOf('now'));
  expect(refusal('now')).toContain('line 6');
  rmSync(pathOf('now'));
  expect(refusal('now')).toContain('line 6');
});

test('two copies in use part company at the first line that they do not share', () => {
  closed('one', 3, 'shared');
  copyFileSync(pathOf('one'), pathOf('two'));
  const one = open('one', 'shared')._unsafeUnwrap();
  const two = open('two', 'shared')._unsafeUnwrap();
  write(one, 1);
  expect(two.log.takeFence('test', 1)._unsafeUnwrapErr().kind).toBe('ledger');
  const at = { atMs: 1, fence: two.fence()._unsafeUnwrap() };
  const line = { kind: 'breaker-closed', by: 'ann', reason: 'x', counts: 'keep' } as const;
  expect(two.log.append(line, at)._unsafeUnwrapErr().message).toContain('another copy is in use');
  expect(two.log.verify()._unsafeUnwrap()).toBe(3);
  write(one, 2);
  one.close();
  two.close();
  expect(refusal('two', 'shared')).toContain('line 6');
});

test('two processes on one ledger are no two copies', () => {
  closed('shared', 2);
  const [one, two] = [open('shared')._unsafeUnwrap(), open('shared')._unsafeUnwrap()];
  for (let n = 0; n < 3; n += 1) {
    write(one, 2);
    write(two, 2);
  }
  expect(one.log.verify()._unsafeUnwrap()).toBe(14);
  one.close();
  two.close();
  open('shared')._unsafeUnwrap().close();
});

test('a crash between a line and its seal is no fork', () => {
  closed('crashed', 3);
  // The line is there, and the process died before it was sealed.
  const seal = new DatabaseSync(`${pathOf('crashed')}.seal`);
  const hash = new DatabaseSync(pathOf('crashed')).prepare('SELECT hash FROM log WHERE seq = 2').get()?.[
    'hash'
  ];
  seal.prepare('UPDATE seal SET seq = 2, hash = ?').run(String(hash));
  seal.close();
  const again = open('crashed')._unsafeUnwrap();
  expect(again.log.verify()._unsafeUnwrap()).toBe(3);
  again.close();
  // It is sealed now: cutting it off is noticed.
  edit('crashed', 'DELETE FROM log WHERE seq = 3');
  expect(refusal('crashed')).toContain('line 3');
});

test('a seal that is gone, or of another ledger, stops it; a named person says that this is the one', () => {
  closed('mine', 3);
  rmSync(`${pathOf('mine')}.seal`);
  expect(refusal('mine')).toContain('seal of the ledger is gone');
  for (const reseal of [
    { by: '', reason: 'because', atMs: 1 },
    { by: 'ann', reason: ' ', atMs: 1 },
  ]) {
    const refused = openLedger({ path: pathOf('mine'), id: 'x', reseal });
    expect(refused._unsafeUnwrapErr().kind).toBe('invalid');
  }
  const reseal = { by: 'ann', reason: 'the disk with the seal has died', atMs: 7 };
  const again = openLedger({ path: pathOf('mine'), id: 'x', reseal })._unsafeUnwrap();
  expect(again.log.last('ledger-resealed')._unsafeUnwrap()?.event).toMatchObject({ by: 'ann' });
  write(again, 2);
  again.close();
  open('mine')._unsafeUnwrap().close();

  // An older copy, whose seal has gone on: the person says that this one is to be gone on with, from here.
  copyFileSync(pathOf('mine'), pathOf('older'));
  closed('mine', 2);
  copyFileSync(pathOf('older'), pathOf('mine'));
  expect(refusal('mine')).toContain('as it was sealed');
  const older = openLedger({ path: pathOf('mine'), id: 'x', reseal })._unsafeUnwrap();
  write(older, 2);
  older.close();
  open('mine')._unsafeUnwrap().close();

  openLedger({ path: pathOf('other'), id: 'ledger-2', seal: pathOf('other-seal') })
    ._unsafeUnwrap()
    .close();
  const other = openLedger({
    path: pathOf('other'),
    id: 'ledger-2',
    seal: pathOf('other-seal'),
  })._unsafeUnwrap();
  write(other, 1);
  other.close();
  expect(refusal('mine', 'other-seal')).toContain('seal of the ledger ledger-2');
});

test('a ledger of an earlier time, that was never sealed, is sealed when it is opened', () => {
  closed('old', 3);
  rmSync(`${pathOf('old')}.seal`);
  edit('old', "DELETE FROM meta WHERE name = 'sealed'");
  open('old')._unsafeUnwrap().close();
  edit('old', 'DELETE FROM log WHERE seq = 3');
  expect(refusal('old')).toContain('line 3');
});

test('the store remembers the end of the ledger too: an older copy with its older seal does not sweep', async () => {
  const path = pathOf('swept');
  const one = world({ ledgerPath: path });
  one.archive('orphan-1.tar', 'owner-1', { entry: false });
  const plan = await ripen(one);
  // A backup of the machine that the ledger is on, seal and all.
  one.ledger.db.exec(`VACUUM INTO '${pathOf('backup')}'`);
  const seal = new DatabaseSync(`${path}.seal`);
  seal.exec(`VACUUM INTO '${pathOf('backup')}.seal'`);
  seal.close();
  (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  await one.days(2);
  one.ledger.close();

  const back = world({ ledgerPath: pathOf('backup'), beside: one });
  // Its fence has long been higher than the store's, by scans.
  await back.days(12);
  await back.attend('begin-anew');
  await back.days(9);
  const again = (await back.scanner.review())._unsafeUnwrap();
  const refused = (await back.sweeper.sweep(again, []))._unsafeUnwrapErr();
  expect(refused.kind).toBe('fenced-out');
  expect(refused.message).toContain('older copy');
  const run = runId('x')._unsafeUnwrap();
  expect((await back.sweeper.undo(run, { by: 'ann', reason: 'drill' }))._unsafeUnwrapErr().kind).toBe(
    'fenced-out',
  );
  expect((await back.sweeper.purge())._unsafeUnwrapErr().kind).toBe('fenced-out');
  // A named person says that the right one is lost.
  (await back.sweeper.adopt({ by: 'ann', reason: 'the machine was put back to Monday' }))._unsafeUnwrap();
  expect((await back.sweeper.undo(run, { by: 'ann', reason: 'drill' })).isOk()).toBe(true);
  back.ledger.close();
});

test('what a run did after it took over is remembered by the store as well', async () => {
  const path = pathOf('ended');
  const one = world({ ledgerPath: path });
  one.archive('orphan-1.tar', 'owner-1', { entry: false });
  const plan = await ripen(one);
  (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  const marked = (await one.store.remover.fence({}))._unsafeUnwrap();
  expect(marked?.line).toEqual(one.ledger.log.head()._unsafeUnwrap());
  one.ledger.close();
});
