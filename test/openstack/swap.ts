// The whole volume swap over OpenStack: it succeeds and goes back again; it fails and puts the source back; its process
// dies in the middle and another one carries on. What came of it is judged by `check.py`, which knows nothing of belay.

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tearDown, type Wanted } from '../../examples/volume-swap/workload.ts';
import { openCloud, type Place } from './place.ts';
import type { ChangeName, Orders, Told } from './swap-process.ts';

const execute = promisify(execFile);
const here = import.meta.dirname;

export interface SwapTest {
  readonly place: Place;
  /** There where the stack is the test's own, so that its drivers can be made to fail. */
  readonly own?: object | undefined;
  readonly runName: string;
  readonly folder: string;
  readonly say: (line: string) => void;
  /** Only the stories with these names. */
  readonly only?: readonly string[] | undefined;
}

interface Story {
  readonly title: string;
  readonly name: string;
  /** One process after the other, with what it must tell; `killed` where it must not live to tell anything. */
  readonly processes: readonly (readonly [Omit<Orders, 'wanted' | 'folder'>, string])[];
  readonly ends: 'source' | 'target';
  /** Can only be told where the test has the services' drivers in its hands. */
  readonly needsOwn?: boolean;
}

/** Calls after which the process dies, in the order of the swap. */
const deaths: readonly ChangeName[] = [
  'createServer',
  'detachVolume',
  'attachVolume',
  'moveAddress',
  'renameServer',
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
    title: 'a swap whose attach is forbidden',
    name: 'forbidden',
    processes: [[{ act: 'swap', refuseAttach: true }, 'reverted']],
    ends: 'source',
  },
  {
    title: 'a swap whose attach is accepted and then given up by the storage',
    name: 'given-up',
    processes: [[{ act: 'swap', failAttach: true }, 'reverted']],
    ends: 'source',
    needsOwn: true,
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
  const problems: string[] = [];
  for (const story of stories.filter(({ name }) => test.only?.includes(name) ?? true)) {
    if (story.needsOwn === true && test.own === undefined) {
      test.say(`  out of reach on a cloud of somebody else's: ${story.title}`);
      continue;
    }
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

async function tell({ name: part, processes, ends }: Story, test: SwapTest): Promise<readonly string[]> {
  const { place, folder } = test;
  const name = `${test.runName}-${part}`;
  const before = `${folder}/${name}.before.json`;
  writeFileSync(before, await listProject(place));
  const wanted: Wanted = {
    name,
    zone: place.zone,
    imageId: place.imageId,
    instanceType: place.instanceType,
    newInstanceType: place.otherInstanceType,
    diskType: place.diskType,
    networkId: place.networkId,
  };
  const problems: string[] = [];
  let ids: Ids | undefined;
  for (const [orders, expected] of processes) {
    const { told, made } = await spawn({ ...orders, wanted, folder }, place);
    ids ??= made;
    if (told.state !== expected) problems.push(`it ended ${told.state} and not ${expected}: ${told.detail}`);
  }
  if (ids === undefined) return [...problems, 'no workload was made'];
  problems.push(...(await judge(place, name, ids, ends, before)));
  const left = await tearDown(await openCloud(place), { ...ids, tags: { 'belay:example': name } });
  problems.push(...left.map(({ message }) => `it could not be taken away: ${message}`));
  return [...problems, ...(await judge(place, name, ids, 'nothing', before))];
}

async function spawn(
  orders: Orders,
  { access }: Place,
): Promise<{ readonly told: Told; readonly made: Ids | undefined }> {
  const script = ['--conditions=@belay/source', join(here, 'swap-process.ts'), JSON.stringify(orders)];
  const env = { ...process.env, ...access };
  const ended = await execute(process.execPath, script, { env, timeout: 240_000 }).catch(
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

/** The ids of all that is in the project now, as JSON. */
async function listProject({ access }: Place): Promise<string> {
  const { stdout } = await execute('/usr/bin/python3', [join(here, 'check.py'), 'list'], {
    env: { ...process.env, ...access },
  });
  return stdout;
}

async function judge(
  { access }: Place,
  name: string,
  { volumeId, floatingIpId, sourceId }: Ids,
  ends: 'source' | 'target' | 'nothing',
  before: string,
): Promise<readonly string[]> {
  const script = [join(here, 'check.py'), 'judge', name, volumeId, floatingIpId, sourceId, ends, before];
  const env = { ...process.env, ...access };
  const ended = await execute('/usr/bin/python3', script, { env, timeout: 60_000 }).catch(
    (thrown: { stdout: string; stderr: string }) => thrown,
  );
  const lines = ended.stdout.split('\n').filter((line) => line !== '');
  return 'stderr' in ended && lines.length === 0 && 'code' in ended
    ? [`check.py failed: ${ended.stderr}`]
    : lines;
}
