/** Watches a run that others carry, until it has come to an outcome or somebody has seen enough. Touches nothing. */

import type { RunRow } from '@belay/runner';
import type { Call } from '../command.ts';
import { exit } from '../exit.ts';
import { followRun } from '../run/follow.ts';
import { screenFor } from '../run/screen-for.ts';
import { type Desk, shapeOfRun } from '../session/desk.ts';

/** What watching needs of a call. */
type Watching = Pick<Call, 'signal' | 'keyboard' | 'user' | 'clock' | 'out' | 'terminal'> & {
  readonly options: { readonly json: boolean; readonly verbose: boolean };
};

/** `json`: one event a line. Resolves with the exit code. */
export async function watchedRun(call: Watching, desk: Desk, row: RunRow): Promise<number> {
  const { out, signal, terminal, options } = call;
  const shape = shapeOfRun(desk.planner, row);
  if (shape === undefined || desk.runner === undefined) {
    out.say(`This version has no graph ${row.graph}: its steps cannot be told.`);
    return exit.error;
  }
  if (row.ownerIs !== 'live') out.say(`Nobody carries ${row.runId} on: belay apply ${row.runId}`);
  const kind = options.json ? 'json' : terminal.isTty ? 'tty' : 'plain';
  const followed = await followRun(call, { ...desk, owner: '' }, desk.runner.wait(row.runId, { signal }), {
    runId: row.runId,
    shape,
    screen: screenFor(kind, call),
    isVerbose: options.verbose,
    listens: false,
  });
  if (followed.isErr()) {
    const isLeft = followed.error.kind === 'stopped-waiting' || followed.error.kind === 'closed';
    if (!isLeft) out.say(followed.error.message);
    return isLeft ? exit.interrupted : exit.error;
  }
  const { outcome, isInterrupted } = followed.value;
  if (isInterrupted) return exit.interrupted;
  if (!options.json) out.say(`${row.runId}: ${outcome.state}`);
  return exit.done;
}
