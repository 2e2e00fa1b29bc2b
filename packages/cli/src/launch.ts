/** Starts this very command once more, as a process of its own that outlives this one and its terminal. */

import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Launched } from './command.ts';

/** What it writes goes to the end of the log. */
export function launchWith(
  program: readonly string[],
  args: readonly string[],
  { folder, log }: { readonly folder: string; readonly log: string },
): Launched {
  const [node = '', ...words] = program;
  mkdirSync(dirname(log), { recursive: true, mode: 0o700 });
  const file = openSync(log, 'a', 0o600);
  // Detached: a session of its own, which no terminal hangs up or interrupts.
  const child = spawn(node, [...words, ...args], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', file, file],
  });
  closeSync(file);
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
  child.unref();
  return { pid: child.pid, ended };
}
