/** The runs as a job log: one line each, newest first, in the columns that people have known for years. */

export interface Job {
  readonly action: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly state: string;
  readonly done: number;
  readonly total: number;
  /** What runs now; absent when nothing does. */
  readonly running?: string | undefined;
}

const widths = [32, 24, 24, 12, 8] as const;

export function jobLog(jobs: readonly Job[]): readonly string[] {
  const newestFirst = [...jobs].sort((a, b) => b.startMs - a.startMs);
  return [
    row(['ACTION', 'START', 'END', 'STATE', 'TASKS', 'RUNNING']),
    ...newestFirst.map(({ action, startMs, endMs, state, done, total, running }) =>
      row([action, time(startMs), time(endMs), state, `${done}/${total}`, running ?? 'finished']),
    ),
  ];
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, i) => cell.padEnd(widths[i] ?? 0))
    .join('')
    .trimEnd();
}

function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
