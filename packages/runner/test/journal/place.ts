// A folder for a test's journal, and the few words that all these tests begin with.

import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Journal, NewRun } from '../../src/journal.ts';

export interface Place {
  readonly folder: string;
  /** Where the journal is, or will be. */
  readonly path: string;
  [Symbol.dispose](): void;
}

export function place(): Place {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'belay-journal-')));
  return {
    folder,
    path: join(folder, 'journal.db'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export async function opened(
  journal: Journal,
  owner = 'test',
  now: () => number = Date.now,
): Promise<Journal> {
  const result = await journal.open({ owner, leaseMs: 30_000, now });
  result._unsafeUnwrap();
  return journal;
}

export function run(runId: string, keys: readonly string[] = []): NewRun {
  const event = { kind: 'created', graph: 'moving', input: null, keys } as const;
  return { runId, graph: 'moving', input: null, keys, atMs: 1, events: [event] };
}
