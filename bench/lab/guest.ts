// The inside of an instance, past ssh: the scene is set by it, and looked at. What is measured goes by ssh.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Runs a command inside, and gives what it wrote. Throws where it fails. */
export type Guest = (...argv: readonly string[]) => Promise<string>;

const run = promisify(execFile);

/** The instance as it runs now: one that has booted anew is another guest. */
export function guestOf(folder: string, instanceId: string): Guest {
  return async (...argv) => {
    const record = JSON.parse(readFileSync(join(folder, 'instances', `${instanceId}.json`), 'utf8'));
    const words = ['--target', String(record.process.pid), '--all', '--', ...argv];
    const { stdout } = await run('nsenter', words, { maxBuffer: 2 ** 28 });
    return stdout;
  };
}
