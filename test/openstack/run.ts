// npm run test:openstack: the adapter and the whole volume swap over real OpenStack services.
//
// What it does to this machine: it installs Debian's packages of OpenStack if they are missing, runs the services on
// the loopback interface with their state under `.cache/openstack`, and stops them again, unless they ran before. With
// OS_AUTH_URL and its like in the environment it takes that cloud instead, and makes and deletes small things there.
//
//     npm run test:openstack -- conformance --only 28,33

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkProxied, checkStraight, type Suite } from './conformance.ts';
import { checkExample } from './example.ts';
import { lookAround } from './place.ts';
import { faultsOf } from './stack/faults.ts';
import { settingsFrom } from './stack/settings.ts';
import { runs, startStack, stopStack } from './stack/stack.ts';
import { checkSwaps, type SwapTest } from './swap.ts';

const say = (line: string): void => console.log(line);
const startedMs = Date.now();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, keep: { type: 'boolean', default: false } },
});
const wants = (part: string): boolean => positionals.length === 0 || positionals.includes(part);

const settings = settingsFrom(process.env);
const isGiven = process.env['OS_AUTH_URL'] !== undefined;
const leaveRunning = isGiven || values.keep || runs(settings);
const folder = mkdtempSync(join(tmpdir(), 'belay-openstack-'));
const own = isGiven ? undefined : await startStack(settings, say);
try {
  const place = await lookAround(own?.access ?? process.env);
  const faults = own === undefined ? undefined : faultsOf(settings);
  const suite: Suite = {
    place,
    own: own && faults && { faults, operator: own.operator },
    runName: `run${startedMs}`,
    say,
    only: values.only?.split(','),
  };
  const problems: string[] = [];
  for (const [part, check] of Object.entries({ straight: checkStraight, proxied: checkProxied })) {
    if (!wants('conformance') && !wants(part)) continue;
    const { results } = await check(suite);
    for (const { id, verdict, detail } of results)
      if (verdict === 'failed') problems.push(`${part}, case ${id}: ${detail}`);
  }
  if (wants('swaps')) {
    say('the volume swap:');
    const isOwn = own !== undefined;
    const test: SwapTest = { place, isOwn, runName: suite.runName, folder, say, only: suite.only };
    problems.push(...(await checkSwaps(test)));
  }
  if (wants('example')) {
    say('the example:');
    problems.push(...(await checkExample(place, folder, say)));
  }
  for (const problem of problems) console.error(`FAILED ${problem}`);
  const seconds = Math.round((Date.now() - startedMs) / 1_000);
  say(
    `test:openstack: ${problems.length === 0 ? 'all passed' : `${problems.length} problems`}, ${seconds} s`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
  if (!leaveRunning) await stopStack(settings, { purge: false });
}
