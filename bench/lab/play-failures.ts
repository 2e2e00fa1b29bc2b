// Moves in which one step fails for good, each step in turn: which there are, the graph says. Before the point of no
// return all is taken back and the source serves again; behind it the target serves, and a person mends what failed.

import { join } from 'node:path';
import { type Plan, servingDuring } from '@belay/planner';
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
      const planned = plansFor(bench, stage, strategy);
      const steps = stepsToFail(await planned());
      for (const step of steps.filter((one) => isWanted(bench, strategy, one))) {
        const id = `failures/${strategy}-${filesElsewhere}/${step.path}`;
        const fail = async (): Promise<FailureFigures> =>
          failOnce(bench, stage, { id, strategy, step, plan: await planned() });
        figures.push(await bench.memory.once(id, fail));
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

/** One plan serves for several moves that are taken back, as long as it is young and the shop stands where it stood. */
function plansFor({ memory }: Bench, stage: LabStage, strategy: Strategy): () => Promise<Plan> {
  let made: { readonly plan: Plan; readonly source: string } | undefined;
  return async () => {
    const source = stage.current().instance.id;
    const isOld = made === undefined || Date.now() - Date.parse(made.plan.createdAt) > youngMs;
    if (made === undefined || isOld || made.source !== source) {
      made = { plan: await stage.makePlan({ strategy, parameters: memory.parameters() }), source };
    }
    return made.plan;
  };
}

const youngMs = 60_000;

interface Failing {
  readonly id: string;
  readonly strategy: Strategy;
  readonly step: StepToFail;
  readonly plan: Plan;
}

async function failOnce(
  { say, wrong }: Bench,
  stage: LabStage,
  { id, strategy, step, plan }: Failing,
): Promise<FailureFigures> {
  const { path, isAfterPivot } = step;
  const moved = await move(stage, { id, plan, failing: path });
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
