// npm run test:aws: the adapter and the whole volume swap over real HTTP, with the real SDK, at two places. The strict
// EC2 of the simulator is the judge of manners: all cases, and swaps under exactly the rights that the policy gives.
// An emulator that nobody here wrote (moto) is the judge of the wire. At both the end of every swap is looked at by
// boto3, which knows nothing of belay.
//
// What it does to this machine: it makes a Python environment with moto and boto3 from PyPI in `.cache` (once), runs
// moto and the simulated EC2 on free ports of the loopback interface, keeps journals in a temporary folder, and ends
// all of it again. `--only strict` or `--only moto` does one half.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEc2 } from '@belay/sim/ec2';
import { applyPolicy, callsInCode } from '../../packages/aws/test/policy/derive.ts';
import { enforce } from '../../packages/aws/test/policy/enforce.ts';
import { ec2Subject } from '../../packages/aws/test/subject-ec2.ts';
import { checkConformance } from './conformance.ts';
import { type Emulator, startEmulator } from './emulator.ts';
import { checkExample } from './example.ts';
import { anImage, sdkEnvironment } from './place.ts';
import { motoSubject } from './subject-moto.ts';
import { checkSwaps } from './swap.ts';

const say = (line: string): void => console.log(line);
const startedMs = Date.now();
const only = process.argv[process.argv.indexOf('--only') + 1];
const wants = (half: string): boolean => !process.argv.includes('--only') || only === half;

/** What moto cannot show: it has no transitions, no hidden reads and no guests. */
const beyondMoto = {
  notApplicable: ['13', '14', '56', '57'],
  outOfReach: ['8', '9', '22', '23', '24', '28', '32', '33', '34', '36', '39', '58', '62', '65'],
};
const nothing = { notApplicable: [], outOfReach: [] };

const emulator = await startEmulator(say);
const folder = mkdtempSync(join(tmpdir(), 'belay-aws-'));
try {
  const problems = [
    ...(wants('strict') ? await checkStrict(emulator) : []),
    ...(wants('moto') ? await checkMoto(emulator) : []),
  ];
  for (const problem of problems) console.error(`FAILED ${problem}`);
  const seconds = Math.round((Date.now() - startedMs) / 1_000);
  const end = problems.length === 0 ? 'all passed' : `${problems.length} problems`;
  say(`test:aws: conformance, swaps and example over the strict EC2 and moto: ${end}, ${seconds} s`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
  await emulator.stop();
}

async function checkStrict({ python }: Emulator): Promise<readonly string[]> {
  say('the port over the strict EC2, case by case:');
  const opened = await ec2Subject({ runName: `run${startedMs}` });
  const cases = await checkConformance(opened.subject, nothing, say).finally(() => opened.close());

  say('the volume swap over the strict EC2, under the policy for applying plans:');
  const server = (await startEc2({ timeScale: 10 }))._unsafeUnwrap();
  try {
    Object.assign(process.env, sdkEnvironment(server.url));
    const [imageId = ''] = Object.keys(server.sim.world.state().images);
    enforce(server.sim.world, applyPolicy(callsInCode()));
    const swaps = await checkSwaps({ imageId, python, folder: join(folder, 'strict'), say });
    return [...cases, ...swaps.map((problem) => `strict EC2, ${problem}`)];
  } finally {
    await server.close();
  }
}

async function checkMoto({ url, python }: Emulator): Promise<readonly string[]> {
  Object.assign(process.env, sdkEnvironment(url));
  say('the port over moto, case by case:');
  const opened = await motoSubject({ runName: `run${startedMs}`, url });
  const cases = await checkConformance(opened.subject, beyondMoto, say).finally(() => opened.close());
  const imageId = await anImage();
  say('the volume swap over moto:');
  const swaps = await checkSwaps({ imageId, python, folder: join(folder, 'moto'), say });
  say('the example:');
  const example = await checkExample(imageId, folder, say);
  return [...cases, ...[...swaps, ...example].map((problem) => `moto, ${problem}`)];
}
