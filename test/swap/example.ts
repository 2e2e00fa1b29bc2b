// An example as a user would start it: what it prints is shown, and must say that it went well.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');

/** The problems, one sentence each. `script` is a path from the repository's root. */
export async function checkExample(
  script: string,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const ended = await execute(process.execPath, ['--conditions=@belay/source', script], {
    cwd: root,
    env: { ...process.env, ...env },
    timeout: 240_000,
  }).catch((thrown: { stdout: string; stderr: string; code?: unknown }) => thrown);
  for (const line of ended.stdout.trimEnd().split('\n')) say(`  ${line}`);
  if ('code' in ended) return [`the example failed: ${ended.stderr.slice(-2_000)}`];
  const wanted = ['the swap: success', 'all of it is taken away again'];
  return wanted
    .filter((line) => !ended.stdout.includes(line))
    .map((line) => `the example did not say: ${line}`);
}
