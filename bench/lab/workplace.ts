// The folder in which labs are made: a filesystem of its own that copies by reference, so that a snapshot is taken in a
// moment, as clouds take theirs. It goes away in the end, also when somebody interrupts the command; and what a command
// has left that was killed is taken away by the next one.

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endLabs } from '../../test/lab/end-labs.ts';

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
  let closing: Promise<readonly string[]> | undefined;
  const close = (): Promise<readonly string[]> => {
    closing ??= takeAway(place);
    return closing;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void close().then((problems) => {
        for (const problem of problems) say(problem);
        process.exit(1);
      });
    });
  }
  const { image, root, labs } = partsOf(place);
  mkdirSync(root);
  command('truncate', '--size', `${sizeGiB}G`, image);
  command('mkfs.xfs', '-q', '-m', 'reflink=1', image);
  command('mount', '-o', 'loop', image, root);
  mkdirSync(labs);
  return { folder: labs, close };
}

function partsOf(place: string): { readonly image: string; readonly root: string; readonly labs: string } {
  const root = join(place, 'disk');
  return { image: join(place, 'disk.img'), root, labs: join(root, 'labs') };
}

async function takeAway(place: string): Promise<readonly string[]> {
  const { root, labs } = partsOf(place);
  const problems = existsSync(labs) ? await endLabs(labs) : [];
  if (problems.length > 0) return problems;
  // Not mounted is fine: it may have been interrupted before.
  attempt('umount', root);
  const mounts = readFileSync('/proc/self/mounts', 'utf8');
  if (mounts.includes(` ${root} `)) return [`${root} is still mounted`];
  rmSync(place, { recursive: true, force: true });
  return [];
}

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

function attempt(name: string, ...words: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(name, words, { encoding: 'utf8' });
}

function command(name: string, ...words: readonly string[]): void {
  const { status, stderr } = attempt(name, ...words);
  if (status !== 0) throw new Error(`${name} ${words.join(' ')}: ${stderr}`);
}
