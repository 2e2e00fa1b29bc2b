// What the PostgreSQL side asks, in which order, and what it makes of each answer: no statement that fails, is cut off or
// never comes back is ever taken for an answer, and nothing is asked after it.

import { getEventListeners } from 'node:events';
import type { Result } from 'neverthrow';
import { expect, test } from 'vitest';
import { itemKey, itemKind, runId, type ScannerError } from '../../src/index.ts';
import type { PostgresRegistry } from '../../src/postgres/index.ts';
import { type Answers, archive, postgresWith, row, scopeUnder } from './fake-postgres.ts';

const scope = scopeUnder('backups/');
const keys = ['backups/a', 'backups/b', 'backups/c'].map((text) => itemKey(text)._unsafeUnwrap());
const run = runId('sweep-7')._unsafeUnwrap();
const claim = { run, fence: 12 };
const counted = (count: number): Answers => ({
  'count(*)::text AS count, pg_current_snapshot': [
    { count: String(count), snapshot: '1:1:', ended_at: '2026-01-01T00:00:01.000Z' },
  ],
});

type Request = Parameters<PostgresRegistry['read']>[0];

async function readAll(registry: PostgresRegistry, request: Partial<Request> = {}) {
  const stream = registry.read({ scope, ...request });
  const batches: string[][] = [];
  for (;;) {
    const next = await stream.next();
    if (next.done === true) return { batches, end: next.value };
    const batch = next.value;
    batches.push(Array.from({ length: batch.count }, (_, index) => batch.entry(index).key));
  }
}

type Ask = (
  registry: PostgresRegistry,
  call?: { readonly signal: AbortSignal },
) => Promise<Result<unknown, ScannerError>>;

/** Every call, and a part of each statement of it, in their order. */
const calls: Readonly<Record<string, readonly [Ask, readonly string[]]>> = {
  read: [
    async (registry, call) => (await readAll(registry, { since: '3/50/3', ...call })).end,
    [
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
      'SET LOCAL row_security = off',
      'pg_is_in_recovery',
      'SELECT pg_current_snapshot',
      'coalesce(max(id), 0)',
      'GROUP BY kind, owner',
      'DECLARE',
      'FETCH',
      'count(*)::text AS count, pg_current',
    ],
  ],
  lookUp: [
    async (registry, call) => registry.lookUp(keys, { ...call }),
    [
      'BEGIN ISOLATION LEVEL READ COMMITTED',
      'SET LOCAL row_security = off',
      'pg_is_in_recovery',
      'AND fence IS NULL',
      'NULL AS nonce',
      'SELECT key, by FROM',
      'max(at)',
      'COMMIT',
    ],
  ],
  claim: [
    async (registry, call) => registry.claim(keys, { ...claim, ...call }),
    [
      'BEGIN ISOLATION LEVEL READ COMMITTED',
      'SET LOCAL row_security = off',
      'pg_is_in_recovery',
      'INSERT INTO "belay".claim',
      'CASE WHEN fence IS NULL',
      'NULL AS nonce',
      'SELECT key, by FROM',
      'max(at)',
      'DELETE FROM "belay".claim',
      'COMMIT',
    ],
  ],
  release: [
    async (registry, call) => registry.release(keys, { ...claim, ...call }),
    [
      'BEGIN ISOLATION LEVEL READ COMMITTED',
      'SET LOCAL row_security = off',
      'pg_is_in_recovery',
      'DELETE FROM "belay".claim',
      'COMMIT',
    ],
  ],
  plantCanaries: [
    async (registry, call) => registry.plantCanaries({ scope, nonce: 'n1', ...call }),
    [
      'BEGIN ISOLATION LEVEL READ COMMITTED',
      'SET LOCAL row_security = off',
      'pg_is_in_recovery',
      'DELETE FROM "belay".canary',
      'INSERT INTO "belay".canary',
      'COMMIT',
    ],
  ],
};

