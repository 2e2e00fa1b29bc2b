// Every step of a graph that fails, and every revert that fails, and what must come of it: back before the point of no
// return, forward after it with a person's help, and never anything lost.

import { perform, type Script } from './perform.ts';
import type { Sabotage } from './sabotage.ts';
import type { Play } from './stage.ts';
import { brinkOf, type StepOfPlay, stepsOfPlay } from './ways.ts';

export interface FailureCase {
  readonly title: string;
  /** What is wrong with its end, as sentences. */
  readonly play: () => Promise<readonly string[]>;
}

/** Every way in which one step of a play can fail, by itself. */
export async function failuresOf(play: Play): Promise<readonly FailureCase[]> {
  const steps = await stepsOfPlay(play);
  const brink = await brinkOf(play);
  const last = steps.findIndex(({ path }) => path === brink);
  const undone = steps.filter(({ hasRevert }, index) => hasRevert && index <= last);
  return [
    ...steps.map((step) => refused(play, step)),
    ...steps.map((step) => answerLost(play, step)),
    ...undone.flatMap(({ path }) =>
      (['refused', 'answer-lost'] as const).map((how) =>
        revertFails(play, brink, { step: path, how, times: 1 }),
      ),
    ),
    ...undone.map(({ path }) =>
      revertFails(play, brink, { step: path, how: 'refused', times: Number.POSITIVE_INFINITY }),
    ),
  ];
}

function refused(play: Play, { path, isAfterPivot }: StepOfPlay): FailureCase {
  const title = `${play.name}: ${path} fails`;
  return {
    title,
    play: () =>
      ended(
        play,
        title,
        failing({ step: path, part: 'run', how: 'refused', times: Number.POSITIVE_INFINITY }),
        {
          state: isAfterPivot ? 'success' : 'reverted',
          asked: isAfterPivot ? [`${path} failed-after-pivot`] : [],
        },
      ),
  };
}

/** What it did is found, or done once more without harm. */
function answerLost(play: Play, { path }: StepOfPlay): FailureCase {
  const title = `${play.name}: the answer of ${path} is lost`;
  return {
    title,
    play: () =>
      ended(play, title, failing({ step: path, part: 'run', how: 'answer-lost', times: 1 }), {
        state: 'success',
        mayAlsoBe: play.mayAlsoEnd ?? [],
        asked: [],
      }),
  };
}

function revertFails(play: Play, brink: string, fault: Omit<Sabotage, 'part'>): FailureCase {
  const forGood = fault.times > 1;
  const what = fault.how === 'refused' ? (forGood ? 'fails for good' : 'fails') : 'loses its answer';
  const title = `${play.name}: the revert of ${fault.step} ${what}`;
  return {
    title,
    play: () => {
      const why: Sabotage = { step: brink, part: 'run', how: 'refused', times: Number.POSITIVE_INFINITY };
      const script: Script = { sabotage: [why, { ...fault, part: 'revert' }], person: true };
      return ended(play, title, script, {
        state: 'reverted',
        asked: forGood ? [`${fault.step} revert-failed`] : [],
      });
    },
  };
}

function failing(fault: Sabotage): Script {
  return { sabotage: [fault], person: true };
}

interface Wanted {
  readonly state: 'success' | 'reverted';
  readonly mayAlsoBe?: readonly 'reverted'[];
  readonly asked: readonly string[];
}

async function ended(play: Play, title: string, script: Script, wanted: Wanted): Promise<readonly string[]> {
  const told = await perform(play, script);
  const asked = told.asked.map((one) => one.replaceAll(/#\d+/g, ''));
  const mayBe: readonly string[] = [wanted.state, ...(wanted.mayAlsoBe ?? [])];
  const problems = [
    ...told.problems,
    ...(mayBe.includes(told.state) ? [] : [`it ends ${told.state} and not ${wanted.state}: ${told.detail}`]),
    ...(JSON.stringify(asked) === JSON.stringify(wanted.asked)
      ? []
      : [
          `people are asked about ${asked.join(', ') || 'nothing'}, and not ${wanted.asked.join(', ') || 'nothing'}`,
        ]),
  ];
  return problems.map((problem) => `${title}: ${problem}`);
}
