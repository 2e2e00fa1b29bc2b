/** `belay takeover`: what it means to make a standby the primary: its data, its import, what would be lost. Changes nothing. */

import { explainTakeover, planTakeover } from '@belay/planner';
import { type Call, type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { riskOptions } from '../plan/acceptance.ts';
import { figuresFor } from '../plan/figures.ts';
import { keepPlan } from '../plan/plan-store.ts';
import { openSession, type Session } from '../session/session.ts';
import { withOpened } from '../with-session.ts';
import { learnRescue, rescueOptions } from './learn-rescue.ts';
import { exitOfRescue } from './recover.ts';

const options = {
  mode: {
    type: 'string',
    value: 'MODE',
    help: 'planned: the primary lives and loses nothing; forced: it does not answer',
  },
  log: { type: 'boolean', help: 'the whole log of the last import' },
  ...rescueOptions,
  ...riskOptions,
} as const;

type TakeoverCall = Call<typeof options>;

export const takeover: Command = defineCommand({
  name: 'takeover',
  summary: 'Say what making the standby the primary would take, and lose',
  usage: '<workload> --reason TEXT [options]',
  about:
    'Shows the last valid backup, the import log and the expected loss, counted from the newest data and not from its transfer. The plan is kept; `belay apply` asks for the secret and carries it out. Nothing is deleted by it.',
  options,
  words: { least: 1, most: 1 },
  examples: [
    'belay takeover web12 --reason "the primary burns"',
    'belay takeover web12 --mode forced --accept-risk=expected-loss --reason "the primary burns"',
  ],
  exits: {
    [exit.refused]: 'the standby is not known to be ready',
    [exit.riskMissing]: 'the loss must be taken by name: --accept-risk=expected-loss',
  },
  async run(call) {
    return await withOpened(call, openSession(call, { journal: 'if-there' }), (session) =>
      planned(call, session),
    );
  },
});

async function planned(call: TakeoverCall, session: Session): Promise<number> {
  const { options: given, words, out, page } = call;
  const { mode } = given;
  if (mode !== undefined && mode !== 'planned' && mode !== 'forced')
    return said(call, '--mode is planned or forced');
  const learned = await learnRescue(call, session, {
    workload: words[0] ?? '',
    to: undefined,
    by: given.by,
    reason: given.reason,
    acceptRisk: given['accept-risk'],
    maxLoss: given['max-loss'],
    lastServedAt: given['last-served-at'],
    needsTarget: false,
    needsInside: true,
  });
  if (learned.isErr()) return said(call, learned.error);
  const { facts, word, maxLossSeconds, now, workload } = learned.value;
  const parameters = await figuresFor(session, workload.instance);
  if (parameters.isErr()) return said(call, parameters.error.message);
  const plan = planTakeover(facts, {
    ...word,
    now,
    parameters: parameters.value,
    ...(maxLossSeconds !== undefined && { maxLossSeconds }),
    ...(mode !== undefined && { mode }),
  });
  const kept = await keepPlan(session.loaded, plan);
  if (kept.isErr()) return said(call, kept.error.message);
  if (given.json) {
    out.data(JSON.stringify(plan, null, 2));
    return exitOfRescue(plan);
  }
  for (const line of explainTakeover(plan, { columns: page.columns }).trimEnd().split('\n')) out.data(line);
  if (given.log)
    ['', 'The last import said:', ...plan.evidence.importLog.map((line) => `  ${line}`)].forEach((line) =>
      out.data(line),
    );
  if (plan.run !== undefined) out.say(`Apply: belay apply ${plan.planId}`);
  else if (plan.result === 'change') {
    if (given.reason === undefined)
      out.say('Nobody has said why: --reason TEXT. Without it there is nothing to apply.');
    if (word.password === undefined)
      out.say(`${session.loaded.name}: planning.takeoverSecret: is missing: a takeover must be authorised.`);
  }
  return exitOfRescue(plan);
}

function said({ out }: TakeoverCall, sentence: string): number {
  out.say(`belay takeover: ${sentence}`);
  return exit.error;
}
