// What only real processes can show: deaths, hangs, races and locks.

import { chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sqliteJournal } from '../src/journal/index.ts';
import { startChild } from './journal/child.ts';
import { opened, place, run } from './journal/place.ts';

const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

test('what was acknowledged to a process is there after kill -9, and its owner is dead within 100 ms', async () => {
  using here = place();
  const journal = await opened(sqliteJournal(here.path));
  const child = startChild('write', here.path, 'victim');
  let acknowledged = 1;
  for (let i = 0; i < 50; i++) {
    const { seq, answer } = await child.line();
    expect(answer).toEqual(['ok']);
    acknowledged = Number(seq);
  }
  expect((await journal.row('victim'))._unsafeUnwrap()?.ownerIs).toBe('live');
  await child.kill('SIGKILL');
  const atMs = performance.now();
  const row = (await journal.row('victim'))._unsafeUnwrap();
  const tookMs = performance.now() - atMs;
  expect(row?.ownerIs).toBe('dead');
  expect(tookMs).toBeLessThan(5_000);
  expect(row?.lastSeq).toBeGreaterThanOrEqual(acknowledged);
  const events = (await journal.read('victim', 2, 10_000))._unsafeUnwrap();
  expect(events.map(({ event }) => event)).toEqual(
    events.map((_, i) => ({ kind: 'done', step: `step-${i + 2}` })),
  );
  expect((await journal.claim('victim', 1))._unsafeUnwrap()).toMatchObject({ claimed: true, fence: 2 });
  const locks = () => readdirSync(`${here.path}.owners`);
  expect(locks()).toEqual(['test.lock', 'victim.lock']);
  const next = await opened(sqliteJournal(here.path), 'next');
  expect(locks()).toEqual(['next.lock', 'test.lock']);
  for (const one of [journal, next]) (await one.close())._unsafeUnwrap();
  expect(locks()).toEqual([]);
});

test('a process that was stopped is hung after its lease, loses its run and cannot write when it wakes', async () => {
  using here = place();
  const journal = await opened(sqliteJournal(here.path, { busyTimeoutMs: 50 }));
  const child = startChild('write', here.path, 'sleeper', '1500');
  for (let i = 0; i < 5; i++) await child.line();
  // Stopped between two commits or in one: in the second case the file is held, and the stop is tried again.
  child.process.kill('SIGSTOP');
  while ((await journal.heartbeat()).isErr()) {
    child.process.kill('SIGCONT');
    await pause(3);
    child.process.kill('SIGSTOP');
  }
  expect((await journal.row('sleeper'))._unsafeUnwrap()?.ownerIs).toBe('live');
  expect((await journal.claim('sleeper', 1))._unsafeUnwrap().claimed).toBe(false);
  await pause(1_600);
  expect((await journal.row('sleeper'))._unsafeUnwrap()?.ownerIs).toBe('hung');
  expect((await journal.claim('sleeper', 1))._unsafeUnwrap().claimed).toBe(true);
  const written = (await journal.row('sleeper'))._unsafeUnwrap()?.lastSeq;
  child.process.kill('SIGCONT');
  for (;;) {
    const { answer } = await child.line();
    if (JSON.stringify(answer) === '["fenced-out"]') break;
  }
  expect((await journal.row('sleeper'))._unsafeUnwrap()?.lastSeq).toBe(written);
  await child.kill();
  (await journal.close())._unsafeUnwrap();
});

test('that a lock file was tidied away is no proof of a death: the heartbeat decides', async () => {
  using here = place();
  const journal = await opened(sqliteJournal(here.path));
  const child = startChild('write', here.path, 'victim', '1500');
  await child.line();
  rmSync(join(`${here.path}.owners`, 'victim.lock'));
  expect((await journal.row('victim'))._unsafeUnwrap()?.ownerIs).toBe('live');
  await child.kill();
  expect((await journal.row('victim'))._unsafeUnwrap()?.ownerIs).toBe('live');
  await pause(1_600);
  expect((await journal.row('victim'))._unsafeUnwrap()?.ownerIs).toBe('hung');
  expect((await journal.claim('victim', 1))._unsafeUnwrap().claimed).toBe(true);
  (await journal.close())._unsafeUnwrap();
});

