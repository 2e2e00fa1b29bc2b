/**
 * From what was seen to figures, ratios, targets and the table.
 */

import { median } from '../runner/report.ts';
import { adapters, judgedSwaps, longestLagMs, mostDescribesPerSecond } from './contests.ts';
import { overEc2 } from './subjects/over-port.ts';
import { sdkWaiters, sdkWaitersEverySecond } from './subjects/sdk-waiters.ts';
import { operationsPerSwap, type Trial } from './subjects/subject.ts';
import { type Kind, kinds, type Wait, waits } from './watch.ts';

/** Of one subject with so many swaps at once, the rounds together. */
export interface Figures {
  /** From the state's being reached to its being noticed; `null` where no wait ended after its state was there. */
  readonly lagMs: Readonly<Record<Wait, Lag | null>>;
  /** Waits that ended before what they waited for was there. */
  readonly endedEarly: Readonly<Record<Wait, number>>;
  /** Calls for each launch, detach or attach that was completed. */
  readonly describesPerOperation: Readonly<Record<Kind, number>>;
  /** How many of those looked for something by its tag. */
  readonly lookupsPerOperation: Readonly<Record<Kind, number>>;
  /** Calls a second, in the ten seconds in which there were most of them. */
  readonly describesPerSecond: Readonly<Record<Kind, number>>;
  /** From the first call to the end of the last wait, by the cloud's clock; the median of the rounds. */
  readonly seconds: number;
}

interface Lag {
  readonly median: number;
  readonly p99: number;
  readonly max: number;
  readonly samples: number;
}

interface Verdict {
  readonly atMost: number;
  readonly value: number;
  readonly holds: boolean;
}

/** By subject, then by how many swaps ran at once. */
export type AllFigures = Readonly<Record<string, Readonly<Record<string, Figures>>>>;

