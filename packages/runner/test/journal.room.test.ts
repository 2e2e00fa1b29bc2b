import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Journal, sqliteJournal } from '../src/index.ts';
import { opened as open, place, run } from './journal/place.ts';

const stretchBytes = 256 * 1024;

const opened = (path: string, owner: string): Promise<Journal> =>
  open(sqliteJournal(path), owner, () => 1_000);

async function begin(journal: Journal): Promise<void> {
  (await journal.create(run('r')))._unsafeUnwrap();
}

/** Events one by one, each a commit. */
async function commit(journal: Journal, from: number, to: number): Promise<void> {
  for (let seq = from; seq <= to; seq++) {
    const events = [{ kind: 'done', step: `s${seq}`, output: seq }] as const;
    const answer = await journal.append([{ runId: 'r', fence: 1, seq, atMs: 1_000, events }]);
    expect(answer._unsafeUnwrap()).toEqual(['ok']);
  }
}

describe('the log of a journal in a file', () => {
  it('is made longer ahead of the commits, so that the next ones leave its length as it is', async () => {
    using at = place();
    const { path } = at;
    const journal = await opened(path, 'a');
    await begin(journal);
    await commit(journal, 2, 10);
    const before = statSync(`${path}-wal`).size;
    expect(before).toBeGreaterThan(stretchBytes);
    await commit(journal, 11, 50);
    expect(statSync(`${path}-wal`).size).toBe(before);
    await commit(journal, 51, 120);
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(before + stretchBytes / 2);
    (await journal.close())._unsafeUnwrap();
  });

  it('says all that was committed and no more to whoever finds the files after a death', async () => {
    using at = place();
    const { path, folder } = at;
    const journal = await opened(path, 'a');
    await begin(journal);
    await commit(journal, 2, 100);
    const found = join(folder, 'found.db');
    for (const end of ['', '-wal']) copyFileSync(`${path}${end}`, `${found}${end}`);
    const next = await opened(found, 'b');
    const events = (await next.read('r', 1, 1_000))._unsafeUnwrap();
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    await commit(next, 101, 110);
    expect((await next.read('r', 105, 1_000))._unsafeUnwrap()).toHaveLength(6);
    (await next.close())._unsafeUnwrap();
    (await journal.close())._unsafeUnwrap();
  });

  it('holds what two journals on one file write in turn, past the end of the room of either', async () => {
    using at = place();
    const { path } = at;
    const one = await opened(path, 'a');
    const other = await opened(path, 'b');
    await begin(one);
    for (let seq = 2; seq <= 300; seq += 2) {
      await commit(one, seq, seq);
      await commit(other, seq + 1, seq + 1);
    }
    const events = (await one.read('r', 1, 1_000))._unsafeUnwrap();
    expect(events.slice(1).map(({ event }) => event)).toEqual(
      Array.from({ length: 300 }, (_, i) => ({ kind: 'done', step: `s${i + 2}`, output: i + 2 })),
    );
    (await other.close())._unsafeUnwrap();
    (await one.close())._unsafeUnwrap();
  });

  it('grows only as it must where commits are not synced one by one', async () => {
    using at = place();
    const { path } = at;
    const journal = await open(sqliteJournal(path, { synchronous: 'normal' }));
    await begin(journal);
    await commit(journal, 2, 20);
    expect(statSync(`${path}-wal`).size).toBeLessThan(stretchBytes);
    (await journal.close())._unsafeUnwrap();
  });
});
