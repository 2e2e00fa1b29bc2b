/**
 * A registry in an SQLite file on a local disk, with the behaviour of the PostgreSQL one: a view that says what is
 * needed, canaries, holds, claims, and a record of deletions.
 *
 * @packageDocumentation
 */

import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Call, Canary, CanaryRequest } from '../call.ts';
import { canariesFor } from '../canary.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Reference, RegistryEntry } from '../entry.ts';
import type { ItemKey, ItemKind } from '../key.ts';
import type { ClaimRequest, Registry } from '../registry.ts';
import { referenceOf } from '../rows/reference.ts';
import { entryOf, stronger } from '../rows/row.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { SourceIdentity } from '../statement.ts';
import { type OpenFile, openFile, quoted, unavailable } from './file.ts';
import { type ReadOptions, readRows, rowOf } from './read.ts';

export { sqliteTables } from './tables.ts';

/** Where a registry lies. */
export interface SqliteRegistryOptions {
  /** For people and errors. */
  readonly name: string;
  readonly covers: readonly [ItemKind, ...ItemKind[]];
  /** The file; it is never made. `sqliteTables` has been run in it, and it is in WAL mode. */
  readonly path: string;
  /** A view or table with the columns `key`, `kind`, `owner`, `state` and `ended_at` (ISO, UTC), all text. */
  readonly view: string;
  /** The `id` of the one file that is believed; any where left out, as for the first look. */
  readonly expectedId?: string | undefined;
  /** Rows of one batch; 5000 where left out. */
  readonly batchRows?: number | undefined;
  /** How long another process's write is waited for; 5 seconds where left out. */
  readonly timeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** A registry over an SQLite file, and a way to ask which one it is. */
export interface SqliteRegistry extends Registry {
  /** What to expect: shown to a person once, then written into the scanner's options. */
  identity(call?: Call): ResultAsync<SourceIdentity, ScannerError>;
}

/** Makes the registry; nothing is opened yet. */
export function sqliteRegistry(options: SqliteRegistryOptions): SqliteRegistry {
  const { name, covers } = options;
  const read: ReadOptions = {
    name,
    path: options.path,
    view: options.view,
    expectedId: options.expectedId,
    batchRows: options.batchRows ?? 5_000,
    timeoutMs: options.timeoutMs ?? 5_000,
    clock: options.clock ?? systemClock,
  };
  return {
    name,
    covers,
    identity: (call = {}) => looking(call, read, ({ identity }) => ok(identity)),
    // The file has no clock of its own: it is on this machine's disk.
    now: (call) => looking(call, read, () => ok(new Date(read.clock.now()).toISOString())),
    plantCanaries: (request) => changing(request, read, (file) => plant(file, request, covers[0], name)),
    read: (request) => readRows(request, read),
    lookUp: (keys, call) =>
      looking(call, read, (file) => readKeys(file, keys, leasesOf(file, keys, undefined), read)),
    claim: (keys, request) => changing(request, read, (file) => claim(file, keys, request, read)),
    release: (keys, request) =>
      changing(request, read, (file) => {
        const free = file.db.prepare('DELETE FROM belay_claim WHERE key = ? AND holder = ? AND fence <= ?');
        for (const key of keys) free.run(key, request.run, request.fence);
        return ok(undefined);
      }),
  };
}

type Work<T> = (file: OpenFile) => Result<T, ScannerError>;

function looking<T>(call: Call, options: ReadOptions, work: Work<T>): ResultAsync<T, ScannerError> {
  return new ResultAsync(Promise.resolve(inTransaction('DEFERRED', call, options, work)));
}

function changing<T>(call: Call, options: ReadOptions, work: Work<T>): ResultAsync<T, ScannerError> {
  return new ResultAsync(Promise.resolve(inTransaction('IMMEDIATE', call, options, work)));
}

function inTransaction<T>(
  mode: 'DEFERRED' | 'IMMEDIATE',
  { signal }: Call,
  options: ReadOptions,
  work: Work<T>,
): Result<T, ScannerError> {
  const { name } = options;
  if (signal?.aborted === true) {
    return err(scannerError('cancelled', `${name} was not asked.`, { source: name }));
  }
  const opened = openFile(options, mode);
  if (opened.isErr()) return err(opened.error);
  const file = opened.value;
  try {
    const done = work(file);
    file.db.exec(done.isOk() ? 'COMMIT' : 'ROLLBACK');
    return done;
  } catch (thrown) {
    return err(unavailable(thrown, name));
  } finally {
    file.db.close();
  }
}

function plant(
  file: OpenFile,
  request: CanaryRequest,
  kind: ItemKind,
  name: string,
): Result<readonly Canary[], ScannerError> {
  const canaries = canariesFor(request);
  const clear = file.db.prepare('DELETE FROM belay_canary WHERE registry = ? AND substr(key, 1, ?) = ?');
  for (const prefix of request.scope.prefixes) clear.run(name, [...prefix].length, prefix);
  const put = file.db.prepare('INSERT INTO belay_canary (registry, key, kind, nonce) VALUES (?, ?, ?, ?)');
  for (const { key } of canaries) put.run(name, key, kind, request.nonce);
  file.db.prepare('INSERT INTO belay_planted (nonce) VALUES (?)').run(request.nonce);
  return ok(canaries);
}

function claim(
  file: OpenFile,
  keys: readonly ItemKey[],
  { run, fence }: ClaimRequest,
  options: ReadOptions,
): Result<readonly Reference[], ScannerError> {
  const take = file.db.prepare(`
    INSERT INTO belay_claim (key, holder, fence) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET holder = excluded.holder, fence = excluded.fence
      WHERE belay_claim.holder = excluded.holder OR belay_claim.fence < excluded.fence`);
  for (const key of keys) take.run(key, run, fence);
  const answers = readKeys(file, keys, leasesOf(file, keys, run), options);
  if (answers.isErr()) return answers;
  const free = file.db.prepare('DELETE FROM belay_claim WHERE key = ? AND holder = ?');
  for (const { key, verdict } of answers.value) if (verdict !== 'not-needed') free.run(key, run);
  return answers;
}

/** Who uses these keys: the application where no run is named; else everybody but that run. */
function leasesOf(
  file: OpenFile,
  keys: readonly ItemKey[],
  except: string | undefined,
): ReadonlyMap<string, string> {
  const find = file.db.prepare('SELECT holder, fence FROM belay_claim WHERE key = ?');
  const found = keys.flatMap((key): readonly [string, string][] => {
    const row = find.get(key);
    if (row === undefined) return [];
    const holder = String(row['holder']);
    if (row['fence'] === null) return [[key, holder]];
    return except === undefined || holder === except ? [] : [[key, `run ${holder}`]];
  });
  return new Map(found);
}

function readKeys(
  file: OpenFile,
  keys: readonly ItemKey[],
  inUse: ReadonlyMap<string, string>,
  { view, name }: ReadOptions,
): Result<readonly Reference[], ScannerError> {
  const find = file.db.prepare(
    `SELECT key, kind, owner, state, ended_at, NULL AS nonce FROM ${quoted(view)} WHERE key = ?`,
  );
  const held = file.db.prepare('SELECT 1 FROM belay_hold WHERE key = ?');
  const deleted = file.db.prepare('SELECT at FROM belay_deletion WHERE key = ? ORDER BY id DESC LIMIT 1');
  const answers: Reference[] = [];
  for (const key of keys) {
    let entry: RegistryEntry | undefined;
    for (const row of find.all(key)) {
      const next = entryOf(rowOf(row), name);
      if (next.isErr()) return err(next.error);
      entry = entry === undefined ? next.value : stronger(entry, next.value);
    }
    const hold = held.get(key) === undefined ? 'none' : 'held';
    const until = deleted.get(key)?.['at'];
    const neededUntil = until === undefined ? undefined : String(until);
    answers.push(referenceOf({ key, entry, hold, inUseBy: inUse.get(key), neededUntil }, name));
  }
  return ok(answers);
}
