/** Every sentence that the SQLite journal says to its file, prepared once. */

import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Rows with the number and the time of their last event, which is found at the end of its run's key. */
const rows = `
  SELECT run.*, coalesce(last.seq, 0) AS last_seq, coalesce(last.at_ms, 0) AS last_at_ms
  FROM run LEFT JOIN event AS last
    ON last.run = run.id AND last.seq = (SELECT max(seq) FROM event WHERE event.run = run.id)`;

const sentences = {
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  dataVersion: 'PRAGMA data_version',

  findRun: 'SELECT id, fence, state FROM run WHERE run_id = ? AND pruned = 0',
  headOf: `
    SELECT id, fence, state, coalesce((SELECT max(seq) FROM event WHERE event.run = run.id), 0) AS last_seq
    FROM run WHERE run_id = ? AND pruned = 0`,
  insertRun: `
    INSERT INTO run (run_id, state, fence, owner, keys_held, created_at_ms, changed_at_ms, graph, keys, input)
    VALUES (?, 'running', 1, ?, ?, ?, ?, ?, ?, ?)`,
  insertEvent: 'INSERT INTO event (run, seq, fence, at_ms, data) VALUES (?, ?, ?, ?, ?)',
  // What most commits say, in one sentence that is its own transaction: the events of one run, if the fence and the
  // number of the first are what the run has. Where they are not, it says nothing.
  addOne: `
    INSERT INTO event (run, seq, fence, at_ms, data) SELECT id, ?2, ?3, ?4, ?5 FROM run
    WHERE run_id = ?1 AND fence = ?3 AND pruned = 0 AND ?2 = coalesce((SELECT max(seq) FROM event WHERE event.run = run.id), 0) + 1`,
  addTwo: `
    INSERT INTO event (run, seq, fence, at_ms, data)
    SELECT id, ?2 + each.n, ?3, ?4, each.data FROM run, (SELECT 0 AS n, ?5 AS data UNION ALL SELECT 1, ?6) AS each
    WHERE run_id = ?1 AND fence = ?3 AND pruned = 0 AND ?2 = coalesce((SELECT max(seq) FROM event WHERE event.run = run.id), 0) + 1`,
  readEvents: 'SELECT seq, fence, at_ms, data FROM event WHERE run = ? AND seq >= ? ORDER BY seq LIMIT ?',
  setState: 'UPDATE run SET state = ?, changed_at_ms = ? WHERE id = ?',
  setOwner: 'UPDATE run SET owner = ?, fence = ? WHERE id = ?',
  release: 'UPDATE run SET owner = NULL WHERE id = ?',
  keysTaken: 'UPDATE run SET keys_held = 1, fence = ?, owner = ? WHERE id = ?',
  freeKeys:
    'DELETE FROM key WHERE run = :run AND key IN (SELECT value FROM run, json_each(run.keys) WHERE run.id = :run)',
  keysFreed: 'UPDATE run SET keys_held = 0 WHERE id = ?',
  abandon:
    "UPDATE run SET state = 'abandoned', owner = NULL, keys_held = 0, fence = ?, changed_at_ms = ? WHERE id = ?",

  holderOf: `
    SELECT key.key, key.run, run.run_id, key.since_ms FROM key JOIN run ON run.id = key.run WHERE key.key = ?`,
  takeKey: 'INSERT OR IGNORE INTO key (key, run, since_ms) VALUES (?, ?, ?)',
  waiters: `
    SELECT waiting.run, run.run_id, run.keys, waiting.since_ms FROM waiting JOIN run ON run.id = waiting.run
    ORDER BY ticket`,
  wait: 'INSERT OR IGNORE INTO waiting (run, since_ms) VALUES (?, ?)',
  stopWaiting: 'DELETE FROM waiting WHERE run = ?',

  addRequest: 'INSERT INTO request (run, request) VALUES (?, ?)',
  pending: `
    SELECT request.id, run.run_id, request.request FROM request CROSS JOIN run ON run.id = request.run
    WHERE request.answer IS NULL AND run.owner = ? ORDER BY request.id`,
  answer: 'UPDATE request SET answer = ? WHERE id = ? AND answer IS NULL',
  answerOf: 'SELECT answer FROM request WHERE id = ?',

  owners: 'SELECT owner, lock_file, beat_at_ms, lease_ms FROM owner',
  ownerOf: 'SELECT owner, lock_file, beat_at_ms, lease_ms FROM owner WHERE owner = ?',
  addOwner: 'INSERT OR REPLACE INTO owner (owner, lock_file, beat_at_ms, lease_ms) VALUES (?, ?, ?, ?)',
  beat: 'UPDATE owner SET beat_at_ms = ? WHERE owner = ?',
  dropOwner: 'DELETE FROM owner WHERE owner = ?',
  disown: 'UPDATE run SET owner = NULL WHERE owner = ?',

  pruneRequests: `
    DELETE FROM request WHERE run IN (
      SELECT id FROM run WHERE pruned = 0 AND state IN ('success', 'reverted', 'abandoned') AND keys_held = 0 AND changed_at_ms < ?)`,
  pruneEvents: `
    DELETE FROM event WHERE run IN (
      SELECT id FROM run WHERE pruned = 0 AND state IN ('success', 'reverted', 'abandoned') AND keys_held = 0 AND changed_at_ms < ?)`,
  pruneRuns: `
    UPDATE run SET pruned = 1
    WHERE pruned = 0 AND state IN ('success', 'reverted', 'abandoned') AND keys_held = 0 AND changed_at_ms < ?`,
} as const;

export type Statements = { readonly [Name in keyof typeof sentences]: StatementSync };

export function prepareStatements(db: DatabaseSync): Statements {
  const prepared = Object.entries(sentences).map(([name, sql]) => [name, db.prepare(sql)] as const);
  // `Object.fromEntries` forgets the names; they are those of `sentences`.
  return Object.fromEntries(prepared) as Statements;
}

/** The row of one run. */
export const oneRow: string = `${rows} WHERE run.run_id = ?`;

/** Lists rows. Each combination of filters is a sentence of its own, so that SQLite can use its indexes. */
export function listing(by: {
  readonly states: boolean;
  readonly graph: boolean;
  readonly key: boolean;
}): string {
  const conditions = [
    'pruned = 0',
    by.states ? 'state IN (SELECT value FROM json_each(:states))' : '',
    by.graph ? 'graph = :graph' : '',
    by.key ? 'EXISTS (SELECT 1 FROM json_each(run.keys) WHERE value = :key)' : '',
  ];
  return `${rows} WHERE ${conditions.filter((one) => one !== '').join(' AND ')} ORDER BY run.id LIMIT :limit`;
}
