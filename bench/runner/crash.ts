/**
 * Victim and heir of a recovery: `crash.ts <peer> <folder> victim|heir`. The victim begins a run whose second step
 * says that it was reached and never answers; the heir finds the run, says the same when its second step begins, and
 * exits 0 when the run has ended.
 */

import { reachedWord } from './subjects/task.ts';

const [peer, folder = '', role] = process.argv.slice(2);
const isVictim = role === 'victim';

/** The second step's effect. */
async function reach(): Promise<void> {
  process.stdout.write(`${reachedWord}\n`);
  // A timer keeps the process alive: without one it would end by itself, in order, and there would be no crash.
  if (isVictim) await new Promise((resolve) => setTimeout(resolve, longerThanTheBenchMs));
}

const longerThanTheBenchMs = 600_000;

/** Only what is measured is loaded: the heir's imports are on the clock. */
const crash =
  peer === 'belay'
    ? (await import('./subjects/belay.ts')).belayCrash
    : (await import('./subjects/openworkflow.ts')).openworkflowCrash;
await crash(folder, isVictim, reach);
process.exit(0);
