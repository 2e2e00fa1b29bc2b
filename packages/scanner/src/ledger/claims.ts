/**
 * Claims that were taken in the registries and not yet given back. They are noted before they are taken, so that a
 * process which dies, or a registry which cannot be reached at the end, leaves none behind for ever: an application
 * could never refer to such a key again.
 */

import type { DatabaseSync } from 'node:sqlite';
import type { ItemKey, RunId } from '../key.ts';
import { inOneTransaction } from '../one-transaction.ts';
import { prepared } from './file.ts';

/** Notes these, before they are taken. */
export function noteClaims(db: DatabaseSync, run: RunId, keys: readonly ItemKey[]): void {
  const insert = prepared(db, 'INSERT OR IGNORE INTO claimed (run, key) VALUES (?, ?)');
  inOneTransaction(db, () => {
    for (const key of keys) insert.run(run, Buffer.from(key));
  });
}

/** They have been given back. */
export function forgetClaims(db: DatabaseSync, run: RunId, keys: readonly ItemKey[]): void {
  const remove = prepared(db, 'DELETE FROM claimed WHERE run = ? AND key = ?');
  inOneTransaction(db, () => {
    for (const key of keys) remove.run(run, Buffer.from(key));
  });
}

/** All that are still noted, by run. */
export function claimsLeft(db: DatabaseSync): ReadonlyMap<RunId, readonly ItemKey[]> {
  const rows = prepared(db, 'SELECT run, key FROM claimed ORDER BY run, key').all();
  // Written above from typed values.
  const claims = rows.map((row) => ({
    run: String(row['run']) as RunId,
    key: Buffer.from(row['key'] as Uint8Array).toString('utf8') as ItemKey,
  }));
  return new Map(
    [...Map.groupBy(claims, ({ run }) => run)].map(([run, some]) => [run, some.map(({ key }) => key)]),
  );
}
