// The planner's graphs in the simulated cloud, whole: every moment at which a process can die, its heir once more soon
// after, or at which it can sleep until it has been replaced, every step and every revert that fails, and histories by
// their seeds. After every event of the world somebody looks: no disk on two servers, never two that serve, nothing
// deleted that was there before, no order lost.

import { historyOf, tell } from '../../packages/planner/test/play/chance.ts';
import { type Deaths, deathsOf, dying } from '../../packages/planner/test/play/deaths.ts';
import { failuresOf } from '../../packages/planner/test/play/failures.ts';
import { sleeping, sleepsOf } from '../../packages/planner/test/play/sleepers.ts';
import type { Play } from '../../packages/planner/test/play/stage.ts';
import { plays, ways } from '../../packages/planner/test/play/ways.ts';

/** What one stage found, of all the plays whose names have `only` in them. */
export interface Stage {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
}

export interface StageOptions {
  readonly only?: string | undefined;
  /** Hears what went wrong, and how far it is. */
  readonly say: (line: string) => void;
}

/** How many moments after its first death an heir dies too. */
const second: readonly number[] = [1, 3, 8];

/** Each graph dies at each of its moments, there and on both ways back; after each write its heir dies too. */
export async function deathsOfPlanner({ only = '', say }: StageOptions): Promise<Stage> {
  let [passed, failed] = [0, 0];
  for (const play of playsNamed(only)) {
    for (const way of ways) {
      const { whole, writes, calls } = await deathsOf(play, way);
      const twice = writes.flatMap(({ at, says }): readonly Deaths[] =>
        second.map((later) => ({ at: [...at, later], says: `${says}, and its heir` })),
      );
      const all = [...writes, ...calls, ...twice];
      let wrong = 0;
      for (const deaths of all) wrong += judged(await dying(play, way, whole, deaths), say);
      say(`${play.name}, ${way}: ${all.length} deaths, ${wrong} with something wrong`);
      passed += all.length - wrong;
      failed += wrong;
    }
  }
  return { name: 'deaths of the planner', passed, failed };
}

/** Each step fails and loses its answer, and each revert does. */
export async function failuresOfPlanner({ only = '', say }: StageOptions): Promise<Stage> {
  let [passed, failed] = [0, 0];
  for (const play of playsNamed(only)) {
    const all = await failuresOf(play);
    let wrong = 0;
    for (const failure of all) wrong += judged(await failure.play(), say);
    say(`${play.name}: ${all.length} failures, ${wrong} with something wrong`);
    passed += all.length - wrong;
    failed += wrong;
  }
  return { name: 'failures of the planner', passed, failed };
}

/** Histories of these seeds. */
export async function historiesOfPlanner(
  seeds: { readonly from: number; readonly to: number },
  { only = '', say }: StageOptions,
): Promise<Stage> {
  let [passed, failed] = [0, 0];
  const ends = new Map<string, number>();
  for (let seed = seeds.from; seed <= seeds.to; seed += 1) {
    const told = await tell(await historyOf(seed, only));
    ends.set(told.state, (ends.get(told.state) ?? 0) + 1);
    const wrong = judged(told.wrong, say);
    passed += 1 - wrong;
    failed += wrong;
  }
  say(`histories: ${[...ends].map(([state, count]) => `${count} ${state}`).join(', ')}`);
  return { name: 'histories of the planner', passed, failed };
}

/**
 * Each process sleeps at each of its moments until another one has taken over, and then goes on as if nothing had been.
 * What it was about to ask for it would ask for then, whatever the run has come to meanwhile.
 */
export async function sleepersOfPlanner({ only = '', say }: StageOptions): Promise<Stage> {
  let [passed, failed] = [0, 0];
  for (const play of playsNamed(only)) {
    for (const way of ways) {
      const all = await sleepsOf(play, way);
      let wrong = 0;
      for (const sleep of all) wrong += judged(await sleeping(play, way, sleep), say);
      say(`${play.name}, ${way}: ${all.length} sleepers, ${wrong} with something wrong`);
      passed += all.length - wrong;
      failed += wrong;
    }
  }
  return { name: 'sleepers of the planner', passed, failed };
}

function playsNamed(only: string): readonly Play[] {
  return plays.filter(({ name }) => name.includes(only));
}

/** 1 where something is wrong, which is said. */
function judged(problems: readonly string[], say: (line: string) => void): 0 | 1 {
  for (const problem of problems) say(problem);
  return problems.length === 0 ? 0 : 1;
}
