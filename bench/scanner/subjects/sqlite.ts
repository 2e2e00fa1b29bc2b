/**
 * Both sides loaded into SQLite and joined: without rowid where they come sorted, with an index where they do not. One
 * direction only.
 */

import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { answer } from './task.ts';

const [stored = '', needed = '', order = 'sorted'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'belay-bench-'));
try {
  const db = new DatabaseSync(join(folder, 'keys.db'));
  db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144');
  for (const [table, path] of [
    ['stored', stored],
    ['needed', needed],
  ] as const) {
    const shape = order === 'sorted' ? '(key TEXT PRIMARY KEY) WITHOUT ROWID' : '(key TEXT NOT NULL)';
    db.exec(`CREATE TABLE ${table} ${shape}; BEGIN`);
    const insert = db.prepare(`INSERT INTO ${table} VALUES (?)`);
    for await (const key of createInterface({ input: createReadStream(path) })) insert.run(key);
    db.exec('COMMIT');
    if (order !== 'sorted') db.exec(`CREATE INDEX ${table}_key ON ${table} (key)`);
  }
  const row = db
    .prepare(
      'SELECT count(*) AS n FROM stored WHERE NOT EXISTS (SELECT 1 FROM needed WHERE needed.key = stored.key)',
    )
    .get();
  answer({ orphans: Number(row?.['n']) });
} finally {
  rmSync(folder, { recursive: true });
}
