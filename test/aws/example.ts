// The example as a user would start it, told where EC2 is by the SDK's own variables and by nothing else.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const script = fileURLToPath(import.meta.resolve('../../examples/volume-swap-aws.ts'));

export async function checkExample(
  imageId: string,
  folder: string,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const env = { ...process.env, BELAY_IMAGE: imageId, BELAY_FOLDER: folder };
  const ended = await execute(process.execPath, ['--conditions=@belay/source', script], {
    cwd: root,
    env,
    timeout: 180_000,
  }).catch((thrown: { stdout: string; stderr: string; code?: unknown }) => thrown);
  for (const line of ended.stdout.trimEnd().split('\n')) say(`  ${line}`);
  if ('code' in ended) return [`the example failed: ${ended.stderr.slice(-2_000)}`];
  const wanted = ['the swap: success', 'all of it is taken away again'];
  return wanted
    .filter((line) => !ended.stdout.includes(line))
    .map((line) => `the example did not say: ${line}`);
}
