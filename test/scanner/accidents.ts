// What can happen to a database while it is being asked: each accident is done to the real server or its wire, and is
// undone by the people who repair it.

import type pg from 'pg';
import type { Postgres } from './postgres.ts';
import type { WireSwitch } from './switch.ts';

/** The servers that an accident may act on. */
export interface Place {
  readonly database: Postgres;
  readonly wire: WireSwitch;
  /** The same schema without a row, as after a restore that went wrong. */
  readonly empty: Postgres;
  /** Was a standby that lagged behind, and has been promoted. */
  readonly stale: Postgres;
}

/** Happens; gives back how it is repaired. */
export type Accident = (place: Place) => Promise<() => Promise<void>>;

export const accidents: Readonly<Record<string, Accident>> = {
  killed: async ({ database }) => {
    await database.kill();
    return () => database.start();
  },
  'cut off': async ({ wire, database }) => {
    wire.cut();
    return async () => wire.lead(database.port);
  },
  'behind a firewall that swallows': async ({ wire, database }) => {
    wire.swallow();
    return async () => wire.lead(database.port);
  },
  'read-only': async ({ database }) => {
    await database.run('ALTER DATABASE shop SET default_transaction_read_only = on');
    return async () => {
      await database.run('BEGIN READ WRITE; ALTER DATABASE shop RESET default_transaction_read_only; COMMIT');
    };
  },
  'restored empty': async ({ wire, database, empty }) => {
    wire.lead(empty.port);
    return async () => wire.lead(database.port);
  },
  'promoted from a stale replica': async ({ wire, database, stale }) => {
    wire.lead(stale.port);
    return async () => wire.lead(database.port);
  },
  truncated: async ({ database }) => {
    await database.run('CREATE TABLE saved AS TABLE archive; DELETE FROM archive WHERE id % 3 > 0');
    return async () => {
      await database.run(
        `INSERT INTO archive OVERRIDING SYSTEM VALUE SELECT * FROM saved ON CONFLICT DO NOTHING; DROP TABLE saved`,
      );
    };
  },
  'out of connection slots': async ({ database }) => {
    const taken: pg.Client[] = [];
    for (;;) {
      try {
        taken.push(await database.open());
      } catch {
        break;
      }
    }
    return async () => {
      await Promise.all(taken.map((client) => client.end()));
    };
  },
};
