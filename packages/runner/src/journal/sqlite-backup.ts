/**
 * Copies a journal while it is written to. The copy is of one moment, and stands under its name only when it is whole;
 * a file that is already there is left alone.
 */

import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { ResultAsync } from 'neverthrow';
import type { JournalResult } from '../journal.ts';
import { Refusal } from './rules.ts';
import { explain } from './sqlite-error.ts';

/** Pages a turn: a few milliseconds of copying between two looks at everything else. */
const pagesAtOnce = 500;

export function copyTo(from: string, to: string, journal: string): JournalResult<void> {
  return ResultAsync.fromPromise(copy(from, to), (thrown) =>
    explain(thrown, { journal, path: to, committing: false }),
  );
}

async function copy(from: string, to: string): Promise<void> {
  if (existsSync(to)) throw new Refusal('unavailable', `${to} is there already: a copy replaces nothing`);
  const partial = `${to}.partial`;
  clearAway(partial);
  const source = new DatabaseSync(from, { readOnly: true, timeout: 5_000 });
  try {
    // An open read keeps the moment: writers go on beside it, and the copy never has to begin again.
    source.exec('BEGIN; SELECT count(*) FROM meta');
    await backup(source, partial, { rate: pagesAtOnce });
    sync(partial);
    linkSync(partial, to);
  } finally {
    clearAway(partial);
    source.close();
  }
  sync(dirname(to));
}

/** A copy that broke off may leave its rollback file too. */
function clearAway(partial: string): void {
  for (const path of [partial, `${partial}-journal`]) rmSync(path, { force: true });
}

function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
