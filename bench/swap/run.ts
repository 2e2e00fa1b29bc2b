/**
 * `npm run bench:swap -- [--json] [--quick] [--factor <n>] [--seed <n>] [--strict]`
 *
 * What belay adds to the time in which nobody serves: whole swaps on the simulated cloud in scaled real time, with a
 * journal on disk, the measured window over the cloud's and the servers' own share of it, for one swap and for a
 * hundred at once. The figures go to stdout; what is being done goes to stderr.
 */

import { availableParallelism, loadavg } from 'node:os';
import { say } from '../runner/say.ts';
import { measure, type Window } from './measure.ts';
import { type Options, readOptions } from './options.ts';
import { type Figures, figuresOf, reportOf, table } from './report.ts';

/** How many at once, and how often. */
const contests = [
  { name: 'one', swaps: 1, rounds: 5 },
  { name: 'hundred', swaps: 100, rounds: 1 },
] as const;
const quickContests = [
  { name: 'one', swaps: 1, rounds: 1 },
  { name: 'ten', swaps: 10, rounds: 1 },
] as const;

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    say(options);
    return 2;
  }
  // Where others are at work, real time is lost to them: read the figures with this beside them.
  const [loadBefore = 0] = loadavg();
  const figures = await allFigures(options);
  const report = reportOf(figures);
  const about = {
    node: process.versions.node,
    platform: process.platform,
    cpus: availableParallelism(),
    loadAverage: [loadBefore, loadavg()[0]],
    factor: options.factor,
    seed: options.seed,
  };
  process.stdout.write(options.json ? `${JSON.stringify({ ...report, about }, null, 2)}\n` : table(report));
  return options.strict && Object.values(report.targets).some(({ holds }) => !holds) ? 1 : 0;
}

async function allFigures({ quick, factor, seed }: Options): Promise<Readonly<Record<string, Figures>>> {
  const found: Record<string, Figures> = {};
  for (const { name, swaps, rounds } of quick ? quickContests : contests) {
    say(`${name} at once${rounds === 1 ? '' : `, ${rounds} times`}`);
    const windows: Window[] = [];
    for (let round = 0; round < rounds; round += 1) {
      windows.push(...(await measure(swaps, { factor, seed: seed + round })));
    }
    found[name] = figuresOf(swaps, windows);
  }
  return found;
}

try {
  process.exitCode = await main();
} catch (thrown) {
  say(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  process.exitCode = 1;
}
