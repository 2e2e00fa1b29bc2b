// The ways in which the run of a play can go without any further accident: to its end, back from its end where there
// is a way back from there, and back from the last step before there is none. Each can then be broken off anywhere.

import { check } from '@belay/runner';
import { moves } from './moves.ts';
import { perform, type Script, type Told } from './perform.ts';
import { planned } from './planned.ts';
import { rescues } from './rescues.ts';
import { type Sabotage, stepsOf } from './sabotage.ts';
import type { Play } from './stage.ts';

export const plays: readonly Play[] = [...moves, ...rescues, ...planned];

export type Way = 'there' | 'there and back' | 'back from the brink';
export const ways: readonly Way[] = ['there', 'there and back', 'back from the brink'];

/** A step as its graph tells of it. */
export interface StepOfPlay {
  readonly path: string;
  readonly isPivot: boolean;
  readonly isAfterPivot: boolean;
  readonly hasRevert: boolean;
}

/** The steps of the run, in their order. */
export async function stepsOfPlay(play: Play): Promise<readonly StepOfPlay[]> {
  const known = steps.get(play.name);
  if (known !== undefined) return known;
  let found: readonly StepOfPlay[] = [];
  await perform(play, {
    faults: ({ graph, input }) => {
      const problems = check(graph, input() as never);
      if (problems.length > 0) throw new Error(JSON.stringify(problems));
      const nodes = stepsOf(graph, input());
      const pivot = nodes.findIndex((node) => node.pivot === true);
      found = nodes.map((node, index) => ({
        path: node.path,
        isPivot: index === pivot,
        isAfterPivot: pivot >= 0 && index > pivot,
        hasRevert: node.hasRevert === true,
      }));
    },
  });
  steps.set(play.name, found);
  return found;
}

const steps = new Map<string, readonly StepOfPlay[]>();

/** The last step from which the run goes back by itself. */
export async function brinkOf(play: Play): Promise<string> {
  const all = await stepsOfPlay(play);
  const last = all.findLast(({ isPivot, isAfterPivot }) => !isPivot && !isAfterPivot);
  if (last === undefined) throw new Error(`${play.name} has no step before its point of no return`);
  return last.path;
}

/** A script for the way; its faults are new each time, for they are used up. */
export async function scriptOf(play: Play, way: Way): Promise<Script> {
  if (way !== 'back from the brink') return { goBack: way === 'there and back', person: true };
  const step = await brinkOf(play);
  const fault: Sabotage = { step, part: 'run', how: 'refused', times: Number.POSITIVE_INFINITY };
  return { sabotage: [fault], person: true };
}

/** How it goes where nobody dies. */
export async function undisturbed(play: Play, way: Way): Promise<Told> {
  const told = await perform(play, await scriptOf(play, way));
  const wrong = told.problems.length > 0 ? told.problems.join('; ') : undefined;
  if (wrong !== undefined) throw new Error(`${play.name}, ${way}: ${wrong}: ${told.detail}`);
  return told;
}
