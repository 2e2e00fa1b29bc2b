// npm run lab: a shop moves from server to server on real disks, in labs on this very box, while clients order. See
// `options.ts` for what the command takes, and `page.ts` for what it tells.

import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install } from '../../test/lab/install.ts';
import type { Bench } from './bench.ts';
import { type LabReport, ratiosOf } from './measured.ts';
import { openMemory } from './memory.ts';
import { help, type Options, optionsFrom, type Part } from './options.ts';
import { page } from './page.ts';
import { playEstimates } from './play-estimates.ts';
import { playFailures } from './play-failures.ts';
import { playRecoveries } from './play-recoveries.ts';
import { playRuns } from './play-runs.ts';
import { playTwoLabs } from './play-two-labs.ts';
import { plot } from './plot.ts';
import { openWorkplace } from './workplace.ts';

const options = optionsFrom(process.argv.slice(2));
if (options === undefined) console.log(help);
else process.exitCode = await main(options);

async function main(how: Options): Promise<number> {
  // Standard output is for the figures.
  const say = (line: string): void => console.error(line);
  const beganMs = Date.now();
  install(say);
  const workplace = await openWorkplace(say);
  const problems: string[] = [];
  const memory = openMemory(how.keep);
  const bench: Bench = {
    options: how,
    folder: workplace.folder,
    memory,
    say,
    wrong: (sentence) => {
      memory.spoil();
      problems.push(sentence);
      say(`WRONG ${sentence}`);
    },
  };
  let report: LabReport;
  try {
    report = await playAll(bench);
  } finally {
    problems.push(...(await workplace.close()));
  }
  const tookMs = memory.isOfBefore ? undefined : Date.now() - beganMs;
  tell(report, how, tookMs);
  for (const problem of problems) say(`FAILED ${problem}`);
  return problems.length === 0 ? 0 : 1;
}

async function playAll(bench: Bench): Promise<LabReport> {
  const play = async <T>(part: Part, how: (bench: Bench) => Promise<readonly T[]>): Promise<readonly T[]> => {
    if (!bench.options.parts.has(part)) return [];
    const beganMs = Date.now();
    try {
      return await how(bench);
    } catch (error) {
      // What the other parts have to say is worth having all the same.
      bench.wrong(`${part}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    } finally {
      bench.say(`${part} took ${Math.round((Date.now() - beganMs) / 1_000)} s`);
    }
  };
  const estimates = await play('estimates', playEstimates);
  const runs = await play('runs', playRuns);
  const failures = await play('failures', playFailures);
  const twoLabs = await play('two-labs', playTwoLabs);
  const recoveries = await play('recoveries', playRecoveries);
  return { runs, failures, estimates, twoLabs, recoveries, ratios: ratiosOf(runs) };
}

function tell(report: LabReport, { json, write, quick }: Options, tookMs: number | undefined): void {
  const text = page(report, new Date().toISOString().slice(0, 10), boxOf(quick, tookMs));
  console.log(json ? JSON.stringify(report) : text);
  if (!write) return;
  const docs = fileURLToPath(new URL('../../docs', import.meta.url));
  writeFileSync(join(docs, 'lab.md'), text);
  writeFileSync(join(docs, 'lab.svg'), plot(report));
}

/** On what it was measured, for whoever compares figures. */
function boxOf(quick: boolean, tookMs: number | undefined): string {
  const [load = 0] = loadavg();
  const took =
    tookMs === undefined
      ? 'It was ended and begun again in between.'
      : `All of it took ${Math.round(tookMs / 60_000)} minutes.`;
  const few =
    'This was a quick run: fewer files and moves, and beyond the swap only steps fail in which nobody serves.';
  const box = `The box has ${availableParallelism()} processors, and its load was ${load.toFixed(1)} in the end.`;
  return [box, took, ...(quick ? [few] : [])].join('\n');
}
