// The shop's server goes down without a word while clients order, and a plan brings the shop back: with its disk, from a
// picture of it, or by starting it again; also where the old server comes back by itself in the middle of that.

import { join } from 'node:path';
import { type Accident, accidents } from './accidents.ts';
import type { Bench } from './bench.ts';
import { type RecoveryFigures, wholeOf } from './measured.ts';
import { type Recovered, recover } from './recover.ts';
import { openStage } from './stage.ts';
import { rounded } from './window.ts';

export async function playRecoveries(bench: Bench): Promise<readonly RecoveryFigures[]> {
  const { filesElsewhere: files, step } = bench.options;
  const figures: RecoveryFigures[] = [];
  for (const accident of accidents.filter(({ id }) => (step ?? id) === id)) {
    const name = `recoveries/${accident.id}-${files}`;
    figures.push(
      await bench.memory.once(name, async () => {
        const stage = await openStage(join(bench.folder, `recoveries-${accident.id}`), files);
        try {
          const recovered = await recover(stage, accident, bench.memory.parameters());
          for (const sentence of wrongWith(accident, recovered)) bench.wrong(`${name}: ${sentence}`);
          bench.say(told(name, recovered));
          return figuresOf(accident, recovered);
        } finally {
          await stage.close();
        }
      }),
    );
  }
  return figures;
}

function wrongWith(accident: Accident, one: Recovered): readonly string[] {
  const { wanted } = accident;
  return [
    one.state === wanted.state ? [] : [`it ended as ${one.state}, not ${wanted.state}`],
    one.again === wanted.again ? [] : [`a second run ended as ${one.again}, not ${wanted.again}`],
    one.serves === wanted.serves ? [] : [`${one.serves} serves, not ${wanted.serves}`],
    one.twoServed === 0 ? [] : [`two servers answered ${one.twoServed} times`],
    one.lost.length <= one.announcedOrders ? [] : [`${one.lost.length} orders are lost`],
    one.lost.every(({ atMs }) => one.dataAtMs !== undefined && atMs >= one.dataAtMs)
      ? []
      : ['an order is lost that is older than what the plan had given up'],
    accident.losesNothing && one.lost.length > 0 ? ['orders are lost though the disk was kept'] : [],
    one.integrity === 'ok' ? [] : [`the database says ${one.integrity}`],
    one.filesIntact ? [] : ['files are not as they were'],
  ].flat();
}

function figuresOf({ accident }: Accident, one: Recovered): RecoveryFigures {
  const { way, state, serves, outageMs, lost, acknowledged, announcedLossSeconds, announcedOrders } = one;
  return {
    accident,
    way,
    state,
    ...(one.again !== undefined && { again: one.again }),
    serves,
    outageS: rounded(outageMs / 1_000),
    ordersAcknowledged: acknowledged,
    ordersLost: lost.length,
    announcedLossS: rounded(announcedLossSeconds),
    lossS: rounded(one.lossMs / 1_000),
    announcedOrders,
    servingS: rounded(one.servingMs / 1_000),
    planP50S: one.planP50Seconds,
    planP90S: one.planP90Seconds,
    ...wholeOf(one),
  };
}

function told(name: string, { state, way, serves, outageMs, lost, ...one }: Recovered): string {
  const said = `said ${one.planP50Seconds} to ${one.planP90Seconds} s`;
  return `${name}: ${way} ${state}${one.again === undefined ? '' : `, then ${one.again}`}, ${serves} serves; out ${outageMs} ms (${said}); ${one.acknowledged} orders, ${lost.length} lost of ${one.announcedOrders} announced; two answered ${one.twoServed} times, asked ${one.watched} times`;
}
