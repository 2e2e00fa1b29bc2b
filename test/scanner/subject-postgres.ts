// The registry side over a real PostgreSQL, with the hands of an application that deletes and restores.

import type { RegistryEntry, Scope } from '@belay/scanner';
import type { RegistrySubject } from '@belay/scanner/conformance';
import { type PostgresRegistry, postgresRegistry, postgresTables } from '@belay/scanner/postgres';
import type { Postgres } from './postgres.ts';

/** What the application has: archives of services, and a view that says what belay needs to know. */
export const application: string = `
  CREATE TABLE archive (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text COLLATE "C" NOT NULL UNIQUE, kind text NOT NULL, owner text, state text NOT NULL, ended_at timestamptz
  );
  CREATE VIEW needed AS SELECT key, kind, owner, state, ended_at FROM archive;
  CREATE ROLE scanner LOGIN;
  ${postgresTables('belay')}
  GRANT USAGE ON SCHEMA public, belay TO scanner;
  GRANT SELECT ON needed, belay.canary, belay.claim, belay.hold, belay.deletion TO scanner;
  GRANT INSERT, UPDATE, DELETE ON belay.canary, belay.claim TO scanner;
`;

/** The registry as the role that may only do what it needs. */
export function registryOf(
  database: Pick<Postgres, 'client'>,
  covers: PostgresRegistry['covers'][number],
  expectedId?: string,
): PostgresRegistry {
  return postgresRegistry({
    name: 'archives',
    covers: [covers],
    client: () => database.client('scanner'),
    view: 'public.needed',
    expectedId,
    batchRows: 200,
    timeoutMs: 5_000,
  });
}

export async function putEntries(database: Postgres, entries: readonly RegistryEntry[]): Promise<void> {
  const columns = [
    entries.map(({ key }) => key),
    entries.map(({ kind }) => kind),
    entries.map(({ owner }) => owner ?? null),
    entries.map(({ state }) => state),
    entries.map(({ endedAt }) => endedAt ?? null),
  ];
  await database.run(
    `INSERT INTO archive (key, kind, owner, state, ended_at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
     ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, state = excluded.state, ended_at = excluded.ended_at`,
    columns,
  );
}

export function postgresSubject(database: Postgres, scope: Scope): RegistrySubject {
  return {
    name: 'postgres',
    scope,
    registry: registryOf(database, scope.kinds[0]),
    hands: {
      put: (entries) => putEntries(database, entries),
      drop: async (key, { recorded }) => {
        const [row] = await database.run('DELETE FROM archive WHERE key = $1 RETURNING kind, owner', [key]);
        if (!recorded || row === undefined) return;
        const values = [key, row['kind'], row['owner']];
        await database.run('INSERT INTO belay.deletion (key, kind, owner) VALUES ($1, $2, $3)', values);
      },
      hold: async (key, held) => {
        await (held
          ? database.run("INSERT INTO belay.hold (key, by, reason) VALUES ($1, 'Anna', 'a dispute')", [key])
          : database.run('DELETE FROM belay.hold WHERE key = $1', [key]));
      },
      lease: async (key, by) => {
        if (by === undefined) {
          await database.run('DELETE FROM belay.claim WHERE key = $1 AND fence IS NULL', [key]);
          return true;
        }
        const taken = await database.run(
          'INSERT INTO belay.claim (key, holder) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING key',
          [key, by],
        );
        return taken.length === 1;
      },
      clear: async () => {
        await database.run('TRUNCATE archive, belay.canary, belay.claim, belay.hold, belay.deletion');
      },
    },
    levers: {
      cutOff: async () => {
        await database.kill();
        return () => database.start();
      },
    },
  };
}
