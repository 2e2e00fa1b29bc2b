/**
 * Strong reads of single keys on the primary, and claims. A claim is inserted first and the key is read afterwards, in
 * one transaction: whoever restores the key holds the same row, so one of the two waits for the other and then sees
 * what it did.
 */

import { err, ok, type Result } from 'neverthrow';
import type { Call } from '../call.ts';
import type { Reference, RegistryEntry } from '../entry.ts';
import type { ItemKey } from '../key.ts';
import type { ClaimRequest } from '../registry.ts';
import { referenceOf } from '../rows/reference.ts';
import { entryOf, stronger } from '../rows/row.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import { type Columns, Session, textOrNull } from './client.ts';
import { iso, serverOf } from './identity.ts';
import { type ReadOptions, rowOf } from './read.ts';
import { quoted } from './tables.ts';

type Answer = Result<readonly Reference[], ScannerError>;

/** Reads these keys now. */
export function lookUpRows(keys: readonly ItemKey[], call: Call, options: ReadOptions): Promise<Answer> {
  return inTransaction(call, options, async (session) => {
    const leases = await session.ask(
      `SELECT key, holder FROM ${options.tables.claim} WHERE key = ANY ($1) AND fence IS NULL`,
      [[...keys]],
    );
    if (leases.isErr()) return err(leases.error);
    return readKeys(session, keys, byKey(leases.value, 'holder'), options);
  });
}

/** Claims these keys and reads them. What turns out to be needed is not kept claimed. */
export function claimRows(
  keys: readonly ItemKey[],
  request: ClaimRequest,
  options: ReadOptions,
): Promise<Answer> {
  const { claim } = options.tables;
  return inTransaction(request, options, async (session) => {
    const claimed = await session.ask(
      `INSERT INTO ${claim} AS mine (key, holder, fence)
       SELECT key, $2, $3 FROM unnest($1::text[]) AS key ORDER BY key COLLATE "C"
       ON CONFLICT (key) DO UPDATE SET holder = excluded.holder, fence = excluded.fence, at = now()
         WHERE mine.holder = excluded.holder OR mine.fence < excluded.fence
       RETURNING key`,
      [[...keys], request.run, String(request.fence)],
    );
    if (claimed.isErr()) return err(claimed.error);
    const others = await session.ask(
      `SELECT key, CASE WHEN fence IS NULL THEN holder ELSE 'run ' || holder END AS holder
       FROM ${claim} WHERE key = ANY ($1) AND holder <> $2`,
      [[...keys], request.run],
    );
    if (others.isErr()) return err(others.error);
    const answers = await readKeys(session, keys, byKey(others.value, 'holder'), options);
    if (answers.isErr()) return err(answers.error);
    const needed = answers.value.filter(({ verdict }) => verdict !== 'not-needed').map(({ key }) => key);
    const freed = await session.ask(`DELETE FROM ${claim} WHERE key = ANY ($1) AND holder = $2`, [
      needed,
      request.run,
    ]);
    return freed.map(() => answers.value);
  });
}

/** Gives claims back. */
export function releaseRows(
  keys: readonly ItemKey[],
  request: ClaimRequest,
  options: ReadOptions,
): Promise<Result<void, ScannerError>> {
  return inTransaction(request, options, async (session) => {
    const freed = await session.ask(
      `DELETE FROM ${options.tables.claim} WHERE key = ANY ($1) AND holder = $2 AND fence <= $3`,
      [[...keys], request.run, String(request.fence)],
    );
    return freed.map(() => undefined);
  });
}

/** One transaction on the primary. Anything but a clean end takes all of it back. */
export async function inTransaction<T>(
  { signal }: Call,
  options: ReadOptions,
  work: (session: Session) => Promise<Result<T, ScannerError>>,
): Promise<Result<T, ScannerError>> {
  const opened = await Session.open(options, signal);
  if (opened.isErr()) return err(opened.error);
  const session = opened.value;
  try {
    const begun = await session.ask('BEGIN ISOLATION LEVEL READ COMMITTED');
    if (begun.isErr()) return err(begun.error);
    const set = await session.ask(`SET LOCAL row_security = off`);
    if (set.isErr()) return err(set.error);
    const { name, view, expectedId } = options;
    const server = await serverOf(session, { name, view, id: expectedId });
    if (server.isErr()) return err(server.error);
    const done = await work(session);
    if (done.isErr()) return done;
    const committed = await session.ask('COMMIT');
    return committed.isErr() ? err({ ...committed.error, applied: 'unknown' }) : done;
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return err(scannerError('not-believed', `${options.name}: ${message}.`, { source: options.name }));
  } finally {
    session.close();
  }
}

async function readKeys(
  session: Session,
  keys: readonly ItemKey[],
  inUse: ReadonlyMap<string, string>,
  options: ReadOptions,
): Promise<Answer> {
  const rows = await session.ask(
    `SELECT key::text, kind::text, owner::text, state::text, ${iso('ended_at')} AS ended_at, NULL AS nonce
     FROM ${quoted(options.view)} WHERE key COLLATE "C" = ANY ($1)`,
    [[...keys]],
  );
  if (rows.isErr()) return err(rows.error);
  const held = await session.ask(`SELECT key, by FROM ${options.tables.hold} WHERE key = ANY ($1)`, [
    [...keys],
  ]);
  if (held.isErr()) return err(held.error);
  const holds = byKey(held.value, 'by');
  const deleted = await session.ask(
    `SELECT key, ${iso('max(at)')} AS at FROM ${options.tables.deletion} WHERE key = ANY ($1) GROUP BY key`,
    [[...keys]],
  );
  if (deleted.isErr()) return err(deleted.error);
  const deletions = byKey(deleted.value, 'at');
  const entries = new Map<string, RegistryEntry>();
  for (const row of rows.value) {
    const entry = entryOf(rowOf(row), options.name);
    if (entry.isErr()) return err(entry.error);
    const known = entries.get(entry.value.key);
    entries.set(entry.value.key, known === undefined ? entry.value : stronger(known, entry.value));
  }
  return ok(
    keys.map((key) =>
      referenceOf(
        {
          key,
          entry: entries.get(key),
          hold: holds.has(key) ? 'held' : 'none',
          inUseBy: inUse.get(key),
          neededUntil: deletions.get(key),
        },
        options.name,
      ),
    ),
  );
}

function byKey(rows: readonly Columns[], column: string): ReadonlyMap<string, string> {
  return new Map(rows.map((row) => [textOrNull(row, 'key') ?? '', textOrNull(row, column) ?? 'somebody']));
}
