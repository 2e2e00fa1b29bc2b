// An SQLite registry at its edges: claims of several runs and of the application, files that are odd, a caller who gives
// up, and where a file stood the last time. Whatever is odd is an error, and never an empty registry.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ItemKey, itemKey, itemKind, keyPrefix, runId, scopeOf } from '../../src/index.ts';
import { sqliteRegistry, sqliteTables } from '../../src/sqlite/index.ts';

const archive = itemKind('archive')._unsafeUnwrap();
const scope = scopeOf({ prefixes: [keyPrefix('b/')._unsafeUnwrap()], kinds: [archive] })._unsafeUnwrap();
const key = (name: string): ItemKey => itemKey(`b/${name}`)._unsafeUnwrap();
const asks = (run: string, fence: number, signal?: AbortSignal) => ({
  run: runId(run)._unsafeUnwrap(),
  fence,
  signal,
});

let folder = '';
let path = '';
let db: DatabaseSync;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-sqlite-edges-'));
  path = join(folder, 'shop.db');
  db = fresh();
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

function fresh(before = ''): DatabaseSync {
  const made = new DatabaseSync(path);
  made.exec(`${before} PRAGMA journal_mode = WAL;
    CREATE TABLE needed (key TEXT, kind TEXT, owner TEXT, state TEXT, ended_at TEXT);
    ${sqliteTables('test')}`);
  return made;
}

const registry = (more: { batchRows?: number; view?: string } = {}) =>
  sqliteRegistry({ name: 'shop', covers: [archive], path, view: 'needed', ...more });
const put = (name: string, state = 'needed', kind: string | null = 'archive') =>
  void db.prepare('INSERT INTO needed (key, kind, state) VALUES (?, ?, ?)').run(key(name), kind, state);
const claims = () =>
  db
    .prepare('SELECT key, holder FROM belay_claim ORDER BY key')
    .all()
    .map((row) => `${String(row['key'])} ${String(row['holder'])}`);
const claim = async (run: string, fence: number, ...keys: ItemKey[]) =>
  (await registry().claim(keys, asks(run, fence)))._unsafeUnwrap();

async function reading(since?: string, of = registry({ batchRows: 2 })) {
  const stream = of.read({ scope, since });
  const batches: string[][] = [];
  for (;;) {
    const next = await stream.next();
    if (next.done === true) return { batches, end: next.value };
    batches.push(Array.from({ length: next.value.count }, (_, n) => next.value.entry(n).key));
  }
}

test('a claim is kept for what nobody needs, and for nothing else, so that the application can refer to it', async () => {
  put('needed');
  put('odd', 'a state of next year');
  const said = await claim('run-1', 1, key('needed'), key('odd'), key('orphan'));
  expect(said.map(({ verdict }) => verdict)).toEqual(['needed', 'unknown', 'not-needed']);
  expect(claims()).toEqual(['b/orphan run-1']);
});

test('a run sees whoever else has claimed a key; one with a higher fence takes it over, and keeps it', async () => {
  await claim('run-1', 1, key('a'));
  expect(await claim('run-2', 1, key('a'))).toMatchObject([{ inUseBy: 'run run-1' }]);
  // Its own claim is in nobody's way.
  expect('inUseBy' in ((await claim('run-1', 1, key('a')))[0] ?? {})).toBe(false);
  const [taken] = await claim('run-2', 2, key('a'));
  expect('inUseBy' in (taken ?? {})).toBe(false);
  (await registry().release([key('a')], asks('run-1', 1)))._unsafeUnwrap();
  expect(claims()).toEqual(['b/a run-2']);
  (await registry().release([key('a')], asks('run-2', 1)))._unsafeUnwrap();
  expect(claims()).toEqual(['b/a run-2']);
  (await registry().release([key('b'), key('a')], asks('run-2', 2)))._unsafeUnwrap();
  expect(claims()).toEqual([]);
});

test('what the application uses is shown to everybody, and no fence takes it over; a scanner’s claim is no use', async () => {
  db.prepare('INSERT INTO belay_claim (key, holder) VALUES (?, ?)').run(key('a'), 'restore-7');
  expect(await claim('run-1', 99, key('a'))).toMatchObject([{ inUseBy: 'restore-7' }]);
  expect(claims()).toEqual(['b/a restore-7']);
  await claim('run-1', 1, key('b'));
  const [a, b] = (await registry().lookUp([key('a'), key('b')], {}))._unsafeUnwrap();
  expect(a).toMatchObject({ inUseBy: 'restore-7' });
  expect('inUseBy' in (b ?? {})).toBe(false);
});

test('where one row cannot be read nothing is answered, and no claim is left behind', async () => {
  put('odd', 'needed', null);
  const asked = await registry().claim([key('orphan'), key('odd')], asks('run-1', 1));
  expect(asked._unsafeUnwrapErr().kind).toBe('not-believed');
  expect(claims()).toEqual([]);
});

