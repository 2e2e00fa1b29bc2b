// Moves that succeed: each strategy with each number of files, one after the other in the same lab, so that a swap and a
// copy are of the same files, on the same disk of the box, in the same quarter of an hour.

import { join } from 'node:path';
import { type Bench, type Strategy, told, wantedStrategies } from './bench.ts';
import { type RunFigures, runFigures } from './measured.ts';
import { type Moved, move, wrongWith } from './move.ts';
import { openStage, type Stage } from './stage.ts';

export async function playRuns(bench: Bench): Promise<readonly RunFigures[]> {
  const { files, repeats } = bench.options;
  const figures: RunFigures[] = [];
  for (const [i, count] of files.entries()) {
    const names = namesOf(bench, count, repeats[i] ?? 1);
    const isDone = names.every(({ id }) => bench.memory.has(id));
    if (!isDone) bench.say(`a shop with ${count} files is being made`);
    const stage = isDone ? undefined : await openStage(join(bench.folder, `runs-${count}`), count);
    try {
      for (const { id, strategy } of names) {
        figures.push(
          await bench.memory.once(id, async () => {
            if (stage === undefined) throw new Error(`${id} was to be remembered.`);
            return runFigures(strategy, count, await moveOnce(bench, stage, id, strategy));
          }),
        );
      }
    } finally {
      await stage?.close();
    }
  }
  // Strategies one after the other: that is how they are read.
  return wantedStrategies(bench.options).flatMap((strategy) =>
    figures.filter((one) => one.strategy === strategy),
  );
}

/** A move that must succeed, after which the shop stands on the target; later plans learn from it. */
export async function moveOnce(
  { memory, say, wrong }: Bench,
  stage: Stage,
  id: string,
  strategy: Strategy,
): Promise<Moved> {
  const moved = await move(stage, { id, strategy, parameters: memory.parameters() });
  for (const sentence of wrongWith(id, moved, { state: 'success', serves: 'target' })) wrong(sentence);
  say(told(id, moved));
  if (moved.server === undefined || moved.serves !== 'target') throw new Error(`${id} moved nowhere.`);
  memory.keepJournal(id, moved.events);
  await stage.hasMovedTo(moved.server);
  return moved;
}

function namesOf(
  { options }: Bench,
  count: number,
  repeats: number,
): readonly { readonly id: string; readonly strategy: Strategy }[] {
  return Array.from({ length: repeats }, (_, turn) =>
    wantedStrategies(options).map((strategy) => ({ id: `runs/${strategy}-${count}-${turn}`, strategy })),
  ).flat();
}
