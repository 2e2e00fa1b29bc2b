// An export and its manifest: which of them is no evidence, and why. Through the real DuckDB.

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { err } from 'neverthrow';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sortedRegistry } from '../../src/duckdb/index.ts';
import { type FileRegistryOptions, fileRegistry } from '../../src/file/index.ts';
import {
  entryBatch,
  itemKey,
  itemKind,
  keyPrefix,
  type Registry,
  runId,
  type Scope,
  scannerError,
  scopeOf,
} from '../../src/index.ts';

const archive = itemKind('archive')._unsafeUnwrap();
const source = { id: 'export:shop', environment: 'test', schema: '1' };
const hourMs = 3_600_000;
const times = { startedAt: '2026-01-01T00:00:00.000Z', endedAt: '2026-01-01T00:01:00.000Z' };
const startedMs = Date.parse(times.startedAt);
const endedMs = Date.parse(times.endedAt);

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "belay-file's-edges-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const scopeUnder = (...prefixes: readonly string[]): Scope =>
  scopeOf({
    prefixes: prefixes.map((prefix) => keyPrefix(prefix)._unsafeUnwrap()),
    kinds: [archive],
  })._unsafeUnwrap();

const head = 'key,kind,owner,state,ended_at';

/** Writes an export with a manifest that fits it, save for what a test changes. */
function write(name: string, text: string, rows: number, manifest: object = {}): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  const sha256 = createHash('sha256').update(text).digest('hex');
  writeFileSync(`${path}.manifest.json`, JSON.stringify({ source, rows, sha256, ...times, ...manifest }));
  return path;
}

const registryOf = (path: string, more: Partial<FileRegistryOptions> = {}) =>
  fileRegistry({
    name: 'export',
    covers: [archive],
    path,
    temporaryFolder: folder,
    maxAgeMs: hourMs,
    clock: { now: () => endedMs },
    ...more,
  });

interface Asked extends Partial<FileRegistryOptions> {
  readonly since?: string;
  readonly scope?: Scope;
}

async function read(path: string, { since, scope = scopeUnder('backups/'), ...more }: Asked = {}) {
  const stream = registryOf(path, more).read({ scope, since });
  const batches: string[][] = [];
  for (;;) {
    const next = await stream.next();
    if (next.done === true) return { batches, end: next.value };
    const batch = next.value;
    batches.push(Array.from({ length: batch.count }, (_, index) => batch.entry(index).key));
  }
}

const problem = async (path: string, asked: Asked = {}): Promise<string> =>
  (await read(path, asked)).end.match(
    () => 'taken',
    ({ kind, message }) => `${kind}: ${message}`,
  );

const oneRow = `${head}\nbackups/a,archive,ann,needed,\n`;

test('an export is good from its beginning until its greatest age, and not a moment longer', async () => {
  const path = write('export.csv', oneRow, 1);
  const at = (nowMs: number, more: Asked = {}) => problem(path, { clock: { now: () => nowMs }, ...more });
  expect(await at(startedMs + hourMs)).toBe('taken');
  expect(await at(startedMs + hourMs + 1)).toContain('older than maxAgeMs allows');
  // Clocks of two machines differ a little: five minutes.
  expect(await at(endedMs - 5 * 60_000)).toBe('taken');
  expect(await at(endedMs - 5 * 60_000 - 1)).toContain('which is yet to come');
  for (const maxAgeMs of [0, -1, Number.NaN]) {
    expect(await at(endedMs, { maxAgeMs })).toBe(
      `not-believed: export has no limit to its age: maxAgeMs is ${maxAgeMs}.`,
    );
  }
});

test('an export is not older than the last one that was believed', async () => {
  const path = write('export.csv', oneRow, 1);
  expect(await problem(path, { since: times.endedAt })).toBe('taken');
  for (const since of ['2026-01-01T00:01:00.001Z', 'yesterday']) {
    expect(await problem(path, { since })).toContain('it was put back to an earlier day');
  }
});

test('an export that was begun after it ended has no age', async () => {
  const path = write('export.csv', oneRow, 1, { startedAt: '2026-01-01T00:01:00.001Z' });
  expect(await problem(path)).toBe(
    'not-believed: export says that it was begun at 2026-01-01T00:01:00.001Z and written at 2026-01-01T00:01:00.000Z, before that.',
  );
  const still = write('still.csv', oneRow, 1, { startedAt: times.endedAt });
  expect(await problem(still)).toBe('taken');
});

