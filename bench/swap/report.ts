/** From windows to figures. What each means is written in docs/benchmarks.md. */

import type { Window } from './measure.ts';

export interface Figures {
  readonly swaps: number;
  /** All measured windows over all that the cloud and the servers took of them. */
  readonly ratio: number;
  /** The same for the swap that fared worst. */
  readonly worstRatio: number;
  readonly medianMeasuredS: number;
  readonly medianOwnS: number;
}

export interface Report {
  /** By the number of swaps at once. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly targets: Readonly<Record<string, { readonly atMost: number; readonly holds: boolean }>>;
  readonly figures: Readonly<Record<string, Figures>>;
}

const atMost: Readonly<Record<string, number>> = { one: 1.03, hundred: 1.1 };

export function figuresOf(swaps: number, windows: readonly Window[]): Figures {
  const ratios = windows.map(({ measuredMs, ownMs }) => measuredMs / ownMs);
  const sum = (of: (window: Window) => number): number =>
    windows.reduce((total, window) => total + of(window), 0);
  return {
    swaps,
    ratio: rounded(sum(({ measuredMs }) => measuredMs) / sum(({ ownMs }) => ownMs)),
    worstRatio: rounded(Math.max(...ratios)),
    medianMeasuredS: rounded(median(windows.map(({ measuredMs }) => measuredMs)) / 1000),
    medianOwnS: rounded(median(windows.map(({ ownMs }) => ownMs)) / 1000),
  };
}

export function reportOf(figures: Readonly<Record<string, Figures>>): Report {
  const entries = Object.entries(figures);
  return {
    ratios: Object.fromEntries(entries.map(([name, { ratio }]) => [name, ratio])),
    targets: Object.fromEntries(
      entries.flatMap(([name, { ratio }]) => {
        const limit = atMost[name];
        return limit === undefined ? [] : [[name, { atMost: limit, holds: ratio <= limit }]];
      }),
    ),
    figures,
  };
}

export function table({ figures, targets }: Report): string {
  const rows = Object.entries(figures).map(([name, { ratio, worstRatio, medianMeasuredS, medianOwnS }]) => {
    const target = targets[name];
    const verdict = target === undefined ? '' : `${target.holds ? 'holds' : 'MISSED'} (${target.atMost})`;
    return [name, ratio, worstRatio, `${medianMeasuredS} s`, `${medianOwnS} s`, verdict].map(String);
  });
  const head = ['swaps at once', 'ratio', 'worst', 'nobody serves', 'of that the cloud’s own', 'target'];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
    .concat('\n');
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
