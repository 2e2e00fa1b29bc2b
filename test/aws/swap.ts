// The whole volume swap over the emulator: it succeeds and goes back again; it fails and puts the source back; its
// process dies in the middle and another one carries on. What came of it is judged by `check.py`, which knows nothing
// of belay.

import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { awsCloud, type Ec2Api } from '@belay/aws';
import { tearDown } from '../../examples/volume-swap/workload.ts';
import { region } from './place.ts';
import type { Orders, Told } from './swap-process.ts';

const execute = promisify(execFile);
const here = import.meta.dirname;

export interface SwapTest {
  readonly imageId: string;
  readonly python: string;
  readonly folder: string;
  readonly say: (line: string) => void;
}

interface Story {
  readonly title: string;
  readonly name: string;
  /** One process after the other, with what it must tell; `killed` where it must not live to tell anything. */
  readonly processes: readonly (readonly [Omit<Orders, 'name' | 'folder' | 'imageId'>, string])[];
  readonly ends: 'source' | 'target';
}

/** Calls after which the process dies, in the order of the swap. */
const deaths: readonly (keyof Ec2Api)[] = [
  'runInstances',
  'detachVolume',
  'attachVolume',
  'associateAddress',
  'createTags',
];

const stories: readonly Story[] = [
  { title: 'a swap', name: 'swap', processes: [[{ act: 'swap' }, 'success']], ends: 'target' },
  {
    title: 'a swap that is undone afterwards',
    name: 'back',
    processes: [
      [{ act: 'swap' }, 'success'],
      [{ act: 'revert' }, 'reverted'],
    ],
    ends: 'source',
  },
  {
    title: 'a swap whose attach is refused',
    name: 'refused',
    processes: [[{ act: 'swap', refuseAttach: true }, 'reverted']],
    ends: 'source',
  },
  ...deaths.map(
    (dieAfter): Story => ({
      title: `a swap whose process dies right after ${dieAfter}, carried on by another`,
      name: `dies-after-${dieAfter}`,
      processes: [
        [{ act: 'swap', dieAfter }, 'killed'],
        [{ act: 'recover' }, 'success'],
      ],
      ends: 'target',
    }),
  ),
];

export async function checkSwaps(test: SwapTest): Promise<readonly string[]> {
  mkdirSync(test.folder, { recursive: true });
  const problems: string[] = [];
  for (const story of stories) {
    const startedMs = Date.now();
    const found = await tell(story, test);
    const seconds = ((Date.now() - startedMs) / 1_000).toFixed(1);
    test.say(`  ${found.length === 0 ? 'passed' : 'FAILED'}: ${story.title} (${seconds} s)`);
    problems.push(...found.map((problem) => `${story.title}: ${problem}`));
  }
  return problems;
}

interface Ids {
  readonly sourceId: string;
  readonly volumeId: string;
  readonly floatingIpId: string;
}

async function tell({ name, processes, ends }: Story, test: SwapTest): Promise<readonly string[]> {
  const problems: string[] = [];
  let ids: Ids | undefined;
  for (const [orders, expected] of processes) {
    const { told, made } = await spawn({ ...orders, name, folder: test.folder, imageId: test.imageId });
    ids ??= made;
    if (told.state !== expected) problems.push(`it ended ${told.state} and not ${expected}: ${told.detail}`);
  }
  if (ids === undefined) return [...problems, 'no workload was made'];
  problems.push(...(await check(test, name, ids, ends)));
  const cloud = awsCloud({ account: 'moto', region, visibilityMs: 300 });
  const left = await tearDown(cloud, { ...ids, tags: { 'belay:example': name } });
  problems.push(...left.map(({ message }) => `it could not be taken away: ${message}`));
  return [...problems, ...(await check(test, name, ids, 'nothing'))];
}

async function spawn(orders: Orders): Promise<{ readonly told: Told; readonly made: Ids | undefined }> {
  const script = ['--conditions=@belay/source', join(here, 'swap-process.ts'), JSON.stringify(orders)];
  const ended = await execute(process.execPath, script, { timeout: 180_000 }).catch(
    (thrown: { stdout: string; stderr: string; signal?: string }) => thrown,
  );
  const lines = ended.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    // Both lines are printed by `swap-process.ts`.
    .map((line) => JSON.parse(line) as Partial<Told & Ids>);
  const made = lines.find((line): line is Ids => line.volumeId !== undefined);
  const told = lines.find((line): line is Told => line.state !== undefined);
  if (told !== undefined) return { told, made };
  const killed = 'signal' in ended && ended.signal === 'SIGKILL';
  return { told: { state: killed ? 'killed' : 'crashed', detail: ended.stderr.slice(-2_000) }, made };
}

async function check(
  { python }: SwapTest,
  name: string,
  { volumeId, floatingIpId, sourceId }: Ids,
  ends: 'source' | 'target' | 'nothing',
): Promise<readonly string[]> {
  const script = [join(here, 'check.py'), name, volumeId, floatingIpId, sourceId, ends];
  const env = { ...process.env, AWS_DEFAULT_REGION: region };
  const ended = await execute(python, script, { env, timeout: 60_000 }).catch(
    (thrown: { stdout: string; stderr: string }) => thrown,
  );
  const lines = ended.stdout.split('\n').filter((line) => line !== '');
  return 'code' in ended && lines.length === 0 ? [`check.py failed: ${ended.stderr}`] : lines;
}
