/**
 * All rows under a scope, from one read-only snapshot of the primary, through a cursor. It ends with a trailer that is
 * asked for in the same snapshot, and with the count of the rows that it should have been: a connection that breaks, a
 * driver that gives up, a cursor that stops short can then not look like the end.
 */

import { err, ok, type Result } from 'neverthrow';
import { type EntryBatch, entryBatch } from '../batch.ts';
import type { ReadRequest, SideStream } from '../call.ts';
import type { RegistryEntry } from '../entry.ts';
import { itemKind, ownerId } from '../key.ts';
import { afterPrefix } from '../rows/range.ts';
import { entryOf, Joiner } from '../rows/row.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { Scope } from '../scope.ts';
import type { RecordedDeletions } from '../statement.ts';
import { type Columns, Session, type SessionOptions, text, textOrNull } from './client.ts';
import { iso, type Server, serverOf } from './identity.ts';
import { quoted, type Tables } from './tables.ts';

/** What a read needs. */
export interface ReadOptions extends SessionOptions {
  readonly view: string;
  readonly tables: Tables;
  readonly batchRows: number;
  readonly expectedId: string | undefined;
}

/** Reads; see the port. */
export async function* readRows(request: ReadRequest, options: ReadOptions): SideStream<EntryBatch> {
  const opened = await Session.open(options, request.signal);
  if (opened.isErr()) return err(opened.error);
  const session = opened.value;
  try {
    return yield* inSnapshot(session, request, options);
  } catch (thrown) {
    // A column that is not what it must be: nothing of the answer can be used.
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return err(scannerError('not-believed', `${options.name}: ${message}.`, { source: options.name }));
  } finally {
    session.close();
  }
}

async function* inSnapshot(
  session: Session,
  request: ReadRequest,
  options: ReadOptions,
): SideStream<EntryBatch> {
  const begun = await begin(session, options);
  if (begun.isErr()) return err(begun.error);
  const { server, snapshot } = begun.value;
  const history = await deletionsSince(session, request.since, server, options);
  if (history.isErr()) return err(history.error);
  const rows = rowsIn(request.scope, options);
  const declared = await session.ask(
    `DECLARE rows NO SCROLL CURSOR FOR ${rows.sql} ORDER BY key`,
    rows.values,
  );
  if (declared.isErr()) return err(declared.error);
  const joiner = new Joiner();
  let streamed = 0;
  let pages = 0;
  let first: RegistryEntry | undefined;
  let last: RegistryEntry | undefined;
  for (;;) {
    const fetched = await session.ask(`FETCH ${options.batchRows} FROM rows`);
    if (fetched.isErr()) return err(fetched.error);
    pages += 1;
    streamed += fetched.value.length;
    const entries = entriesOf(fetched.value, joiner, options);
    if (entries.isErr()) return err(entries.error);
    const isEnd = fetched.value.length === 0;
    const rest = isEnd ? joiner.end() : undefined;
    const complete = rest === undefined ? entries.value : [...entries.value, rest];
    first ??= complete[0];
    last = complete.at(-1) ?? last;
    if (complete.length > 0) yield entryBatch(complete);
    if (isEnd) break;
  }
  const trailer = await trailerOf(session, rows, snapshot, streamed, options);
  if (trailer.isErr()) return err(trailer.error);
  return ok({
    source: server.identity,
    startedAt: server.now,
    endedAt: trailer.value.endedAt,
    pages,
    count: trailer.value.count - joiner.joined,
    bytes: 0,
    firstKey: first?.key,
    lastKey: last?.key,
    ended: 'explicit',
    position: `${server.timeline}/${server.lsn}/${history.value.lastId}`,
    ...(history.value.deletions !== undefined && { deletions: history.value.deletions }),
  });
}

