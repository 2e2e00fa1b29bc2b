/**
 * What has been taken away: each item of each run, and how matters stand with it. A row is there before the act, so
 * that a crash in between leaves a question behind and never a silence.
 */

import type { DatabaseSync } from 'node:sqlite';
import type { ItemKey, ItemKind, KeyPrefix, OwnerId, RunId } from '../key.ts';
import type { OrphanClass } from '../policy.ts';
import { prepared } from './file.ts';

/**
 * - `intended`, `restoring`, `deleting`: the act was about to begin; whether it happened is asked of the store.
 * - `quarantined`: it can be brought back.
 * - `restored`, `deleted`: over.
 * - `untouched`: the store refused, and it lies where it lay.
 * - `lost`: it was in quarantine and is no longer, and nobody here deleted it.
 */
export type TrashState =
  | 'intended'
  | 'quarantined'
  | 'restoring'
  | 'restored'
  | 'deleting'
  | 'deleted'
  | 'untouched'
  | 'lost';

/** One item of one run. */
export interface TrashRow {
  readonly run: RunId;
  readonly key: ItemKey;
  readonly kind: ItemKind;
  readonly owner: OwnerId | undefined;
  readonly prefix: KeyPrefix;
  readonly class: OrphanClass;
  readonly version: string;
  readonly sizeBytes: number;
  readonly verified: boolean;
  readonly token: string | undefined;
  readonly state: TrashState;
  /** When it was taken away, by the store's clock. */
  readonly atMs: number;
  /** Until then it can be brought back. */
  readonly untilMs: number;
}

/** The rows. All of it throws what SQLite throws. */
export interface Trash {
  add(rows: readonly TrashRow[]): void;
  set(row: Pick<TrashRow, 'run' | 'key'>, state: TrashState, token?: string): void;
  ofRun(run: RunId): readonly TrashRow[];
  inState(...states: readonly TrashState[]): readonly TrashRow[];
  /** The newest row of a key. */
  ofKey(key: ItemKey): TrashRow | undefined;
  /** What went since then, by class; what came back or was never touched does not count. */
  goneSince(sinceMs: number, orphan: OrphanClass): { readonly items: number; readonly bytes: number };
  runs(): readonly RunId[];
}

const columns = `run, key, kind, owner, prefix, class, version, size_bytes, verified, token, state, at_ms, until_ms`;

/** The rows in a file. */
export function openTrash(db: DatabaseSync): Trash {
  const insert = db.prepare(
    `INSERT OR REPLACE INTO trash (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = db.prepare(
    'UPDATE trash SET state = ?, token = coalesce(?, token) WHERE run = ? AND key = ?',
  );
  const ofRun = db.prepare(`SELECT ${columns} FROM trash WHERE run = ? ORDER BY key`);
  const ofKey = db.prepare(
    `SELECT ${columns} FROM trash WHERE key = ? ORDER BY at_ms DESC, run DESC LIMIT 1`,
  );
  const gone = db.prepare(
    `SELECT count(*) AS items, coalesce(sum(size_bytes), 0) AS bytes FROM trash
     WHERE at_ms > ? AND class = ? AND state NOT IN ('restored', 'untouched')`,
  );
  return {
    add(rows) {
      for (const row of rows) {
        insert.run(
          row.run,
          Buffer.from(row.key),
          row.kind,
          row.owner ?? null,
          row.prefix,
          row.class,
          row.version,
          row.sizeBytes,
          row.verified ? 1 : 0,
          row.token ?? null,
          row.state,
          row.atMs,
          row.untilMs,
        );
      }
    },
    set: ({ run, key }, state, token) => void update.run(state, token ?? null, run, Buffer.from(key)),
    ofRun: (run) => ofRun.all(run).map(rowOf),
    inState: (...states) =>
      prepared(
        db,
        `SELECT ${columns} FROM trash WHERE state IN (${states.map(() => '?').join(', ')}) ORDER BY run, key`,
      )
        .all(...states)
        .map(rowOf),
    ofKey(key) {
      const row = ofKey.get(Buffer.from(key));
      return row === undefined ? undefined : rowOf(row);
    },
    goneSince(sinceMs, orphan) {
      const row = gone.get(sinceMs, orphan);
      return { items: Number(row?.['items']), bytes: Number(row?.['bytes']) };
    },
    runs: () =>
      db
        .prepare('SELECT DISTINCT run FROM trash ORDER BY run')
        .all()
        .map((row) => String(row['run']) as RunId),
  };
}

function rowOf(row: Record<string, unknown>): TrashRow {
  const text = (name: string): string | undefined => {
    const value = row[name];
    return typeof value === 'string' ? value : undefined;
  };
  // Written by `add` from typed values.
  return {
    run: text('run') as RunId,
    key: Buffer.from(row['key'] as Uint8Array).toString('utf8') as ItemKey,
    kind: text('kind') as ItemKind,
    owner: text('owner') as OwnerId | undefined,
    prefix: text('prefix') as KeyPrefix,
    class: text('class') as OrphanClass,
    version: text('version') ?? '',
    sizeBytes: Number(row['size_bytes']),
    verified: row['verified'] === 1,
    token: text('token'),
    state: text('state') as TrashState,
    atMs: Number(row['at_ms']),
    untilMs: Number(row['until_ms']),
  };
}
