// Files that are not what they should be, and disks that are full: each with an error that says what to do, and
// without a byte changed that was there before.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { sqliteJournal } from '../src/journal/index.ts';
import type { Append, Journal } from '../src/journal.ts';
import { opened, type Place, place, run } from './journal/place.ts';

const owner = { owner: 'o', leaseMs: 1_000, now: Date.now };

async function openError(path: string) {
  return (await sqliteJournal(path).open(owner))._unsafeUnwrapErr();
}

function events(seq: number, count: number, text = 'x'.repeat(400)): Append {
  const made = Array.from({ length: count }, (_, i) => ({
    kind: 'done' as const,
    step: `step-${seq + i}`,
    output: text,
  }));
  return { runId: 'r', fence: 1, seq, atMs: 1, events: made };
}

/** A closed journal with a run of so many events. */
async function filled(path: string, count: number): Promise<void> {
  const journal = await opened(sqliteJournal(path));
  (await journal.create(run('r')))._unsafeUnwrap();
  (await journal.append([events(2, count)]))._unsafeUnwrap();
  (await journal.close())._unsafeUnwrap();
  rmSync(`${path}.owners`, { recursive: true });
}

/** The same bytes in every run of this test: a failure can be looked at again. */
function noise(length: number, seed: number): Buffer {
  let state = seed;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    }),
  );
}

function untouched(here: Place, bytes: Buffer): void {
  expect(readFileSync(here.path).equals(bytes)).toBe(true);
  expect(readdirSync(here.folder)).toEqual(['journal.db']);
}

describe('a file that is not a journal is corrupt, and is left as it is', () => {
  const kinds: Readonly<Record<string, (path: string) => Promise<void>>> = {
    'a text': async (path) => writeFileSync(path, 'Dear diary, today nothing was lost.\n'.repeat(400)),
    'noise in the header': async (path) => {
      await filled(path, 100);
      const bytes = readFileSync(path);
      noise(100, 1).copy(bytes);
      writeFileSync(path, bytes);
    },
    'another program’s database': async (path) => {
      const db = new DatabaseSync(path);
      db.exec('CREATE TABLE notes (text); INSERT INTO notes VALUES (1)');
      db.close();
    },
    'another program’s database in WAL mode': async (path) => {
      const db = new DatabaseSync(path);
      db.exec('PRAGMA journal_mode = WAL; CREATE TABLE notes (text); INSERT INTO notes VALUES (1)');
      db.close();
    },
  };
  test.each(Object.entries(kinds))('%s', async (_, make) => {
    using here = place();
    await make(here.path);
    const bytes = readFileSync(here.path);
    const error = await openError(here.path);
    expect(error).toMatchObject({ kind: 'corrupt', applied: 'no', journal: `sqlite ${here.path}` });
    expect(error.message).toContain(here.path);
    untouched(here, bytes);
  });
});

test('a journal of a newer format is refused with both numbers, and is left as it is', async () => {
  using here = place();
  await filled(here.path, 10);
  const db = new DatabaseSync(here.path);
  db.exec("UPDATE meta SET value = 7 WHERE name = 'format'");
  db.close();
  const bytes = readFileSync(here.path);
  const error = await openError(here.path);
  expect(error).toMatchObject({ kind: 'newer-format', applied: 'no' });
  expect(error.message).toMatch(/format 7 .* knows 1/);
  untouched(here, bytes);
});

test('noise in the middle is found when it is read: what is given is right, or an error', async () => {
  using here = place();
  await filled(here.path, 200);
  const clean = await opened(sqliteJournal(here.path));
  const due = (await clean.read('r', 1, 1_000))._unsafeUnwrap();
  (await clean.close())._unsafeUnwrap();
  const whole = readFileSync(here.path);
  const pages = whole.length / 4096;
  let found = 0;
  for (let page = 1; page < pages; page++) {
    const damaged = Buffer.from(whole);
    noise(4096, page).copy(damaged, page * 4096);
    writeFileSync(here.path, damaged);
    const journal = sqliteJournal(here.path);
    const result = await journal.open(owner).andThen(() => journal.read('r', 1, 1_000));
    if (result.isErr()) {
      expect(result.error).toMatchObject({ kind: 'corrupt', applied: 'no' });
      found += 1;
    } else {
      expect(result.value).toEqual(due);
    }
    (await journal.close()).unwrapOr(undefined);
  }
  expect(pages).toBeGreaterThan(20);
  // Most pages hold events of this run.
  expect(found).toBeGreaterThan(pages * 0.6);
});

test('a folder that is not there is named', async () => {
  using here = place();
  const folder = join(here.folder, 'nowhere');
  const error = await openError(join(folder, 'journal.db'));
  expect(error).toMatchObject({ kind: 'unavailable', applied: 'no' });
  expect(error.message).toContain(`the folder ${folder} does not exist`);
  expect(readdirSync(here.folder)).toEqual([]);
});

