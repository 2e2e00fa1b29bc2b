// The folder in which labs are made: a filesystem of its own that copies by reference, so that a snapshot is taken in a
// moment, as clouds take theirs. It goes away in the end, also when somebody interrupts the command; and what a command
// has left that was killed is taken away by the next one.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attempt, partsOf, takeAway } from './take-away.ts';

export interface Workplace {
  readonly folder: string;
  /** What could not be taken away is named. */
  close(): Promise<readonly string[]>;
}

const prefix = 'belay-lab-bench-';
/** No more than is written takes room on the box. */
const sizeGiB = 48;

export async function openWorkplace(say: (line: string) => void): Promise<Workplace> {
  for (const left of leftBehind()) {
    say(`taking ${left} away, whose command was killed`);
    for (const problem of await takeAway(left)) say(problem);
  }
  const place = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => becomeTakeAway(place));
  }
  const { image, root, labs } = partsOf(place);
  mkdirSync(root);
  command('truncate', '--size', `${sizeGiB}G`, image);
  command('mkfs.xfs', '-q', '-m', 'reflink=1', image);
  command('mount', '-o', 'loop', image, root);
  mkdirSync(labs);
  return { folder: labs, close: () => takeAway(place) };
}

/** Whatever went on in this process ends at once, and its locks are free: what is taken away is made anew by nobody. */
function becomeTakeAway(place: string): void {
  const program = fileURLToPath(new URL('./take-away.ts', import.meta.url));
  process.execve?.(process.execPath, [process.execPath, ...process.execArgv, program, place], process.env);
}

/** Places whose command is gone. A place bears the number of the process that made it. */
function leftBehind(): readonly string[] {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith(prefix) && !isAtWork(Number(name.slice(prefix.length).split('-')[0])))
    .map((name) => join(tmpdir(), name));
}

/** A number may by now be another process: only one that runs this bench counts. */
function isAtWork(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('bench/lab');
  } catch {
    return false;
  }
}

function command(name: string, ...words: readonly string[]): void {
  const { status, stderr } = attempt(name, ...words);
  if (status !== 0) throw new Error(`${name} ${words.join(' ')}: ${stderr}`);
}
