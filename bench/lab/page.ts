// The page that the command writes: what was measured, in words and tables. A part that was not played is not told of.

import type {
  EstimateFigures,
  FailureFigures,
  LabReport,
  Ratios,
  RecoveryFigures,
  RunFigures,
  TwoLabFigures,
} from './measured.ts';

export function page(report: LabReport, when: string, box: string): string {
  const { runs, failures, estimates, twoLabs, recoveries, ratios } = report;
  const sections = [
    preface(when, box),
    runs.length === 0 ? '' : moves(runs, ratios),
    estimates.length === 0 ? '' : estimated(estimates),
    failures.length === 0 ? '' : failing(failures),
    twoLabs.length === 0 ? '' : acrossLabs(twoLabs),
    recoveries.length === 0 ? '' : recovered(recoveries),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function preface(when: string, box: string): string {
  return `# The shop moves, on real disks

Written by \`npm run lab\` on ${when}. A running shop moves from server to server in a lab (\`@belay/lab\`): an HTTP server
with SQLite that writes every order to the disk before it confirms it, many small files, and files that change all the
time, while four clients order without a pause.

${box}

Words in the tables:

- **Downtime**: from the stop of the first service to the last step in which nobody serves, by the run's own journal.
- **Data phase**: what happens to the data in that time. For a swap unmount, detach, attach and mount, with the writing
  out of what is in memory and the search for the disk in them; for a copy the final pass.
  The checksums after each move leave every small file in memory, as a backup does, and a kernel needs some microseconds
  for each of them when it unmounts their disk. So a swap lets its source settle before anything stops: dirty data is
  written out and the kernel forgets what nobody uses.
- **Settling**: the longest time in which no order was confirmed from the beginning of that until the stop.
- **Overhead**: what of the downtime neither the cloud nor a host was at work in: belay's own.
- **Gap**: the longest time in which no client got an order confirmed.
- **Said**: the downtime that the plan had printed beforehand: p50 to p90, rounded outwards to a step fit for its size.
- **Lost**: confirmed orders that are not in the database of the server that serves in the end. It must be
  0, but where a plan gives some up by name.
- **Database**: what \`PRAGMA integrity_check\` says there. **Files**: whether the checksums of all small files are the
  same as when they were made. **Two served**: how often a watcher that asks every server at its own address, some twenty
  times a second, had an answer of one within a tenth of a second of another's.

![Downtime of each move, what the plans had said, failing steps and recoveries](lab.svg)`;
}

function moves(runs: readonly RunFigures[], ratios: Ratios): string {
  const head =
    'Strategy|Files|Total|Downtime|Data phase|Overhead|Gap|Settling|Said|Orders|Lost|Database|Files|Two served';
  const rows = runs.map((run) => [
    run.strategy,
    String(run.files),
    ...[run.totalS, run.downtimeS, run.dataPhaseS, run.overheadS, run.clientGapS].map(inSeconds),
    run.settleGapS === undefined ? '' : inSeconds(run.settleGapS),
    saidBy(run),
    String(run.ordersAcknowledged),
    String(run.ordersLost),
    ...wholeCells(run),
  ]);
  const pairs = ratios.swapToFinalPass.map(({ files, swapDataPhaseS, rsyncFinalPassS, ratio }) => [
    String(files),
    inSeconds(swapDataPhaseS),
    inSeconds(rsyncFinalPassS),
    ratio.toFixed(3),
  ]);
  const growth =
    pairs.length < 2
      ? ''
      : `\nWith the most files the swap's data phase took ${ratios.swapDataPhaseGrowth.toFixed(2)} times as long as with the fewest.`;
  return `## Moves

${table(head, rows)}

The middle of the swap's data phases against the middle of rsync's final passes, over the same files in the same lab:

${table('Files|Swap: data phase|rsync: final pass|Ratio', pairs)}
${growth}

Belay's own share of all these downtimes together is ${percent(ratios.overheadShare)}, and of the one in which it is largest
${percent(ratios.largestOverheadShare)}.`;
}

function estimated(all: readonly EstimateFigures[]): string {
  const rows = all.map(({ strategy, files, history, runs, ordersLost, ...inside }) => [
    strategy,
    String(files),
    String(history),
    ...[inside.insideTold, inside.insideP50P90, inside.insideP10P90].map((n) => `${n} of ${runs.length}`),
    String(ordersLost),
  ]);
  const single = all.flatMap(({ strategy, runs }) =>
    runs.map((run) => [
      strategy,
      saidBy(run),
      ...[run.rawP10S, run.rawP50S, run.rawP90S, run.downtimeS].map(inSeconds),
    ]),
  );
  return `## What plans say, and what comes

After some moves from which the planner has learned, each further move has a plan of its own, made just before it.
**Said** is the range that it printed: p50 and p90 rounded outwards, for nobody knows them to a tenth of a second. Between
the percentiles themselves lie four moves of ten where they are right, for half of all moves are quicker than the p50.

${table('Strategy|Files|Learned from|As said|p50 to p90|p10 to p90|Lost', rows)}

${table('Strategy|Said|p10|p50|p90|Downtime', single)}`;
}

function failing(failures: readonly FailureFigures[]): string {
  const rows = failures.map((one) => [
    one.strategy,
    one.step,
    one.serves,
    inSeconds(one.downtimeS),
    String(one.ordersLost),
    one.mended === undefined ? one.state : `${one.state}, then ${one.mended}`,
    ...wholeCells(one),
  ]);
  return `## One step fails

Each row is a move in which one step failed for good, and no attempt helped: the steps of each graph in turn, as the
graph itself names them. Before the point of no return all is taken back, and the source serves again. Behind it the
target serves already: the run is stuck on that step alone until a person has mended what failed and lets it be tried
again. The downtime is all the time in which clients got no order confirmed, on the way there and on the way back.

${table('Strategy|Failing step|Serves|Downtime|Lost|Run|Database|Files|Two served', rows)}`;
}

function acrossLabs(all: readonly TwoLabFigures[]): string {
  const rows = all.map((one) => [
    one.way,
    String(one.files),
    `${one.ttlBeforeS} s${one.waitedForTtl ? ', lowered' : ''}`,
    ...[one.totalS, one.downtimeS, one.clientGapS, one.clientTailS].map(inSeconds),
    saidBy(one),
    String(one.ordersAcknowledged),
    String(one.ordersLost),
    ...wholeCells(one),
  ]);
  const head = 'Way|Files|TTL|Total|Downtime|Gap|Tail|Said|Orders|Lost|Database|Files|Two served';
  return `## From one cloud to another, and back

The shop of one lab moves to a second lab by rsync, and back. No address moves along: clients ask the first lab's name
server, and remember the answer for as long as it says. Where that is longer than the plan allows, the run lowers it and
waits until nobody remembers the old one, while the source still serves: **TTL** is what it was when the plan was made.
**Tail** is for how long the plan says that clients may still go astray after the downtime.

${table(head, rows)}`;
}

function recovered(all: readonly RecoveryFigures[]): string {
  const rows = all.map((one) => [
    one.accident,
    one.way,
    one.again === undefined ? one.state : `${one.state}, then ${one.again}`,
    one.serves,
    inSeconds(one.outageS),
    inSeconds(one.servingS),
    saidBy(one),
    String(one.ordersAcknowledged),
    String(one.ordersLost),
    one.announcedOrders === 0 ? '0' : `${one.announcedOrders} in ${inSeconds(one.announcedLossS)}`,
    ...wholeCells(one),
  ]);
  const head =
    'The server is|Way back|Run|Serves|Out of service|Run to first order|Said|Orders|Lost|Announced loss|Database|Files|Two served';
  return `## The server goes down

The server loses its power while clients order, and a plan brings the shop back. **Said** is what that had printed of
the time until it serves, p50 to p90; **Announced loss** is how many confirmed orders lie in the time that the plan gives up
by name. A server that comes back by itself in the middle of it must never serve beside its successor; where a run is
taken back because of that with nobody serving, a second plan is made and carried out.

${table(head, rows)}`;
}

function wholeCells(one: Pick<RunFigures, 'integrityCheck' | 'checksums' | 'twoServed'>): readonly string[] {
  return [one.integrityCheck, one.checksums, String(one.twoServed)];
}

function saidBy({ planP50S, planP90S }: { readonly planP50S: number; readonly planP90S: number }): string {
  return `${planP50S} to ${planP90S} s`;
}

function inSeconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Columns as wide as their widest cell, as the formatter of this repository has them. */
function table(head: string, rows: readonly (readonly string[])[]): string {
  const names = head.split('|');
  const widths = names.map((name, at) =>
    Math.max(3, name.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(names), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