test('of two rows of one key the one that needs it answers a single question too; a hold and a deletion are told', async () => {
  for (const state of ['owner-ended', 'needed', 'owner-ended']) put('twice', state);
  db.prepare("INSERT INTO belay_hold VALUES (?, 'ann', 'court')").run(key('held'));
  const deleted = db.prepare("INSERT INTO belay_deletion (key, kind, at) VALUES (?, 'archive', ?)");
  for (const at of ['2026-01-02T00:00:00.000Z', '2026-01-05T00:00:00.000Z']) deleted.run(key('gone'), at);
  const said = (await registry().lookUp([key('twice'), key('held'), key('gone')], {}))._unsafeUnwrap();
  expect(said).toMatchObject([
    { verdict: 'needed', hold: 'none' },
    { verdict: 'not-needed', hold: 'held' },
    { verdict: 'not-needed', hold: 'none', neededUntil: '2026-01-05T00:00:00.000Z' },
  ]);
});

test('batches of rows are one stream: every entry once, a key that lies on the border too, and their number at the end', async () => {
  expect((await reading()).end._unsafeUnwrap()).toMatchObject({ count: 0, pages: 1, ended: 'explicit' });
  for (const name of ['a', 'b', 'b', 'c']) put(name);
  const { batches, end } = await reading();
  expect(batches.flat()).toEqual([key('a'), key('b'), key('c')]);
  expect(end._unsafeUnwrap()).toMatchObject({ count: 3, pages: 3, firstKey: key('a'), lastKey: key('c') });
});

test('only what lies under the prefixes, and is of the kinds, is read', async () => {
  put('a');
  put('p', 'needed', 'photo');
  db.exec(
    "INSERT INTO needed (key, kind, state) VALUES ('b0', 'archive', 'needed'), ('a/z', 'archive', 'x')",
  );
  expect((await reading()).batches.flat()).toEqual([key('a')]);
});

test('a row that may be about anything, without a kind or with a key that is no text, spoils the whole answer', async () => {
  put('a');
  put('odd', 'needed', null);
  expect((await reading()).end._unsafeUnwrapErr()).toMatchObject({ kind: 'not-believed' });
  db.exec('DELETE FROM needed WHERE kind IS NULL');
  expect((await reading()).end.isOk()).toBe(true);
  db.prepare("INSERT INTO needed (key, kind, state) VALUES (?, 'archive', 'needed')").run(
    Buffer.from(key('raw')),
  );
  expect((await reading()).end._unsafeUnwrapErr()).toMatchObject({ kind: 'not-believed' });
});

test('a file is not believed where it does not know where it stood; what was deleted on record since is counted', async () => {
  put('a');
  const { position = '' } = (await reading()).end._unsafeUnwrap();
  // Nothing was planted yet, which every file knows.
  expect((await reading(position)).end._unsafeUnwrap().deletions).toEqual([]);
  (await registry().plantCanaries({ scope, nonce: 'n/1' }))._unsafeUnwrap();
  const planted = (await reading()).end._unsafeUnwrap().position ?? '';
  const deleted = db.prepare('INSERT INTO belay_deletion (key, kind, owner) VALUES (?, ?, ?)');
  for (const owner of ['ann', 'ann', null]) deleted.run(key('x'), 'archive', owner);
  const { deletions, position: now = '' } = (await reading(planted)).end._unsafeUnwrap();
  const counts = (deletions ?? []).map(({ owner, count }) => [owner, count]);
  expect(counts).toHaveLength(2);
  expect(counts).toEqual(
    expect.arrayContaining([
      ['ann', 2],
      [undefined, 1],
    ]),
  );
  expect((await reading(now)).end._unsafeUnwrap().deletions).toEqual([]);
  const [id, generation] = now.split('/');
  const foreign = ['', 'x', `-1/${generation}/n/1`, `9/${generation}/n/1`, `${id}/${generation}/other`];
  for (const since of [...foreign, `${id}/7/n/1`]) {
    expect((await reading(since)).end._unsafeUnwrapErr().kind, since).toBe('not-believed');
  }
});

test('a file in another encoding, without the view, or without its tables is refused with its reason', async () => {
  expect((await registry({ view: 'orders' }).now({}))._unsafeUnwrapErr().message).toContain('has no orders');
  db.exec('DROP TABLE belay_meta');
  expect((await registry().now({}))._unsafeUnwrapErr().message).toContain('none of belay’s tables');
  db.close();
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
  db = fresh("PRAGMA encoding = 'UTF-16le';");
  expect((await registry().now({}))._unsafeUnwrapErr().message).toContain('encoding UTF-16le');
});

test('a caller that has given up is not answered, before a read and in the middle of it', async () => {
  for (const name of ['a', 'b', 'c', 'd']) put(name);
  const ended = AbortSignal.abort();
  for (const asked of [
    registry().now({ signal: ended }),
    registry().lookUp([key('a')], { signal: ended }),
    registry().claim([key('x')], asks('run-1', 1, ended)),
    registry().plantCanaries({ scope, nonce: 'n1', signal: ended }),
  ]) {
    expect((await asked)._unsafeUnwrapErr().kind).toBe('cancelled');
  }
  expect(claims()).toEqual([]);
  for (const batches of [0, 1]) {
    const ending = new AbortController();
    const stream = registry({ batchRows: 2 }).read({ scope, signal: ending.signal });
    for (let n = 0; n < batches; n += 1) expect((await stream.next()).done).toBe(false);
    ending.abort();
    const last = await stream.next();
    expect(last.done === true && last.value._unsafeUnwrapErr().kind).toBe('cancelled');
  }
});
