/**
 * How long a run lies still when its process is killed: a victim begins a run of three steps and hangs in the second;
 * it is killed with SIGKILL; a new process is started at once and carries the run on. The clock runs from just before
 * the kill until the second step's effect is tried again, the new process's start included.
 */

import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Crash } from './contests.ts';
import { start, withFolder } from './fresh-process.ts';
import { reachedWord } from './subjects/task.ts';

const program = new URL('./crash.ts', import.meta.url);

/** Seconds. Rejects where the run was not carried on to its end. */
export function secondsToRecover({ crash }: Crash, source: boolean): Promise<number> {
  return withFolder(async (folder) => {
    const victim = start(program, [crash, folder, 'victim'], source);
    await reached(victim);
    const killedAt = performance.now();
    victim.kill('SIGKILL');
    const heir = start(program, [crash, folder, 'heir'], source);
    const recovered = reached(heir).then(() => (performance.now() - killedAt) / 1000);
    const [seconds] = await Promise.all([recovered, endOf(heir)]);
    return seconds;
  });
}

/** Resolves when the process says that its second step has begun. */
function reached(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error('the child was started without a pipe');
    createInterface(child.stdout).on('line', (line) => {
      if (line === reachedWord) resolve();
    });
    child.once('close', (code) => reject(new Error(`ended with ${code} before its second step`)));
  });
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('close', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`the heir ended with ${code ?? signal}`)),
    );
  });
}
