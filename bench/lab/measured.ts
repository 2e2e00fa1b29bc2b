// The figures that the bench gives: what JSON holds, and what the tables are made of. Times in seconds.

import { type StrategyName, toldRange } from '@belay/planner';
import type { Moved } from './move.ts';
import { rounded } from './window.ts';

/** One move that succeeded. */
export interface RunFigures extends Whole, Said {
  readonly strategy: StrategyName;
  readonly files: number;
  readonly totalS: number;
  readonly downtimeS: number;
  /** Unmount, detach, attach and mount of a swap; the final pass of a copy. */
  readonly dataPhaseS: number;
  readonly overheadS: number;
  readonly clientGapS: number;
  readonly ordersAcknowledged: number;
  readonly ordersLost: number;
  /** While the source settled, and until its services were stopped: the longest time without a confirmed order. */
  readonly settleGapS?: number | undefined;
}

/** What a plan had said of a downtime. */
export interface Said {
  /** The range as it was printed. */
  readonly planP50S: number;
  readonly planP90S: number;
  /** The percentiles behind it. */
  readonly rawP10S: number;
  readonly rawP50S: number;
  readonly rawP90S: number;
}

/** Was everything on the disk as it must be? */
export interface Whole {
  /** `ok`, or what SQLite says is broken. */
  readonly integrityCheck: string;
  readonly checksums: 'same' | 'differ';
  /** So often the watcher saw two servers answer. */
  readonly twoServed: number;
}

/** One move in which a step failed for good. */
export interface FailureFigures extends Whole {
  readonly strategy: StrategyName;
  readonly step: string;
  /** Who served when the run had come to its outcome. */
  readonly serves: 'source' | 'target' | 'nobody';
  /** As long as clients noticed that nobody served, there and back. */
  readonly downtimeS: number;
  readonly ordersLost: number;
  readonly state: string;
  /** How the run ended when the step was mended and tried again; absent where it had been taken back. */
  readonly mended?: string | undefined;
}

/** Moves of one strategy after some of history, each against what its plan had said. */
export interface EstimateFigures {
  readonly strategy: StrategyName;
  readonly files: number;
  readonly history: number;
  readonly runs: readonly Estimate[];
  /** How many fell into the range that their plan had printed. */
  readonly insideTold: number;
  /** How many fell between the percentiles. */
  readonly insideP50P90: number;
  readonly insideP10P90: number;
  readonly ordersLost: number;
}

export interface Estimate extends Said {
  readonly downtimeS: number;
}

/** One move from one lab to another, by name alone. */
export interface TwoLabFigures extends Whole {
  readonly way: string;
  readonly files: number;
  readonly totalS: number;
  readonly downtimeS: number;
  readonly clientGapS: number;
  /** For so long the plan had said that clients may still go astray. */
  readonly clientTailS: number;
  /** For so long clients might remember the name when the plan was made. */
  readonly ttlBeforeS: number;
  /** Did the run make that shorter, and wait until nobody remembered it any more, while the source served? */
  readonly waitedForTtl: boolean;
  readonly ordersAcknowledged: number;
  readonly ordersLost: number;
  readonly planP50S: number;
  readonly planP90S: number;
}

/** One recovery. */
export interface RecoveryFigures extends Whole {
  readonly accident: string;
  /** The way back of the plan. */
  readonly way: string;
  readonly state: string;
  /** How a second run ended, of a new plan, where the first was taken back with nobody serving. */
  readonly again?: string | undefined;
  readonly serves: 'source' | 'target' | 'nobody';
  /** From the accident until clients were served again. */
  readonly outageS: number;
  readonly ordersAcknowledged: number;
  readonly ordersLost: number;
  /** So much would be lost, the plan had said: what was confirmed in so many seconds before the end. */
  readonly announcedLossS: number;
  /** From the first confirmed order that was lost to the last that was confirmed before the accident. */
  readonly lossS: number;
  /** Confirmed orders that lie in what the plan had given up. */
  readonly announcedOrders: number;
  /** From the beginning of the run until an order was confirmed again; and as the plan had said. */
  readonly servingS: number;
  readonly planP50S: number;
  readonly planP90S: number;
}

