import { writeFileSync } from 'node:fs';
import type { Result } from 'neverthrow';
import { sqliteJournal } from '../journal/sqlite.ts';
import type { Journal } from '../journal.ts';
import type { Outcome, RunnerError } from '../outcome.ts';
import { type Effects, openEffects } from './effects.ts';
import { type JournalPoint, type Kill, killJournal } from './kill-journal.ts';

/**
 * The inside of a crash matrix: what a program finds when `crashMatrix` has started it. The program opens a runner on
 * `journal`, calls `recover()` and `run(graph, input, { id })`, and reports the outcome; it does the same in every
 * process, and the journal strikes in the first.
 */
export interface CrashChild {
  /** `run`: the first process, which dies. `recover`: one after it. */
  readonly mode: 'run' | 'recover';
  /** An SQLite journal, not open yet: `openRunner` opens it. */
  readonly journal: Journal;
  /** Hand it to the steps as a service. */
  readonly effects: Effects;
  /** Says how the run came out. To be called once, when the program is through. */
  report(outcome: Result<Outcome<unknown>, RunnerError>): void;
}

/** `undefined` where this process was started by somebody else: the same file may hold the test and its program. */
export function crashChild(): CrashChild | undefined {
  const word = process.env[crashWord];
  if (word === undefined) return undefined;
  // `crashMatrix` wrote it, of the same version.
  const orders = JSON.parse(word) as CrashOrders;
  // The point is nothing that costs; a sync for each commit is what the dead process is not saved by.
  const sqlite = sqliteJournal(orders.journal, { synchronous: 'normal' });
  const journal = killJournal(sqlite, orders.kill);
  return {
    mode: orders.mode,
    journal,
    effects: openEffects(orders.effects),
    report: (outcome) => {
      const report: CrashWord = {
        ...(outcome.isOk() ? { outcome: outcome.value } : { error: outcome.error }),
        points: journal.points,
      };
      writeFileSync(orders.report, JSON.stringify(report));
    },
  };
}

/** The environment variable by which the matrix tells its processes what to do. Not part of the package's surface. */
export const crashWord = 'BELAY_CRASH';

export interface CrashOrders {
  readonly mode: CrashChild['mode'];
  readonly journal: string;
  readonly effects: string;
  readonly report: string;
  readonly kill?: Kill;
}

/** What a process leaves behind when it came to its end. */
export interface CrashWord {
  readonly outcome?: Outcome<unknown>;
  readonly error?: RunnerError;
  readonly points: readonly JournalPoint[];
}
