// A PostgreSQL server that says what the test wants, for the ways in which the side must not believe it. It answers to
// the statements by a part of their text, keeps to one connection a client, and refuses what comes after its end.

import { type ItemKind, itemKind, keyPrefix, type Scope, scopeOf } from '../../src/index.ts';
import { stillClock } from '../../src/memory.ts';
import { type PgClient, type PostgresRegistry, postgresRegistry } from '../../src/postgres/index.ts';

export const archive: ItemKind = itemKind('archive')._unsafeUnwrap();

export function scopeUnder(...prefixes: readonly string[]): Scope {
  return scopeOf({
    prefixes: prefixes.map((prefix) => keyPrefix(prefix)._unsafeUnwrap()),
    kinds: [archive],
  })._unsafeUnwrap();
}

type Rows = readonly object[];

/** What is answered to the first statement of which the text is a part; `breaks` and `silent` are no answers. */
export type Answers = Readonly<Record<string, Rows | 'breaks' | 'silent'>>;

const healthy: Answers = {
  pg_is_in_recovery: [
    {
      standby: false,
      encoding: 'UTF8',
      environment: 'production',
      layout: 'key text,kind text',
      walfile: '00000003000000160000000B',
      lsn: '0/64',
      now: '2026-01-01T00:00:00.000Z',
      database: 'shop',
      system: '77',
    },
  ],
  'count(*)::text AS count, pg_current_snapshot': [
    { count: '0', snapshot: '1:1:', ended_at: '2026-01-01T00:00:01.000Z' },
  ],
  'SELECT pg_current_snapshot': [{ snapshot: '1:1:' }],
  'coalesce(max(id), 0)': [{ id: '7' }],
};

/** A row of the view. */
export function row(key: string, more: object = {}): object {
  return { key, kind: 'archive', owner: null, state: 'needed', ended_at: null, nonce: null, ...more };
}

/** The word of the end is a part of the first statement, too: READ COMMITTED. */
function isAbout(sql: string, part: string): boolean {
  return part === 'COMMIT' ? sql === part : sql.includes(part);
}

interface FakePostgres {
  readonly registry: PostgresRegistry;
  readonly asked: readonly { readonly sql: string; readonly values: readonly unknown[] }[];
  statements(): readonly string[];
  /** The connection breaks while nobody asks. */
  lose(): void;
  /** How often a connection was ended. */
  ends(): number;
  /** How many of its timers still run. */
  timers(): number;
}

/** The server, and a registry over it. */
export function postgresWith(answers: Answers = {}, pages: readonly Rows[] = []): FakePostgres {
  const asked: { readonly sql: string; readonly values: readonly unknown[] }[] = [];
  const listeners: ((error: Error) => void)[] = [];
  const clock = stillClock();
  let ends = 0;
  let timers = 0;
  const known = Object.entries({ ...answers, ...healthy }).map(([part, rows]) => ({
    part,
    rows: answers[part] ?? rows,
  }));
  const client = (): PgClient => {
    let isOpen = false;
    const left = [...pages];
    const answer = (sql: string): Promise<{ readonly rows: Rows }> => {
      const found = known.find(({ part }) => isAbout(sql, part))?.rows ?? [];
      if (found === 'silent') return new Promise(() => undefined);
      if (found === 'breaks') return Promise.reject(new Error('Connection terminated unexpectedly'));
      return Promise.resolve({ rows: sql.startsWith('FETCH') ? (left.shift() ?? []) : found });
    };
    return {
      connect: () => {
        isOpen = true;
        return answer('CONNECT').then(() => undefined);
      },
      query: (sql, values = []) => {
        asked.push({ sql, values });
        return isOpen ? answer(sql) : Promise.reject(new Error('Client was closed and is not queryable'));
      },
      end: async () => {
        isOpen = false;
        ends += 1;
      },
      on: (_, listener) => listeners.push(listener),
    };
  };
  const registry: PostgresRegistry = postgresRegistry({
    name: 'orders',
    covers: [archive],
    client,
    view: 'public.needed',
    batchRows: 2,
    timeoutMs: 20,
    clock: {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      after: (delayMs, callback) => {
        timers += 1;
        const timer = setTimeout(callback, delayMs);
        let isOver = false;
        return () => {
          if (!isOver) timers -= 1;
          isOver = true;
          clearTimeout(timer);
        };
      },
    },
  });
  return {
    registry,
    asked,
    statements: () => asked.map(({ sql }) => sql),
    lose: () => {
      for (const listener of listeners) listener(new Error('terminating connection: administrator command'));
    },
    ends: () => ends,
    timers: () => timers,
  };
}
