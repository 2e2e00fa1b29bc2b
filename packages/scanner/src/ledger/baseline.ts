/**
 * What the last complete scan saw, beside its flags: the counts of each side, the owners that had ended, and the items
 * that were needed and not there. The next scan is held against it.
 */

import type { DatabaseSync } from 'node:sqlite';
import type { ItemKind, KeyPrefix, OwnerId } from '../key.ts';
import type { Tally } from '../merge/tally.ts';
import { prepared } from './file.ts';

/** Needed items of one owner that were not stored. */
export interface MissingOf {
  readonly owner: OwnerId | undefined;
  readonly count: number;
  /** Some of their keys, with the registry that needs each. */
  readonly sample: readonly { readonly key: string; readonly registry: string }[];
}

/** Where things stood. */
export interface Baseline {
  /** By side. */
  readonly tallies: Readonly<Record<string, readonly Tally[]>>;
  /** Owners that had ended, and since when. */
  readonly endedOwners: ReadonlyMap<OwnerId, string | undefined>;
  readonly missing: readonly MissingOf[];
}

/** Puts a new baseline in the place of the old one. Within the transaction that completes the scan. */
export function writeBaseline(db: DatabaseSync, { tallies, endedOwners, missing }: Baseline): void {
  db.exec('DELETE FROM tally; DELETE FROM ended_owner; DELETE FROM missing;');
  const tally = prepared(db, 'INSERT INTO tally VALUES (?, ?, ?, ?, ?, ?, ?)');
  for (const [side, lines] of Object.entries(tallies)) {
    for (const { prefix, kind, owner, count, bytes, verified } of lines) {
      tally.run(side, prefix, kind, owner ?? null, count, bytes, verified);
    }
  }
  const ended = prepared(db, 'INSERT INTO ended_owner VALUES (?, ?)');
  for (const [owner, endedAt] of endedOwners) ended.run(owner, endedAt ?? null);
  const absent = prepared(db, 'INSERT INTO missing VALUES (?, ?, ?)');
  for (const { owner, count, sample } of missing) absent.run(owner ?? null, count, JSON.stringify(sample));
}

/** Reads it back. Throws what SQLite throws. */
export function readBaseline(db: DatabaseSync): Baseline {
  const tallies: Record<string, Tally[]> = {};
  // What is read here was written by `writeBaseline` from typed values.
  for (const row of prepared(db, 'SELECT * FROM tally').all()) {
    const side = String(row['side']);
    tallies[side] ??= [];
    tallies[side].push({
      prefix: String(row['prefix']) as KeyPrefix,
      kind: String(row['kind']) as ItemKind,
      owner: (row['owner'] ?? undefined) as OwnerId | undefined,
      count: Number(row['count']),
      bytes: Number(row['bytes']),
      verified: Number(row['verified']),
    });
  }
  const ended = prepared(db, 'SELECT * FROM ended_owner').all();
  return {
    tallies,
    endedOwners: new Map(
      ended.map((row) => [
        String(row['owner']) as OwnerId,
        (row['ended_at'] ?? undefined) as string | undefined,
      ]),
    ),
    missing: prepared(db, 'SELECT * FROM missing')
      .all()
      .map((row) => ({
        owner: (row['owner'] ?? undefined) as OwnerId | undefined,
        count: Number(row['count']),
        sample: JSON.parse(String(row['sample'])) as MissingOf['sample'],
      })),
  };
}
