// Every moment at which a process can die on a way, and what comes of dying there.

import { perform, type Told } from './perform.ts';
import type { Play } from './stage.ts';
import { scriptOf, undisturbed, type Way } from './ways.ts';

/** One death, or several one after the other: the heir dies too. */
export interface Deaths {
  readonly at: readonly number[];
  readonly says: string;
}

export interface DeathsOfWay {
  readonly whole: Told;
  /** Before and after each write of the journal that says more than how far a step is. */
  readonly writes: readonly Deaths[];
  /** Before each call, while it is on its way, and after its answer. */
  readonly calls: readonly Deaths[];
}

export async function deathsOf(play: Play, way: Way): Promise<DeathsOfWay> {
  const whole = await undisturbed(play, way);
  const points = (whole.points[0] ?? []).map((point, index) => ({ ...point, at: [index + 1] }));
  return {
    whole,
    writes: points.filter(({ of, says }) => of === 'write' && !onlyProgress.test(says)),
    calls: points.filter(({ of }) => of === 'call'),
  };
}

const onlyProgress = /^append (progress [^·]*)(· progress [^·]*)*, (before|after)$/;

/** What is wrong with the end, as sentences that say where it died. */
export async function dying(
  play: Play,
  way: Way,
  whole: Told,
  { at, says }: Deaths,
): Promise<readonly string[]> {
  const told = await perform(play, { ...(await scriptOf(play, way)), deaths: at });
  const others = play.mayAlsoEnd ?? [];
  const isSame = told.state === whole.state || others.includes(told.state as 'reverted');
  const problems = [
    ...told.problems,
    ...(isSame ? [] : [`it ends ${told.state} and not ${whole.state}: ${told.detail}`]),
    ...(told.asked.length > whole.asked.length ? [`people are asked about ${told.asked.join(', ')}`] : []),
  ];
  return problems.map(
    (problem) => `${play.name}, ${way}, dead at ${at.join(' and then ')} (${says}): ${problem}`,
  );
}