for (const [name, [ask, parts]] of Object.entries(calls)) {
  test(`${name}: each statement is asked, and one that fails or never comes back is the last of all`, async () => {
    const whole = postgresWith();
    expect((await ask(whole.registry)).isOk()).toBe(true);
    expect(whole.statements().map((sql, n) => sql.includes(parts[n] ?? '?'))).toEqual(parts.map(() => true));
    expect(whole.timers()).toBe(0);
    for (const [n, part] of ['CONNECT', ...parts].entries()) {
      for (const how of ['breaks', 'silent'] as const) {
        const server = postgresWith({ [part]: how });
        const error = (await ask(server.registry))._unsafeUnwrapErr();
        expect(error, `${part} ${how}`).toMatchObject({ kind: 'unavailable', source: 'orders' });
        expect(error.message).toContain(
          how === 'silent' ? 'no answer within 20 ms' : 'Connection terminated unexpectedly',
        );
        expect(server.statements(), `${part} ${how}`).toHaveLength(n);
        // Whether a commit whose answer is lost has happened, nobody knows.
        expect(error.applied, part).toBe(part === 'COMMIT' ? 'unknown' : undefined);
        expect([server.ends() > 0, server.timers()]).toEqual([true, 0]);
      }
    }
  });
}

test('the time of the registry is its server’s own, and its identity is asked in the same way', async () => {
  const { registry, statements, ends } = postgresWith();
  expect((await registry.now({}))._unsafeUnwrap()).toBe('2026-01-01T00:00:00.000Z');
  expect((await registry.identity())._unsafeUnwrap()).toMatchObject({
    id: 'postgres:77/3/shop/public.needed',
    environment: 'production',
  });
  expect(statements().filter((sql) => sql === 'COMMIT')).toHaveLength(2);
  expect(ends()).toBeGreaterThanOrEqual(2);
});

test('a read tells its first and last key, its pages and its time, and gives no empty batch', async () => {
  const rows = ['backups/a', 'backups/b', 'backups/c'].map((key) => row(key));
  const { registry, asked } = postgresWith(counted(3), [rows.slice(0, 2), rows.slice(2)]);
  const { batches, end } = await readAll(registry);
  expect(batches).toEqual([['backups/a'], ['backups/b'], ['backups/c']]);
  const statement = end._unsafeUnwrap();
  expect(statement).toMatchObject({
    firstKey: 'backups/a',
    lastKey: 'backups/c',
    pages: 3,
    count: 3,
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:00:01.000Z',
    position: '3/100/7',
  });
  expect(statement).not.toHaveProperty('deletions');
  const declared = asked.find(({ sql }) => sql.startsWith('DECLARE'));
  expect(declared?.values).toEqual([['archive'], 'orders', 'backups/', 'backups0']);
  expect(asked.at(-1)?.values).toEqual(declared?.values);

  const one = postgresWith(counted(1), [[row('backups/a')]]);
  const alone = await readAll(one.registry);
  expect(alone.batches).toEqual([['backups/a']]);
  expect(alone.end._unsafeUnwrap()).toMatchObject({ firstKey: 'backups/a', lastKey: 'backups/a', pages: 2 });
  const none = await readAll(postgresWith().registry);
  expect(none.batches).toEqual([]);
  expect(none.end._unsafeUnwrap()).toMatchObject({ count: 0, pages: 1, ended: 'explicit' });
  expect(none.end._unsafeUnwrap().firstKey).toBeUndefined();
});

test('several prefixes are asked for by ranges of their own; the last of all texts has no end', async () => {
  const { registry, asked } = postgresWith();
  const last = '\u{10ffff}';
  await readAll(registry, { scope: scopeUnder('a/', last) });
  const { sql, values } = asked.find((one) => one.sql.startsWith('DECLARE')) ?? { sql: '', values: [] };
  expect(values).toEqual([['archive'], 'orders', 'a/', 'a0', last]);
  expect(sql).toContain('((key COLLATE "C" >= $3 AND key COLLATE "C" < $4) OR key COLLATE "C" >= $5)');
});

