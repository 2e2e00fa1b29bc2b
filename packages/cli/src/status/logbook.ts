/**
 * Runs in the shape of a logbook that many readers know: a page of results, each with its progress. What belay knows
 * beyond it has keys of its own, beside theirs. Pure.
 */

import type { SeenRun } from '../session/desk.ts';
import { actionOf } from './job-log.ts';

/** One page: all of them. */
export interface Logbook {
  readonly count: number;
  readonly next: null;
  readonly previous: null;
  readonly results: readonly LogbookEntry[];
}

/** One run. */
export interface LogbookEntry {
  readonly uuid: string;
  /** `null` where it has not started. */
  readonly state: string | null;
  readonly name: string;
  readonly created_at: string;
  /** While it runs: when it last changed. */
  readonly updated_at: string;
  readonly progress: {
    readonly total: number;
    readonly completed: number;
    readonly running: readonly string[];
  };
  readonly logbook: string;
  readonly tracker: { readonly uuid: string; readonly description: string };
  /** belay's own: the graph, what it locks, and who carries it on. */
  readonly graph: string;
  readonly keys: readonly string[];
  readonly owner: string | null;
  readonly owner_is: string;
}

export function logbookOf(runs: readonly SeenRun[]): Logbook {
  const results = [...runs].sort((a, b) => b.row.createdAtMs - a.row.createdAtMs).map(entryOf);
  return { count: results.length, next: null, previous: null, results };
}

export function entryOf({ row, view }: SeenRun): LogbookEntry {
  const { runId, graph, keys, owner, ownerIs, createdAtMs, updatedAtMs } = row;
  const node = keys.find((key) => key.startsWith('node/'))?.slice('node/'.length) ?? '';
  return {
    uuid: runId,
    state: view === undefined || view.state === 'pending' ? row.state : view.state,
    name: actionOf(graph),
    created_at: new Date(createdAtMs).toISOString(),
    updated_at: new Date(updatedAtMs).toISOString(),
    progress: {
      total: view?.tasks.all ?? 0,
      completed: view?.tasks.done ?? 0,
      running: [...(view?.running ?? []), ...(view?.waiting ?? [])],
    },
    logbook: node,
    tracker: { uuid: runId, description: '' },
    graph,
    keys,
    owner: owner ?? null,
    owner_is: ownerIs,
  };
}
