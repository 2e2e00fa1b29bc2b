// A volume swap as stories, each told by processes of their own: it succeeds and goes back again; it fails and puts the
// source back; its process dies in the middle and another one carries on. What came of it is judged by a client that
// knows nothing of belay. The same stories are told at every cloud; how a process is started, and who judges, is the
// cloud's own.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CloudError } from '@belay/cloud';
import pRetry from 'p-retry';

const execute = promisify(execFile);

/** What one process is told to do. */
export interface Act<Call extends string = string> {
  readonly act: 'swap' | 'recover' | 'revert';
  /** The first attach of the swap is refused for good. */
  readonly refuseAttach?: boolean;
  /** The first attach of the swap is accepted, and then given up by the storage. */
  readonly failAttach?: boolean;
  /** Dies right after this call of the swap has taken effect, and before anybody has heard of it. */
  readonly dieAfter?: Call;
}

/** What came of it: a line of JSON on the process's output. */
export interface Told {
  readonly state: string;
  readonly detail: string;
}

/** What was made for a story: another line. */
export interface Ids {
  readonly sourceId: string;
  readonly volumeId: string;
  readonly floatingIpId: string;
}

export interface Story<Call extends string = string> {
  readonly title: string;
  readonly name: string;
  /** One process after the other, with what it must tell; `killed` where it must not live to tell anything. */
  readonly processes: readonly (readonly [Act<Call>, string])[];
  readonly ends: 'source' | 'target';
}

/** The stories of every cloud; a death for each of these calls, which are in the order of the swap. */
export function swapStories<Call extends string>(deaths: readonly Call[]): readonly Story<Call>[] {
  return [
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
      title: 'a swap whose attach is refused for good',
      name: 'refused',
      processes: [[{ act: 'swap', refuseAttach: true }, 'reverted']],
      ends: 'source',
    },
    ...deaths.map(
      (dieAfter): Story<Call> => ({
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
}

/** How stories are told at one cloud. */
export interface Stage<Call extends string> {
  /** Plays one act in a process of its own. */
  play(story: Story<Call>, act: Act<Call>): Promise<Played>;
  /** What is not as it should be, one sentence each. */
  judge(story: Story<Call>, ids: Ids, ends: 'source' | 'target' | 'nothing'): Promise<readonly string[]>;
  tearDown(story: Story<Call>, ids: Ids): Promise<readonly CloudError[]>;
  say(line: string): void;
}

export interface Played {
  readonly told: Told;
  readonly made: Ids | undefined;
}

/** Tells one story after the other, taking each from the list; the problems, one sentence each. */
export async function tellStories<Call extends string>(
  left: Story<Call>[],
  stage: Stage<Call>,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (let story = left.shift(); story !== undefined; story = left.shift()) {
    const startedMs = Date.now();
    const found = await tell(story, stage);
    const seconds = ((Date.now() - startedMs) / 1_000).toFixed(1);
    stage.say(`  ${found.length === 0 ? 'passed' : 'FAILED'}: ${story.title} (${seconds} s)`);
    problems.push(...found.map((problem) => `${story.title}: ${problem}`));
  }
  return problems;
}

async function tell<Call extends string>(story: Story<Call>, stage: Stage<Call>): Promise<readonly string[]> {
  const problems: string[] = [];
  let ids: Ids | undefined;
  for (const [act, expected] of story.processes) {
    const { told, made } = await stage.play(story, act);
    ids ??= made;
    if (told.state !== expected) problems.push(`it ended ${told.state} and not ${expected}: ${told.detail}`);
  }
  if (ids === undefined) return [...problems, 'no workload was made'];
  problems.push(...(await stage.judge(story, ids, story.ends)));
  const left = await stage.tearDown(story, ids);
  problems.push(...left.map(({ message }) => `it could not be taken away: ${message}`));
  return [...problems, ...(await stage.judge(story, ids, 'nothing'))];
}

/** Each process loads the same code: the first one leaves it compiled for the others. */
const compiled = join(import.meta.dirname, '..', '..', '.cache', 'compiled');

/** Runs a script of ours with its orders, and reads what it told. */
export async function playProcess(
  script: string,
  orders: object,
  { env, timeoutMs }: { readonly env?: NodeJS.ProcessEnv; readonly timeoutMs: number },
): Promise<Played> {
  const args = ['--conditions=@belay/source', script, JSON.stringify(orders)];
  const options = { timeout: timeoutMs, env: { NODE_COMPILE_CACHE: compiled, ...process.env, ...env } };
  const ended = await execute(process.execPath, args, options).catch(
    (thrown: { stdout: string; stderr: string; signal?: string }) => thrown,
  );
  const lines = ended.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    // Both lines are printed by `act.ts`.
    .map((line) => JSON.parse(line) as Partial<Told & Ids>);
  const made = lines.find((line): line is Ids => line.volumeId !== undefined);
  const told = lines.find((line): line is Told => line.state !== undefined);
  if (told !== undefined) return { told, made };
  const killed = 'signal' in ended && ended.signal === 'SIGKILL';
  return { told: { state: killed ? 'killed' : 'crashed', detail: ended.stderr.slice(-2_000) }, made };
}

/** What a judge prints of the time before a story; it changes nothing, and is asked again where it got no answer. */
export async function askBefore(
  python: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const options = { env: { ...process.env, ...env }, timeout: 60_000 };
  const ask = async () => {
    const { stdout } = await execute(python, [...args], options);
    if (stdout.trim() === '') throw new Error('The judge says nothing of the time before.');
    return stdout;
  };
  return pRetry(ask, { retries: 2, minTimeout: 2_000 });
}

/** Asks a judge, who prints one line for each problem and fails where there is any. */
export async function askJudge(
  python: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<readonly string[]> {
  const options = { env: { ...process.env, ...env }, timeout: 60_000 };
  const ended = await execute(python, [...args], options).catch(
    (thrown: { stdout: string; stderr: string }) => thrown,
  );
  const lines = ended.stdout.split('\n').filter((line) => line !== '');
  return 'code' in ended && lines.length === 0 ? [`the judge failed: ${ended.stderr}`] : lines;
}