test('what was deleted on purpose is told by kind and owner, and a record that names no kind explains nothing', async () => {
  const { registry, asked } = postgresWith({
    'GROUP BY kind, owner': [
      { kind: 'archive', owner: 'ann', count: '3' },
      { kind: 'archive', owner: null, count: '2' },
      { kind: '', owner: 'ann', count: '9' },
      { kind: null, owner: 'ann', count: '9' },
    ],
  });
  const { end } = await readAll(registry, { since: '3/50/3' });
  expect(end._unsafeUnwrap().deletions).toEqual([
    { kind: 'archive', owner: 'ann', count: 3 },
    { kind: 'archive', count: 2 },
  ]);
  expect(asked.find(({ sql }) => sql.includes('GROUP BY kind, owner'))?.values).toEqual(['3']);
});

test('a position that is none, or lies after this one in any of its parts, was said by another server', async () => {
  const endAt = async (since: string) => (await readAll(postgresWith().registry, { since })).end;
  for (const since of ['3/100/7', '2/100/7', '3/99/7', '3/100/0']) {
    expect((await endAt(since)).isOk(), since).toBe(true);
  }
  for (const since of [
    '4/100/7',
    '3/101/7',
    '3/100/8',
    'x/100/7',
    '3/x/7',
    '3/100/x',
    '3/100',
    '',
    '-1/1/1',
  ]) {
    expect((await endAt(since))._unsafeUnwrapErr(), since).toMatchObject({
      kind: 'not-believed',
      message: `orders stands before ${since}, where it stood the last time: it was restored or is another one.`,
    });
  }
});

test('a connection that breaks while nobody asks is noticed at the next question, which is not asked', async () => {
  const pages = [[row('backups/a'), row('backups/b')], [row('backups/c')]];
  const server = postgresWith(counted(3), pages);
  const stream = server.registry.read({ scope });
  expect((await stream.next()).done).toBe(false);
  server.lose();
  const before = server.statements().length;
  const next = await stream.next();
  expect(next.done === true && next.value._unsafeUnwrapErr()).toMatchObject({
    kind: 'unavailable',
    message: 'orders: the connection failed: terminating connection: administrator command',
  });
  expect(server.statements()).toHaveLength(before);
});

test('a caller that has given up is not asked for, and one that gives up meanwhile waits for nobody', async () => {
  for (const [name, [ask]] of Object.entries(calls)) {
    const server = postgresWith();
    const answer = await ask(server.registry, { signal: AbortSignal.abort() });
    expect(answer._unsafeUnwrapErr(), name).toMatchObject({ kind: 'cancelled', source: 'orders' });
    expect(server.statements(), name).toEqual([]);
    expect(server.ends(), name).toBeGreaterThan(0);
  }
  const stop = new AbortController();
  const server = postgresWith({ 'AND fence IS NULL': 'silent' });
  const waiting = server.registry.lookUp(keys, { signal: stop.signal });
  await new Promise((resolve) => setImmediate(resolve));
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
  stop.abort();
  expect((await waiting)._unsafeUnwrapErr()).toMatchObject({ kind: 'cancelled', source: 'orders' });
  expect([server.timers(), server.ends() > 0]).toEqual([0, true]);
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
});

test('an answer without the columns that it must have is not believed, whoever asks', async () => {
  const noFile = { pg_is_in_recovery: [{ standby: false, encoding: 'UTF8', environment: 'e', layout: 'l' }] };
  const noTrailer = { 'count(*)::text AS count, pg_current_snapshot': [] };
  const wrongs: readonly Answers[] = [noFile, noTrailer, { pg_is_in_recovery: [] }];
  for (const wrong of wrongs) {
    const { end } = await readAll(postgresWith(wrong).registry);
    expect(end._unsafeUnwrapErr()).toMatchObject({ kind: 'not-believed', source: 'orders' });
  }
  const { registry, statements } = postgresWith(noFile);
  expect((await registry.lookUp(keys, {}))._unsafeUnwrapErr()).toMatchObject({
    kind: 'not-believed',
    message: 'orders: the column walfile is no text.',
  });
  expect(statements()).not.toContain('COMMIT');
});

