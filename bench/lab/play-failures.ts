// Moves in which one step fails for good, each step in turn: which there are, the graph says. Before the point of no
// return all is taken back and the source serves again; behind it the target serves, and a person mends what failed.

import { join } from 'node:path';
import { servingDuring } from '@belay/planner';
import { type Bench, type Strategy, told, wantedStrategies } from './bench.ts';
import { type FailureFigures, wholeOf } from './measured.ts';
import { type Moved, move, wrongWith } from './move.ts';
import { type LabStage, openStage } from './stage.ts';
import { type StepToFail, stepsToFail } from './steps.ts';

export async function playFailures(bench: Bench): Promise<readonly FailureFigures[]> {
  const figures: FailureFigures[] = [];
  const { filesElsewhere } = bench.options;
  const stage = await openStage(join(bench.folder, 'failures'), filesElsewhere);
  try {
    for (const strategy of wantedStrategies(bench.options)) {
      const plan = await stage.makePlan({ strategy });
      for (const step of stepsToFail(plan).filter((one) => isWanted(bench, strategy, one))) {
        const id = `failures/${strategy}-${filesElsewhere}/${step.path}`;
        figures.push(await bench.memory.once(id, () => failOnce(bench, stage, id, strategy, step)));
      }
    }
  } finally {
    await stage.close();
  }
  return figures;
}

function isWanted({ options }: Bench, strategy: Strategy, { path }: StepToFail): boolean {
  if (options.step !== undefined) return path === options.step;
  return options.everyStep || strategy === 'volume-swap' || servingDuring(path) === 'nobody';
}

async function failOnce(
  { say, wrong }: Bench,
  stage: LabStage,
  id: string,
  strategy: Strategy,
  { path, isAfterPivot }: StepToFail,
): Promise<FailureFigures> {
  const moved = await move(stage, { id, strategy, failing: path });
  const wanted = isAfterPivot
    ? ({ state: 'stuck', serves: 'target' } as const)
    : ({ state: 'reverted', serves: 'source' } as const);
  for (const sentence of wrongWith(id, moved, wanted)) wrong(sentence);
  say(told(id, moved));
  if (moved.mended === 'success' && moved.server !== undefined) await stage.hasMovedTo(moved.server);
  else if (moved.state !== 'reverted') throw new Error(`${id} leaves nothing that could go on.`);
  return figuresOf(strategy, path, moved);
}

function figuresOf(strategy: Strategy, step: string, moved: Moved): FailureFigures {
  const { serves, outageS, ordersLost, state, mended } = moved;
  return {
    strategy,
    step,
    serves,
    downtimeS: outageS,
    ordersLost,
    state,
    ...(mended !== undefined && { mended }),
    ...wholeOf(moved),
  };
}
