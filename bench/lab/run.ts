// npm run lab: a shop moves from server to server on real disks, in a lab on this very box, while clients order. See
// `options.ts` for what the command takes, and `report.ts` for what it tells.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type History, learn, parametersFrom, servingDuring } from '@belay/planner';
import type { StoredEvent } from '@belay/runner';
import { endLabs, endLabsWhenInterrupted } from '../../test/lab/end-labs.ts';
import { install } from '../../test/lab/install.ts';
import { type Moved, move } from './move.ts';
import { help, type Options, optionsFrom } from './options.ts';
import { type FailureFigures, type LabReport, markdown, type RunFigures, svg } from './report.ts';
import { openStage, type Stage } from './stage.ts';
import { stepsToFail } from './steps.ts';
import { rounded } from './window.ts';

/** What this version carries out on a lab. */
const strategies = ['volume-swap', 'snapshot-clone', 'rsync'] as const;

const options = optionsFrom(process.argv.slice(2));
if (options === undefined) console.log(help);
else process.exitCode = await main(options);

async function main({ json, write, ...how }: Options): Promise<number> {
  // Standard output is for the figures.
  const say = (line: string): void => console.error(line);
  install(say);
  const folder = mkdtempSync(join(tmpdir(), 'belay-lab-'));
  endLabsWhenInterrupted(folder);
  const problems: string[] = [];
  const report: { runs: RunFigures[]; failures: FailureFigures[] } = { runs: [], failures: [] };
  try {
    for (const strategy of strategies.filter((one) => (how.strategy ?? one) === one)) {
      if (how.runs) report.runs.push(...(await playRuns(folder, strategy, how, { say, problems })));
      if (how.failures)
        report.failures.push(...(await playFailures(folder, strategy, how, { say, problems })));
    }
  } finally {
    problems.push(...(await endLabs(folder)));
  }
  tell(report, { json, write });
  for (const problem of problems) say(`FAILED ${problem}`);
  return problems.length === 0 ? 0 : 1;
}

type Strategy = (typeof strategies)[number];
type Extent = Omit<Options, 'json' | 'write'>;

interface Ears {
  readonly say: (line: string) => void;
  readonly problems: string[];
}

async function playRuns(
  folder: string,
  strategy: Strategy,
  { files, practice, repeats }: Extent,
  { say, problems }: Ears,
): Promise<readonly RunFigures[]> {
  const journals: (readonly StoredEvent[])[] = [];
  const figures: RunFigures[] = [];
  const once = async (stage: Stage, id: string): Promise<Moved> => {
    const parameters = parametersFrom(historyOf(journals));
    const moved = await move(stage, { id, strategy, parameters });
    journals.push(moved.events);
    problems.push(...wrongWith(id, moved, { state: 'success', serves: 'target' }));
    await stage.hasMovedTo(moved.server);
    say(told(id, moved));
    return moved;
  };
  const playAt = async (name: string, count: number, times: number): Promise<readonly Moved[]> => {
    const stage = await openStage(join(folder, name), count);
    const all: Moved[] = [];
    try {
      for (let i = 0; i < times; i++) all.push(await once(stage, `${name}-${i}`));
    } finally {
      await stage.close();
    }
    return all;
  };
  await playAt(`${strategy}-practice`, 200, practice);
  for (const count of files) {
    const all = await playAt(`${strategy}-${count}`, count, repeats);
    figures.push(...all.map((moved) => figuresOf(strategy, count, moved)));
  }
  return figures;
}

function historyOf(journals: readonly (readonly StoredEvent[])[]): readonly History[] {
  return learn(journals);
}

async function playFailures(
  folder: string,
  strategy: Strategy,
  { filesWhileFailing, everyStep, only }: Extent,
  { say, problems }: Ears,
): Promise<readonly FailureFigures[]> {
  const figures: FailureFigures[] = [];
  const place = join(folder, `${strategy}-failing`);
  let stage = await openStage(place, filesWhileFailing);
  try {
    const steps = await stepsToFail(stage, strategy);
    const isWanted = (path: string): boolean =>
      only === undefined
        ? everyStep || strategy === 'volume-swap' || servingDuring(path) === 'nobody'
        : path === only;
    for (const { path, isAfterPivot } of steps.filter((one) => isWanted(one.path))) {
      const id = `${strategy}/${path}`;
      const moved = await move(stage, { id, strategy, failing: path });
      // Past the point of no return the way is forward, and what fails for good waits for a person.
      const wanted = isAfterPivot ? (['stuck', 'target'] as const) : (['reverted', 'source'] as const);
      problems.push(...wrongWith(id, moved, { state: wanted[0], serves: wanted[1] }));
      say(told(id, moved));
      const { serves, outageS, ordersLost } = moved;
      figures.push({ strategy, step: path, serves, downtimeS: outageS, ordersLost });
      if (moved.state === 'reverted') continue;
      await stage.close();
      stage = await openStage(place, filesWhileFailing);
    }
  } finally {
    await stage.close();
  }
  return figures;
}

function wrongWith(
  id: string,
  moved: Moved,
  { state, serves }: Pick<Moved, 'state' | 'serves'>,
): readonly string[] {
  return [
    moved.state === state ? [] : [`${id} ended as ${moved.state}, not ${state}`],
    moved.serves === serves ? [] : [`${id}: ${moved.serves} serves, not ${serves}`],
    moved.ordersLost === 0 ? [] : [`${id}: ${moved.ordersLost} confirmed orders are lost`],
    moved.ordersAcknowledged > 0 ? [] : [`${id}: no order was confirmed`],
    moved.integrity === 'ok' ? [] : [`${id}: the database says ${moved.integrity}`],
    moved.filesIntact ? [] : [`${id}: files are not as they were`],
  ].flat();
}

function figuresOf(strategy: Strategy, files: number, moved: Moved): RunFigures {
  const { totalS, downtimeS, dataPhaseS, overheadS, clientGapS, ordersAcknowledged, ordersLost } = moved;
  const { p50Seconds = 0, p90Seconds = 0 } = moved.plan.downtime ?? {};
  return {
    strategy,
    files,
    totalS,
    downtimeS,
    dataPhaseS,
    overheadS,
    clientGapS,
    ordersAcknowledged,
    ordersLost,
    planP50S: rounded(p50Seconds),
    planP90S: rounded(p90Seconds),
  };
}

function told(id: string, { state, serves, downtimeS, dataPhaseS, clientGapS, ...rest }: Moved): string {
  const { p50Seconds, p90Seconds } = rest.plan.downtime ?? {};
  const said = `said ${p50Seconds?.toFixed(1)} to ${p90Seconds?.toFixed(1)} s`;
  const figures = `down ${downtimeS} s (${said}), data ${dataPhaseS} s, gap ${clientGapS} s`;
  return `${id}: ${state}, ${serves} serves; ${figures}; ${rest.ordersAcknowledged} orders, ${rest.ordersLost} lost`;
}

function tell(report: LabReport, { json, write }: Pick<Options, 'json' | 'write'>): void {
  const [load = 0] = loadavg();
  const box = `The box has ${availableParallelism()} processors, and its load was ${load.toFixed(0)} in the end.`;
  const page = markdown(report, new Date().toISOString().slice(0, 10), box);
  console.log(json ? JSON.stringify(report) : page);
  if (!write) return;
  const docs = fileURLToPath(new URL('../../docs', import.meta.url));
  writeFileSync(join(docs, 'lab.md'), page);
  writeFileSync(join(docs, 'lab.svg'), svg(report));
}
