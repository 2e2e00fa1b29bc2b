/**
 * Holds in the table `hold` of a PostgreSQL registry. Whoever holds a key takes a claim on it in the same transaction:
 * the claim's key is unique, so a hold and a sweep of one key are never under way together. The role needs INSERT and
 * DELETE on `hold`, which a scanner's does not have.
 */

import { failureOf } from '@belay/cloud';
import { type Held, type HoldKeeper, type ScannerError, scannerError } from '@belay/scanner';
import type { PgClient } from '@belay/scanner/postgres';
import { err, ok, type Result, ResultAsync } from 'neverthrow';

/** How the registry is reached. */
export interface PostgresHoldOptions {
  readonly name: string;
  /** A new client each time, not connected yet. */
  readonly client: () => PgClient;
  /** Of belay's own tables; `belay` where absent. */
  readonly schema?: string | undefined;
}

/** Keeps the holds of a registry. */
export function postgresHolds(options: PostgresHoldOptions): HoldKeeper {
  const { name, schema = 'belay' } = options;
  const own = `"${schema.replaceAll('"', '""')}"`;
  return {
    name,
    add: ({ key, by, reason }) =>
      inSession(options, async (client) => {
        const holder = `hold by ${by}`;
        const claim = `INSERT INTO ${own}.claim (key, holder) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING key`;
        if ((await client.query(claim, [key, holder])).rows.length === 0) {
          const message = `${name}: somebody has a claim on ${key} at this moment: look where it is afterwards.`;
          return err(scannerError('needed', message, { source: name }));
        }
        const put = `INSERT INTO ${own}.hold (key, by, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING key`;
        const { rows } = await client.query(put, [key, by, reason]);
        await client.query(`DELETE FROM ${own}.claim WHERE key = $1 AND holder = $2`, [key, holder]);
        return ok(rows.length === 1 ? ('added' as const) : ('was-held' as const));
      }),
    remove: (key) =>
      inSession(options, async (client) => {
        const gone = `DELETE FROM ${own}.hold WHERE key = $1 RETURNING key, by, reason`;
        const [was] = (await client.query(gone, [key])).rows;
        return ok(was === undefined ? undefined : heldIn(was));
      }),
    list: () =>
      inSession(options, async (client) => {
        const { rows } = await client.query(`SELECT key, by, reason FROM ${own}.hold ORDER BY key`);
        return ok(rows.map(heldIn));
      }),
  };
}

function inSession<T>(
  { name, client: connect }: PostgresHoldOptions,
  work: (client: PgClient) => Promise<Result<T, ScannerError>>,
): ResultAsync<T, ScannerError> {
  const attempt = async (): Promise<Result<T, ScannerError>> => {
    const client = connect();
    // Without a listener a connection that breaks would end the process; the next question says so anyway.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('BEGIN');
      const done = await work(client);
      await client.query(done.isOk() ? 'COMMIT' : 'ROLLBACK');
      return done;
    } catch (thrown) {
      const cause = failureOf(thrown, 'postgres');
      return err(scannerError('unavailable', `${name}: ${cause.message}`, { source: name, cause }));
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  return new ResultAsync(attempt());
}

function heldIn(row: object): Held {
  const text = (column: string): string => String(Reflect.get(row, column));
  return { key: text('key'), by: text('by'), reason: text('reason') };
}
