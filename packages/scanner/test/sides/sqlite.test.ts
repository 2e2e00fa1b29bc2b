// The SQLite registry against the port's promises, and against files that are not what they were.

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RegistrySubject, registryCases, runSideConformance } from '../../src/conformance.ts';
import { itemKind, keyPrefix, scopeOf } from '../../src/index.ts';
import { sqliteRegistry, sqliteTables } from '../../src/sqlite/index.ts';

const archive = itemKind('archive')._unsafeUnwrap();
const scope = scopeOf({
  prefixes: ['backups/', 'old/'].map((prefix) => keyPrefix(prefix)._unsafeUnwrap()),
  kinds: [archive],
})._unsafeUnwrap();

let folder = '';
let path = '';
let db: DatabaseSync;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-sqlite-registry-'));
  path = join(folder, 'shop.db');
  db = new DatabaseSync(path);
  db.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE archive (key TEXT NOT NULL, kind TEXT NOT NULL, owner TEXT, state TEXT NOT NULL, ended_at TEXT);
    CREATE INDEX archive_by_key ON archive (key);
    CREATE VIEW needed AS SELECT key, kind, owner, state, ended_at FROM archive;
    ${sqliteTables('test')}`);
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

const registry = (expectedId?: string) =>
  sqliteRegistry({ name: 'archives', covers: [archive], path, view: 'needed', batchRows: 500, expectedId });

function put(
  key: string,
  state = 'needed',
  owner: string | null = null,
  endedAt: string | null = null,
): void {
  const insert = db.prepare('INSERT INTO archive (key, kind, owner, state, ended_at) VALUES (?, ?, ?, ?, ?)');
  insert.run(key, 'archive', owner, state, endedAt);
}

async function endOf(since?: string) {
  const stream = registry().read({ scope, since });
  for (;;) {
    const next = await stream.next();
    if (next.done === true) return next.value;
  }
}

test('it keeps every promise of the port', async () => {
  const subject: RegistrySubject = {
    name: 'sqlite',
    scope,
    registry: registry(),
    hands: {
      put: async (entries) => {
        db.exec('BEGIN');
        for (const { key, state, owner, endedAt } of entries) put(key, state, owner ?? null, endedAt ?? null);
        db.exec('COMMIT');
      },
      drop: async (key, { recorded }) => {
        db.prepare('DELETE FROM archive WHERE key = ?').run(key);
        if (recorded) db.prepare("INSERT INTO belay_deletion (key, kind) VALUES (?, 'archive')").run(key);
      },
      hold: async (key, held) => {
        if (held) db.prepare("INSERT INTO belay_hold (key, by, reason) VALUES (?, 'Anna', 'x')").run(key);
        else db.prepare('DELETE FROM belay_hold WHERE key = ?').run(key);
      },
      lease: async (key, by) => {
        if (by === undefined) {
          db.prepare('DELETE FROM belay_claim WHERE key = ? AND fence IS NULL').run(key);
          return true;
        }
        const insert = db.prepare('INSERT OR IGNORE INTO belay_claim (key, holder) VALUES (?, ?)');
        return insert.run(key, by).changes === 1;
      },
      clear: async () => {
        for (const table of ['archive', 'belay_canary', 'belay_claim', 'belay_hold', 'belay_deletion']) {
          db.exec(`DELETE FROM ${table}`);
        }
      },
    },
    levers: {
      cutOff: async () => {
        // The disk is not mounted: the folder is there, the file is not.
        db.close();
        for (const end of ['', '-wal', '-shm']) {
          try {
            copyFileSync(`${path}${end}`, `${path}.away${end}`);
          } catch {
            // SQLite had no such file.
          }
          rmSync(`${path}${end}`, { force: true });
        }
        return async () => {
          copyFileSync(`${path}.away`, path);
          db = new DatabaseSync(path);
          db.exec('PRAGMA journal_mode = WAL');
        };
      },
    },
  };
  const report = await runSideConformance(registryCases, subject);
  expect(report.results.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
  expect(report.results.filter(({ verdict }) => verdict !== 'passed').map(({ id }) => id)).toEqual(['R18']);
});

test('two rows of one key are one entry, and the one that needs it speaks', async () => {
  put('backups/a', 'owner-ended');
  put('backups/a', 'needed');
  put('backups/b', 'owner-ended');
  put('backups/b', 'a state of next year');
  const stream = registry().read({ scope });
  const { value: batch } = await stream.next();
  if (batch === undefined || 'isOk' in batch) throw new Error('no batch');
  expect([batch.count, batch.entry(0).state, batch.entry(1).state]).toEqual([2, 'needed', 'unknown']);
  expect((await endOf())._unsafeUnwrap().count).toBe(2);
});

test('another file in its place, an empty one, or none at all is never an empty registry', async () => {
  put('backups/a');
  const { id } = (await registry().identity())._unsafeUnwrap();
  expect((await registry(id).now({})).isOk()).toBe(true);
  expect((await registry('sqlite:other/needed').now({}))._unsafeUnwrapErr().kind).toBe('not-believed');
  db.close();
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
  expect((await endOf())._unsafeUnwrapErr().kind).toBe('unavailable');
  db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE needed (key, kind, owner, state, ended_at)');
  expect((await endOf())._unsafeUnwrapErr().kind).toBe('not-believed');
});

test('a file that was put back to an earlier day is found out, though its id is right', async () => {
  put('backups/a');
  await registry()
    .plantCanaries({ scope, nonce: 'monday' })
    .match(
      () => undefined,
      (error) => error,
    );
  db.exec(`VACUUM INTO '${path}.monday'`);
  put('backups/b');
  (await registry().plantCanaries({ scope, nonce: 'tuesday' }))._unsafeUnwrap();
  const { position } = (await endOf())._unsafeUnwrap();
  expect((await endOf(position)).isOk()).toBe(true);
  db.close();
  for (const end of ['-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
  copyFileSync(`${path}.monday`, path);
  db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL');
  (await registry().plantCanaries({ scope, nonce: 'wednesday' }))._unsafeUnwrap();
  const error = (await endOf(position))._unsafeUnwrapErr();
  expect(error.kind).toBe('not-believed');
  expect(error.message).toContain('earlier day');
});

test('a file that would keep the application from writing while it is scanned is refused', async () => {
  db.exec('PRAGMA journal_mode = DELETE');
  expect((await endOf())._unsafeUnwrapErr().message).toContain('WAL');
});
