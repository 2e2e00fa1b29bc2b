/**
 * Flags: what the last complete scan called an orphan, and since which scan without a break. A scan writes its flags
 * aside; they take the place of the old ones only in the transaction that says the scan is complete. So a scan that is
 * not believed neither adds a sighting nor takes one away, and one sighting as needed clears the flag.
 */

import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { ItemKey, ItemKind, KeyPrefix, OwnerId } from '../key.ts';
import { inOneTransaction } from '../one-transaction.ts';
import type { OrphanClass } from '../policy.ts';
import { currentFlagTable, flagTable, makeFlagTable } from './file.ts';

/** One orphan, as the ledger knows it. */
export interface Flag {
  readonly key: ItemKey;
  readonly class: OrphanClass;
  readonly kind: ItemKind;
  readonly owner: OwnerId | undefined;
  readonly prefix: KeyPrefix;
  readonly version: string;
  readonly sizeBytes: number;
  readonly modifiedAt: string;
  readonly verified: boolean;
  readonly environment: string | undefined;
  /** Of its owner; `owner-ended` only. */
  readonly endedAt: string | undefined;
  /** The number of the first complete scan that saw it so. Every complete scan since has seen it so too. */
  readonly firstScan: number;
}

/** Flags of a scan under way. Give them in ascending order of their keys. */
export interface Staging {
  /**
   * `firstScan` becomes the old one's where the same thing was seen the same way. `isNew`: it was not flagged before; or
   * it has no row now, and had one, of an owner who had ended.
   */
  add(sighting: Omit<Flag, 'firstScan'>): { readonly isNew: boolean };
  /** Over all that was added. */
  digest(): { readonly count: number; readonly digest: string };
}

const columns = `key, class, kind, owner, version, size_bytes, modified_at, verified, environment, ended_at,
  first_scan, prefix`;
/** Kept in memory until they are written together: no transaction stays open while a side is waited for. */
const rowsInTransaction = 2_000;

/** Begins to stage the flags of the scan with this number, under this fence. Throws what SQLite throws. */
export function stage(db: DatabaseSync, fence: number, number: number): Staging {
  makeFlagTable(db, fence);
  const before = db.prepare(
    `SELECT class, owner, kind, version, first_scan FROM ${currentFlagTable(db)} WHERE key = ?`,
  );
  const insert = db.prepare(
    `INSERT INTO ${flagTable(fence)} (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const chain = createHash('sha256');
  let waiting: Flag[] = [];
  let count = 0;
  const write = (): void => {
    inOneTransaction(db, () => {
      for (const flag of waiting) insert.run(...valuesOf(flag));
    });
    waiting = [];
  };
  return {
    add(sighting) {
      const { key, class: orphan, kind, owner = null, version } = sighting;
      const was = before.get(Buffer.from(key));
      const isSame =
        was !== undefined &&
        was['class'] === orphan &&
        was['owner'] === owner &&
        was['kind'] === kind &&
        was['version'] === version;
      const flag = { ...sighting, firstScan: isSame ? Number(was['first_scan']) : number };
      waiting.push(flag);
      chain.update(lineOf(flag));
      count += 1;
      if (waiting.length === rowsInTransaction) write();
      return { isNew: was === undefined || (orphan === 'no-entry' && was['class'] !== orphan) };
    },
    digest() {
      write();
      return { count, digest: chain.digest('hex') };
    },
  };
}

/** All flags in ascending order of their keys. Throws where a row is not one. */
export function* flagsIn(db: DatabaseSync): Generator<Flag> {
  for (const row of db.prepare(`SELECT ${columns} FROM ${currentFlagTable(db)} ORDER BY key`).iterate())
    yield flagOf(row);
}

/** The flag on one key. */
export function flagOn(db: DatabaseSync, key: ItemKey): Flag | undefined {
  const row = db
    .prepare(`SELECT ${columns} FROM ${currentFlagTable(db)} WHERE key = ?`)
    .get(Buffer.from(key));
  return row === undefined ? undefined : flagOf(row);
}

/** The digest of flags that are read back; the same as `Staging.digest` gave when they were written. */
export function flagDigest(): { add(flag: Flag): void; hex(): string } {
  const chain = createHash('sha256');
  return { add: (flag) => void chain.update(lineOf(flag)), hex: () => chain.digest('hex') };
}

function valuesOf(flag: Flag): readonly (string | number | null | Uint8Array)[] {
  const { key, class: orphan, kind, owner, version, sizeBytes, modifiedAt, verified } = flag;
  return [
    Buffer.from(key),
    orphan,
    kind,
    owner ?? null,
    version,
    sizeBytes,
    modifiedAt,
    verified ? 1 : 0,
    flag.environment ?? null,
    flag.endedAt ?? null,
    flag.firstScan,
    flag.prefix,
  ];
}

function lineOf(flag: Flag): string {
  const { key, class: orphan, kind, owner, prefix, version, sizeBytes, modifiedAt, verified } = flag;
  const { environment, endedAt, firstScan } = flag;
  const more = [environment ?? null, endedAt ?? null, firstScan];
  return JSON.stringify([
    key,
    orphan,
    kind,
    owner ?? null,
    prefix,
    version,
    sizeBytes,
    modifiedAt,
    verified,
    ...more,
  ]);
}

function flagOf(row: Record<string, unknown>): Flag {
  const text = (name: string): string | undefined => {
    const value = row[name];
    return typeof value === 'string' ? value : undefined;
  };
  // Written by `stage` from typed values; `flagDigest` tells where somebody else has written.
  return {
    key: Buffer.from(row['key'] as Uint8Array).toString('utf8') as ItemKey,
    class: text('class') as OrphanClass,
    kind: text('kind') as ItemKind,
    owner: text('owner') as OwnerId | undefined,
    prefix: text('prefix') as KeyPrefix,
    version: text('version') ?? '',
    sizeBytes: Number(row['size_bytes']),
    modifiedAt: text('modified_at') ?? '',
    verified: row['verified'] === 1,
    environment: text('environment'),
    endedAt: text('ended_at'),
    firstScan: Number(row['first_scan']),
  };
}