test('a strong read says who needs, holds or uses a key and when it was last needed, in the order of the question', async () => {
  const { registry } = postgresWith({
    'NULL AS nonce': [
      row('backups/b', { state: 'owner-ended' }),
      row('backups/b'),
      row('backups/b', { state: 'intent' }),
      row('backups/c', { state: 'who knows' }),
    ],
    'SELECT key, by FROM': [{ key: 'backups/a', by: 'ann' }],
    'max(at)': [{ key: 'backups/a', at: '2025-12-31T00:00:00.000Z' }],
    'AND fence IS NULL': [{ key: 'backups/a', holder: null }],
  });
  const [a, b, c] = (await registry.lookUp(keys, {}))._unsafeUnwrap();
  expect(a).toEqual({
    key: 'backups/a',
    verdict: 'not-needed',
    hold: 'held',
    inUseBy: 'somebody',
    neededUntil: '2025-12-31T00:00:00.000Z',
  });
  expect(b).toMatchObject({ verdict: 'needed', hold: 'none', why: 'orders has a row for it (needed)' });
  expect(c).toMatchObject({ verdict: 'unknown' });
  const spoilt = postgresWith({ 'NULL AS nonce': [row('backups/a', { kind: null })] });
  expect((await spoilt.registry.lookUp(keys, {}))._unsafeUnwrapErr().kind).toBe('not-believed');
  expect(spoilt.statements()).not.toContain('COMMIT');
});

test('a claim is made in the name of its run and fence, and what turns out to be needed or in doubt is given back', async () => {
  const { registry, asked } = postgresWith({
    'CASE WHEN fence IS NULL': [{ key: 'backups/a', holder: 'run sweep-6' }],
    'NULL AS nonce': [row('backups/b'), row('backups/c', { state: 'who knows' })],
  });
  const answers = (await registry.claim(keys, claim))._unsafeUnwrap();
  expect(answers.map(({ verdict }) => verdict)).toEqual(['not-needed', 'needed', 'unknown']);
  expect(answers[0]).toMatchObject({ inUseBy: 'run sweep-6' });
  const valuesOf = (part: string) => asked.find(({ sql }) => sql.includes(part))?.values;
  expect(valuesOf('INSERT INTO "belay".claim')).toEqual([keys, run, '12']);
  expect(valuesOf('CASE WHEN fence IS NULL')).toEqual([keys, run]);
  expect(valuesOf('DELETE FROM "belay".claim')).toEqual([['backups/b', 'backups/c'], run]);

  const released = postgresWith();
  (await released.registry.release(keys, claim))._unsafeUnwrap();
  const freed = released.asked.find(({ sql }) => sql.includes('DELETE FROM'));
  expect(freed?.values).toEqual([keys, run, '12']);
});

test('canaries are planted under every prefix in place of the earlier ones, and only of a kind that is scanned', async () => {
  const { registry, asked } = postgresWith();
  const planted = (
    await registry.plantCanaries({ scope: scopeUnder('a/', 'b/'), nonce: 'n1' })
  )._unsafeUnwrap();
  expect(planted.map(({ prefix, place }) => `${prefix} ${place}`)).toEqual([
    'a/ first',
    'a/ middle',
    'a/ last',
    'b/ first',
    'b/ middle',
    'b/ last',
  ]);
  const cleared = asked.filter(({ sql }) => sql.includes('DELETE FROM "belay".canary'));
  expect(cleared.map(({ values }) => values)).toEqual([
    ['orders', 'a/'],
    ['orders', 'b/'],
  ]);
  const inserted = asked.find(({ sql }) => sql.includes('INSERT INTO "belay".canary'));
  expect(inserted?.values).toEqual([planted.map(({ key }) => key), 'orders', archive, 'n1']);

  const other = postgresWith();
  const kinds = [itemKind('volume')._unsafeUnwrap()] as const;
  const refused = await other.registry.plantCanaries({ scope: { ...scope, kinds }, nonce: 'n1' });
  expect(refused._unsafeUnwrapErr()).toMatchObject({
    kind: 'invalid',
    message: 'orders plants canaries of the kind archive, which is not scanned.',
  });
  expect(other.statements()).toEqual([]);
});
