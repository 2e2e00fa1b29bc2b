import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { type Failure, failureOf } from '../failure.ts';
import { findRun } from './crash-finding.ts';
import { type CrashProcessOptions, type EndedProcess, runProcess } from './crash-process.ts';
import { type CrashedRun, type CrashPoint, type CrashReport, problemsOf } from './crash-report.ts';
import type { JournalPoint } from './kill-journal.ts';

/**
 * Kills a program at every point of its run and lets another process carry on. The program is a script that finds its
 * journal and its effects with `crashChild()`. It is first run undisturbed; then, for each call that changed the
 * journal, once more in a place of its own, where SIGKILL strikes before that call is durable, and again where it
 * strikes after. Another process of the same program recovers, and what is found in the end is held against the
 * undisturbed run: outcome, effects by key, keys and the journal's integrity.
 */
export interface CrashMatrixOptions {
  /** The script, as a path or a `file:` URL. */
  readonly program: string | URL;
  /** Handed to the script after its name. */
  readonly args?: readonly string[];
  /** For Node, before the script: `['--conditions=…']`. */
  readonly execArgv?: readonly string[];
  /** An existing folder. What belongs to points without a problem is removed again. */
  readonly dir: string;
  /** Points to kill at, from 1 on; all where absent. */
  readonly points?: 'all' | readonly number[];
  /** Kills the process that recovers too, at each of these points of its own, and recovers once more. */
  readonly second?: readonly number[];
  /** Deaths played side by side; 2 where absent. */
  readonly parallel?: number;
  /** For one process; 30 s where absent. One that takes longer is a problem of its point. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Errors, as `Failure`: `crash-program` where the program does not come to an outcome even undisturbed, `aborted` with
 * the signal, `thrown` where a folder or process could not be made.
 */
export function crashMatrix(options: CrashMatrixOptions): ResultAsync<CrashReport, Failure> {
  return new ResultAsync(new Matrix(options).play().catch((thrown: unknown) => err(failureOf(thrown))));
}

interface Death {
  readonly point: JournalPoint;
  readonly when: 'before' | 'after';
  readonly second?: number;
}

class Matrix {
  private readonly options: CrashMatrixOptions;
  private readonly process: CrashProcessOptions;

  constructor(options: CrashMatrixOptions) {
    this.options = options;
    const { program } = options;
    this.process = {
      program: program instanceof URL || program.startsWith('file:') ? fileURLToPath(program) : program,
      args: options.args ?? [],
      execArgv: options.execArgv ?? [],
      timeoutMs: options.timeoutMs ?? 30_000,
      compiled: join(options.dir, 'compiled'),
      signal: options.signal,
    };
  }

  async play(): Promise<Result<CrashReport, Failure>> {
    const place = this.placeFor('clean');
    const ended = await runProcess(this.process, { mode: 'run', ...place });
    if (ended.word?.outcome === undefined) return err(this.failed(ended));
    const clean = await findRun(place, ended.word);
    const points = await this.playAll(this.deaths(ended.word.points), clean);
    if (this.options.signal?.aborted)
      return err({ kind: 'aborted', message: 'the crash matrix was told to stop' });
    return ok({ clean, points, holds: points.every(({ problems }) => problems.length === 0) });
  }

  private deaths(points: readonly JournalPoint[]): readonly Death[] {
    const { points: wanted = 'all', second = [] } = this.options;
    const chosen = wanted === 'all' ? points : points.filter(({ at }) => wanted.includes(at));
    const seconds = [undefined, ...second];
    return chosen.flatMap((point) =>
      (['before', 'after'] as const).flatMap((when) =>
        seconds.map((each) => ({ point, when, ...(each !== undefined && { second: each }) })),
      ),
    );
  }

  /** Several at once, each in its own place; in the order in which they were asked for. */
  private async playAll(deaths: readonly Death[], clean: CrashedRun): Promise<readonly CrashPoint[]> {
    const found: CrashPoint[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let i = next++; i < deaths.length && !this.options.signal?.aborted; i = next++) {
        const death = deaths[i];
        if (death !== undefined) found[i] = await this.playOne(death, clean);
      }
    };
    await Promise.all(Array.from({ length: Math.max(1, this.options.parallel ?? 2) }, worker));
    return found;
  }

  private async playOne(death: Death, clean: CrashedRun): Promise<CrashPoint> {
    const { point, when, second: at } = death;
    const name = `${point.at}-${when}${at === undefined ? '' : `-then-${at}`}`;
    const place = this.placeFor(name);
    const first = await runProcess(this.process, { mode: 'run', ...place, kill: { at: point.at, when } });
    const second =
      at === undefined || first.end !== 'SIGKILL'
        ? undefined
        : await runProcess(this.process, { mode: 'recover', ...place, kill: { at, when } });
    const last = await runProcess(this.process, { mode: 'recover', ...place });
    const run = await findRun(place, last.word);
    const problems = [
      ...[first, second].flatMap((each) => (each === undefined ? [] : deathProblems(each))),
      ...(last.word === undefined ? [`the recovery gave no word: ${endOf(last)}`] : []),
      ...problemsOf(run, clean),
    ];
    if (problems.length === 0) rmSync(join(this.options.dir, name), { recursive: true, force: true });
    const claimedAtMs = run.claimedAtMs[0];
    return {
      ...run,
      ...death,
      struck: first.end === 'SIGKILL',
      recoveredAfterMs: claimedAtMs === undefined ? undefined : claimedAtMs - first.endedAtMs,
      problems,
    };
  }

  private placeFor(name: string): { journal: string; effects: string; report: string } {
    const folder = join(this.options.dir, name);
    mkdirSync(folder, { recursive: true });
    return {
      journal: join(folder, 'journal.db'),
      effects: join(folder, 'effects.jsonl'),
      report: join(folder, 'report.json'),
    };
  }

  private failed(ended: EndedProcess): Failure {
    if (this.options.signal?.aborted)
      return { kind: 'aborted', message: 'the crash matrix was told to stop' };
    const why = ended.word?.error?.message ?? endOf(ended);
    return {
      kind: 'crash-program',
      message: `${this.process.program} came to no outcome, with nobody disturbing it: ${why}`,
    };
  }
}

/** A process that was to die may have come to its end before; any other end is a problem of its own. */
function deathProblems(ended: EndedProcess): readonly string[] {
  if (ended.timedOut) return [`a process took too long: ${endOf(ended)}`];
  if (ended.end === 'SIGKILL' || ended.end === 0) return [];
  return [`a process ended otherwise: ${endOf(ended)}`];
}

function endOf({ end, said, timedOut }: EndedProcess): string {
  const how = timedOut ? 'it was stopped for taking too long' : `it ended with ${end}`;
  return `${how}${said === '' ? '; did it call report()?' : `: ${said.trim()}`}`;
}
