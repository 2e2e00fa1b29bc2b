/**
 * Asks something of a run, wherever it is: of the process that carries it; or, where nobody does, of the run itself,
 * which is then carried on here and watched to its end.
 */

import type { RunnerError, RunRow } from '@belay/runner';
import type { ResultAsync } from 'neverthrow';
import type { Call, OptionSpecs } from '../command.ts';
import { exit } from '../exit.ts';
import { findRun } from '../run/find-run.ts';
import { reportRun } from '../run/report.ts';
import { withRun } from '../run/with-run.ts';
import type { Session } from '../session/session.ts';

/** The options of every verb. */
export const wordOptions = {
  by: { type: 'string', value: 'NAME', help: 'who says so; the user of this process where absent' },
  reason: { type: 'string', value: 'TEXT', help: 'why: it is written down with the run' },
} as const;

/** What a verb is given and does. */
export interface Asking {
  readonly name: string;
  /** Who asks, and why. */
  readonly by: string;
  readonly reason: string | undefined;
  readonly output: string | undefined;
  readonly isVerbose: boolean;
  /** Asks. */
  readonly ask: (
    session: Session,
    row: RunRow,
    word: { by: string; reason: string },
  ) => ResultAsync<void, RunnerError>;
  /** What to say when it was granted and another process does it. */
  readonly granted: (row: RunRow) => string;
  /** Needs no reason. */
  readonly isWordless?: boolean;
  /** It ends well where everything is taken back. */
  readonly isTakenBack?: boolean;
}

export async function askRun(call: Call<OptionSpecs>, asking: Asking): Promise<number> {
  const { name, by, reason = '', isWordless = false } = asking;
  const { out } = call;
  const [word = ''] = call.words;
  const asked = {
    name,
    output: asking.output,
    reason,
    needsReason: !isWordless,
    journal: 'if-there',
  } as const;
  return await withRun(call, asked, async (session, kind) => {
    const found = await findRun(session, word);
    if (found.isErr()) {
      out.say(`belay ${name}: ${found.error.message}`);
      return exit.error;
    }
    const row = found.value;
    const { runner } = session;
    const granted = await asking.ask(session, row, { by, reason });
    if (granted.isErr() || runner === undefined) {
      out.say(`belay ${name}: ${granted.isErr() ? granted.error.message : 'nothing has run here yet'}`);
      return exit.error;
    }
    const now = await runner.get(row.runId);
    const isHere = now.isOk() && now.value.row.owner === session.owner;
    if (!isHere) {
      out.say(asking.granted(row));
      return exit.done;
    }
    out.say(`Nobody carried ${row.runId} on: this process does now.`);
    return await reportRun(call, session, runner.wait(row.runId), {
      row,
      output: kind,
      isVerbose: asking.isVerbose,
      knownUpTo: row.lastSeq,
      isTakenBack: asking.isTakenBack,
    });
  });
}
