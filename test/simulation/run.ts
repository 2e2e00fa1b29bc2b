// The planner's graphs in the simulated cloud, as a command:
//
//   npm run simulation                            everything, with 3,000 histories
//   npm run simulation -- histories 1 500         the histories of these seeds
//   npm run simulation -- history 4711            one history: what goes wrong, its journal, how it ends
//   npm run simulation -- deaths recover          every death of the plays that have this in their names
//   npm run simulation -- failures takeover       every failing step of them
//   npm run simulation -- sleepers volume-swap    processes that hang, are replaced, and wake up again
//
// Fails where anything is wrong, and where nothing was played.

import { historyOf, tell } from '../../packages/planner/test/play/chance.ts';
import {
  deathsOfPlanner,
  failuresOfPlanner,
  historiesOfPlanner,
  type Stage,
  sleepersOfPlanner,
} from './stages.ts';

const [what = 'all', ...words] = process.argv.slice(2);
const say = (line: string): void => console.log(line);

if (what === 'history') {
  await tellOne(Number(words[0]));
} else {
  const stages = await played();
  for (const { name, passed, failed } of stages) say(`${name}: ${passed} passed, ${failed} failed`);
  const isWell = stages.length > 0 && stages.every(({ passed, failed }) => passed > 0 && failed === 0);
  process.exitCode = isWell ? 0 : 1;
}

async function played(): Promise<readonly Stage[]> {
  const only = { only: words.join(' '), say };
  switch (what) {
    case 'all':
      return [
        await failuresOfPlanner({ say }),
        await historiesOfPlanner({ from: 1, to: 3000 }, { say }),
        await deathsOfPlanner({ say }),
        await sleepersOfPlanner({ say }),
      ];
    case 'deaths':
      return [await deathsOfPlanner(only)];
    case 'failures':
      return [await failuresOfPlanner(only)];
    case 'sleepers':
      return [await sleepersOfPlanner(only)];
    case 'histories': {
      const [from = 1, to = from] = words.map(Number);
      return [await historiesOfPlanner({ from, to }, { say })];
    }
    default:
      say(`there is no ${what}: all, deaths, failures, sleepers, histories or history`);
      return [];
  }
}

async function tellOne(seed: number): Promise<void> {
  const history = await historyOf(seed);
  say(`${history.play.name}, ${history.way}`);
  for (const accident of history.accidents) say(`  ${accident}`);
  const { events, wrong, state, serves, asked } = await tell(history);
  for (const { seq, atMs, event } of events) {
    if (event.kind !== 'progress')
      say(`${seq} ${new Date(atMs).toISOString()} ${JSON.stringify(event).slice(0, 300)}`);
  }
  for (const one of asked) say(`a person was asked about ${one}`);
  say(`${state}: ${serves} serves`);
  for (const problem of wrong) say(problem);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