test('a manifest without one of its fields, or with one that is none, is no manifest', async () => {
  const wrong: readonly object[] = [
    { source: undefined },
    { source: 'export:shop' },
    { source: { ...source, id: '' } },
    { source: { ...source, environment: 7 } },
    { source: { ...source, schema: undefined } },
    { sha256: undefined },
    { sha256: '' },
    { rows: '1' },
    { rows: 1.5 },
    { rows: undefined },
    { startedAt: 'yesterday' },
    { startedAt: 7 },
    { endedAt: undefined },
  ];
  for (const manifest of wrong) {
    const path = write('export.csv', oneRow, 1, manifest);
    expect(await problem(path), JSON.stringify(manifest)).toBe(
      `not-believed: export: ${path}.manifest.json is no manifest.`,
    );
    expect((await registryOf(path).now({}))._unsafeUnwrapErr().kind).toBe('not-believed');
  }
  const path = write('export.csv', oneRow, 1);
  for (const text of ['null', '7', '"manifest"']) {
    writeFileSync(`${path}.manifest.json`, text);
    expect(await problem(path), text).toContain('is no manifest');
  }
  writeFileSync(`${path}.manifest.json`, '{');
  expect(await problem(path)).toContain('unavailable: export: SyntaxError');
});

test('a file is the one that its manifest is about, byte by byte; the digest may be written in either case', async () => {
  const path = write('export.csv', oneRow, 1);
  const sha256 = createHash('sha256').update(oneRow).digest('hex').toUpperCase();
  write('export.csv', oneRow, 1, { sha256 });
  expect(await problem(path)).toBe('taken');
  writeFileSync(path, oneRow.replace('needed', 'ended,'));
  expect(await problem(path)).toBe(
    `not-believed: export: ${path} is not the file that its manifest is about.`,
  );
  rmSync(path);
  expect(await problem(path)).toContain('unavailable: export: ENOENT');
  expect((await registryOf(path).now({}))._unsafeUnwrapErr().kind).toBe('unavailable');
});

test('the format is said by the ending of the name, or by whoever knows better', async () => {
  const line = `${JSON.stringify({ key: 'backups/a', kind: 'archive', owner: 'ann', state: 'needed' })}\n`;
  for (const name of ['a.ndjson', 'a.jsonl']) expect(await problem(write(name, line, 1))).toBe('taken');
  for (const name of ['a.csv', 'a.txt', 'a.jsonl.txt']) {
    expect(await problem(write(name, oneRow, 1)), name).toBe('taken');
  }
  expect(await problem(write('b.csv', line, 1), { format: 'ndjson' })).toBe('taken');
  expect(await problem(write('c.ndjson', oneRow, 1), { format: 'csv' })).toBe('taken');
  expect(await problem(write('d.parquet', oneRow, 1))).toContain('not-believed: export cannot be read: ');
  expect(await problem(write('e.csv', oneRow, 1), { format: 'parquet' })).toContain('cannot be read');
});

test('an answer has its first and last key, its pages and its position, and gives no empty batch', async () => {
  const path = write(
    'export.csv',
    [head, 'backups/b,archive,,needed,', 'backups/a,archive,,needed,', 'other/a,archive,,needed,', ''].join(
      '\n',
    ),
    3,
  );
  const { batches, end } = await read(path);
  expect(batches).toEqual([['backups/a'], ['backups/b']]);
  expect(end._unsafeUnwrap()).toEqual({
    source,
    startedAt: times.endedAt,
    endedAt: times.endedAt,
    pages: 1,
    count: 2,
    bytes: 0,
    firstKey: 'backups/a',
    lastKey: 'backups/b',
    ended: 'explicit',
    position: times.endedAt,
  });
  const alone = await read(path, { scope: scopeUnder('other/') });
  expect(alone.batches).toEqual([['other/a']]);
  expect(alone.end._unsafeUnwrap()).toMatchObject({ count: 1, firstKey: 'other/a', lastKey: 'other/a' });
  const none = await read(path, { scope: scopeUnder('nothing/') });
  expect(none.batches).toEqual([]);
  expect(none.end._unsafeUnwrap()).toMatchObject({ count: 0 });
  expect(none.end._unsafeUnwrap().firstKey).toBeUndefined();
});

