// The shop moves to a second lab and back, found by its name alone: what clients remember of the name for too long is
// made short by the run, before anything stops.

import { join } from 'node:path';
import { type Bench, told } from './bench.ts';
import { estimateOf, type TwoLabFigures, wholeOf } from './measured.ts';
import { type Moved, move, wrongWith } from './move.ts';
import type { Stage } from './stage.ts';
import { openTwoStage } from './two-stage.ts';

const limits = { maxTtlSeconds: 5 };
const name = 'two-labs';

export async function playTwoLabs(bench: Bench): Promise<readonly TwoLabFigures[]> {
  const { filesElsewhere: files } = bench.options;
  return bench.memory.once(`${name}/${files}`, async () => {
    const stage = await openTwoStage(join(bench.folder, name), files);
    try {
      return [await moveOver(bench, stage, 'there', files), await moveOver(bench, stage, 'back', files)];
    } finally {
      await stage.close();
    }
  });
}

async function moveOver(
  { memory, say, wrong }: Bench,
  stage: Stage,
  way: 'there' | 'back',
  files: number,
): Promise<TwoLabFigures> {
  const id = `${name}/${way}`;
  const parameters = memory.parameters();
  const moved = await move(stage, { id, strategy: 'rsync', limits, parameters });
  for (const sentence of wrongWith(id, moved, { state: 'success', serves: 'target' })) wrong(sentence);
  say(told(id, moved));
  if (moved.server === undefined || moved.serves !== 'target') throw new Error(`${id} moved nowhere.`);
  await stage.hasMovedTo(moved.server);
  const figures = figuresOf(way, files, moved);
  if (figures.waitedForTtl !== figures.ttlBeforeS > limits.maxTtlSeconds) {
    wrong(
      `${id}: with a TTL of ${figures.ttlBeforeS} s it ${figures.waitedForTtl ? 'waited' : 'did not wait'}`,
    );
  }
  return figures;
}

function figuresOf(way: string, files: number, moved: Moved): TwoLabFigures {
  const { totalS, downtimeS, clientGapS, ordersAcknowledged, ordersLost, plan } = moved;
  const { planP50S, planP90S } = estimateOf(moved);
  const { records } = plan.facts;
  const ttls = records.known ? records.value.map(({ ttlSeconds }) => ttlSeconds) : [];
  return {
    way,
    files,
    totalS,
    downtimeS,
    clientGapS,
    clientTailS: plan.downtime?.clientTailSeconds ?? 0,
    ttlBeforeS: Math.max(0, ...ttls),
    waitedForTtl: moved.events.some(({ event }) => event.kind === 'done' && event.step === 'ttl-runs-out'),
    ordersAcknowledged,
    ordersLost,
    planP50S,
    planP90S,
    ...wholeOf(moved),
  };
}
