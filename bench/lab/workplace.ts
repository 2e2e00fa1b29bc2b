// The folder in which labs are made. It goes away in the end, also when somebody interrupts the command; and what a
// command has left that was killed is taken away by the next one.

import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endLabs, endLabsWhenInterrupted } from '../../test/lab/end-labs.ts';

export interface Workplace {
  readonly folder: string;
  /** What could not be taken away is named. */
  close(): Promise<readonly string[]>;
}

const prefix = 'belay-lab-bench-';

export async function openWorkplace(say: (line: string) => void): Promise<Workplace> {
  for (const left of leftBehind()) {
    say(`taking ${left} away, whose command was killed`);
    for (const problem of await endLabs(left)) say(problem);
  }
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  endLabsWhenInterrupted(folder);
  return { folder, close: () => endLabs(folder) };
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
