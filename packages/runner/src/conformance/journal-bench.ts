/**
 * Where a journal case works: a store of its own, a clock that it turns by hand, and journals that are closed again
 * whatever came of the case.
 */

import { isDeepStrictEqual } from 'node:util';
import type { RunEvent, StoredEvent } from '../event.ts';
import type {
  Append,
  Journal,
  JournalError,
  JournalErrorKind,
  JournalResult,
  NewRun,
  RunRow,
} from '../journal.ts';
import { CaseFailed, type CaseHead, type ConformanceCase, check, conformanceCase } from './case.ts';
import type { JournalLevers, JournalStore, JournalSubject } from './journal-subject.ts';

export interface JournalBench {
  readonly store: JournalStore;
  /** Milliseconds since the epoch; the case moves it. */
  nowMs: number;
  /** How long an owner may be silent in these cases. */
  readonly leaseMs: number;
  /** Opens one more journal, as another process would. */
  open(owner: string): Promise<Journal>;
  /** One that is not open, but will be closed. */
  journal(): Journal;
  /** One over a copy. */
  openCopy(path: string, owner: string): Promise<Journal>;
  kill(owner: string): Promise<void>;
}

export type JournalCase = ConformanceCase<JournalSubject>;

/** Makes a case that works on a bench. */
export function journalCase(
  head: CaseHead<JournalSubject>,
  body: (bench: JournalBench) => Promise<void>,
): JournalCase {
  return conformanceCase(head, async (subject) => {
    const opened: Journal[] = [];
    const store = await subject.store();
    try {
      await body(benchOf(store, subject.levers, opened));
    } finally {
      for (const journal of opened) void (await journal.close());
      await store.dispose();
    }
  });
}

function benchOf(store: JournalStore, levers: JournalLevers, opened: Journal[]): JournalBench {
  const leaseMs = 30_000;
  const keep = (journal: Journal): Journal => {
    opened.push(journal);
    return journal;
  };
  const openOne = async (journal: Journal, owner: string): Promise<Journal> => {
    await must(keep(journal).open({ owner, leaseMs, now: () => bench.nowMs }));
    return journal;
  };
  const bench: JournalBench = {
    store,
    nowMs: Date.UTC(2026, 0, 1),
    leaseMs,
    open: (owner) => openOne(store.journal(), owner),
    journal: () => keep(store.journal()),
    openCopy: (path, owner) => {
      if (levers.openCopy === undefined) throw new CaseFailed('There is no lever openCopy.');
      return openOne(levers.openCopy(path), owner);
    },
    kill: async (owner) => {
      await levers.killOwner?.(store, owner);
    },
  };
  return bench;
}

/** The value; an error breaks the promise. */
export async function must<T>(result: JournalResult<T>): Promise<T> {
  const settled = await result;
  if (settled.isErr()) throw new CaseFailed(`${settled.error.kind}: ${settled.error.message}`);
  return settled.value;
}

/** An error of this kind that promises that nothing was written. */
export async function mustFail(
  result: JournalResult<unknown>,
  kind: JournalErrorKind,
): Promise<JournalError> {
  const settled = await result;
  if (settled.isOk()) throw new CaseFailed(`It succeeded, where ${kind} was due.`);
  const { error } = settled;
  check(error.kind === kind, `The error is ${error.kind} and not ${kind}: ${error.message}`);
  check(error.applied === 'no', `The error does not say that nothing was written: ${error.message}`);
  return error;
}

export function same(what: string, found: unknown, due: unknown): void {
  check(
    isDeepStrictEqual(found, due),
    `${what}: ${JSON.stringify(found)} where ${JSON.stringify(due)} was due.`,
  );
}

export function newRun(runId: string, keys: readonly string[] = [], more: Partial<NewRun> = {}): NewRun {
  const input = { machine: runId };
  const events: readonly RunEvent[] = [{ kind: 'created', graph: 'moving', input, keys }];
  return { runId, graph: 'moving', input, keys, atMs: 1_000, events, ...more };
}

/** An append of one event, the run's second if nothing else is said. */
export function append(runId: string, more: Partial<Append> = {}): Append {
  return { runId, fence: 1, seq: 2, atMs: 2_000, events: [done('copy')], ...more };
}

export function done(step: string): RunEvent {
  return { kind: 'done', step };
}

export async function rowOf(journal: Journal, runId: string): Promise<RunRow> {
  const row = await must(journal.row(runId));
  if (row === undefined) throw new CaseFailed(`There is no run ${runId}.`);
  return row;
}

export function eventsOf(journal: Journal, runId: string): Promise<readonly StoredEvent[]> {
  return must(journal.read(runId, 1, 10_000));
}

/** Starts a run that must start. */
export async function start(journal: Journal, run: NewRun): Promise<void> {
  same(`The start of ${run.runId}`, await must(journal.create(run)), { created: true, fence: 1 });
}

/** Who would be in the way of a new run with these keys; leaves nothing behind that holds a key. */
export async function freeKeys(journal: Journal, runId: string, keys: readonly string[]): Promise<boolean> {
  const answer = await must(journal.create(newRun(runId, keys)));
  if (!answer.created) return false;
  await must(journal.append([append(runId, { state: 'reverted', freeKeys: true, release: true })]));
  return true;
}