test('several rows of one key are one entry of several prefixes, the needed one of them; the last text has no end', async () => {
  const last = '\u{10ffff}';
  const rows = [
    'backups/a,archive,ann,owner-ended,2026-01-01 00:00:00',
    'backups/a,archive,ann,needed,',
    'backups/b,archive,ann,owner-ended,2025-12-31 12:00:00',
    `${last}z,archive,,needed,`,
    'backupt,archive,,needed,',
    'backups/v,volume,,needed,',
  ];
  const path = write('export.csv', [head, ...rows, ''].join('\n'), rows.length);
  const stream = registryOf(path).read({ scope: scopeUnder('backups/', last) });
  const entries: object[] = [];
  let next = await stream.next();
  for (; next.done !== true; next = await stream.next()) {
    const batch = next.value;
    for (let index = 0; index < batch.count; index += 1) entries.push(batch.entry(index));
  }
  expect(entries).toEqual([
    { key: 'backups/a', kind: 'archive', owner: 'ann', state: 'needed' },
    {
      key: 'backups/b',
      kind: 'archive',
      owner: 'ann',
      state: 'owner-ended',
      endedAt: '2025-12-31T12:00:00.000Z',
    },
    { key: `${last}z`, kind: 'archive', state: 'needed' },
  ]);
  expect(next.value._unsafeUnwrap()).toMatchObject({ count: 3, lastKey: `${last}z` });
});

test('a row that cannot be read spoils the whole answer', async () => {
  const quoted = `${head}\nbackups/a,archive,"ann,needed,\n`;
  expect(await problem(write('quote.csv', quoted, 1))).toContain('not-believed: export');
  const nobody = `${head}\nbackups/a,,ann,needed,\n`;
  expect(await problem(write('kind.csv', nobody, 1))).toContain('does not say what kind backups/a is of');
});

test('whoever gives up gets no answer: before it, in the middle of it, or when asking for the time', async () => {
  const path = write('export.csv', oneRow, 1);
  const registry = registryOf(path);
  const signal = AbortSignal.abort();
  expect((await registry.now({ signal }))._unsafeUnwrapErr().kind).toBe('cancelled');
  const early = await registry.read({ scope: scopeUnder('backups/'), signal }).next();
  expect(early.done === true && early.value._unsafeUnwrapErr()).toEqual({
    kind: 'cancelled',
    message: 'Reading export was cancelled.',
    source: 'export',
  });
  // Enough rows for several pieces.
  const rows = Array.from({ length: 9_000 }, (_, n) => `backups/${n},archive,,needed,`);
  const long = write('long.csv', [head, ...rows, ''].join('\n'), rows.length);
  const stop = new AbortController();
  const stream = registryOf(long).read({ scope: scopeUnder('backups/'), signal: stop.signal });
  expect((await stream.next()).done).toBe(false);
  stop.abort();
  const next = await stream.next();
  expect(next.done === true && next.value._unsafeUnwrapErr().kind).toBe('cancelled');
});

test('nobody can be asked about now by an export: strong reads and claims are not supported, and nothing is planted', async () => {
  const registry = registryOf(write('export.csv', oneRow, 1));
  expect((await registry.now({}))._unsafeUnwrap()).toBe(times.endedAt);
  const request = { run: runId('r')._unsafeUnwrap(), fence: 1 };
  const answers = [
    await registry.lookUp([], {}),
    await registry.claim([], request),
    await registry.release([], request),
  ];
  expect(answers.map((answer) => answer._unsafeUnwrapErr().kind)).toEqual(Array(3).fill('unsupported'));
  const planted = await registry.plantCanaries({ scope: scopeUnder('backups/'), nonce: 'n' });
  expect(planted._unsafeUnwrap()).toEqual([]);
});

test('a DuckDB that cannot be started as it was asked to is named', async () => {
  const path = write('export.csv', oneRow, 1);
  expect(await problem(path, { memoryLimitMiB: Number.NaN })).toContain('unavailable: export: ');
});

test('a side that cannot be read to its end while it is sorted is told to close what it has open', async () => {
  let isClosed = false;
  const side: Registry = {
    ...registryOf(write('export.csv', oneRow, 1)),
    async *read() {
      try {
        const one = { key: itemKey('backups/a')._unsafeUnwrap(), kind: archive, state: 'needed' } as const;
        yield { ...entryBatch([one]), entry: () => JSON.parse('{') };
        return err(scannerError('unavailable', 'nobody comes here'));
      } finally {
        isClosed = true;
      }
    },
  };
  const sorted = sortedRegistry(side, { temporaryFolder: folder });
  const next = await sorted.read({ scope: scopeUnder('backups/') }).next();
  expect(next.done === true && next.value._unsafeUnwrapErr().kind).toBe('unavailable');
  expect(isClosed).toBe(true);
});
