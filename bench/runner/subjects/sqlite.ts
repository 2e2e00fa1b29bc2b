/**
 * The floor under every durable figure: bare `node:sqlite`, WAL, `synchronous=FULL`, rows the size of a journal's.
 * What it reaches is what the disk and SQLite allow; a durable engine can only come close.
 */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expectCount, type Measured, secondsSince, type Task } from './task.ts';

const rowBytes = 250;

export async function sqlite(task: Task): Promise<Measured> {
  const rowsPerCommit = task.shape === 'one-row-commits' ? 1 : 100;
  const db = new DatabaseSync(join(task.folder, 'raw.db'));
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  db.exec(`CREATE TABLE event (run TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, fence INTEGER NOT NULL,
    data TEXT NOT NULL, PRIMARY KEY (run, seq)) STRICT, WITHOUT ROWID`);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const insert = db.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?)');
  const commit = db.prepare('COMMIT');
  const data = JSON.stringify({ kind: 'done', output: 'x'.repeat(rowBytes) }).slice(0, rowBytes);

  const startedAt = performance.now();
  for (let seq = 0; seq < task.size; ) {
    begin.run();
    for (let i = 0; i < rowsPerCommit; i += 1) insert.run('run-1', ++seq, 1_700_000_000_000 + seq, 1, data);
    commit.run();
  }
  const seconds = secondsSince(startedAt);

  const { rows } = db.prepare('SELECT count(*) AS rows FROM event').get() as { readonly rows: number };
  db.close();
  expectCount('rows', task.size, rows);
  return { seconds, count: rows };
}