test('a copy that cannot be made says where, leaves nothing behind and harms nothing', async () => {
  using here = place();
  const journal = await opened(sqliteJournal(here.path));
  (await journal.create(run('r')))._unsafeUnwrap();
  const before = readdirSync(here.folder);
  const folder = join(here.folder, 'nowhere');
  const error = (await journal.backupTo(join(folder, 'copy.db')))._unsafeUnwrapErr();
  expect(error).toMatchObject({ kind: 'unavailable', applied: 'no' });
  expect(error.message).toContain(`the folder ${folder} does not exist`);
  writeFileSync(join(here.folder, 'mine.txt'), 'keep me');
  expect((await journal.backupTo(join(here.folder, 'mine.txt')))._unsafeUnwrapErr().kind).toBe('unavailable');
  expect(readFileSync(join(here.folder, 'mine.txt'), 'utf8')).toBe('keep me');
  expect(readdirSync(here.folder)).toEqual([...before, 'mine.txt'].toSorted());
  expect((await journal.append([events(2, 1)]))._unsafeUnwrap()).toEqual(['ok']);
  (await journal.close())._unsafeUnwrap();
});

test('a folder in the place of the file is named', async () => {
  using here = place();
  mkdirSync(here.path);
  const error = await openError(here.path);
  expect(error.kind).toBe('unavailable');
  expect(error.message).toContain(here.path);
});

test('an empty file becomes a journal', async () => {
  using here = place();
  writeFileSync(here.path, '');
  const journal = await opened(sqliteJournal(here.path));
  expect((await journal.create(run('r')))._unsafeUnwrap()).toEqual({ created: true, fence: 1 });
  (await journal.close())._unsafeUnwrap();
});

test('opening fails, its cause is mended, and the same journal opens', async () => {
  using here = place();
  const folder = join(here.folder, 'later');
  const journal = sqliteJournal(join(folder, 'journal.db'));
  expect((await journal.open(owner)).isErr()).toBe(true);
  mkdirSync(folder);
  await opened(journal);
  (await journal.close())._unsafeUnwrap();
});

interface Filling {
  readonly journal: Journal;
  makeRoom(): Promise<void>;
  end(): void;
}

const fillings: Readonly<Record<string, (here: Place) => Promise<Filling>>> = {
  'the journal’s own bound': async (here) => {
    const journal = await opened(sqliteJournal(here.path, { maxSizeMiB: 1 }));
    (await journal.create({ ...run('old'), events: events(1, 1_000).events }))._unsafeUnwrap();
    const over = { runId: 'old', fence: 1, seq: 1_001, atMs: 5, events: [], state: 'success' as const };
    (await journal.append([{ ...over, release: true }]))._unsafeUnwrap();
    const makeRoom = async () => expect((await journal.prune(1_000))._unsafeUnwrap()).toBe(1);
    return { journal, makeRoom, end: () => {} };
  },
  ...(mayMount() && {
    'a file system without room': async (here: Place) => {
      mountSmall(here.folder);
      const journal = await opened(sqliteJournal(here.path));
      const ballast = join(here.folder, 'ballast');
      writeFileSync(ballast, noise(600_000, 1));
      return { journal, makeRoom: async () => rmSync(ballast), end: () => unmount(here.folder) };
    },
  }),
};

test.each(Object.entries(fillings))(
  '%s refuses a write, keeps all that was there, and lets write again once there is room',
  async (_, fill) => {
    using here = place();
    const { journal, makeRoom, end } = await fill(here);
    try {
      await fillAndFree(journal, makeRoom);
      (await journal.close())._unsafeUnwrap();
    } finally {
      end();
    }
  },
);

async function fillAndFree(journal: Journal, makeRoom: Filling['makeRoom']): Promise<void> {
  (await journal.create(run('r')))._unsafeUnwrap();
  let seq = 2;
  for (;;) {
    const result = await journal.append([{ ...events(seq, 20), state: 'stuck' }]);
    if (result.isErr()) {
      expect(result.error).toMatchObject({ kind: 'disk-full', applied: 'no' });
      expect(result.error.message).toContain('nothing of this was written');
      break;
    }
    seq += 20;
    expect(seq).toBeLessThan(100_000);
  }
  expect((await journal.append([events(seq, 400)]))._unsafeUnwrapErr().kind).toBe('disk-full');
  expect((await journal.row('r'))._unsafeUnwrap()).toMatchObject({ lastSeq: seq - 1, ownerIs: 'live' });
  await makeRoom();
  expect((await journal.append([events(seq, 20)]))._unsafeUnwrap()).toEqual(['ok']);
  const kept = (await journal.read('r', 1, 100_000))._unsafeUnwrap();
  expect(kept.map((one) => one.seq)).toEqual(Array.from({ length: seq + 19 }, (_, i) => i + 1));
}

/** Only the superuser may make a small file system to fill. */
function mayMount(): boolean {
  using here = place();
  try {
    mountSmall(here.folder);
  } catch {
    return false;
  }
  unmount(here.folder);
  return true;
}

function mountSmall(folder: string): void {
  asSuperuser('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder);
}

function unmount(folder: string): void {
  asSuperuser('umount', '--lazy', folder);
}

function asSuperuser(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: 'ignore' });
}
