/** What runs is what was read: a plan is approved by its digest, or by a person who is shown it and asked. */

import type { IsoTime } from '@belay/cloud';
import { type AnyPlan, approve, explain, explainRecovery, explainTakeover } from '@belay/planner';
import { err, type Result } from 'neverthrow';
import type { Call } from '../command.ts';
import { keepApproval } from '../plan/plan-store.ts';
import type { Desk } from '../session/desk.ts';

/** What people said on the command line. */
export interface ApprovalAsk {
  /** The plan on the command line: it may be a digest itself. */
  readonly word: string;
  readonly digest: string | undefined;
  readonly yes: boolean;
  readonly by: string;
  /** When it was asked for; when it was answered, where absent. */
  readonly at?: IsoTime | undefined;
}

/** What was looked at while the question stood there has grown old after that. */
const longestAnswerMs = 900_000;

/** The digest that was approved; the approval is kept beside the plan. The sentence of an error says what to do. */
export async function approvedBy(
  { out, keyboard, terminal }: Pick<Call, 'out' | 'keyboard' | 'terminal'>,
  { clock, loaded }: Pick<Desk, 'clock' | 'loaded'>,
  plan: AnyPlan,
  ask: ApprovalAsk,
): Promise<Result<string, string>> {
  const digest = ask.digest ?? (ask.word.startsWith('sha256:') ? ask.word : undefined);
  if (digest === undefined && !ask.yes) {
    if (keyboard.isThere) explained(plan, terminal.columns).forEach((line) => out.say(line));
    const askedAtMs = clock.now();
    const answer = await keyboard.ask(`${plan.digest}\nCarry this plan out? (yes/no) `);
    if (clock.now() - askedAtMs > longestAnswerMs)
      return err('so much time has passed since everything was looked at: apply it again');
    if (answer === undefined)
      return err(`nobody is there to approve ${plan.planId}: --digest ${plan.digest}, or --yes`);
    if (answer.trim() !== 'yes') return err('not approved; nothing was touched');
  }
  const at = ask.at ?? new Date(clock.now()).toISOString();
  const approval = approve(plan, { digest: digest ?? plan.digest, by: ask.by, at });
  if (approval.isErr()) return err(approval.error.message);
  return (await keepApproval(loaded, approval.value))
    .map(() => approval.value.digest)
    .mapErr(({ message }) => message);
}

function explained(plan: AnyPlan, columns: number): readonly string[] {
  const text =
    'kind' in plan
      ? plan.kind === 'recover'
        ? explainRecovery(plan, { columns })
        : explainTakeover(plan, { columns })
      : explain(plan, { columns });
  return text.trimEnd().split('\n');
}
