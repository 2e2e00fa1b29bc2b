// What the PostgreSQL side refuses to believe, against a server that says what the test wants. The port's promises are put
// to a real one by `npm run test:scanner:real`.

import { expect, test } from 'vitest';
import { itemKey, itemKind, keyPrefix, runId, scopeOf } from '../../src/index.ts';
import { type PgClient, postgresRegistry, postgresTables } from '../../src/postgres/index.ts';

const archive = itemKind('archive')._unsafeUnwrap();
const scope = scopeOf({
  prefixes: [keyPrefix('backups/')._unsafeUnwrap()],
  kinds: [archive],
})._unsafeUnwrap();

interface Server {
  standby: boolean;
  encoding: string;
  environment: string | null;
  layout: string | null;
  walfile: string;
  lsn: string;
  /** What the trailer says: how many rows there are, and in which snapshot. */
  count?: number;
  endSnapshot: string;
  rows: readonly Readonly<Record<string, string | null>>[];
  /** Breaks the connection at the first statement that holds this text. */
  breaksAt?: string;
  /** Never answers a statement that holds this text. */
  silentAt?: string;
}

const healthy: Server = {
  standby: false,
  encoding: 'UTF8',
  environment: 'production',
  layout: 'key text,kind text',
  walfile: '00000003000000160000000B',
  lsn: '16/B374D848',
  endSnapshot: '1:1:',
  rows: ['a', 'b', 'c'].map((name) => row(`backups/${name}`)),
};

function row(key: string, state = 'needed') {
  return { key, kind: 'archive', owner: null, state, ended_at: null, nonce: null };
}

function serverWith(change: Partial<Server> = {}) {
  const server = { ...healthy, ...change };
  const asked: string[] = [];
  let left: Server['rows'] = [];
  const answer = (sql: string): readonly object[] => {
    if (sql.includes('pg_is_in_recovery')) {
      const { standby, encoding, environment, layout, walfile, lsn } = server;
      const now = '2026-01-01T00:00:00.000Z';
      return [{ standby, encoding, environment, layout, walfile, lsn, now, database: 'shop', system: '77' }];
    }
    if (sql.includes('count(*)::text AS count, pg_current_snapshot')) {
      const count = String(server.count ?? server.rows.length);
      return [{ count, snapshot: server.endSnapshot, ended_at: '2026-01-01T00:00:01.000Z' }];
    }
    if (sql.includes('pg_current_snapshot')) return [{ snapshot: '1:1:' }];
    if (sql.includes('coalesce(max(id), 0)')) return [{ id: '7' }];
    if (sql.startsWith('DECLARE')) left = server.rows;
    if (sql.startsWith('FETCH')) {
      const some = left.slice(0, 2);
      left = left.slice(2);
      return some;
    }
    return [];
  };
  const client = (): PgClient => ({
    connect: async () => undefined,
    query: (sql) => {
      asked.push(sql);
      if (server.silentAt !== undefined && sql.includes(server.silentAt)) return new Promise(() => undefined);
      if (server.breaksAt !== undefined && sql.includes(server.breaksAt)) {
        return Promise.reject(new Error('Connection terminated unexpectedly'));
      }
      return Promise.resolve({ rows: answer(sql) });
    },
    end: async () => undefined,
    on: () => undefined,
  });
  return { asked, client };
}

function registryAt({ client }: { client: () => PgClient }, expectedId?: string) {
  return postgresRegistry({
    name: 'orders',
    covers: [archive],
    client,
    view: 'public.needed',
    expectedId,
    batchRows: 2,
    timeoutMs: 50,
  });
}

async function readFrom(change: Partial<Server> = {}, expectedId?: string, since?: string) {
  const server = serverWith(change);
  const stream = registryAt(server, expectedId).read({ scope, since });
  const keys: string[] = [];
  for (;;) {
    const next = await stream.next();
    if (next.done === true) return { keys, end: next.value, server };
    for (let i = 0; i < next.value.count; i++) keys.push(next.value.entry(i).key);
  }
}

test('a whole answer names the cluster, its timeline and its position, and ends with a count of its own', async () => {
  const { keys, end } = await readFrom();
  expect(keys).toEqual(['backups/a', 'backups/b', 'backups/c']);
  expect(end._unsafeUnwrap()).toMatchObject({
    source: { id: 'postgres:77/3/shop/public.needed', environment: 'production' },
    count: 3,
    ended: 'explicit',
    position: `3/${(0x16n << 32n) + 0xb374d848n}/7`,
  });
});

