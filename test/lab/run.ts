// npm run test:lab: the lab on this very box, with real disks, namespaces and addresses.
//
// What it does to this machine: it installs what is missing of Debian's packages below, and keeps its labs in a new
// temporary folder; what they make is gone when it ends, killed or not. It needs root.
//
//     npm run test:lab -- conformance --only 16,29
//     npm run test:lab -- hosts --only H3,H31

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkConformance } from './conformance.ts';
import { checkDeaths } from './death.ts';
import { endLabs, endLabsWhenInterrupted, keepJanitor } from './end-labs.ts';
import { graphStories } from './graphs.ts';
import { checkHosts } from './hosts.ts';
import { install } from './install.ts';
import { realityStories } from './reality.ts';
import { rehearsals } from './rehearsal.ts';
import { twoLabStories } from './two-labs.ts';

const stories = {
  reality: realityStories,
  'two-labs': twoLabStories,
  rehearsal: rehearsals,
  graphs: graphStories,
} as const;
const parts = ['conformance', 'reality', 'two-labs', 'rehearsal', 'graphs', 'hosts', 'deaths'] as const;

const startedMs = Date.now();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' } },
});
const stranger = positionals.find((name) => !parts.some((part) => part === name));
if (stranger !== undefined) throw new Error(`There is no part ${stranger}, only ${parts.join(', ')}.`);
const wanted = parts.filter((part) => positionals.length === 0 || positionals.includes(part));

install(console.log);
const folder = mkdtempSync(join(tmpdir(), 'belay-lab-'));
const dismissJanitor = keepJanitor(folder);
endLabsWhenInterrupted(folder);
const problems: string[] = [];
try {
  for (const part of wanted) {
    const say = (line: string): void => console.log(`${part.padEnd(11)} | ${line}`);
    const place = join(folder, part);
    problems.push(...(await check(part, place, say)).map((problem) => `${part}: ${problem}`));
  }
} finally {
  // A part that threw may have left a lab behind.
  problems.push(...(await endLabs(folder)));
  await dismissJanitor();
}
for (const problem of problems) console.error(`FAILED ${problem}`);
const seconds = Math.round((Date.now() - startedMs) / 1_000);
const end = problems.length === 0 ? 'all passed' : `${problems.length} problems`;
console.log(`test:lab: ${wanted.join(', ')}: ${end}, ${seconds} s`);
process.exitCode = problems.length === 0 ? 0 : 1;

async function check(
  part: (typeof parts)[number],
  place: string,
  say: (line: string) => void,
): Promise<readonly string[]> {
  if (part === 'deaths') return checkDeaths(place, say);
  if (part === 'hosts') return checkHosts(place, values.only?.split(','), say);
  if (part === 'conformance') {
    const runName = `run${startedMs}`;
    return checkConformance({ folder: place, runName, only: values.only?.split(','), say });
  }
  const found: string[] = [];
  for (const [i, { title, play }] of stories[part].entries()) {
    const problem = await play(`${place}-${i}`).catch((thrown: unknown) => String(thrown));
    say(`${problem === undefined ? 'passed' : 'FAILED'} ${title}`);
    if (problem !== undefined) found.push(`${title}: ${problem}`);
  }
  return found;
}
