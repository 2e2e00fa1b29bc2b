/**
 * `npm run bench:runner -- [--json] [--quick] [--only <contest>] [--rounds <n>] [--source] [--strict]`
 *
 * Measures belay's runner and its peers in turn, each time in a fresh process. The figures go to stdout; what is being
 * done goes to stderr. What each figure means is written in docs/benchmarks.md.
 */

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Contest, contests, type Entrant, targets } from './contests.ts';
import { measure } from './fresh-process.ts';
import { npm } from './npm.ts';
import { type Options, readOptions } from './options.ts';
import { installPeers } from './peers.ts';
import { secondsToRecover } from './recovery.ts';
import { peakSuffix, type Rounds, reportOf, table } from './report.ts';
import { say } from './say.ts';
import type { Answer } from './subjects/task.ts';

const briefFactor = 3;
const root = join(import.meta.dirname, '..', '..');

async function main(): Promise<number> {
  const options = readOptions(
    process.argv.slice(2),
    contests.map(({ name }) => name),
  );
  if (typeof options === 'string') {
    say(options);
    return 2;
  }
  await installPeers();
  if (!options.source) {
    say('building @belay/runner: what is measured is what users install');
    await npm(root, ['run', 'build', '-w', '@belay/runner']);
  }
  const chosen = contests.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
  const samples: Record<string, Rounds> = {};
  for (const contest of chosen) samples[contest.name] = await roundsOf(contest, options);

  const report = reportOf(chosen, targets, samples);
  const about = {
    node: process.versions.node,
    platform: process.platform,
    cpus: availableParallelism(),
    rounds: options.rounds,
    belay: options.source ? 'source' : 'built',
  };
  process.stdout.write(
    options.json ? `${JSON.stringify({ ...report, about }, null, 2)}\n` : table(report, chosen),
  );
  return options.strict && Object.values(report.targets).some(({ holds }) => !holds) ? 1 : 0;
}

/** Entrants take turns, and every other round turns their order round: none is always the one after the slow one. */
async function roundsOf(contest: Contest, options: Options): Promise<Rounds> {
  say(`${contest.name}: ${contest.title}`);
  const rounds: Readonly<Record<string, number>>[] = [];
  const count = contest.brief === true && !options.quick ? briefFactor * options.rounds : options.rounds;
  for (let round = 0; round < count; round += 1) {
    const found: Record<string, number> = {};
    const entrants = contest.entrants.filter(
      ({ once }) => once === undefined || (round === 0 && !options.quick),
    );
    for (const entrant of round % 2 === 0 ? entrants : entrants.toReversed()) {
      Object.assign(found, await figures(contest, entrant, options));
    }
    rounds.push(found);
  }
  return rounds;
}

async function figures(
  contest: Contest,
  { name, unit = contest.unit, work }: Entrant,
  { source }: Options,
): Promise<Readonly<Record<string, number>>> {
  if ('crash' in work) return { [name]: await secondsToRecover(work, source) };
  const answer = await measure(work, source);
  if (unit === 's') return { [name]: answer.seconds, [`${name}${peakSuffix}`]: answer.peakMiB };
  return { [name]: unit === 'ms' ? longestTurnMs(answer) : answer.count / answer.seconds };
}

function longestTurnMs({ longestTurnMs: longest }: Answer): number {
  if (longest === undefined) throw new Error('the subject did not watch the event loop');
  return longest;
}

try {
  process.exitCode = await main();
} catch (thrown) {
  say(thrown instanceof Error ? thrown.message : String(thrown));
  process.exitCode = 1;
}
