// What the bench says: JSON with the figures and nothing else, a table and a picture for people.

import type { StrategyName } from '@belay/planner';

/** One move. Times in seconds. */
export interface RunFigures {
  readonly strategy: StrategyName;
  readonly files: number;
  readonly totalS: number;
  readonly downtimeS: number;
  readonly dataPhaseS: number;
  readonly overheadS: number;
  readonly clientGapS: number;
  readonly ordersAcknowledged: number;
  readonly ordersLost: number;
  readonly planP50S: number;
  readonly planP90S: number;
}

/** One move in which a step failed. */
export interface FailureFigures {
  readonly strategy: StrategyName;
  readonly step: string;
  readonly serves: 'source' | 'target' | 'nobody';
  readonly downtimeS: number;
  readonly ordersLost: number;
}

export interface LabReport {
  readonly runs: readonly RunFigures[];
  readonly failures: readonly FailureFigures[];
}

/** The page that the command writes. */
export function markdown({ runs, failures }: LabReport, when: string, box: string): string {
  return `# The shop moves, on real disks

Written by \`npm run lab\` on ${when}. Each row is one move of a running shop in a lab (\`@belay/lab\`): an HTTP server
with SQLite that writes every order to the disk before it confirms it, many small files, and files that change all the
time, while four clients order without a pause. The downtime is from the stop of the first service to the last step in
which nobody serves; the data phase is unmount, detach, attach and mount; the overhead is what of the downtime neither
the cloud nor a host was at work in; the gap is the longest time in which no client got an order confirmed; p50 and p90
are what the plan had said beforehand. ${box}

${table(
  ['Strategy', 'Files', 'Total', 'Downtime', 'Data phase', 'Overhead', 'Gap', 'Orders', 'Lost', 'p50', 'p90'],
  runs.map((run) => [
    run.strategy,
    String(run.files),
    ...[run.totalS, run.downtimeS, run.dataPhaseS, run.overheadS, run.clientGapS].map(inSeconds),
    String(run.ordersAcknowledged),
    String(run.ordersLost),
    inSeconds(run.planP50S),
    inSeconds(run.planP90S),
  ]),
)}

![Downtime of each move](lab.svg)

Each row below is a move in which one step failed for good. It is taken back, and the source serves again. The downtime
here is all the time in which clients got no order confirmed, on the way there and on the way back.

${table(
  ['Strategy', 'Failing step', 'Serves afterwards', 'Downtime', 'Orders lost'],
  failures.map(({ strategy, step, serves, downtimeS, ordersLost }) => [
    strategy,
    step,
    serves,
    inSeconds(downtimeS),
    String(ordersLost),
  ]),
)}
`;
}

/** Bars of the downtime, the data phase within them darker. */
export function svg({ runs }: LabReport): string {
  const longestS = Math.max(1, ...runs.map(({ downtimeS }) => downtimeS));
  const width = (valueS: number): string => ((valueS / longestS) * barWidth).toFixed(1);
  const rows = runs.map((run, i) => {
    const y = 24 + i * rowHeight;
    return `<text x="8" y="${y + 14}">${run.strategy}, ${run.files} files</text>
<rect x="${left}" y="${y}" width="${width(run.downtimeS)}" height="18" fill="#9ab"/>
<rect x="${left}" y="${y}" width="${width(run.dataPhaseS)}" height="18" fill="#345"/>
<text x="${left + barWidth + 8}" y="${y + 14}">${inSeconds(run.downtimeS)}</text>`;
  });
  const height = 40 + runs.length * rowHeight;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + barWidth + 90}" height="${height}" font-family="sans-serif" font-size="13">
<title>Downtime of each move in the lab</title>
<text x="8" y="14">Nobody serves for so long; dark: the data itself is under way</text>
${rows.join('\n')}
</svg>
`;
}

const left = 220;
const barWidth = 460;
const rowHeight = 26;

function inSeconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
