/** How a run came out, as lines and as an exit code: who serves, for how long nobody did, and what to do next. Pure. */

import { formatRef } from '@belay/cloud';
import { type RangeOf, rangeText } from '@belay/planner';
import type { Outcome, RunRow } from '@belay/runner';
import { exit } from '../exit.ts';
import { span } from '../span.ts';
import type { Serving } from '../watch/stopwatch.ts';
import { type LivesAt, writeDown } from './lives-at.ts';

/** What was seen of the run. */
export interface RunSeen {
  readonly row: Pick<RunRow, 'runId' | 'graph'>;
  /** The workload that it is about, where it is about one. */
  readonly workload?: string | undefined;
  readonly serving: Serving;
  readonly downtimeMs: number;
  readonly tookMs: number;
  readonly pivotPassed: boolean;
  /** The plan's range of the time in which nobody serves. */
  readonly planned?: RangeOf | undefined;
  /** Sentences about what is still there. */
  readonly leftBehind: readonly string[];
  /** Where the run has led the world, where it has led it anywhere. */
  readonly lives?: LivesAt | undefined;
  /** It can be undone by a command. */
  readonly canBeReverted: boolean;
  /** The source is kept, and is given up by a run of its own. */
  readonly keepsSource: boolean;
}

export function outcomeLines(outcome: Outcome<unknown>, seen: RunSeen): readonly string[] {
  const { row, serving, leftBehind } = seen;
  const id = row.runId;
  const who = serving === 'nobody' ? 'nobody serves' : `the ${serving} serves`;
  switch (outcome.state) {
    case 'success':
      return [
        `success: ${who}. ${timeWords(seen)}`,
        ...(seen.lives === undefined
          ? []
          : [`It lives on ${formatRef(seen.lives.server)} now. ${writeDown(seen.lives)}.`]),
        ...leftBehind,
        ...(seen.canBeReverted ? [`Take it back: belay revert ${id} --reason …`] : []),
        ...(seen.keepsSource
          ? [`Give the source up, after the soak: belay release-source ${id} --reason …`]
          : []),
      ];
    case 'reverted':
      return [`reverted: ${who}. ${timeWords(seen)}`, `because: ${outcome.cause.message}`];
    case 'background':
      return [
        `background: ${outcome.steps.join(', ')} goes on without the keys of the workload.`,
        `It goes on only while a process carries it: belay apply ${id}`,
      ];
    case 'suspended':
      return [
        `suspended: ${who}; ${outcome.reason}.`,
        `Nobody carries it on now, and its keys are held: belay apply ${id}`,
      ];
    case 'abandoned':
      return [
        `abandoned by ${outcome.by}: ${outcome.reason}`,
        `${who}, as far as the steps tell. Look for yourself.`,
      ];
    case 'stuck':
      return [
        `STUCK: ${who}, as far as the steps tell. ${seen.pivotPassed ? 'The point of no return is passed: the target is the truth.' : 'Act now.'}`,
        ...(outcome.cause === undefined ? [] : [`because: ${outcome.cause.message}`]),
        ...outcome.stuck.flatMap(({ step, why, error, verbs }) => [
          `  ${step}: ${stuckWords[why]}: ${error.message}`,
          ...verbs.map((verb) => `    belay resolve ${id} ${step} ${verb} --reason …`),
        ]),
        ...(seen.workload === undefined
          ? []
          : [`A ticket for the provider: belay recover ${seen.workload} --ticket`]),
      ];
  }
}

const stuckWords = {
  'outcome-unknown': 'nobody can tell what became of it',
  'failed-after-pivot': 'failed after the point of no return',
  'revert-failed': 'could not be taken back',
} as const;

function timeWords({ downtimeMs, tookMs, planned }: RunSeen): string {
  const plan = planned === undefined || planned.p90Seconds === 0 ? '' : ` (plan: ${rangeText(planned)})`;
  const down = downtimeMs === 0 ? 'It served all the time' : `Nobody served for ${span(downtimeMs)}${plan}`;
  return `${down}; ${span(tookMs)} in all.`;
}

/** `interrupted`: somebody stopped the process that watched. */
export function exitOfOutcome(
  outcome: Outcome<unknown>,
  { pivotPassed, isInterrupted }: { readonly pivotPassed: boolean; readonly isInterrupted: boolean },
): number {
  switch (outcome.state) {
    case 'success':
      return exit.done;
    case 'reverted':
      return exit.reverted;
    case 'background':
      return exit.background;
    case 'suspended':
      return isInterrupted ? exit.interrupted : exit.held;
    case 'stuck':
      return pivotPassed ? exit.pastReturn : exit.stuck;
    case 'abandoned':
      return exit.error;
  }
}
