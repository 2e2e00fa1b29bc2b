/**
 * The planner's side of a run: which graphs to register, and what to hand to the runner for a plan.
 *
 *     const runner = await openRunner({ graphs: planner.graphs, services, journal });
 *     const run = planner.runOf(plan, { now });
 *     if (run.isOk()) await planner.start(runner, run.value, { id });
 */

import type { IsoTime } from '@belay/cloud';
import type { Outcome, Runner, RunnerError, RunOptions } from '@belay/runner';
import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import { type PlanError, verifyPlan } from './approval.ts';
import type { World } from './move/move-input.ts';
import { supersededName } from './move/source-side.ts';
import type { Plan, PlannedRun } from './plan.ts';
import { graphsWith, type RegisteredGraphs } from './registered-graphs.ts';
import type { RescueRun } from './rescue/rescue-run.ts';
import type { TtlInput } from './route/lower-ttl.ts';
import type { Slots } from './slots.ts';

/** What a runner needs of the planner. `S`: what the steps in its slots ask of services, besides clouds and hosts. */
export interface Planner<S = unknown> extends RegisteredGraphs<S> {
  /** What to run for a plan. Checks the plan first; the input carries the plan's digest. */
  runOf(plan: Plan, options: { readonly now: IsoTime }): Result<PlannedRun, PlanError>;
  /** Runs it: the graph that it names, with its input and under its keys. */
  start(
    runner: Pick<Runner, 'run'>,
    run: PlannedRun,
    options: Pick<RunOptions, 'id' | 'signal'>,
  ): ResultAsync<Outcome<unknown>, RunnerError>;
  /** The same for a recovery or a takeover. */
  startRescue(
    runner: Pick<Runner, 'run'>,
    run: RescueRun,
    options: Pick<RunOptions, 'id' | 'signal'>,
  ): ResultAsync<Outcome<unknown>, RunnerError>;
  /** What is still there when the plan has been carried out, as sentences. */
  leftBehind(plan: Plan): readonly string[];
}

/**
 * A planner whose graphs have steps of one's own in their slots. Inputs name the set of slots that they want; every
 * process that may carry a run on is given the same sets. Throws where two sets have one name.
 */
export function createPlanner<S = unknown>({ slots = [] }: PlannerOptions<S> = {}): Planner<S> {
  const graphs = graphsWith(slots);
  return {
    ...graphs,
    runOf,
    start: (runner, run, options) => start(graphs, runner, run, options),
    startRescue: (runner, run, options) => startRescue(graphs, runner, run, options),
    leftBehind,
  };
}

/** What a planner is made with. */
export interface PlannerOptions<S> {
  readonly slots?: readonly Slots<World & S>[] | undefined;
}

/** The planner without slots. */
export const planner: Planner = createPlanner();

function runOf(plan: Plan, options: { readonly now: IsoTime }): Result<PlannedRun, PlanError> {
  return verifyPlan(plan, options).andThen(({ run, digest, planId, result }) =>
    run === undefined
      ? err({
          kind: 'nothing-to-run' as const,
          message: `plan ${planId} has nothing to run: ${why(plan, result)}`,
        })
      : ok(withDigest(run, digest)),
  );
}

/** The union of runs is opened and closed again, so that each input keeps to its graph. */
function withDigest(run: PlannedRun, planDigest: string): PlannedRun {
  switch (run.graph) {
    case 'grow-online':
      return { ...run, input: { ...run.input, planDigest } };
    case 'resize-in-place':
      return { ...run, input: { ...run.input, planDigest } };
    case 'volume-swap':
      return { ...run, input: { ...run.input, planDigest } };
    case 'snapshot-clone':
      return { ...run, input: { ...run.input, planDigest } };
    case 'rsync':
      return { ...run, input: { ...run.input, planDigest } };
  }
}

function start<S>(
  graphs: RegisteredGraphs<S>,
  runner: Pick<Runner, 'run'>,
  run: PlannedRun,
  options: Pick<RunOptions, 'id' | 'signal'>,
): ResultAsync<Outcome<unknown>, RunnerError> {
  const named = { ...options, keys: run.keys };
  switch (run.graph) {
    case 'grow-online':
      return runner.run(graphs.growOnline, run.input, named).map(anyOutcome);
    case 'resize-in-place':
      return runner.run(graphs.resizeInPlace, run.input, named).map(anyOutcome);
    case 'volume-swap':
      return runner.run(graphs.volumeSwap, run.input, named).map(anyOutcome);
    case 'snapshot-clone':
      return runner.run(graphs.snapshotClone, run.input, named).map(anyOutcome);
    case 'rsync':
      return runner.run(graphs.rsync, run.input, named).map(anyOutcome);
  }
}

function startRescue<S>(
  graphs: RegisteredGraphs<S>,
  runner: Pick<Runner, 'run'>,
  run: RescueRun,
  options: Pick<RunOptions, 'id' | 'signal'>,
): ResultAsync<Outcome<unknown>, RunnerError> {
  const named = { ...options, keys: run.keys };
  switch (run.graph) {
    case 'recover':
      return runner.run(graphs.recover, run.input, named).map(anyOutcome);
    case 'start-again':
      return runner.run(graphs.startAgain, run.input, named).map(anyOutcome);
    case 'takeover':
      return runner.run(graphs.takeover, run.input, named).map(anyOutcome);
  }
}

function anyOutcome(outcome: Outcome<unknown>): Outcome<unknown> {
  return outcome;
}

function leftBehind({ run }: Plan): readonly string[] {
  if (run === undefined || run.graph === 'grow-online') return [];
  const { source } = run.input;
  if (run.graph === 'resize-in-place') {
    return run.input.way === 'kept'
      ? [
          `The cloud keeps ${source.name} in its old type until the change is confirmed; until then the run can be reverted.`,
        ]
      : [];
  }
  const quick =
    run.input.ttl === undefined
      ? []
      : [
          `The TTL of ${namesIn(run.input.ttl)} stays at ${run.input.ttl.toSeconds} s until the source is released.`,
        ];
  const kept = `The source ${source.id} is kept as ${supersededName(source.name)}`;
  const cost = 'It costs what a running server costs until it is released';
  return run.graph === 'volume-swap'
    ? [
        `${kept}, without the data disk and with its services stopped.`,
        `${cost}, and the run can be reverted until then.`,
        ...quick,
      ]
    : [
        `${kept}, with its data as it was when its services were stopped.`,
        `${cost}. What the target has been written since is not on it.`,
        ...quick,
      ];
}

function namesIn({ names }: TtlInput): string {
  return names.map(({ name, type }) => `${name} ${type}`).join(', ');
}

function why({ strategy, missing }: Plan, result: Plan['result']): string {
  if (result === 'noop') return 'all is as it is wanted';
  if (missing.length > 0) return `it was refused by ${missing.join(', ')}`;
  return strategy === 'refuse' ? 'no strategy is feasible' : `this version has no graph for ${strategy}`;
}
