/** `belay recover`: all ways back for a workload whose server does not answer, side by side. Changes nothing. */

import { explainRecovery, planRecovery, type RecoveryPlan, recoveryWayNames } from '@belay/planner';
import { ResultAsync } from 'neverthrow';
import { type Call, type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { rescueRisks, riskOptions } from '../plan/acceptance.ts';
import { figuresFor } from '../plan/figures.ts';
import { keepPlan } from '../plan/plan-store.ts';
import { seeRun } from '../session/desk.ts';
import { openSession, type Session } from '../session/session.ts';
import { withOpened } from '../with-session.ts';
import { type Learned, learnRescue, rescueOptions } from './learn-rescue.ts';
import { ticketFor } from './ticket.ts';

const options = {
  to: { type: 'string', value: 'PRODUCT', help: 'what it shall be again; its own product where absent' },
  way: {
    type: 'string',
    value: 'NAME',
    help: `take this way, if it is open: ${recoveryWayNames.join(', ')}`,
  },
  ticket: { type: 'boolean', help: 'print a ticket for the provider, and make no plan' },
  ...rescueOptions,
  ...riskOptions,
} as const;

type RecoverCall = Call<typeof options>;

export const recover: Command = defineCommand({
  name: 'recover',
  summary: 'Judge all ways back for a workload whose server does not answer',
  usage: '<workload> [--way NAME] [options]',
  about:
    'Each way is told with the time until it serves and with what would be lost. A loss is taken by name and reason: --accept-risk=expected-loss. The plan is kept, and `belay apply` carries it out.',
  options,
  words: { least: 1, most: 1 },
  examples: [
    'belay recover web12',
    'belay recover web12 --way surviving-volume',
    'belay recover web12 --way from-snapshot --accept-risk=expected-loss --reason "the disk is gone"',
    'belay recover web12 --ticket',
  ],
  exits: {
    [exit.refused]: 'no way is known to be open',
    [exit.riskMissing]: 'a loss or a risk must be taken by name: --accept-risk',
  },
  async run(call) {
    return await withOpened(call, openSession(call, { journal: 'if-there' }), (session) =>
      recovered(call, session),
    );
  },
});

async function recovered(call: RecoverCall, session: Session): Promise<number> {
  const { options: given, words, out } = call;
  const way = recoveryWayNames.find((each) => each === given.way);
  if (given.way !== undefined && way === undefined) {
    return said(call, `there is no way ${given.way}; there are ${recoveryWayNames.join(', ')}`);
  }
  const learned = await learnRescue(call, session, {
    workload: words[0] ?? '',
    to: given.to,
    by: given.by,
    reason: given.reason,
    acceptRisk: given['accept-risk'],
    maxLoss: given['max-loss'],
    lastServedAt: given['last-served-at'],
    needsTarget: !given.ticket,
    needsInside: !given.ticket,
  });
  if (learned.isErr()) return said(call, learned.error);
  if (given.ticket) return await ticketed(call, session, learned.value);
  const { facts, target, word, maxLossSeconds, now } = learned.value;
  const parameters = await figuresFor(session, target.at);
  if (parameters.isErr()) return said(call, parameters.error.message);
  const plan = planRecovery(facts, target, {
    ...word,
    now,
    parameters: parameters.value,
    ...(maxLossSeconds !== undefined && { maxLossSeconds }),
    ...(way !== undefined && { way }),
  });
  const kept = await keepPlan(session.loaded, plan);
  if (kept.isErr()) return said(call, kept.error.message);
  if (given.json) out.data(JSON.stringify(plan, null, 2));
  else
    for (const line of explainRecovery(plan, { columns: call.page.columns }).trimEnd().split('\n'))
      out.data(line);
  if (!given.json) nextOf(plan).forEach((line) => out.say(line));
  return exitOfRescue(plan);
}

async function ticketed(call: RecoverCall, session: Session, { facts, workload }: Learned): Promise<number> {
  const rows = (await session.runner?.list({ key: `node/${workload.name}` }))?.unwrapOr([]) ?? [];
  const runs = await ResultAsync.combine(rows.map((row) => seeRun(session, row)));
  if (runs.isErr()) return said(call, runs.error.message);
  const text = ticketFor(
    facts,
    runs.value.map(({ events }) => events),
  );
  for (const line of text.trimEnd().split('\n')) call.out.data(line);
  if (!facts.lastServedAt.known) call.out.say('Nobody said when it last served: --last-served-at TIME.');
  return exit.done;
}

function nextOf(plan: RecoveryPlan): readonly string[] {
  if (plan.run !== undefined) return [`Apply: belay apply ${plan.planId}`];
  if (plan.result === 'refused') return [];
  return plan.way === 'promote-standby'
    ? [
        'To promote the standby somebody must say why (--reason), and the config must name planning.takeoverSecret.',
      ]
    : ['A fact is missing that a run of this way needs.'];
}

/** What the shell is told of a plan of a rescue. */
export function exitOfRescue({
  result,
  missing,
}: {
  readonly result: string;
  readonly missing: readonly string[];
}): number {
  if (result !== 'refused') return exit.done;
  return missing.every((each) => rescueRisks.includes(each)) ? exit.riskMissing : exit.refused;
}

function said({ out }: RecoverCall, sentence: string): number {
  out.say(`belay recover: ${sentence}`);
  return exit.error;
}
