import { isDeepStrictEqual } from 'node:util';
import type { Outcome, RunnerError } from '../outcome.ts';
import type { EffectTally } from './effects.ts';
import type { JournalPoint } from './kill-journal.ts';

/** What a crash matrix found out. */
export interface CrashReport {
  /** The run that nobody disturbed: what all others are held against. */
  readonly clean: CrashedRun;
  /** Two for each point of the undisturbed run, in order: before and after. */
  readonly points: readonly CrashPoint[];
  /** Nothing is wrong at any point. */
  readonly holds: boolean;
}

/** One death and what came after it. */
export interface CrashPoint extends CrashedRun {
  readonly point: JournalPoint;
  readonly when: 'before' | 'after';
  /** For a second death, at this point of the process that recovered. */
  readonly second?: number;
  /** Did a process die? Not where the run came to its end with fewer points than the undisturbed one. */
  readonly struck: boolean;
  /** From the death to the first word of the next owner, the start of its process included. */
  readonly recoveredAfterMs: number | undefined;
  /** What is wrong, in sentences; empty where nothing is. */
  readonly problems: readonly string[];
}

/** A run as it was found in the end. */
export interface CrashedRun {
  readonly outcome: Outcome<unknown> | undefined;
  readonly error: RunnerError | undefined;
  /** By key. */
  readonly effects: ReadonlyMap<string, EffectTally>;
  /** Keys that runs still hold. */
  readonly keysHeld: readonly string[];
  /** What SQLite's `integrity_check` says of the journal: `ok` for a whole one. */
  readonly integrity: string;
  /** How often another process took a run over. */
  readonly claims: number;
}

/** What is wrong with a run that was crashed, held against one that was not. */
export function problemsOf(crashed: CrashedRun, clean: CrashedRun): readonly string[] {
  return [
    ...outcomeProblems(crashed, clean),
    ...effectProblems(crashed.effects, clean.effects),
    ...(crashed.integrity === 'ok' ? [] : [`the journal is damaged: ${crashed.integrity}`]),
    ...(crashed.keysHeld.length === clean.keysHeld.length
      ? []
      : [`keys held in the end: ${crashed.keysHeld.join(', ') || 'none'}`]),
  ];
}

function outcomeProblems(crashed: CrashedRun, clean: CrashedRun): readonly string[] {
  if (crashed.outcome === undefined) return [`it came to no outcome: ${crashed.error?.message ?? 'no word'}`];
  if (isDeepStrictEqual(crashed.outcome, clean.outcome)) return [];
  return [`its outcome is ${JSON.stringify(crashed.outcome)} where ${JSON.stringify(clean.outcome)} was due`];
}

/**
 * What stands in the end is what stands without a crash, and on the way nothing stood twice that should stand once. An
 * effect may be done again after it was undone, and one that the undisturbed run never did may come and go.
 */
function effectProblems(crashed: CrashedRun['effects'], clean: CrashedRun['effects']): readonly string[] {
  const keys = new Set([...clean.keys(), ...crashed.keys()]);
  return [...keys].flatMap((key) => {
    const found = crashed.get(key) ?? untouched;
    const due = clean.get(key) ?? untouched;
    const problems: string[] = [];
    if (found.inEffect !== due.inEffect)
      problems.push(`${key} is in effect ${times(found.inEffect)} and not ${times(due.inEffect)}`);
    if (found.mostInEffect > Math.max(1, due.mostInEffect))
      problems.push(`${key} was in effect ${times(found.mostInEffect)} at one time`);
    return problems;
  });
}

const untouched: EffectTally = { inEffect: 0, mostInEffect: 0, done: 0, undone: 0, lines: [] };

/** A line for each point where something is wrong, and one for all. */
export function crashReportText(report: CrashReport): string {
  const wrong = report.points.filter(({ problems }) => problems.length > 0);
  const struck = report.points.filter((each) => each.struck);
  const slowest = Math.max(0, ...struck.map(({ recoveredAfterMs }) => recoveredAfterMs ?? 0));
  const missed = report.points.length - struck.length;
  const outcome = report.clean.outcome?.state ?? 'no outcome';
  return [
    ...wrong.flatMap((each) => each.problems.map((problem) => `${nameOf(each)}: ${problem}`)),
    `${struck.length} deaths of a run whose end is ${outcome}; ${wrong.length} with something wrong; ` +
      `slowest recovery ${Math.round(slowest)} ms${missed === 0 ? '' : `; ${missed} not reached`}`,
  ].join('\n');
}

function nameOf({ point, when, second }: CrashPoint): string {
  const then = second === undefined ? '' : `, then at point ${second} of the recovery`;
  return `killed ${when} point ${point.at} (${point.call}: ${point.says})${then}`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
