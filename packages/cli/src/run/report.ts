/** Runs, follows and reports: what every command has in common that sets a run going. Resolves with the exit code. */

import type { Plan } from '@belay/planner';
import { type Outcome, type RunnerError, type RunRow, viewOf } from '@belay/runner';
import type { ResultAsync } from 'neverthrow';
import type { Call } from '../command.ts';
import { exit } from '../exit.ts';
import { shapeOfRun } from '../session/desk.ts';
import type { Session } from '../session/session.ts';
import { type Followed, followRun, keyWords } from './follow.ts';
import { ledBy } from './lives-at.ts';
import { exitOfOutcome, outcomeLines, type RunSeen } from './outcome-text.ts';
import { type OutputKind, screenFor } from './screen-for.ts';

/** What is run, and how it is shown. */
export interface Reporting {
  readonly row: Pick<RunRow, 'runId' | 'graph' | 'input'>;
  readonly output: OutputKind;
  readonly isVerbose: boolean;
  readonly endsAtHold?: boolean | undefined;
  /** What the plan of the run said. */
  readonly plan?: Plan | undefined;
  /** Events up to here are known already, and not shown again. */
  readonly knownUpTo?: number | undefined;
  /** It is being taken back because somebody wants it: then that is how it should end. */
  readonly isTakenBack?: boolean | undefined;
}

export async function reportRun(
  call: Call,
  session: Session,
  running: ResultAsync<Outcome<unknown>, RunnerError>,
  { row, output, isVerbose, endsAtHold, plan, knownUpTo, isTakenBack = false }: Reporting,
): Promise<number> {
  const shape = shapeOfRun(session.planner, row);
  if (shape === undefined) {
    call.out.say(`This version has no graph ${row.graph}.`);
    return exit.error;
  }
  const noReturn = plan?.pointOfNoReturn?.step ?? shape.nodes.find(({ pivot }) => pivot === true)?.path;
  const listens = output === 'tty' && call.keyboard.isThere;
  const planned = plan?.downtime;
  const followed = await followRun(call, session, running, {
    runId: row.runId,
    shape,
    screen: screenFor(output, call),
    isVerbose,
    listens,
    held: shapeOfRun(session.planner, { ...row, input: { ...Object(row.input), hold: true } }),
    endsAtHold,
    knownUpTo,
    isDown: beganDown(row),
    outlook: {
      noReturn,
      ...(planned !== undefined && { windowP90Ms: planned.p90Seconds * 1000 }),
      ...(listens && { keys: keyWords }),
    },
  });
  if (followed.isErr()) return failed(call, followed.error);
  const { outcome, seen, isInterrupted, goesOn } = followed.value;
  const { pivotPassed } = viewOf(shape, seen.events);
  const about = seenOf(session, followed.value, { row, plan, pivotPassed, isTakenBack });
  if (output === 'json') call.out.data(JSON.stringify(recordOf(about, outcome)));
  else if (goesOn) call.out.say(`It goes on in another process. Watch it again: belay apply ${row.runId}`);
  else outcomeLines(outcome, about).forEach((line) => call.out.say(line));
  if (goesOn) return exit.interrupted;
  if (isTakenBack && outcome.state === 'reverted') return exit.done;
  return exitOfOutcome(outcome, { pivotPassed, isInterrupted });
}

/** A recovery begins where nobody serves, and so does a takeover that was forced. */
function beganDown({ graph, input }: Reporting['row']): boolean {
  if (graph === 'recover' || graph === 'start-again') return true;
  const mode: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, 'mode') : undefined;
  return typeof mode === 'object' && mode !== null && Reflect.get(mode, 'kind') === 'emergency';
}

/** Gates know the workload whose run they stand in. */
function workloadOf(input: unknown): string | undefined {
  const gate: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, 'gate') : undefined;
  const about: unknown =
    typeof gate === 'object' && gate !== null ? Reflect.get(gate, 'workload') : undefined;
  const name: unknown = typeof about === 'object' && about !== null ? Reflect.get(about, 'name') : undefined;
  return typeof name === 'string' ? name : undefined;
}

function seenOf(
  { planner, clock }: Session,
  { outcome, seen, before }: Followed,
  {
    row,
    plan,
    pivotPassed,
    isTakenBack,
  }: Pick<Reporting, 'row' | 'plan' | 'isTakenBack'> & { readonly pivotPassed: boolean },
): RunSeen {
  const isMove = row.graph === 'volume-swap' || row.graph === 'rsync' || row.graph === 'snapshot-clone';
  const workload = workloadOf(row.input);
  return {
    row,
    ...(workload !== undefined && { workload }),
    serving: seen.stopwatch.serving,
    downtimeMs: seen.stopwatch.downtimeMs(clock.now()) - (isTakenBack === true ? before.downtimeMs : 0),
    tookMs:
      seen.progress.lastMs -
      (isTakenBack === true ? (before.atMs ?? seen.progress.lastMs) : seen.progress.firstMs),
    pivotPassed,
    planned: isTakenBack === true || plan?.downtime === undefined ? undefined : plan.downtime,
    leftBehind: plan === undefined || outcome.state !== 'success' ? [] : planner.leftBehind(plan),
    ...(outcome.state === 'success' && { lives: ledBy(row, outcome.output, seen.events) }),
    canBeReverted: !pivotPassed,
    keepsSource: isMove,
  };
}

function recordOf({ row, serving, downtimeMs, tookMs }: RunSeen, outcome: Outcome<unknown>): object {
  return { run: row.runId, kind: 'ended', serving, downtimeMs, tookMs, ...outcome };
}

function failed({ out }: Call, { kind, message, holder }: RunnerError): number {
  out.say(message);
  if (kind === 'locked' && holder !== undefined) {
    out.say(`Look at what holds it: belay status ${holder.runId}`);
  }
  return exit.error;
}
