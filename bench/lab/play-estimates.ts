// Plans against what comes: some moves of one strategy from which the planner learns, then as many as are counted, each
// with a plan made just before it from all that was learned until then.

import { join } from 'node:path';
import { type Bench, wantedStrategies } from './bench.ts';
import { type Estimate, type EstimateFigures, estimateOf } from './measured.ts';
import { moveOnce } from './play-runs.ts';
import { openStage } from './stage.ts';

const history = 5;
const counted = 10;

export async function playEstimates(bench: Bench): Promise<readonly EstimateFigures[]> {
  const { estimated, filesWhileEstimating: files } = bench.options;
  const all: EstimateFigures[] = [];
  for (const strategy of wantedStrategies(bench.options).filter((one) => estimated.has(one))) {
    const name = `estimates/${strategy}-${files}`;
    all.push(
      await bench.memory.once(name, async () => {
        const stage = await openStage(join(bench.folder, `estimates-${strategy}`), files);
        const runs: Estimate[] = [];
        let ordersLost = 0;
        try {
          for (let turn = 0; turn < history + counted; turn++) {
            const moved = await moveOnce(bench, stage, `${name}-${turn}`, strategy);
            ordersLost += moved.ordersLost;
            if (turn >= history) runs.push({ downtimeS: moved.downtimeS, ...estimateOf(moved) });
          }
        } finally {
          await stage.close();
        }
        const inside = (from: (run: Estimate) => number, to: (run: Estimate) => number): number =>
          runs.filter((run) => run.downtimeS >= from(run) && run.downtimeS <= to(run)).length;
        const raw = ({ rawP90S }: Estimate): number => rawP90S;
        return {
          strategy,
          files,
          history,
          runs,
          insideTold: inside(
            ({ planP50S }) => planP50S,
            ({ planP90S }) => planP90S,
          ),
          insideP50P90: inside(({ rawP50S }) => rawP50S, raw),
          insideP10P90: inside(({ rawP10S }) => rawP10S, raw),
          ordersLost,
        };
      }),
    );
  }
  return all;
}
