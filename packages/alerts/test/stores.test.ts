// Both stores keep the same promises: what is written is written whole, what is due comes in its order, and what is
// asked of one cause says nothing of another.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { err, ok } from 'neverthrow';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type Alert,
  type AlertLine,
  type AlertStore,
  alertsError,
  memoryStore,
  sqliteStore,
} from '../src/index.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-alert-stores-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = () => join(folder, 'alerts.db');
const stores: Readonly<Record<string, () => AlertStore>> = {
  memory: memoryStore,
  sqlite: () => sqliteStore(path())._unsafeUnwrap(),
};

function alertOf(cause: string, more: Partial<Alert> = {}): Alert {
  return {
    cause,
    incident: 1,
    state: 'raised',
    severity: 'critical',
    summary: 'down',
    source: 'panel-1',
    details: {},
    raisedAtMs: 0,
    lastRaisedAtMs: 0,
    raisedCount: 1,
    rung: 0,
    rungSinceMs: 0,
    notices: [],
    lastSeq: 0,
    changedAtMs: 0,
    ...more,
  };
}

const lineOf = (cause: string, atMs: number, text = ''): AlertLine => ({
  cause,
  incident: 1,
  atMs,
  what: 'raised',
  text,
});

async function put(store: AlertStore, alert: Alert, ...lines: readonly AlertLine[]): Promise<void> {
  (await store.change(alert.cause, () => ok({ alert, lines })))._unsafeUnwrap();
}

const causes = async (store: AlertStore, nowMs: number, limit = 10) =>
  (await store.due(nowMs, limit))._unsafeUnwrap();

