// Every moment at which a process can hang on a way for so long that another one takes its run over. Then it wakes up
// and goes on as if nothing had been: what it was about to ask for it would ask for now, whatever the run has come to.

import { deathsOf } from './deaths.ts';
import { perform } from './perform.ts';
import type { Play } from './stage.ts';
import { scriptOf, type Way } from './ways.ts';

interface Sleep {
  readonly at: readonly number[];
  /** Longer than a process may be silent before it is replaced. */
  readonly asleepMs: number;
  readonly says: string;
}

/** Its run is under way elsewhere when it wakes up, or has ended and may be on its way back. */
const sleepsMs: readonly number[] = [45_000, 200_000];

export async function sleepsOf(play: Play, way: Way): Promise<readonly Sleep[]> {
  const { writes, calls } = await deathsOf(play, way);
  return sleepsMs.flatMap((asleepMs) =>
    [...writes, ...calls].map(({ at, says }) => ({ at, asleepMs, says: `${says}, for ${asleepMs} ms` })),
  );
}

/** What is wrong with the end, as sentences that say where it slept. */
export async function sleeping(
  play: Play,
  way: Way,
  { at, asleepMs, says }: Sleep,
): Promise<readonly string[]> {
  const { problems } = await perform(play, { ...(await scriptOf(play, way)), deaths: at, asleepMs });
  return problems.map((problem) => `${play.name}, ${way}, asleep at ${at.join()} (${says}): ${problem}`);
}