test('all of it is asked in one read-only snapshot, in which hidden rows are an error', async () => {
  const server = serverWith();
  const stream = registryAt(server).read({ scope });
  while ((await stream.next()).done !== true);
  expect(server.asked[0]).toBe('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  expect(server.asked[1]).toBe('SET LOCAL row_security = off');
  expect(server.asked.find((sql) => sql.startsWith('DECLARE'))).toMatch(/COLLATE "C"[\s\S]*ORDER BY key$/);
  expect(server.asked.filter((sql) => /\b(COMMIT|ROLLBACK|INSERT|UPDATE|DELETE)\b/.test(sql))).toEqual([]);
});

test('a server that is not the one, or cannot be sure of itself, is not believed', async () => {
  const id = 'postgres:77/3/shop/public.needed';
  const wrong: readonly Partial<Server>[] = [
    { standby: true },
    { encoding: 'LATIN1' },
    { environment: null },
    { layout: null },
    // Promoted, or recovered to a point in time: the same cluster on another timeline.
    { walfile: '00000004000000160000000B' },
  ];
  expect((await readFrom({}, id)).end.isOk()).toBe(true);
  for (const change of wrong) {
    const server = serverWith(change);
    expect((await readFrom(change, id)).end._unsafeUnwrapErr().kind).toBe('not-believed');
    const registry = registryAt(server, id);
    const key = itemKey('backups/a')._unsafeUnwrap();
    expect((await registry.lookUp([key], {}))._unsafeUnwrapErr().kind).toBe('not-believed');
    const run = runId('r')._unsafeUnwrap();
    expect((await registry.claim([key], { run, fence: 1 }))._unsafeUnwrapErr().kind).toBe('not-believed');
    expect((await registry.now({}))._unsafeUnwrapErr().kind).toBe('not-believed');
  }
});

test('a cursor that stops short, or ends in another snapshot, is no answer', async () => {
  expect((await readFrom({ count: 4 })).end._unsafeUnwrapErr()).toMatchObject({
    kind: 'not-believed',
    message: 'orders sent 3 rows of 4.',
  });
  expect((await readFrom({ endSnapshot: '2:2:' })).end._unsafeUnwrapErr().kind).toBe('not-believed');
});

test('a connection that breaks, or falls silent, at any statement is an error and not an end', async () => {
  for (const at of [
    'BEGIN',
    'pg_is_in_recovery',
    'DECLARE',
    'FETCH',
    'count(*)::text AS count, pg_current',
  ]) {
    for (const change of [{ breaksAt: at }, { silentAt: at }]) {
      expect((await readFrom(change)).end._unsafeUnwrapErr().kind).toBe('unavailable');
    }
  }
});

test('a server that stands before where it stood the last time was restored, and is not believed', async () => {
  const lsn = (0x16n << 32n) + 0xb374d848n;
  const ends = await Promise.all(
    [`3/${lsn}/7`, `3/${lsn + 1n}/7`, `4/${lsn}/7`, `3/${lsn}/8`, 'nonsense'].map(
      async (since) => (await readFrom({}, undefined, since)).end,
    ),
  );
  expect(ends.map((end) => end.isOk())).toEqual([true, false, false, false, false]);
});

test('two rows of one key are one, and a key that is none spoils the answer', async () => {
  const twice = [row('backups/a', 'owner-ended'), row('backups/a'), row('backups/b', 'who knows')];
  const { keys, end } = await readFrom({ rows: twice });
  expect(keys).toEqual(['backups/a', 'backups/b']);
  expect(end._unsafeUnwrap().count).toBe(2);
  expect((await readFrom({ rows: [row('')] })).end._unsafeUnwrapErr().kind).toBe('not-believed');
});

test('a row without a kind is asked for with the others, and spoils the answer: it may be about anything', async () => {
  const { server, end } = await readFrom({ rows: [{ ...row('backups/a'), kind: null }] });
  expect(end._unsafeUnwrapErr().kind).toBe('not-believed');
  expect(server.asked.find((sql) => sql.startsWith('DECLARE'))).toContain('kind IS NULL OR kind = ANY');
});

test('a name cannot break out of its quotes', () => {
  expect(postgresTables('a"b')).toContain('"a""b".claim');
});
