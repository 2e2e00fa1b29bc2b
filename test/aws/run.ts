// npm run test:aws: the adapter, the whole volume swap and the other graphs of the planner over real HTTP, with the real
// SDK, at two places. The strict EC2 of the simulator is the judge of manners: all cases, and graphs under exactly the
// rights that the policy gives. An emulator that nobody here wrote (moto) is the judge of the wire. At both the end of
// every run is looked at by boto3, which knows nothing of belay.
//
// What it does to this machine: it makes a Python environment with moto and boto3 from PyPI in `.cache` (once), runs
// moto and the simulated EC2 on free ports of the loopback interface, keeps journals in a temporary folder, and ends
// all of it again. The two halves run side by side, each in a process of its own; `--only strict` or `--only moto` does
// one of them.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type Ec2Server, startEc2 } from '@belay/sim/ec2';
import { applyPolicy, callsInCode } from '../../packages/aws/test/policy/derive.ts';
import { ec2Subject } from '../../packages/aws/test/subject-ec2.ts';
import { checkExample } from '../swap/example.ts';
import { checkConformance } from './conformance.ts';
import { type Emulator, pythonEnvironment, startEmulator } from './emulator.ts';
import { checkGraphs } from './graphs.ts';
import { anImage, sdkEnvironment, sdkOptions } from './place.ts';
import { motoSubject } from './subject-moto.ts';
import { type Account, checkSwaps } from './swap.ts';

const halves = { strict: checkStrict, moto: checkMoto };
type Half = keyof typeof halves;

/** What moto cannot show: it has no transitions, no hidden reads and no guests. */
const beyondMoto = {
  notApplicable: ['13', '14', '56', '57'],
  outOfReach: ['8', '9', '22', '23', '24', '28', '32', '33', '34', '36', '39', '58', '62', '65'],
};
const nothing = { notApplicable: [], outOfReach: [] };

/** Each in an account of its own: the judge looks at all that is in one. */
const swapsSideBySide = 3;

const say = (line: string): void => console.log(line);
const startedMs = Date.now();
const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
const half = (Object.keys(halves) as Half[]).find((name) => name === only);
if (only !== undefined && half === undefined) throw new Error(`There is no half ${only}: strict or moto.`);
const passed = half === undefined ? await bothSideBySide() : await checkHalf(half);
const seconds = Math.round((Date.now() - startedMs) / 1_000);
say(`${half ?? 'test:aws'}: ${passed ? 'all passed' : 'FAILED'}, ${seconds} s`);
process.exitCode = passed ? 0 : 1;

async function bothSideBySide(): Promise<boolean> {
  // Both need it, and it can be made by one only.
  await pythonEnvironment(say);
  const ends = await Promise.all((Object.keys(halves) as Half[]).map(inProcessOfItsOwn));
  return ends.every((code) => code === 0);
}

/** Its output line by line, each with its name before it. */
function inProcessOfItsOwn(name: Half): Promise<number> {
  const args = [...process.execArgv, import.meta.filename, '--only', name];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const prefixed = (line: string): void => say(`${name.padEnd(6)} | ${line}`);
  createInterface({ input: child.stdout }).on('line', prefixed);
  createInterface({ input: child.stderr }).on('line', prefixed);
  return new Promise((resolve) => {
    child.on('error', (error) => prefixed(error.message));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

async function checkHalf(name: Half): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'belay-aws-'));
  try {
    const problems = await halves[name](folder);
    for (const problem of problems) console.error(`FAILED ${problem}`);
    return problems.length === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function checkStrict(folder: string): Promise<readonly string[]> {
  const python = join(await pythonEnvironment(say), 'python');
  say('the port over the strict EC2, case by case:');
  const policy = applyPolicy(callsInCode());
  const beyond = new Set<string>();
  const open = async (runName: string, isSlow: boolean) => {
    const { subject, server, close } = await ec2Subject({ runName, timeScale: isSlow ? 1.5 : 5 });
    server.levers.allowOnly(policy);
    return {
      subject,
      close() {
        for (const action of server.levers.refusedActions()) beyond.add(action);
        return close();
      },
    };
  };
  const cases = await checkConformance(open, `run${startedMs}`, nothing, say);
  const rights = [...beyond].map((action) => `the cases need ${action}, which the policy does not give`);

  say('the volume swap over the strict EC2, under the policy for applying plans:');
  const swaps = await atStrict(10, policy, (places) => checkSwaps({ places, python, folder, say }));
  say('the other graphs over the strict EC2, under the same policy:');
  // Their snapshots and their servers that stop take minutes there.
  const graphs = await atStrict(60, policy, (places) => checkGraphs({ places, python, reserves: true, say }));
  return [...cases, ...rights, ...[...swaps, ...graphs].map((problem) => `strict EC2, ${problem}`)];
}

/** Accounts with nothing in them, side by side, whose time is so many times as fast. */
async function atStrict(
  timeScale: number,
  policy: ReturnType<typeof applyPolicy>,
  check: (places: readonly Account[]) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const servers: Ec2Server[] = [];
  try {
    for (let lane = 0; lane < swapsSideBySide; lane++)
      servers.push((await startEc2({ timeScale }))._unsafeUnwrap());
    const places = servers.map(({ url, sim, levers }) => {
      levers.allowOnly(policy);
      const [imageId = ''] = Object.keys(sim.world.state().images);
      return { url, imageId };
    });
    return await check(places);
  } finally {
    for (const server of servers) await server.close();
  }
}

async function checkMoto(folder: string): Promise<readonly string[]> {
  const emulators: Emulator[] = [];
  try {
    for (let lane = 0; lane < swapsSideBySide; lane++) emulators.push(await startEmulator(say));
    const [{ url, python }] = emulators as [Emulator, ...Emulator[]];
    say('the port over moto, case by case:');
    const imageId = await anImage(sdkOptions(url));
    const places = emulators.map((one) => ({ url: one.url, imageId }));
    const open = (runName: string) => motoSubject({ runName, url, imageId });
    const cases = await checkConformance(open, `run${startedMs}`, beyondMoto, say);
    say('the volume swap over moto:');
    const swaps = await checkSwaps({ places, python, folder, say });
    say('the other graphs over moto:');
    const graphs = await checkGraphs({ places, python, reserves: false, say });
    say('the example:');
    const more = { ...sdkEnvironment(url), BELAY_IMAGE: imageId, BELAY_FOLDER: folder };
    const example = await checkExample('examples/volume-swap-aws.ts', more, say);
    return [...cases, ...[...swaps, ...graphs, ...example].map((problem) => `moto, ${problem}`)];
  } finally {
    for (const { stop } of emulators) await stop();
  }
}
