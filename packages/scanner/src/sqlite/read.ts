/**
 * All rows under a scope, from one read transaction, which ends with a count that is taken in the same transaction.
 */

import type { SQLInputValue } from 'node:sqlite';
import { err, ok, type Result } from 'neverthrow';
import { type EntryBatch, entryBatch } from '../batch.ts';
import type { ReadRequest, SideStream } from '../call.ts';
import type { Clock } from '../clock.ts';
import type { RegistryEntry } from '../entry.ts';
import { itemKind, ownerId } from '../key.ts';
import { afterPrefix } from '../rows/range.ts';
import { entryOf, Joiner } from '../rows/row.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { Scope } from '../scope.ts';
import type { RecordedDeletions } from '../statement.ts';
import { type FileOptions, type OpenFile, openFile, quoted, type Row, unavailable } from './file.ts';

/** What a read needs. */
export interface ReadOptions extends FileOptions {
  readonly batchRows: number;
  readonly clock: Clock;
}

/** Reads; see the port. */
export async function* readRows(request: ReadRequest, options: ReadOptions): SideStream<EntryBatch> {
  const { name, clock } = options;
  if (hasFired(request)) return err(cancelled(name));
  const opened = openFile(options, 'DEFERRED');
  if (opened.isErr()) return err(opened.error);
  const file = opened.value;
  const startedAt = new Date(clock.now()).toISOString();
  try {
    const history = historyOf(file, request.since, name);
    if (history.isErr()) return err(history.error);
    const rows = rowsIn(request.scope, options);
    const joiner = new Joiner();
    const cursor = file.db.prepare(`${rows.sql} ORDER BY key COLLATE BINARY`).iterate(...rows.values);
    let streamed = 0;
    let pages = 0;
    let first: RegistryEntry | undefined;
    let last: RegistryEntry | undefined;
    for (;;) {
      if (hasFired(request)) return err(cancelled(name));
      const taken = take(cursor, options.batchRows);
      streamed += taken.length;
      pages += 1;
      const entries: RegistryEntry[] = [];
      for (const row of taken) {
        const entry = entryOf(rowOf(row), name);
        if (entry.isErr()) return err(entry.error);
        const complete = joiner.add(entry.value);
        if (complete !== undefined) entries.push(complete);
      }
      const isEnd = taken.length < options.batchRows;
      const rest = isEnd ? joiner.end() : undefined;
      if (rest !== undefined) entries.push(rest);
      first ??= entries[0];
      last = entries.at(-1) ?? last;
      if (entries.length > 0) yield entryBatch(entries);
      if (isEnd) break;
    }
    const count = file.number(`SELECT count(*) AS n FROM (${rows.sql})`, ...rows.values);
    if (count !== streamed) {
      const message = `${name} sent ${streamed} rows of ${count}.`;
      return err(scannerError('not-believed', message, { source: name }));
    }
    return ok({
      source: file.identity,
      startedAt,
      endedAt: new Date(clock.now()).toISOString(),
      pages,
      count: count - joiner.joined,
      bytes: 0,
      firstKey: first?.key,
      lastKey: last?.key,
      ended: 'explicit',
      ...history.value,
    });
  } catch (thrown) {
    return err(unavailable(thrown, name));
  } finally {
    file.db.close();
  }
}

/** A row of this module's queries. */
export function rowOf(row: Row): Parameters<typeof entryOf>[0] {
  const text = (column: string): string | null => {
    const value = row[column];
    return typeof value === 'string' ? value : null;
  };
  return {
    key: text('key'),
    kind: text('kind'),
    owner: text('owner'),
    state: text('state'),
    endedAt: text('ended_at'),
    nonce: text('nonce'),
  };
}

function take(cursor: Iterator<Row>, most: number): readonly Row[] {
  const rows: Row[] = [];
  while (rows.length < most) {
    const next = cursor.next();
    if (next.done === true) break;
    rows.push(next.value);
  }
  return rows;
}

function rowsIn(
  { prefixes, kinds }: Scope,
  { view, name }: ReadOptions,
): { readonly sql: string; readonly values: readonly SQLInputValue[] } {
  const under = prefixes.map((prefix) => {
    const after = afterPrefix(prefix);
    return after === undefined
      ? { sql: 'key >= ? COLLATE BINARY', values: [prefix] }
      : { sql: '(key >= ? COLLATE BINARY AND key < ? COLLATE BINARY)', values: [prefix, after] };
  });
  const where = `(${under.map(({ sql }) => sql).join(' OR ')})`;
  const bounds = under.flatMap(({ values }) => values);
  const marks = kinds.map(() => '?').join(', ');
  return {
    // A row without a kind, or with a key that is no text, may be about anything: it comes along, and is not believed.
    sql: `SELECT key, kind, owner, state, ended_at, NULL AS nonce FROM ${quoted(view)}
            WHERE ((kind IS NULL OR kind IN (${marks})) AND ${where}) OR typeof(key) = 'blob'
          UNION ALL
          SELECT key, kind, NULL, 'needed', NULL, nonce FROM belay_canary WHERE registry = ? AND ${where}`,
    values: [...kinds, ...bounds, name, ...bounds],
  };
}

interface History {
  readonly position: string;
  readonly deletions?: readonly RecordedDeletions[];
}

/**
 * Where the file stands, and what was deleted on purpose since. What it planted the last time must still be known to it:
 * a copy of an earlier day that was put back does not know it.
 */
function historyOf(file: OpenFile, since: string | undefined, name: string): Result<History, ScannerError> {
  const [planted] = file.all('SELECT generation, nonce FROM belay_planted ORDER BY generation DESC LIMIT 1');
  const lastId = file.number(
    'SELECT coalesce(max(seq), 0) AS n FROM sqlite_sequence WHERE name = ?',
    'belay_deletion',
  );
  const position = `${lastId}/${String(planted?.['generation'] ?? 0)}/${String(planted?.['nonce'] ?? '')}`;
  if (since === undefined) return ok({ position });
  const [id = '', generation = '', ...nonce] = since.split('/');
  const known =
    generation === '0' ||
    file.number(
      'SELECT count(*) AS n FROM belay_planted WHERE generation = ? AND nonce = ?',
      Number(generation),
      nonce.join('/'),
    ) === 1;
  if (!/^\d+$/.test(id) || Number(id) > lastId || !known) {
    const message = `${name} does not know where it stood the last time (${since}): it was put back to an earlier day.`;
    return err(scannerError('not-believed', message, { source: name }));
  }
  const rows = file.all(
    'SELECT kind, owner, count(*) AS count FROM belay_deletion WHERE id > ? GROUP BY kind, owner',
    Number(id),
  );
  return ok({ position, deletions: rows.flatMap(deletionOf) });
}

function deletionOf(row: Row): readonly RecordedDeletions[] {
  const kind = itemKind(String(row['kind'] ?? ''));
  const owner = ownerId(String(row['owner'] ?? '')).unwrapOr(undefined);
  if (kind.isErr()) return [];
  return [{ kind: kind.value, count: Number(row['count']), ...(owner !== undefined && { owner }) }];
}

/** Asked anew for each batch. */
function hasFired({ signal }: ReadRequest): boolean {
  return signal?.aborted === true;
}

function cancelled(name: string): ScannerError {
  return scannerError('cancelled', `Reading ${name} was cancelled.`, { source: name });
}
