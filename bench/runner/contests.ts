/**
 * What is measured, against what, and which ratios must hold. A contest is a few entrants measured one right after
 * the other in every round, so that they meet the same disk and the same neighbours on the machine; a ratio is only
 * ever taken between entrants of one contest.
 */

import type { Peer, Shape, Task } from './subjects/task.ts';

export interface Contest {
  readonly name: string;
  readonly title: string;
  readonly unit: Unit;
  /** Over in a fifth of a second, so that whatever else the machine does shows: three times as many rounds. */
  readonly brief?: true;
  readonly entrants: readonly Entrant[];
}

export type Unit = 'steps/s' | 'commits/s' | 'rows/s' | 's' | 'MiB' | 'ms';

export interface Entrant {
  /** What the figure is called within its contest. */
  readonly name: string;
  /** Where it differs from the contest's. */
  readonly unit?: Unit;
  readonly work: Omit<Task, 'folder'> | Crash;
  /** Measured in the first round only: it takes too long to be repeated. */
  readonly once?: true;
}

/** A process that is killed with SIGKILL inside a step, and another that carries on. */
export interface Crash {
  readonly crash: Extract<Peer, 'belay' | 'openworkflow'>;
}

export interface Target {
  readonly name: string;
  readonly contest: string;
  /** The ratio of these two entrants' figures (times `times`); of the first one's figure alone without `below`. */
  readonly above: string;
  readonly below?: string;
  readonly times?: number;
  /** Without a bound the ratio is only told. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

const steps = 1_000;
/** openworkflow ends a run at 1,000 step attempts. Its figure is in steps per second, so a few less do not matter. */
const openworkflowSteps = 990;
const eventsPerStep = 2;

const belay = (
  store: Task['store'],
  shape: Shape,
  size = steps,
): Pick<Entrant, 'work'> & { name: string } => ({
  name: 'belay',
  work: { peer: 'belay', store, shape, size },
});
const pGraph = (shape: Shape, size = steps): Entrant => ({
  name: 'p-graph',
  work: { peer: 'p-graph', store: 'memory', shape, size },
});
const openworkflow = (shape: Shape, size = openworkflowSteps): Entrant => ({
  name: 'openworkflow',
  work: { peer: 'openworkflow', store: 'disk', shape, size },
});
/** As many rows as the steps make events: the same work, cold like the rest. */
const raw = (shape: Shape, unit: Unit, size: number): Entrant => ({
  name: `raw ${unit}`,
  unit,
  work: { peer: 'sqlite', store: 'disk', shape, size },
});

/** After so many runs all is loaded and most is compiled; the last of it takes some fifty, for everybody. */
const warmUps = 5;

/** The same contest in a process that has just begun to run: most of the time goes into loading and compiling code. */
function firstRun(contest: Contest): Contest {
  const { name, title, entrants } = contest;
  return {
    ...contest,
    name: `${name}-first-run`,
    title: `${title}: the first run of its process`,
    entrants: entrants.slice(0, 2),
  };
}

/** The contest with everybody's code warm. */
function warm(contest: Contest): Contest {
  const warmed = contest.entrants.map((entrant) =>
    'crash' in entrant.work ? entrant : { ...entrant, work: { ...entrant.work, warmUps } },
  );
  return { ...contest, entrants: warmed };
}

const memoryLine: Contest = {
  name: 'memory-line',
  title: `a line of ${steps}, in memory`,
  unit: 'steps/s',
  brief: true,
  entrants: [
    belay('memory', 'line'),
    pGraph('line'),
    { ...belay('memory', 'revertible-line'), name: 'belay, with probe and revert' },
  ],
};

const memoryFanOut: Contest = {
  name: 'memory-fan-out',
  title: `a fan-out of ${steps}, in memory`,
  unit: 'steps/s',
  brief: true,
  entrants: [
    belay('memory', 'fan-out'),
    pGraph('fan-out'),
    { ...belay('memory', 'revertible-fan-out'), name: 'belay, with probe and revert' },
  ],
};

const memoryManyRuns: Contest = {
  name: 'memory-many-runs',
  title: '100 runs of 10 steps at once, in memory',
  unit: 'steps/s',
  brief: true,
  entrants: [belay('memory', 'many-runs'), pGraph('many-runs')],
};

const durableLine: Contest = {
  name: 'durable-line',
  title: `a line of ${steps}, durable`,
  unit: 'steps/s',
  entrants: [
    raw('one-row-commits', 'commits/s', steps),
    belay('disk', 'line'),
    { ...belay('disk', 'revertible-line'), name: 'belay, with probe and revert' },
    openworkflow('line'),
  ],
};

const durableFanOut: Contest = {
  name: 'durable-fan-out',
  title: `a fan-out of ${steps}, durable`,
  unit: 'steps/s',
  entrants: [
    raw('hundred-row-commits', 'rows/s', eventsPerStep * steps),
    belay('disk', 'fan-out'),
    { ...belay('disk', 'revertible-fan-out'), name: 'belay, with probe and revert' },
    openworkflow('fan-out'),
  ],
};

const durableManyRuns: Contest = {
  name: 'durable-many-runs',
  title: '100 runs of 10 steps at once, durable',
  unit: 'steps/s',
  entrants: [belay('disk', 'many-runs'), openworkflow('many-runs', steps)],
};

const bigGraph: Contest = {
  name: 'big-graph',
  title: 'a random graph, in memory',
  unit: 's',
  entrants: [
    { ...belay('memory', 'random', 10_000), name: 'belay 10k' },
    { ...belay('memory', 'random', 100_000), name: 'belay 100k' },
    { ...pGraph('random', 10_000), name: 'p-graph 10k' },
    { ...pGraph('random', 100_000), name: 'p-graph 100k' },
  ],
};

const loopStall: Contest = {
  name: 'loop-stall',
  title: 'the longest that a durable fan-out keeps the event loop from turning',
  unit: 'ms',
  entrants: [
    { ...belay('disk', 'watched-fan-out'), name: 'belay' },
    { ...belay('memory', 'watched-fan-out'), name: 'belay, in memory' },
  ],
};

const recovery: Contest = {
  name: 'recovery',
  title: 'from SIGKILL in a step to the first effect of the recovered run, in a new process',
  unit: 's',
  entrants: [
    { name: 'belay', work: { crash: 'belay' } },
    { name: 'openworkflow', work: { crash: 'openworkflow' }, once: true },
  ],
};

export const contests: readonly Contest[] = [
  ...[memoryLine, memoryFanOut, memoryManyRuns, durableLine, durableFanOut, durableManyRuns].map(warm),
  ...[memoryLine, memoryFanOut, durableLine].map(firstRun),
  bigGraph,
  loopStall,
  recovery,
];

export const targets: readonly Target[] = [
  {
    name: 'durable-line/raw-commit',
    contest: 'durable-line',
    above: 'belay',
    below: 'raw commits/s',
    atLeast: 0.85,
  },
  {
    name: 'durable-fan-out/raw-rows-100-per-commit',
    contest: 'durable-fan-out',
    above: 'belay',
    below: 'raw rows/s',
    times: eventsPerStep,
    atLeast: 0.5,
  },
  {
    name: 'durable-line/openworkflow',
    contest: 'durable-line',
    above: 'belay',
    below: 'openworkflow',
    atLeast: 2,
  },
  { name: 'memory-line/p-graph', contest: 'memory-line', above: 'belay', below: 'p-graph', atLeast: 1 },
  { name: 'memory-fan-out/p-graph', contest: 'memory-fan-out', above: 'belay', below: 'p-graph', atLeast: 1 },
  {
    name: 'graph-100k/graph-10k',
    contest: 'big-graph',
    above: 'belay 100k',
    below: 'belay 10k',
    atMost: 12,
  },
  {
    name: 'memory-line-first-run/p-graph',
    contest: 'memory-line-first-run',
    above: 'belay',
    below: 'p-graph',
  },
  {
    name: 'memory-fan-out-first-run/p-graph',
    contest: 'memory-fan-out-first-run',
    above: 'belay',
    below: 'p-graph',
  },
  {
    name: 'durable-line-first-run/raw-commit',
    contest: 'durable-line-first-run',
    above: 'belay',
    below: 'raw commits/s',
  },
  { name: 'recovery-s', contest: 'recovery', above: 'belay', atMost: 1 },
];
