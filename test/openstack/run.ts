// npm run test:openstack: the adapter, the whole volume swap and the other graphs of the planner over real OpenStack
// services.
//
// What it does to this machine: it installs Debian's packages of OpenStack if they are missing, runs the services on
// the loopback interface with their state under `.cache/openstack`, and stops them again, unless they ran before. With
// OS_AUTH_URL and its like in the environment it takes that cloud instead, and makes and deletes small things there.
//
//     npm run test:openstack -- proxied --only 28,33
//     npm run test:openstack -- graphs --graphs clone,takeover

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkProxied, checkStraight } from './conformance.ts';
import { checkExample } from './example.ts';
import { checkGraphs } from './graphs.ts';
import { lookAround } from './place.ts';
import { faultsOf } from './stack/faults.ts';
import type { Access } from './stack/session.ts';
import { settingsFrom } from './stack/settings.ts';
import { runs, startStack, stopStack } from './stack/stack.ts';
import { checkSwaps } from './swap.ts';

const parts = ['straight', 'proxied', 'swaps', 'example', 'graphs'] as const;
type Part = (typeof parts)[number];

const startedMs = Date.now();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    // Of the other graphs only these stories; `--only` is for cases and swaps.
    graphs: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const stranger = positionals.find((name) => !parts.some((part) => part === name));
if (stranger !== undefined) throw new Error(`There is no part ${stranger}, only ${parts.join(', ')}.`);
const wanted = parts.filter((part) => positionals.length === 0 || positionals.includes(part));

const settings = settingsFrom(process.env);
const isGiven = process.env['OS_AUTH_URL'] !== undefined;
const leaveRunning = isGiven || values.keep || runs(settings);
const folder = mkdtempSync(join(tmpdir(), 'belay-openstack-'));
try {
  const own = isGiven ? undefined : await startStack(settings, console.log);
  const faults = own && { faults: faultsOf(settings), operator: own.operator };
  const check = async (part: Part, access: Access): Promise<readonly string[]> => {
    const say = (line: string): void => console.log(`${part.padEnd(8)} | ${line}`);
    const place = await lookAround(access);
    const shared = { place, own: faults, runName: `run${startedMs}`, say, only: values.only?.split(',') };
    if (part === 'straight') return checkStraight(shared);
    if (part === 'proxied') return checkProxied(shared);
    if (part === 'graphs') return checkGraphs({ ...shared, only: values.graphs?.split(',') });
    return part === 'swaps' ? checkSwaps({ ...shared, folder }) : checkExample(place, folder, say);
  };
  // Each in a project of its own, side by side: a test looks at all that is in its project.
  const lanes: readonly (readonly [Access, readonly Part[]])[] =
    own === undefined
      ? [[process.env, parts]]
      : [
          [own.members[0], ['straight', 'graphs']],
          [own.members[1], ['proxied']],
          [own.members[2], ['swaps', 'example']],
        ];
  const problems: string[] = [];
  await Promise.all(
    lanes.map(async ([access, several]) => {
      for (const part of several.filter((one) => wanted.includes(one)))
        problems.push(...(await check(part, access)).map((problem) => `${part}: ${problem}`));
    }),
  );
  for (const problem of problems) console.error(`FAILED ${problem}`);
  const seconds = Math.round((Date.now() - startedMs) / 1_000);
  const end = problems.length === 0 ? 'all passed' : `${problems.length} problems`;
  console.log(`test:openstack: ${wanted.join(', ')} over OpenStack's own services: ${end}, ${seconds} s`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
  if (!leaveRunning) await stopStack(settings, { purge: false });
}
