/** Runs as a job log: one line each, newest first, in the columns and widths that people have known for years. Pure. */

/** One line of the log. */
export interface Job {
  /** What is done: `migrate_volume_swap`. */
  readonly action: string;
  readonly startMs: number;
  /** When it last changed. */
  readonly endMs: number;
  readonly state: string;
  /** Absent where nobody can tell. */
  readonly done?: number | undefined;
  readonly total?: number | undefined;
  /** What runs now; empty when nothing does. */
  readonly running?: readonly string[] | undefined;
  /** The run's id, for those who ask for it. */
  readonly id?: string | undefined;
}

const widths = [32, 24, 24, 12, 8] as const;

/** A head and a line for each job. `ids` adds a last column. */
export function jobLog(jobs: readonly Job[], options: { readonly ids?: boolean } = {}): readonly string[] {
  const newestFirst = [...jobs].sort((a, b) => b.startMs - a.startMs);
  const last = (text: string, id: string): readonly string[] =>
    options.ids === true ? [text.padEnd(28), id] : [text];
  return [
    row(['ACTION', 'START', 'END', 'STATE', 'TASKS', ...last('RUNNING', 'ID')]),
    ...newestFirst.map(({ action, startMs, endMs, state, done, total, running, id = '' }) =>
      row([
        action,
        time(startMs),
        time(endMs),
        state,
        `${done ?? '?'}/${total ?? '?'}`,
        ...last(runningWords(running ?? []), id),
      ]),
    ),
  ];
}

/** The first of what runs, and how many more. */
function runningWords([first, ...more]: readonly string[]): string {
  if (first === undefined) return 'finished';
  return more.length === 0 ? first : `${first} +${more.length}`;
}

/** The graph's name as a job log says it. */
export function actionOf(graph: string): string {
  const isMove = graph === 'volume-swap' || graph === 'rsync' || graph === 'snapshot-clone';
  return `${isMove ? 'migrate_' : ''}${graph.replaceAll('-', '_')}`;
}

/** A cell that is too long keeps one blank before the next one. */
function row(cells: readonly string[]): string {
  return cells
    .map((cell, i) => {
      const width = widths[i] ?? 0;
      return cell.length < width || width === 0 ? cell.padEnd(width) : `${cell} `;
    })
    .join('')
    .trimEnd();
}

/** `2026-11-22T11:04:52Z` */
export function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