for (const [name, open] of Object.entries(stores)) {
  test(`${name}: what is due comes the longest overdue first, from its very moment on, and no more than was asked for`, async () => {
    const store = open();
    expect((await store.nextDueMs())._unsafeUnwrap()).toBeUndefined();
    await put(store, alertOf('quiet'));
    expect((await store.nextDueMs())._unsafeUnwrap()).toBeUndefined();
    await put(store, alertOf('late', { dueAtMs: 3_000 }));
    await put(store, alertOf('later', { dueAtMs: 9_000 }));
    await put(store, alertOf('first', { dueAtMs: 1_000 }));
    expect((await store.nextDueMs())._unsafeUnwrap()).toBe(1_000);
    expect(await causes(store, 999)).toEqual([]);
    expect(await causes(store, 1_000)).toEqual(['first']);
    expect(await causes(store, 3_000)).toEqual(['first', 'late']);
    expect(await causes(store, 9_000, 2)).toEqual(['first', 'late']);
    // Nothing is due any more for what has come to its end.
    await put(store, alertOf('first', { state: 'resolved' }));
    expect((await store.nextDueMs())._unsafeUnwrap()).toBe(3_000);
    expect(await causes(store, 3_000)).toEqual(['late']);
    (await store.close())._unsafeUnwrap();
  });

  test(`${name}: a clock that has gone back makes everything due that is open, and two clocks that differ a little nothing`, async () => {
    const store = open();
    await put(store, alertOf('open', { changedAtMs: 100_000, dueAtMs: 200_000 }));
    await put(store, alertOf('quiet', { changedAtMs: 100_000 }));
    expect(await causes(store, 95_000)).toEqual([]);
    expect(await causes(store, 94_999)).toEqual(['open']);
    (await store.close())._unsafeUnwrap();
  });

  test(`${name}: alerts are listed by their states, the latest change first`, async () => {
    const store = open();
    await put(store, alertOf('old', { changedAtMs: 1 }));
    await put(store, alertOf('new', { changedAtMs: 3, state: 'told' }));
    await put(store, alertOf('over', { changedAtMs: 4, state: 'resolved' }));
    await put(store, alertOf('middle', { changedAtMs: 2 }));
    const listed = async (...states: Alert['state'][]) =>
      (await store.list(states))._unsafeUnwrap().map(({ cause }) => cause);
    expect(await listed('raised', 'told')).toEqual(['new', 'middle', 'old']);
    expect(await listed('resolved')).toEqual(['over']);
    expect(await listed()).toEqual([]);
    (await store.close())._unsafeUnwrap();
  });

  test(`${name}: the history of a cause is its own, in the order in which it was written`, async () => {
    const store = open();
    await put(store, alertOf('a'), lineOf('a', 2, 'one'), lineOf('a', 2, 'two'));
    await put(store, alertOf('b'), lineOf('b', 1, 'other'));
    await put(store, alertOf('a'), lineOf('a', 1, 'three'));
    const lines = (await store.lines('a'))._unsafeUnwrap();
    expect(lines.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
    expect((await store.lines('c'))._unsafeUnwrap()).toEqual([]);
    expect((await store.get('c'))._unsafeUnwrap()).toBeUndefined();
    expect((await store.get('a'))._unsafeUnwrap()).toEqual(alertOf('a'));
    (await store.close())._unsafeUnwrap();
  });

  test(`${name}: a change that is refused has written nothing, and is told by its own words`, async () => {
    const store = open();
    await put(store, alertOf('a', { dueAtMs: 7 }));
    const refused = await store.change('a', () => err(alertsError('resolved', 'it is over')));
    expect(refused._unsafeUnwrapErr()).toEqual({ kind: 'resolved', message: 'it is over' });
    expect((await store.get('a'))._unsafeUnwrap()).toEqual(alertOf('a', { dueAtMs: 7 }));
    (await store.close())._unsafeUnwrap();
  });

  test(`${name}: pruning takes what was resolved before the moment and the lines before it, and counts the alerts`, async () => {
    const store = open();
    const over = (atMs: number): Partial<Alert> => ({
      state: 'resolved',
      resolved: { by: 'Anna', reason: 'done', atMs },
    });
    await put(store, alertOf('before', over(99)), lineOf('before', 99));
    await put(store, alertOf('at', over(100)), lineOf('at', 100));
    await put(store, alertOf('open'), lineOf('open', 1, 'old'), lineOf('open', 100, 'new'));
    expect((await store.prune(100))._unsafeUnwrap()).toBe(1);
    expect((await store.get('before'))._unsafeUnwrap()).toBeUndefined();
    expect((await store.get('at'))._unsafeUnwrap()).toBeDefined();
    expect((await store.get('open'))._unsafeUnwrap()).toBeDefined();
    const left = await Promise.all(['before', 'at', 'open'].map((cause) => store.lines(cause)));
    expect(left.map((lines) => lines._unsafeUnwrap().map(({ atMs }) => atMs))).toEqual([[], [100], [100]]);
    expect((await store.prune(100))._unsafeUnwrap()).toBe(0);
    (await store.close())._unsafeUnwrap();
  });

  test(`${name}: closing twice is no error`, async () => {
    const store = open();
    (await store.close())._unsafeUnwrap();
    (await store.close())._unsafeUnwrap();
  });
}

test('a memory gives copies away: nobody changes what is stored by changing what was read', async () => {
  const store = memoryStore();
  const given = alertOf('a', { details: { scans: 1 } });
  await put(store, given);
  Reflect.set(given.details, 'scans', 2);
  const read = (await store.get('a'))._unsafeUnwrap();
  expect(read?.details).toEqual({ scans: 1 });
});

test('a change that throws in the middle leaves the file as it was, and free for the next one', async () => {
  const store = sqliteStore(path())._unsafeUnwrap();
  await put(store, alertOf('a'), lineOf('a', 1));
  const broken = await store.change('a', (alert) => {
    if (alert !== undefined) throw new Error('a mistake of ours');
    return ok({ alert: alertOf('a'), lines: [] });
  });
  expect(broken._unsafeUnwrapErr()).toMatchObject({
    kind: 'store',
    message: expect.stringContaining('a mistake of ours'),
  });
  const other = sqliteStore(path())._unsafeUnwrap();
  await put(other, alertOf('b'), lineOf('b', 2));
  expect((await store.lines('a'))._unsafeUnwrap()).toHaveLength(1);
  // An alert that cannot be written takes its lines back with it.
  const unwritten = await store.change('c', () =>
    ok({ alert: alertOf('c'), lines: [lineOf('c', 1), lineOf('c', Number.NaN)] }),
  );
  expect(unwritten._unsafeUnwrapErr().kind).toBe('store');
  expect((await store.get('c'))._unsafeUnwrap()).toBeUndefined();
  expect((await store.lines('c'))._unsafeUnwrap()).toEqual([]);
  for (const one of [store, other]) (await one.close())._unsafeUnwrap();
});

test('a database of something else, and one of a newer belay, are refused and left as they are', async () => {
  const db = new DatabaseSync(path());
  db.exec('CREATE TABLE customer (id INTEGER)');
  db.close();
  const before = readFileSync(path());
  expect(sqliteStore(path())._unsafeUnwrapErr()).toEqual({
    kind: 'store',
    message: `${path()} could not be used: it is a database of something else`,
  });
  expect(readFileSync(path()).equals(before)).toBe(true);

  const own = join(folder, 'newer.db');
  (await sqliteStore(own)._unsafeUnwrap().close())._unsafeUnwrap();
  const newer = new DatabaseSync(own);
  newer.exec('PRAGMA user_version = 2');
  newer.close();
  expect(sqliteStore(own)._unsafeUnwrapErr().message).toContain('written by a newer belay (format 2)');
});

test('a store that was closed answers with an error, and not with nothing', async () => {
  const store = sqliteStore(path())._unsafeUnwrap();
  (await store.close())._unsafeUnwrap();
  const answers = [
    await store.due(0, 1),
    await store.get('a'),
    await store.list(['raised']),
    await store.nextDueMs(),
    await store.lines('a'),
    await store.prune(0),
    await store.change('a', () => ok({ alert: alertOf('a'), lines: [] })),
  ];
  expect(answers.map((answer) => answer._unsafeUnwrapErr().kind)).toEqual(Array(7).fill('store'));
});
