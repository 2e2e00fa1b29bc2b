// The shop moves to a second lab and back, found by its name alone: what clients remember of the name is made short
// beforehand, and a plan that is made before that refuses.

import { join } from 'node:path';
import { type Bench, told } from './bench.ts';
import { estimateOf, type TwoLabFigures, wholeOf } from './measured.ts';
import { type Moved, move, wrongWith } from './move.ts';
import { openTwoStage, type TwoStage } from './two-stage.ts';

const limits = { maxTtlSeconds: 5 };
const name = 'two-labs';

export async function playTwoLabs(bench: Bench): Promise<readonly TwoLabFigures[]> {
  const { filesElsewhere: files } = bench.options;
  return bench.memory.once(`${name}/${files}`, async () => {
    const stage = await openTwoStage(join(bench.folder, name), files);
    try {
      const early = await stage.makePlan({ strategy: 'rsync', limits });
      if (!early.missing.includes('route'))
        bench.wrong(`${name}: a name of ${stage.ttlSeconds.before} s was no reason to wait`);
      await stage.lowerTtl();
      return [await moveOver(bench, stage, 'there', files), await moveOver(bench, stage, 'back', files)];
    } finally {
      await stage.close();
    }
  });
}

async function moveOver(
  { say, wrong }: Bench,
  stage: TwoStage,
  way: 'there' | 'back',
  files: number,
): Promise<TwoLabFigures> {
  const id = `${name}/${way}`;
  const moved = await move(stage, { id, strategy: 'rsync', limits });
  for (const sentence of wrongWith(id, moved, { state: 'success', serves: 'target' })) wrong(sentence);
  say(told(id, moved));
  if (moved.server === undefined || moved.serves !== 'target') throw new Error(`${id} moved nowhere.`);
  await stage.hasMovedTo(moved.server);
  return figuresOf(stage, way, files, moved);
}

function figuresOf({ ttlSeconds }: TwoStage, way: string, files: number, moved: Moved): TwoLabFigures {
  const { totalS, downtimeS, clientGapS, ordersAcknowledged, ordersLost, plan } = moved;
  const { planP50S, planP90S } = estimateOf(moved);
  return {
    way,
    files,
    totalS,
    downtimeS,
    clientGapS,
    clientTailS: plan.downtime?.clientTailSeconds ?? 0,
    ttlBeforeS: ttlSeconds.before,
    ttlS: ttlSeconds.lowered,
    ordersAcknowledged,
    ordersLost,
    planP50S,
    planP90S,
    ...wholeOf(moved),
  };
}
