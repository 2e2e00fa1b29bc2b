import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { sqliteJournal } from '../journal/sqlite.ts';
import type { JournalResult } from '../journal.ts';
import type { CrashWord } from './crash-child.ts';
import type { CrashedRun } from './crash-report.ts';
import { openEffects } from './effects.ts';

/** Looks at what a run left behind: its journal from the outside, and its effects. */
export async function findRun(
  place: { readonly journal: string; readonly effects: string },
  word: CrashWord | undefined,
): Promise<CrashedRun & { readonly claimedAtMs: readonly number[] }> {
  const effects = openEffects(place.effects).tally();
  if (effects.isErr()) throw new Error(`the effects cannot be read: ${effects.error.message}`);
  const integrity = existsSync(place.journal) ? integrityOf(place.journal) : 'there is no journal';
  const { keysHeld, claimedAtMs } =
    integrity === 'ok' ? await inJournal(place.journal) : { keysHeld: [], claimedAtMs: [] };
  return {
    outcome: word?.outcome,
    error: word?.error,
    effects: effects.value,
    keysHeld,
    integrity,
    claims: claimedAtMs.length,
    claimedAtMs,
  };
}

function integrityOf(path: string): string {
  const db = new DatabaseSync(path);
  try {
    return String(db.prepare('PRAGMA integrity_check').get()?.['integrity_check']);
  } finally {
    db.close();
  }
}

async function inJournal(path: string): Promise<{ keysHeld: string[]; claimedAtMs: number[] }> {
  const journal = sqliteJournal(path);
  await mustRead(journal.open({ owner: 'crash-matrix', leaseMs: 30_000, now: () => Date.now() }));
  const keysHeld: string[] = [];
  const claimedAtMs: number[] = [];
  for (const row of await mustRead(journal.rows({}))) {
    if (row.keysHeld) keysHeld.push(...row.keys);
    for (const { event, atMs } of await mustRead(journal.read(row.runId, 1, 1_000_000)))
      if (event.kind === 'claimed') claimedAtMs.push(atMs);
  }
  await mustRead(journal.close());
  return { keysHeld, claimedAtMs };
}

/** A journal that is whole can be read; one that cannot is not what a matrix reports on. */
async function mustRead<T>(result: JournalResult<T>): Promise<T> {
  const read = await result;
  if (read.isErr()) throw new Error(read.error.message);
  return read.value;
}