/** How figures of one run of the bench stand to one another. */
export interface Ratios {
  readonly swapToFinalPass: readonly SwapToFinalPass[];
  /** The middle of the swap's data phases with the most files, over that with the fewest. */
  readonly swapDataPhaseGrowth: number;
  /** Of all windows together, the share in which neither cloud nor host was at work; and the largest of one window. */
  readonly overheadShare: number;
  readonly largestOverheadShare: number;
}

/** The middle of the swap's data phases against the middle of rsync's final passes over as many files. */
interface SwapToFinalPass {
  readonly files: number;
  readonly swapDataPhaseS: number;
  readonly rsyncFinalPassS: number;
  readonly ratio: number;
}

/** All of it, as JSON. */
export interface LabReport {
  readonly runs: readonly RunFigures[];
  readonly failures: readonly FailureFigures[];
  readonly estimates: readonly EstimateFigures[];
  readonly twoLabs: readonly TwoLabFigures[];
  readonly recoveries: readonly RecoveryFigures[];
  readonly ratios: Ratios;
}

export function runFigures(strategy: StrategyName, files: number, moved: Moved): RunFigures {
  const { totalS, downtimeS, dataPhaseS, overheadS, clientGapS, ordersAcknowledged, ordersLost } = moved;
  const { settleGapS } = moved;
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
    ...estimateOf(moved),
    ...wholeOf(moved),
    ...(settleGapS !== undefined && { settleGapS }),
  };
}

export function estimateOf({ plan: { downtime } }: Pick<Moved, 'plan'>): Said {
  const { p10Seconds = 0, p50Seconds = 0, p90Seconds = 0 } = downtime ?? {};
  const { fromSeconds, toSeconds } = toldRange(p50Seconds, p90Seconds);
  return {
    planP50S: fromSeconds,
    planP90S: toSeconds,
    rawP10S: rounded(p10Seconds),
    rawP50S: rounded(p50Seconds),
    rawP90S: rounded(p90Seconds),
  };
}

export function wholeOf({
  integrity,
  filesIntact,
  twoServed,
}: Pick<Moved, 'integrity' | 'filesIntact' | 'twoServed'>): Whole {
  return { integrityCheck: integrity, checksums: filesIntact ? 'same' : 'differ', twoServed };
}

export function ratiosOf(runs: readonly RunFigures[]): Ratios {
  const counts = [...new Set(runs.map(({ files }) => files))].sort((a, b) => a - b);
  const dataPhase = (strategy: StrategyName, count: number): number =>
    middle(
      runs
        .filter((run) => run.strategy === strategy && run.files === count)
        .map(({ dataPhaseS }) => dataPhaseS),
    );
  const swaps = counts.map((count) => dataPhase('volume-swap', count)).filter((value) => value > 0);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    swapToFinalPass: counts
      .map((files) => ({
        files,
        swapDataPhaseS: dataPhase('volume-swap', files),
        rsyncFinalPassS: dataPhase('rsync', files),
      }))
      .filter(({ swapDataPhaseS, rsyncFinalPassS }) => swapDataPhaseS > 0 && rsyncFinalPassS > 0)
      .map((pair) => ({ ...pair, ratio: rounded(pair.swapDataPhaseS / pair.rsyncFinalPassS) })),
    swapDataPhaseGrowth: share(swaps.at(-1) ?? 0, swaps[0] ?? 0),
    overheadShare: share(
      sum(runs.map(({ overheadS }) => overheadS)),
      sum(runs.map(({ downtimeS }) => downtimeS)),
    ),
    largestOverheadShare: Math.max(0, ...runs.map(({ overheadS, downtimeS }) => share(overheadS, downtimeS))),
  };
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : rounded(part / whole);
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? 0;
  return rounded(Number.isInteger(half) ? ((sorted[half - 1] ?? upper) + upper) / 2 : upper);
}
