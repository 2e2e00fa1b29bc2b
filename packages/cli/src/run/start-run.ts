/** Starts a run by the name of its graph, or carries on one that is there: by its id, which names it for ever. */

import type { AnyGraph, Outcome, Runner, RunnerError, RunRow } from '@belay/runner';
import { err, okAsync, ResultAsync } from 'neverthrow';
import type { Session } from '../session/session.ts';

/** What is run: as a plan says it, or as the journal has it. */
export interface RunToStart {
  readonly id: string;
  readonly graph: string;
  readonly input: unknown;
  readonly keys: readonly string[];
}

/** Resolves with the outcome. A run of that id that nobody carries on is carried on here. */
export function startRun(session: Session, run: RunToStart): ResultAsync<Outcome<unknown>, RunnerError> {
  const graphs: readonly AnyGraph[] = session.planner.graphs;
  const graph = graphs.find(({ name }) => name === run.graph);
  const runner = session.runner;
  if (graph === undefined || runner === undefined) {
    const message = `this version has no graph ${run.graph}`;
    return new ResultAsync(Promise.resolve(err({ kind: 'unknown-graph' as const, message, runId: run.id })));
  }
  // The input was made for this very graph, by its name; the list of graphs has one type for all inputs.
  return runner.run(graph, run.input as never, { id: run.id, keys: run.keys });
}

/** Carries on what rests: a run that somebody paused is let go on first. */
export function carryOn(
  session: Session,
  row: RunRow,
  by: string,
): ResultAsync<Outcome<unknown>, RunnerError> {
  const again = (): ResultAsync<Outcome<unknown>, RunnerError> =>
    startRun(session, { ...row, id: row.runId });
  if (row.state !== 'suspended' || session.runner === undefined) return again();
  return resumed(session.runner, row.runId, by).andThen(again);
}

/** One that is not paused, and only rests because its process ended, needs no word. */
function resumed(runner: Runner, runId: string, by: string): ResultAsync<void, RunnerError> {
  return runner
    .resume(runId, { by })
    .orElse((error) => (error.kind === 'refused' ? okAsync(undefined) : err(error)));
}
