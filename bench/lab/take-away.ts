// Takes one place of the bench away: its labs with all their processes, its disk, and the folder. Run as a program,
// `take-away.ts <place>`, it does so for a bench that was interrupted: in the very process of that bench, which has become
// this program, so that nothing works on in there and whoever started the bench waits for the end.

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { endLabs } from '../../test/lab/end-labs.ts';
import { pause } from './expect.ts';

/** What lies where in a place. */
export interface Parts {
  readonly image: string;
  readonly root: string;
  readonly labs: string;
}

export function partsOf(place: string): Parts {
  const root = join(place, 'disk');
  return { image: join(place, 'disk.img'), root, labs: join(root, 'labs') };
}

/** What could not be taken away is named. A place that is gone already is fine. */
export async function takeAway(place: string): Promise<readonly string[]> {
  const { root, labs } = partsOf(place);
  const problems = existsSync(labs) ? await endLabs(labs) : [];
  if (problems.length > 0) return problems;
  for (let look = 0; isMounted(root); look++) {
    if (look === mostLooks) return [`${root} is still mounted`];
    // Connections into servers that are gone take a moment to notice.
    if (look > 0) await pause(betweenMs);
    attempt('umount', root);
  }
  rmSync(place, { recursive: true, force: true });
  return [];
}

const mostLooks = 20;
const betweenMs = 250;

function isMounted(root: string): boolean {
  return readFileSync('/proc/self/mounts', 'utf8').includes(` ${root} `);
}

export function attempt(name: string, ...words: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(name, words, { encoding: 'utf8' });
}

if (import.meta.main) {
  const [place = ''] = process.argv.slice(2);
  // Impatience does not make it quicker, and would leave half of it behind.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  console.error(`interrupted: ${place} is being taken away`);
  for (const problem of await takeAway(place)) console.error(problem);
  // As a shell tells of an interrupted command.
  process.exit(130);
}
