/**
 * `npm run bench:cloud -- [--json] [--quick] [--only <subject>] [--swaps <n>] [--seed <n>] [--strict]`
 *
 * How soon a wait notices what the cloud has reached, and how many describe calls that costs: belay's waits, and those
 * of the AWS SDK, on simulated clouds that know when each state was really reached. The figures go to stdout; what is
 * being done goes to stderr. What each figure means is written in docs/benchmarks.md.
 */

import { availableParallelism, loadavg } from 'node:os';
import { say } from '../runner/say.ts';
import { roundsOf, subjects } from './contests.ts';
import { type Options, readOptions } from './options.ts';
import { type Figures, figuresOf, nameOf, reportOf, table } from './report.ts';
import type { Subject, Trial } from './subjects/subject.ts';

const mostQuickSwaps = 10;

async function main(): Promise<number> {
  const options = readOptions(
    process.argv.slice(2),
    subjects.map(({ name }) => name),
  );
  if (typeof options === 'string') {
    say(options);
    return 2;
  }
  const { only, quick, json, strict, seed } = options;
  const chosen = subjects
    .filter(({ name }) => only.length === 0 || only.includes(name))
    .filter(({ realTime }) => !quick || !realTime);
  // Where others are at work, waits in real time notice late: read the figures with this beside them.
  const [loadBefore = 0] = loadavg();
  const figures: Record<string, Readonly<Record<string, Figures>>> = {};
  for (const subject of chosen) figures[subject.name] = await measured(subject, options);

  const report = reportOf(figures);
  const about = {
    node: process.versions.node,
    platform: process.platform,
    cpus: availableParallelism(),
    loadAverage: [loadBefore, loadavg()[0]],
    seed,
  };
  process.stdout.write(json ? `${JSON.stringify({ ...report, about }, null, 2)}\n` : table(report));
  return strict && Object.values(report.targets).some(({ holds }) => !holds) ? 1 : 0;
}

async function measured(subject: Subject, options: Options): Promise<Readonly<Record<string, Figures>>> {
  say(`${subject.name}: ${subject.title}`);
  const found: Record<string, Figures> = {};
  for (const swaps of options.swaps) {
    if (options.quick && swaps > mostQuickSwaps) continue;
    const rounds = roundsOf(subject, swaps);
    say(`  ${nameOf(swaps)} at once${rounds === 1 ? '' : `, ${rounds} times`}`);
    const trials: Trial[] = [];
    for (let round = 0; round < rounds; round += 1)
      trials.push(await subject.run(swaps, options.seed + round));
    found[nameOf(swaps)] = figuresOf(trials);
  }
  return found;
}

try {
  process.exitCode = await main();
} catch (thrown) {
  say(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  process.exitCode = 1;
}
