// npm run test:aws: the adapter and the whole volume swap over real HTTP, with the real SDK, against an EC2 emulator.
//
// What it does to this machine: it makes a Python environment with moto and boto3 from PyPI in `.cache` (once), runs
// moto on a free port of the loopback interface, keeps journals in a temporary folder, and ends both again.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkAdapter } from './adapter.ts';
import { startEmulator } from './emulator.ts';
import { checkExample } from './example.ts';
import { anImage, sdkEnvironment } from './place.ts';
import { checkSwaps } from './swap.ts';

const say = (line: string): void => console.log(line);
const startedMs = Date.now();
const emulator = await startEmulator(say);
const folder = mkdtempSync(join(tmpdir(), 'belay-aws-'));
try {
  Object.assign(process.env, sdkEnvironment(emulator.url));
  const imageId = await anImage();
  say('the port over EC2, case by case:');
  const adapter = await checkAdapter(imageId, `run${startedMs}`, say);
  say('the volume swap:');
  const swaps = await checkSwaps({ imageId, python: emulator.python, folder, say });
  say('the example:');
  const example = await checkExample(imageId, folder, say);
  const problems = [...adapter, ...swaps, ...example];
  for (const problem of problems) console.error(`FAILED ${problem}`);
  const seconds = Math.round((Date.now() - startedMs) / 1_000);
  const end = problems.length === 0 ? 'all passed' : `${problems.length} problems`;
  say(`test:aws: adapter, swaps and example over moto: ${end}, ${seconds} s`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
  await emulator.stop();
}
