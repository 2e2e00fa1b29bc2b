/** The head of every command that sets a run going: how it is shown, why it is wanted, and then what it works with. */

import type { Call } from '../command.ts';
import { exit } from '../exit.ts';
import { openSession, type Session } from '../session/session.ts';
import { withOpened } from '../with-session.ts';
import { type OutputKind, outputKind } from './screen-for.ts';

/** What is asked of the command line before anything is opened. */
export interface RunAsked {
  /** The command, for what is said. */
  readonly name: string;
  readonly output: string | undefined;
  /** Why it is wanted, where somebody must say so; absent where nobody needs to. */
  readonly reason?: string | undefined;
  readonly needsReason: boolean;
  /** `made`: the journal may not be there yet, and something is about to run. */
  readonly journal: 'if-there' | 'made';
}

/** What is wrong is said, and nothing is opened then. Resolves with the exit code. */
export async function withRun(
  call: Call,
  { name, output, reason = '', needsReason, journal }: RunAsked,
  work: (session: Session, output: OutputKind) => Promise<number>,
): Promise<number> {
  const kind = outputKind(output, call);
  if (kind.isErr()) {
    call.out.say(`belay ${name}: ${kind.error}`);
    return exit.error;
  }
  if (needsReason && reason.trim() === '') {
    call.out.say(`belay ${name}: say why: --reason TEXT. It is written down with the run.`);
    return exit.error;
  }
  return await withOpened(call, openSession(call, { journal }), (session) => work(session, kind.value));
}
