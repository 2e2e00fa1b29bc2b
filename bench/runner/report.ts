/**
 * From samples to figures, ratios and the table. A figure is the median of its samples. A ratio is the median of the
 * rounds' own ratios, each taken between two measurements that ran right after one another: when the disk is slow for
 * half a minute both sides of a round feel it, and the ratio does not.
 */

import type { Contest, Target, Unit } from './contests.ts';

/** Samples of one contest: for each round the figures by entrant. */
export type Rounds = readonly Readonly<Record<string, number>>[];

interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly samples: number;
  readonly unit: Unit;
}

interface Verdict {
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly holds: boolean;
}

export interface Report {
  /** By contest, then by entrant. */
  readonly figures: Readonly<Record<string, Readonly<Record<string, Figure>>>>;
  readonly ratios: Readonly<Record<string, number>>;
  readonly targets: Readonly<Record<string, Verdict>>;
}

/** Folds the samples. Contests without samples, and targets on them, are left out. */
export function reportOf(
  contests: readonly Contest[],
  targets: readonly Target[],
  samples: Readonly<Record<string, Rounds>>,
): Report {
  const measured = contests.filter(({ name }) => samples[name] !== undefined);
  const ratios = Object.fromEntries(
    targets.flatMap((target) => {
      const ratio = ratioOf(target, samples[target.contest] ?? []);
      return ratio === undefined ? [] : [[target.name, ratio] as const];
    }),
  );
  return {
    figures: Object.fromEntries(
      measured.map((contest) => [contest.name, figuresOf(contest, samples[contest.name] ?? [])]),
    ),
    ratios,
    targets: Object.fromEntries(
      targets.flatMap((target) => {
        const ratio = ratios[target.name];
        const verdict = ratio === undefined ? undefined : verdictOf(target, ratio);
        return verdict === undefined ? [] : [[target.name, verdict] as const];
      }),
    ),
  };
}

function figuresOf(contest: Contest, rounds: Rounds): Readonly<Record<string, Figure>> {
  const names = [...new Set(rounds.flatMap((round) => Object.keys(round)))];
  return Object.fromEntries(
    names.map((name) => {
      const values = rounds.flatMap((round) => round[name] ?? []);
      const unit = unitOf(contest, name);
      const figure: Figure = {
        median: rounded(median(values)),
        min: rounded(Math.min(...values)),
        max: rounded(Math.max(...values)),
        samples: values.length,
        unit,
      };
      return [name, figure];
    }),
  );
}

function unitOf(contest: Contest, name: string): Unit {
  if (name.endsWith(peakSuffix)) return 'MiB';
  return contest.entrants.find((entrant) => entrant.name === name)?.unit ?? contest.unit;
}

/** What the memory of an entrant is filed under, beside its seconds. */
export const peakSuffix = ', peak memory';

function ratioOf({ above, below, times = 1 }: Target, rounds: Rounds): number | undefined {
  const ratios = rounds.flatMap((round) => {
    const [over, under] = [round[above], below === undefined ? 1 : round[below]];
    return over === undefined || under === undefined ? [] : [(times * over) / under];
  });
  return ratios.length === 0 ? undefined : rounded(median(ratios));
}

/** `undefined` for a ratio that is only told. */
function verdictOf({ atLeast, atMost }: Target, ratio: number): Verdict | undefined {
  if (atLeast !== undefined) return { atLeast, holds: ratio >= atLeast };
  return atMost === undefined ? undefined : { atMost, holds: ratio <= atMost };
}

/** The middle one; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('the median of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Four significant digits: more would be noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** The report for people. */
export function table({ figures, ratios, targets }: Report, contests: readonly Contest[]): string {
  const lines = Object.entries(figures).flatMap(([name, byEntrant]) => {
    const title = contests.find((contest) => contest.name === name)?.title ?? name;
    const rows = Object.entries(byEntrant).map(
      ([entrant, { median: middle, min, max, unit }]) =>
        `  ${entrant.padEnd(30)} ${shown(middle).padStart(10)} ${unit.padEnd(9)} (${shown(min)} to ${shown(max)})`,
    );
    return [`${name}: ${title}`, ...rows, ''];
  });
  const verdicts = Object.entries(targets).map(([name, { atLeast, atMost, holds }]) => {
    const bound = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
    return `  ${holds ? 'holds ' : 'MISSED'} ${name.padEnd(42)} ${shown(ratios[name] ?? Number.NaN).padStart(8)}   ${bound}`;
  });
  const told = Object.entries(ratios)
    .filter(([name]) => targets[name] === undefined)
    .map(([name, ratio]) => `         ${name.padEnd(42)} ${shown(ratio).padStart(8)}`);
  const beside = told.length === 0 ? [] : ['', 'beside them', ...told];
  return [...lines, 'targets', ...verdicts, ...beside, ''].join('\n');
}

function shown(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString('en-US') : String(value);
}