test('of two processes that claim the same runs at once each run goes to exactly one', async () => {
  using here = place();
  const journal = await opened(sqliteJournal(here.path, { synchronous: 'normal' }));
  const ids = Array.from({ length: 200 }, (_, i) => `run-${i}`);
  for (const id of ids) (await journal.create(run(id)))._unsafeUnwrap();
  (await journal.close())._unsafeUnwrap();
  const children = ['one', 'two'].map((owner) => startChild('claim', here.path, owner));
  for (const child of children) expect(await child.line()).toEqual({ ready: true });
  for (const child of children) child.go();
  const won = await Promise.all(children.map((child) => child.line()));
  const all = won.flatMap((line) => (Array.isArray(line['won']) ? line['won'] : []));
  expect(all.toSorted()).toEqual(ids.toSorted());
  await Promise.all(children.map((child) => child.kill()));
});

test('a call waits for a process that holds the file, and the event loop turns meanwhile', async () => {
  using here = place();
  const journal = await opened(sqliteJournal(here.path, { busyTimeoutMs: 5_000 }));
  const child = startChild('lock', here.path);
  await child.line();
  let turns = 0;
  const ticking = setInterval(() => {
    turns += 1;
  }, 5);
  const order: string[] = [];
  const waiting = [
    journal.create(run('first')).map(() => order.push('first')),
    journal.create(run('second')).map(() => order.push('second')),
  ];
  await pause(300);
  expect(order).toEqual([]);
  child.go();
  for (const result of await Promise.all(waiting)) result._unsafeUnwrap();
  clearInterval(ticking);
  expect(order).toEqual(['first', 'second']);
  // With a blocking wait there would be none; a loaded machine still makes some of the fifty or so.
  expect(turns).toBeGreaterThan(3);
  (await journal.close())._unsafeUnwrap();
});

test('a file that is held beyond the patience is busy, nothing is written, and it works once it is let go', async () => {
  using here = place();
  const journal = await opened(sqliteJournal(here.path, { busyTimeoutMs: 100 }));
  const child = startChild('lock', here.path);
  await child.line();
  const error = (await journal.create(run('r')))._unsafeUnwrapErr();
  expect(error).toMatchObject({ kind: 'busy', applied: 'no' });
  expect(error.message).toContain(here.path);
  expect((await journal.row('r'))._unsafeUnwrap()).toBeUndefined();
  child.go();
  await child.kill('SIGTERM');
  expect((await journal.create(run('r')))._unsafeUnwrap()).toEqual({ created: true, fence: 1 });
  (await journal.close())._unsafeUnwrap();
});

test('opening a file that another process keeps to itself is busy, and can be tried again', async () => {
  using here = place();
  (await (await opened(sqliteJournal(here.path))).close())._unsafeUnwrap();
  const child = startChild('lock', here.path, 'EXCLUSIVE');
  await child.line();
  const journal = sqliteJournal(here.path, { busyTimeoutMs: 100 });
  const error = (await journal.open({ owner: 'o', leaseMs: 1_000, now: Date.now }))._unsafeUnwrapErr();
  expect(error).toMatchObject({ kind: 'busy', applied: 'no' });
  await child.kill();
  await opened(journal, 'o');
  (await journal.close())._unsafeUnwrap();
});

test('a file or folder that may not be written to is read-only, and is left as it is', async () => {
  using here = place();
  (await (await opened(sqliteJournal(here.path))).close())._unsafeUnwrap();
  const before = readFileSync(here.path);
  const files = readdirSync(here.folder);
  chmodSync(here.path, 0o444);
  for (const [path, mode] of [
    [here.path, 0o755],
    [here.path, 0o555],
    [join(here.folder, 'new.db'), 0o555],
  ] as const) {
    chmodSync(here.folder, mode);
    const child = startChild('ordinary', path, 'o');
    expect(await child.line()).toMatchObject({ error: { kind: 'read-only', applied: 'no' } });
  }
  chmodSync(here.folder, 0o755);
  expect(readFileSync(here.path).equals(before)).toBe(true);
  expect(readdirSync(here.folder)).toEqual(files);
});
