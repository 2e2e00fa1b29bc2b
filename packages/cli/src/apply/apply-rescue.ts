/** Carries out the plan of a recovery or a takeover: approved by its digest, and authorised where it must be. */

import type { RecoveryPlan, TakeoverPlan } from '@belay/planner';
import type { Call } from '../command.ts';
import { exit } from '../exit.ts';
import { exitOfRescue } from '../rescue/recover.ts';
import { reportRun } from '../run/report.ts';
import type { OutputKind } from '../run/screen-for.ts';
import { startRun } from '../run/start-run.ts';
import type { Session } from '../session/session.ts';
import { type ApprovalAsk, approvedBy } from './approved-by.ts';
import { type SecretGiven, typedSecret } from './typed-secret.ts';

/** What people said on the command line. */
export interface RescueAsk extends ApprovalAsk {
  /** Wait for a person before the source is fenced. */
  readonly hold: boolean;
  readonly endsAtHold: boolean;
  readonly output: OutputKind;
  readonly isVerbose: boolean;
  readonly secret: SecretGiven;
}

export async function applyRescue(
  call: Call,
  session: Session,
  plan: RecoveryPlan | TakeoverPlan,
  ask: RescueAsk,
): Promise<number> {
  const { out } = call;
  const { planId: id, run } = plan;
  if (run === undefined) {
    out.say(
      `belay apply: plan ${id} has nothing to run: ${plan.missing.join(', ') || 'nobody has said why it is wanted'}`,
    );
    return plan.result === 'refused' ? exitOfRescue(plan) : exit.error;
  }
  if (ask.hold && run.graph === 'start-again') {
    out.say('belay apply: to start it again stops nothing that serves, and has no hold: leave --hold out');
    return exit.error;
  }
  const approved = await approvedBy(call, session, plan, ask);
  if (approved.isErr()) {
    out.say(`belay apply: ${approved.error}`);
    return exit.error;
  }
  if (run.graph === 'takeover') {
    const secret = await typedSecret(
      call,
      ask.secret,
      `Secret for the takeover of ${plan.facts.workload.name}: `,
    );
    if (secret.isErr()) {
      out.say(`belay apply: ${secret.error}`);
      return exit.error;
    }
    session.typed.set(id, secret.value);
  }
  const { graph, keys } = run;
  const input = ask.hold ? { ...run.input, hold: true } : run.input;
  return await reportRun(call, session, startRun(session, { id, graph, input, keys }), {
    row: { runId: id, graph, input: JSON.parse(JSON.stringify(input)) },
    output: ask.output,
    isVerbose: ask.isVerbose,
    endsAtHold: ask.endsAtHold,
  });
}
