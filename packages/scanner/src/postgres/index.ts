/**
 * A registry in PostgreSQL: one view that says what is needed, read in one snapshot of the primary.
 *
 * @packageDocumentation
 */

import { err, errAsync, ok, ResultAsync } from 'neverthrow';
import type { Canary, CanaryRequest } from '../call.ts';
import { canariesFor } from '../canary.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { ItemKind } from '../key.ts';
import type { Registry } from '../registry.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { SourceIdentity } from '../statement.ts';
import type { PgClient } from './client.ts';
import { serverOf } from './identity.ts';
import { claimRows, inTransaction, lookUpRows, releaseRows } from './look-up.ts';
import { type ReadOptions, readRows } from './read.ts';
import { tablesIn } from './tables.ts';

export type { PgClient } from './client.ts';
export { postgresTables } from './tables.ts';

/** Where a registry lies and how it is reached. */
export interface PostgresRegistryOptions {
  /** For people and errors. */
  readonly name: string;
  /** Of which kinds of item the view knows all references. */
  readonly covers: readonly [ItemKind, ...ItemKind[]];
  /** A new client each time, not connected yet: `() => new pg.Client({ … })`. */
  readonly client: () => PgClient;
  /**
   * A view or table, as `schema.name`, with the columns `key`, `kind`, `owner`, `state` and `ended_at` (timestamptz).
   * `state` is one of `entryStates`; anything else counts as `unknown`. Several rows of one key are fine: the one that
   * needs it most speaks. An index on `key COLLATE "C"` spares the database a sort.
   */
  readonly view: string;
  /** The schema of belay's own tables, which `postgresTables` makes; `belay` where left out. */
  readonly schema?: string | undefined;
  /** The `id` of the one server that is believed; any primary where left out, as for the first look. */
  readonly expectedId?: string | undefined;
  /** Rows of one fetch; 5000 where left out. */
  readonly batchRows?: number | undefined;
  /** For connecting and for each statement; one minute where left out. */
  readonly timeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** A registry over a PostgreSQL database, and a way to ask who it is. */
export interface PostgresRegistry extends Registry {
  /** What to expect: shown to a person once, then written into the scanner's options. */
  identity(call?: { readonly signal?: AbortSignal }): ResultAsync<SourceIdentity, ScannerError>;
}

/** Makes the registry; nothing is asked yet. */
export function postgresRegistry(options: PostgresRegistryOptions): PostgresRegistry {
  const read: ReadOptions = {
    name: options.name,
    client: options.client,
    view: options.view,
    tables: tablesIn(options.schema ?? 'belay'),
    expectedId: options.expectedId,
    batchRows: options.batchRows ?? 5_000,
    timeoutMs: options.timeoutMs ?? 60_000,
    clock: options.clock ?? systemClock,
  };
  const who = (call: { readonly signal?: AbortSignal | undefined }) =>
    new ResultAsync(
      inTransaction(call, read, (session) =>
        serverOf(session, { name: read.name, view: read.view, id: read.expectedId }),
      ),
    );
  return {
    name: options.name,
    covers: options.covers,
    identity: (call = {}) => who(call).map(({ identity }) => identity),
    now: (call) => who(call).map(({ now }) => now),
    plantCanaries: (request) => plant(request, options.covers[0], read),
    read: (request) => readRows(request, read),
    lookUp: (keys, call) => new ResultAsync(lookUpRows(keys, call, read)),
    claim: (keys, request) => new ResultAsync(claimRows(keys, request, read)),
    release: (keys, request) => new ResultAsync(releaseRows(keys, request, read)),
  };
}

function plant(
  request: CanaryRequest,
  kind: ItemKind,
  options: ReadOptions,
): ResultAsync<readonly Canary[], ScannerError> {
  const { prefixes, kinds } = request.scope;
  if (!kinds.includes(kind)) {
    return errAsync(
      scannerError('invalid', `${options.name} plants canaries of the kind ${kind}, which is not scanned.`),
    );
  }
  const canaries = canariesFor(request);
  const { canary } = options.tables;
  return new ResultAsync(
    inTransaction(request, options, async (session) => {
      for (const prefix of prefixes) {
        const cleared = await session.ask(
          `DELETE FROM ${canary} WHERE registry = $1 AND starts_with(key, $2)`,
          [options.name, prefix],
        );
        if (cleared.isErr()) return err(cleared.error);
      }
      const planted = await session.ask(
        `INSERT INTO ${canary} (key, registry, kind, nonce) SELECT key, $2, $3, $4 FROM unnest($1::text[]) AS key`,
        [canaries.map(({ key }) => key), options.name, kind, request.nonce],
      );
      return planted.isErr() ? err(planted.error) : ok(canaries);
    }),
  );
}
