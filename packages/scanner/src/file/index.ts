/**
 * An export as a registry: CSV, NDJSON or Parquet, read and sorted by DuckDB.
 *
 * @packageDocumentation
 */

import { err, errAsync, ok, okAsync, ResultAsync } from 'neverthrow';
import { type EntryBatch, entryBatch } from '../batch.ts';
import type { ReadRequest, SideResult, SideStream } from '../call.ts';
import { type Clock, systemClock } from '../clock.ts';
import { type Duckdb, type DuckdbOptions, literal, openDuckdb } from '../duckdb/session.ts';
import type { RegistryEntry } from '../entry.ts';
import type { ItemKind } from '../key.ts';
import type { Registry } from '../registry.ts';
import { afterPrefix } from '../rows/range.ts';
import { entryOf, Joiner } from '../rows/row.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { Scope } from '../scope.ts';
import { type Manifest, manifestOf } from './manifest.ts';

export type { Manifest } from './manifest.ts';

/** Where an export lies. */
export interface FileRegistryOptions extends DuckdbOptions {
  /** For people and errors. */
  readonly name: string;
  readonly covers: readonly [ItemKind, ...ItemKind[]];
  /** The file, with its manifest beside it. */
  readonly path: string;
  /** By the ending of its name where left out: `.csv`, `.ndjson` or `.jsonl`, `.parquet`. */
  readonly format?: 'csv' | 'ndjson' | 'parquet' | undefined;
  /**
   * How old an export may be, counted from when it was begun. Shorter than the least age of an item that may go: what was
   * stored after the export has no row in it.
   */
  readonly maxAgeMs: number;
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

/**
 * A registry over an export with the columns `key`, `kind`, `owner`, `state` and `ended_at`. An export is a picture of
 * the past: it can be scanned and reported on, but strong reads and claims are `unsupported`, so nothing is ever swept by
 * what a file says.
 */
export function fileRegistry(options: FileRegistryOptions): Registry {
  const { name, clock = systemClock } = options;
  const noStrongRead = <T>(): SideResult<T> =>
    errAsync(
      scannerError('unsupported', `${name} is an export: it cannot be asked about now.`, { source: name }),
    );
  return {
    name,
    covers: options.covers,
    now: ({ signal }) =>
      signal?.aborted === true
        ? errAsync(cancelled(name))
        : new ResultAsync(manifestOf(options.path, name)).map(() => new Date(clock.now()).toISOString()),
    plantCanaries: () => okAsync([]),
    read: (request) => read(request, options),
    lookUp: noStrongRead,
    claim: noStrongRead,
    release: noStrongRead,
  };
}

async function* read(request: ReadRequest, options: FileRegistryOptions): SideStream<EntryBatch> {
  const { name, path, clock = systemClock } = options;
  if (hasFired(request)) return err(cancelled(name));
  const readAt = new Date(clock.now()).toISOString();
  const manifest = await manifestOf(path, name);
  if (manifest.isErr()) return err(manifest.error);
  const old = ageProblem(manifest.value, request.since, clock.now(), options);
  if (old !== undefined) return err(scannerError('not-believed', `${name} ${old}.`, { source: name }));
  const opened = await openDuckdb(options, name);
  if (opened.isErr()) return err(opened.error);
  const db = opened.value;
  try {
    const { source, rows, endedAt: position } = manifest.value;
    const problem = await countProblem(db, rows, options);
    if (problem !== undefined)
      return err(scannerError('not-believed', `${name} ${problem}.`, { source: name }));
    const joiner = new Joiner();
    let pages = 0;
    let count = 0;
    let first: RegistryEntry | undefined;
    let last: RegistryEntry | undefined;
    for await (const piece of db.rows(`${select(request.scope, options)} ORDER BY key`)) {
      if (hasFired(request)) return err(cancelled(name));
      pages += 1;
      const entries: RegistryEntry[] = [];
      for (const columns of piece) {
        const entry = entryOf(rowOf(columns), name);
        if (entry.isErr()) return err(entry.error);
        const complete = joiner.add(entry.value);
        if (complete !== undefined) entries.push(complete);
      }
      first ??= entries[0];
      last = entries.at(-1) ?? last;
      count += entries.length;
      if (entries.length > 0) yield entryBatch(entries);
    }
    const rest = joiner.end();
    if (rest !== undefined) {
      first ??= rest;
      last = rest;
      count += 1;
      yield entryBatch([rest]);
    }
    return ok({
      source,
      // When it was answered. How old the answer's contents are is held against `maxAgeMs`, and told as the position.
      startedAt: readAt,
      endedAt: new Date(clock.now()).toISOString(),
      pages,
      count,
      bytes: 0,
      firstKey: first?.key,
      lastKey: last?.key,
      ended: 'explicit',
      position,
    });
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return err(scannerError('not-believed', `${name} cannot be read: ${message}`, { source: name }));
  } finally {
    db.close();
  }
}

/** Too old, from the future, or older than the one before it. */
function ageProblem(
  { startedAt, endedAt }: Manifest,
  since: string | undefined,
  nowMs: number,
  { maxAgeMs }: FileRegistryOptions,
): string | undefined {
  if (!(maxAgeMs > 0)) return `has no limit to its age: maxAgeMs is ${maxAgeMs}`;
  const ageMs = nowMs - Date.parse(startedAt);
  if (Date.parse(startedAt) > Date.parse(endedAt))
    return `says that it was begun at ${startedAt} and written at ${endedAt}, before that`;
  if (ageMs > maxAgeMs) return `is of ${startedAt}, which is older than maxAgeMs allows`;
  if (Date.parse(endedAt) > nowMs + futureMs)
    return `says that it was written at ${endedAt}, which is yet to come`;
  if (since !== undefined && !(Date.parse(endedAt) >= Date.parse(since))) {
    return `is of ${endedAt}, and the last one was of ${since}: it was put back to an earlier day`;
  }
  return undefined;
}

/** Clocks of two machines differ a little. */
const futureMs = 5 * 60_000;

/** The whole file must have the rows that its writer has counted, whatever of it is asked for. */
async function countProblem(
  db: Duckdb,
  rows: number,
  options: FileRegistryOptions,
): Promise<string | undefined> {
  for await (const [row] of db.rows(`SELECT count(*)::VARCHAR FROM ${tableOf(options)}`)) {
    const counted = Number(row?.[0]);
    return counted === rows ? undefined : `has ${counted} rows, and its manifest says ${rows}`;
  }
  return 'gave no count';
}

/** A row without a kind may be of any: it comes along, and is not believed. */
function select({ prefixes, kinds }: Scope, options: FileRegistryOptions): string {
  const under = prefixes.map((prefix) => {
    const after = afterPrefix(prefix);
    const from = `key >= ${literal(prefix)}`;
    return after === undefined ? from : `(${from} AND key < ${literal(after)})`;
  });
  return `SELECT key::VARCHAR AS key, kind::VARCHAR, owner::VARCHAR, state::VARCHAR,
      strftime(TRY_CAST(ended_at AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%gZ')
    FROM ${tableOf(options)}
    WHERE (kind IS NULL OR kind IN (${kinds.map(literal).join(', ')})) AND (${under.join(' OR ')})`;
}

function tableOf({ path, format }: FileRegistryOptions): string {
  const kind = format ?? formatOf(path);
  if (kind === 'parquet') return `read_parquet(${literal(path)})`;
  if (kind === 'ndjson') {
    const columns =
      "{key: 'VARCHAR', kind: 'VARCHAR', owner: 'VARCHAR', state: 'VARCHAR', ended_at: 'VARCHAR'}";
    return `read_json(${literal(path)}, format = 'newline_delimited', columns = ${columns})`;
  }
  return `read_csv(${literal(path)}, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"',
    nullstr = '', strict_mode = true)`;
}

function formatOf(path: string): 'csv' | 'ndjson' | 'parquet' {
  if (path.endsWith('.parquet')) return 'parquet';
  return /\.(ndjson|jsonl)$/.test(path) ? 'ndjson' : 'csv';
}

function rowOf(columns: readonly unknown[]): Parameters<typeof entryOf>[0] {
  const text = (index: number): string | null => {
    const value = columns[index];
    return typeof value === 'string' ? value : null;
  };
  return { key: text(0), kind: text(1), owner: text(2), state: text(3), endedAt: text(4), nonce: null };
}

/** Asked anew for each piece. */
function hasFired({ signal }: ReadRequest): boolean {
  return signal?.aborted === true;
}

function cancelled(name: string): ScannerError {
  return scannerError('cancelled', `Reading ${name} was cancelled.`, { source: name });
}
