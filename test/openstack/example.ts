// The example as a user would start it, told where the cloud is by OpenStack's own variables and by nothing else.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Place } from './place.ts';

const execute = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const script = fileURLToPath(import.meta.resolve('../../examples/volume-swap-openstack.ts'));

export async function checkExample(
  { access, imageId, networkId, zone, diskType, instanceType, otherInstanceType }: Place,
  folder: string,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const env = {
    ...process.env,
    ...access,
    BELAY_IMAGE: imageId,
    BELAY_NETWORK: networkId,
    BELAY_ZONE: zone,
    BELAY_VOLUME_TYPE: diskType,
    BELAY_FLAVOR: instanceType,
    BELAY_NEW_FLAVOR: otherInstanceType,
    BELAY_FOLDER: folder,
  };
  const ended = await execute(process.execPath, ['--conditions=@belay/source', script], {
    cwd: root,
    env,
    timeout: 240_000,
  }).catch((thrown: { stdout: string; stderr: string; code?: unknown }) => thrown);
  for (const line of ended.stdout.trimEnd().split('\n')) say(`  ${line}`);
  if ('code' in ended) return [`the example failed: ${ended.stderr.slice(-2_000)}`];
  const wanted = ['the swap: success', 'all of it is taken away again'];
  return wanted
    .filter((line) => !ended.stdout.includes(line))
    .map((line) => `the example did not say: ${line}`);
}
