/**
 * Each measurement has a process and a folder of its own: nobody's garbage is another's, and no database is anybody else's.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answer, Task } from './subjects/task.ts';

/** The repository's own disk, not a temporary folder that may be memory. */
const scratch = join(import.meta.dirname, '..', '..', '.cache', 'bench-runner');
/** Nothing here takes minutes: what does has hung. */
const patienceMs = 180_000;

/** Gives a new folder for the time of `use`. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  mkdirSync(scratch, { recursive: true });
  const folder = mkdtempSync(join(scratch, 'db-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs `one.ts` for a task and waits for its answer. Rejects with what the child said where it fails. */
export async function measure(work: Omit<Task, 'folder'>, source: boolean): Promise<Answer> {
  return withFolder(async (folder) => {
    const child = start(new URL('./one.ts', import.meta.url), [JSON.stringify({ ...work, folder })], source);
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await ended(child, `${work.peer} ${work.shape} ${work.size}`);
    return JSON.parse(said) as Answer;
  });
}

/** Starts one of this folder's programs with Node as it is here; stderr goes where ours goes. */
export function start(program: URL, args: readonly string[], source: boolean): ChildProcess {
  const conditions = source ? ['--conditions=@belay/source'] : [];
  return spawn(process.execPath, [...conditions, fileURLToPath(program), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: patienceMs,
    killSignal: 'SIGKILL',
  });
}

async function ended(child: ChildProcess, what: string): Promise<void> {
  const code = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject).once('close', (status, signal) => resolve(status ?? signal));
  });
  if (code !== 0) throw new Error(`${what} ended with ${code}`);
}