export interface Report {
  readonly figures: AllFigures;
  /** How many times as much as belay over the same dialect. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly targets: Readonly<Record<string, Verdict>>;
}

export function reportOf(figures: AllFigures): Report {
  return { figures, ratios: ratiosOf(figures), targets: targetsOf(figures) };
}

export function figuresOf(rounds: readonly Trial[]): Figures {
  const swaps = rounds.reduce((all, trial) => all + trial.swaps, 0);
  const ofWaits = <T>(of: (wait: Wait) => T): Record<Wait, T> => ({
    'instance-running': of('instance-running'),
    'volume-available': of('volume-available'),
    'volume-attached': of('volume-attached'),
  });
  const ofKinds = (of: (kind: Kind) => number): Record<Kind, number> => ({
    instances: rounded(of('instances')),
    volumes: rounded(of('volumes')),
  });
  return {
    lagMs: ofWaits((wait) => lagOf(rounds.flatMap(({ ended }) => ended[wait]))),
    endedEarly: ofWaits((wait) => rounds.reduce((all, { early }) => all + early[wait], 0)),
    describesPerOperation: ofKinds(
      (kind) => sum(rounds.flatMap(({ describes }) => describes[kind])) / (swaps * operationsPerSwap),
    ),
    lookupsPerOperation: ofKinds(
      (kind) => sum(rounds.map(({ lookups }) => lookups[kind])) / (swaps * operationsPerSwap),
    ),
    describesPerSecond: ofKinds((kind) =>
      Math.max(...rounds.map(({ describes }) => busiest(describes[kind]))),
    ),
    seconds: rounded(median(rounds.map(({ seconds }) => seconds))),
  };
}

function lagOf(lagsMs: readonly number[]): Lag | null {
  if (lagsMs.length === 0) return null;
  const sorted = lagsMs.toSorted((a, b) => a - b);
  const atShare = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return {
    median: rounded(median(sorted)),
    p99: rounded(atShare(0.99)),
    max: rounded(atShare(1)),
    samples: sorted.length,
  };
}

const windowS = 10;

function busiest(perSecond: readonly number[]): number {
  const starts = Math.max(1, perSecond.length - windowS + 1);
  const windows = Array.from({ length: starts }, (_, start) => perSecond.slice(start, start + windowS));
  return Math.max(...windows.map((window) => sum(window) / window.length));
}

function ratiosOf(figures: AllFigures): Readonly<Record<string, number>> {
  const belay = figures[overEc2.name] ?? {};
  const rivals = [sdkWaiters.name, sdkWaitersEverySecond.name];
  const entries = rivals.flatMap((rival) =>
    Object.entries(figures[rival] ?? {}).flatMap(([swaps, theirs]) => {
      const ours = belay[swaps];
      if (ours === undefined) return [];
      const lags = waits.map((wait): readonly [string, number] => [
        `lag-median/${wait}, ${rival}, ${swaps}`,
        (theirs.lagMs[wait]?.median ?? Number.NaN) / (ours.lagMs[wait]?.median ?? Number.NaN),
      ]);
      const calls = kinds.map((kind): readonly [string, number] => [
        `describes-per-operation/${kind}, ${rival}, ${swaps}`,
        theirs.describesPerOperation[kind] / ours.describesPerOperation[kind],
      ]);
      return [
        ...lags,
        ...calls,
        [`swap-seconds, ${rival}, ${swaps}`, theirs.seconds / ours.seconds] as const,
      ];
    }),
  );
  return Object.fromEntries(
    entries.filter(([, ratio]) => Number.isFinite(ratio)).map(([n, r]) => [n, rounded(r)]),
  );
}

/** Belay alone is judged: what the others do is told. */
function targetsOf(figures: AllFigures): Readonly<Record<string, Verdict>> {
  const all = Object.entries(figures).filter(([subject]) => subject.startsWith('belay'));
  const lags = all.flatMap(([subject, bySwaps]) =>
    Object.entries(bySwaps).flatMap(([swaps, { lagMs, endedEarly }]) => [
      ...waits.map((wait) =>
        verdict(`lag-p99-ms/${wait}, ${subject}, ${swaps}`, longestLagMs, lagMs[wait]?.p99),
      ),
      verdict(`ended-early, ${subject}, ${swaps}`, 0, sum(Object.values(endedEarly))),
    ]),
  );
  const calls = adapters.flatMap(({ name }) =>
    kinds.map((kind) =>
      verdict(
        `describes-per-second/${kind}, ${name}, ${nameOf(judgedSwaps)}`,
        mostDescribesPerSecond,
        figures[name]?.[nameOf(judgedSwaps)]?.describesPerSecond[kind],
      ),
    ),
  );
  return Object.fromEntries([...lags, ...calls].flatMap((one) => (one === undefined ? [] : [one])));
}

function verdict(
  name: string,
  atMost: number,
  value: number | undefined,
): readonly [string, Verdict] | undefined {
  return value === undefined ? undefined : [name, { atMost, value, holds: value <= atMost }];
}

/** How a number of swaps is called in the figures. */
export function nameOf(swaps: number): string {
  return swaps === 1 ? '1 swap' : `${swaps} swaps`;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

/** Three significant digits: more would be noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

/** The report for people. */
export function table({ figures, ratios, targets }: Report): string {
  const blocks = Object.entries(figures).flatMap(([subject, bySwaps]) => [
    subject,
    ...Object.entries(bySwaps).flatMap(([swaps, seen]) => [`  ${swaps}, ${seen.seconds} s`, ...rows(seen)]),
    '',
  ]);
  const told = Object.entries(ratios).map(([name, ratio]) => `  ${name.padEnd(70)} ${ratio}`);
  const verdicts = Object.entries(targets).map(
    ([name, { atMost, value, holds }]) =>
      `  ${holds ? 'holds ' : 'MISSED'} ${name.padEnd(63)} ${String(value).padStart(6)}   at most ${atMost}`,
  );
  const beside = told.length === 0 ? [] : ['times belay over the same dialect', ...told, ''];
  return [...blocks, ...beside, 'targets', ...verdicts, ''].join('\n');
}

function rows(seen: Figures): readonly string[] {
  const { lagMs, endedEarly } = seen;
  const { describesPerOperation, lookupsPerOperation, describesPerSecond } = seen;
  const lags = waits.map((wait) => {
    const lag = lagMs[wait];
    const early = endedEarly[wait] === 0 ? '' : `   ${endedEarly[wait]} ended before it was there`;
    const words = lag === null ? 'never' : `after ${lag.median} ms, p99 ${lag.p99} ms`;
    return `    noticed ${wait.padEnd(18)} ${words}${early}`;
  });
  const calls = kinds.map(
    (kind) =>
      `    describes of ${kind.padEnd(13)} ${describesPerOperation[kind]} an operation (${lookupsPerOperation[kind]} by tag), ${describesPerSecond[kind]} a second`,
  );
  return [...lags, ...calls];
}