async function begin(
  session: Session,
  options: ReadOptions,
): Promise<Result<{ readonly server: Server; readonly snapshot: string }, ScannerError>> {
  // Row-level security that would hide rows makes the statement fail instead.
  const begun = await session.ask('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  if (begun.isErr()) return err(begun.error);
  const set = await session.ask('SET LOCAL row_security = off');
  if (set.isErr()) return err(set.error);
  const server = await serverOf(session, { name: options.name, view: options.view, id: options.expectedId });
  if (server.isErr()) return err(server.error);
  const asked = await session.ask('SELECT pg_current_snapshot()::text AS snapshot');
  return asked.map(([row]) => ({ server: server.value, snapshot: text(row, 'snapshot') }));
}

interface Query {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** The rows of the view and the canaries of this registry under the scope's prefixes, as one set. */
function rowsIn({ prefixes, kinds }: Scope, { view, tables, name }: ReadOptions): Query {
  const values: unknown[] = [[...kinds], name];
  const under = prefixes.map((prefix) => {
    const after = afterPrefix(prefix);
    values.push(prefix);
    const from = `key COLLATE "C" >= $${values.length}`;
    if (after === undefined) return from;
    values.push(after);
    return `(${from} AND key COLLATE "C" < $${values.length})`;
  });
  const where = `(${under.join(' OR ')})`;
  const sql = `SELECT key, kind, owner, state, ended_at, nonce FROM (
      SELECT key::text COLLATE "C" AS key, kind::text, owner::text, state::text,
        ${iso('ended_at')} AS ended_at, NULL::text AS nonce
      FROM ${quoted(view)} WHERE (kind IS NULL OR kind = ANY ($1)) AND ${where}
      UNION ALL
      SELECT key, kind, NULL, 'needed', NULL, nonce FROM ${tables.canary} WHERE registry = $2 AND ${where}
    ) AS rows`;
  return { sql, values };
}

function entriesOf(
  rows: readonly Columns[],
  joiner: Joiner,
  { name }: ReadOptions,
): Result<readonly RegistryEntry[], ScannerError> {
  const entries: RegistryEntry[] = [];
  for (const row of rows) {
    const entry = entryOf(rowOf(row), name);
    if (entry.isErr()) return err(entry.error);
    const complete = joiner.add(entry.value);
    if (complete !== undefined) entries.push(complete);
  }
  return ok(entries);
}

/** A row of this module's queries. */
export function rowOf(row: Columns): Parameters<typeof entryOf>[0] {
  return {
    key: textOrNull(row, 'key'),
    kind: textOrNull(row, 'kind'),
    owner: textOrNull(row, 'owner'),
    state: textOrNull(row, 'state'),
    endedAt: textOrNull(row, 'ended_at'),
    nonce: textOrNull(row, 'nonce'),
  };
}

/** The last row: that the snapshot still is the same one, and how many rows it has. */
async function trailerOf(
  session: Session,
  rows: Query,
  snapshot: string,
  streamed: number,
  { name }: ReadOptions,
): Promise<Result<{ readonly count: number; readonly endedAt: string }, ScannerError>> {
  const counted = await session.ask(
    `SELECT count(*)::text AS count, pg_current_snapshot()::text AS snapshot,
       ${iso('clock_timestamp()')} AS ended_at FROM (${rows.sql}) AS counted`,
    rows.values,
  );
  if (counted.isErr()) return err(counted.error);
  const [row] = counted.value;
  const count = Number(text(row, 'count'));
  const problem =
    text(row, 'snapshot') !== snapshot
      ? 'ended in another snapshot than it began in'
      : count !== streamed
        ? `sent ${streamed} rows of ${count}`
        : undefined;
  if (problem !== undefined) {
    return err(scannerError('not-believed', `${name} ${problem}.`, { source: name }));
  }
  return ok({ count, endedAt: text(row, 'ended_at') });
}

interface History {
  readonly lastId: string;
  readonly deletions: readonly RecordedDeletions[] | undefined;
}

/** What was deleted on purpose since the last believed answer. A server whose past has become shorter is not believed. */
async function deletionsSince(
  session: Session,
  since: string | undefined,
  server: Server,
  { tables, name }: ReadOptions,
): Promise<Result<History, ScannerError>> {
  const newest = await session.ask(`SELECT coalesce(max(id), 0)::text AS id FROM ${tables.deletion}`);
  if (newest.isErr()) return err(newest.error);
  const lastId = text(newest.value[0], 'id');
  if (since === undefined) return ok({ lastId, deletions: undefined });
  const [timeline = '', lsn = '', id = ''] = since.split('/');
  const isSound = /^\d+$/.test(timeline) && /^\d+$/.test(lsn) && /^\d+$/.test(id);
  if (
    !isSound ||
    BigInt(lsn) > server.lsn ||
    Number(timeline) > server.timeline ||
    BigInt(id) > BigInt(lastId)
  ) {
    const message = `${name} stands before ${since}, where it stood the last time: it was restored or is another one.`;
    return err(scannerError('not-believed', message, { source: name }));
  }
  const asked = await session.ask(
    `SELECT kind, owner, count(*)::text AS count FROM ${tables.deletion} WHERE id > $1 GROUP BY kind, owner`,
    [id],
  );
  return asked.map((rows) => ({ lastId, deletions: rows.flatMap(deletionOf) }));
}

function deletionOf(row: Columns): readonly RecordedDeletions[] {
  const kind = itemKind(textOrNull(row, 'kind') ?? '');
  const owner = ownerId(textOrNull(row, 'owner') ?? '').unwrapOr(undefined);
  if (kind.isErr()) return [];
  return [{ kind: kind.value, count: Number(text(row, 'count')), ...(owner !== undefined && { owner }) }];
}
