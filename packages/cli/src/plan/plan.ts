/** `belay plan`: asks what is true, judges every way, and keeps the plan under its digest. Changes nothing. */

import { writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { explain, observe, type Plan, plan as planOf, type Workload } from '@belay/planner';
import { type Call, type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { livesElsewhere, mustLiveThere } from '../run/lives-at.ts';
import { openSession, type Session, withoutDoors } from '../session/session.ts';
import { withOpened } from '../with-session.ts';
import { acceptancesOf, riskOptions } from './acceptance.ts';
import { figuresFor } from './figures.ts';
import { lookingOf } from './looking.ts';
import { keepPlan } from './plan-store.ts';
import { targetOf, workloadOf } from './workload-target.ts';

const options = {
  to: {
    type: 'string',
    value: 'PRODUCT',
    help: 'what the workload shall become: a product of the catalogue',
  },
  strategy: { type: 'string', value: 'NAME', help: 'take this strategy, if it is feasible' },
  budget: { type: 'string', value: 'SECONDS', help: 'nobody may serve for longer, in nine cases of ten' },
  hold: { type: 'boolean', help: 'wait for a person before anything is stopped' },
  explain: { type: 'boolean', help: 'add every fact with its source and age, every finding and every step' },
  json: { type: 'boolean', help: 'the plan itself as JSON' },
  out: { type: 'string', value: 'FILE', help: 'write the plan to this file, too' },
  'detailed-exitcode': { type: 'boolean', help: 'exit with 2 where there is something to do' },
  ...riskOptions,
} as const;

type PlanCall = Call<typeof options>;

export const plan: Command = defineCommand({
  name: 'plan',
  summary: 'Say how a workload would get to another product, and why that way',
  usage: '<workload> --to <product> [options]',
  about:
    'Asks the clouds and the server, and changes nothing. The plan is kept beside the journal, where `belay apply` finds it.',
  options,
  words: { least: 1, most: 1 },
  examples: [
    'belay plan web12 --to eagle-4xl',
    'belay plan web12 --to eagle-4xl --explain',
    'belay plan web12 --to eagle-4xl --accept-risk=fresh-backup --reason "made one by hand"',
    'belay plan web12 --to eagle-4xl --json | jq .strategy',
  ],
  exits: {
    [exit.changes]: 'with --detailed-exitcode: there is something to do',
    [exit.refused]: 'nothing that is known to be safe leads there',
    [exit.riskMissing]: 'it could be done if somebody took a risk by name: --accept-risk',
  },
  async run(call) {
    return await withOpened(call, openSession(call, { journal: 'if-there' }), (session) =>
      planned(call, session),
    );
  },
});

async function planned(call: PlanCall, session: Session): Promise<number> {
  const made = await makePlan(call, session);
  if (typeof made === 'string') {
    call.out.say(`belay plan: ${made}`);
    return exit.error;
  }
  const kept = await keepPlan(session.loaded, made);
  if (kept.isErr()) {
    call.out.say(`belay plan: ${kept.error.message}`);
    return exit.error;
  }
  const unwritten = await writtenTo(call, made);
  if (unwritten !== undefined) {
    call.out.say(`belay plan: ${unwritten}`);
    return exit.error;
  }
  show(call, made);
  return exitOf(made, call.options['detailed-exitcode']);
}

/** The plan, or a sentence that says why there is none. */
async function makePlan(call: PlanCall, session: Session): Promise<Plan | string> {
  const { options: given, words, out, signal, user } = call;
  const { clock, loaded, services } = session;
  const { planning = {}, services: house = {} } = loaded.config;
  const [name = ''] = words;
  if (given.to === undefined) return 'say what it shall become: --to <product>';
  const budgetSeconds = given.budget === undefined ? planning.budgetSeconds : Number(given.budget);
  if (budgetSeconds !== undefined && !(budgetSeconds >= 0))
    return `--budget is a number of seconds, not ${given.budget}`;
  const known = [livesElsewhere];
  const accept = acceptancesOf(given['accept-risk'], { by: given.by ?? user, reason: given.reason, known });
  if (accept.isErr()) return accept.error;
  const now = (): string => new Date(clock.now()).toISOString();

  const workload = await workloadOf(loaded, name, signal);
  if (workload.isErr()) return workload.error.message;
  const stale = await mustLiveThere(session, workload.value, accept.value);
  if (stale !== undefined) return stale;
  const target = await targetOf(loaded, given.to, { name: workload.value.name, now: now() });
  if (target.isErr()) return target.error.message;
  const lacking = [
    withoutDoors(session, workload.value.instance),
    withoutWitness(session, workload.value),
  ].filter((each) => each !== undefined);
  for (const each of lacking) out.say(`Warning: ${each}`);
  out.say(`Asking the clouds and ${name} …`);
  const { slots } = house;
  const looking = lookingOf(session, workload.value, signal);
  const facts = await observe(workload.value, target.value, services, looking);
  if (facts.isErr()) return facts.error.message;
  const parameters = await figuresFor(session, target.value.at);
  if (parameters.isErr()) return parameters.error.message;
  const strategy = strategyNamed(given.strategy);
  if (given.strategy !== undefined && strategy === undefined) {
    return `there is no strategy ${given.strategy}; there are ${strategyNames.join(', ')}`;
  }
  return planOf(facts.value, target.value, {
    now: now(),
    parameters: parameters.value,
    accept: accept.value.filter(({ guard }) => guard !== livesElsewhere),
    hold: given.hold,
    ...(budgetSeconds !== undefined && { budgetSeconds }),
    ...(planning.fixes !== undefined && { fixes: planning.fixes }),
    ...(strategy !== undefined && { strategy }),
    ...(slots !== undefined && { slots }),
  });
}

/** The run of a move would not open its window: better said at once. */
function withoutWitness({ loaded }: Session, { name, witnessed, floatingIps }: Workload): string | undefined {
  const { routeWitness } = loaded.config.services ?? {};
  if (witnessed !== true || floatingIps.length === 0 || routeWitness !== undefined) return undefined;
  return `${name} is witnessed, and ${loaded.name} names nobody who asks at its address: give services.routeWitness, or leave witnessed out`;
}

const strategyNames = [
  'nothing',
  'grow-online',
  'resize-in-place',
  'volume-swap',
  'snapshot-clone',
  'rsync',
] as const;

function strategyNamed(name: string | undefined): (typeof strategyNames)[number] | undefined {
  return strategyNames.find((each) => each === name);
}

async function writtenTo(
  { options: { out: file }, folder }: PlanCall,
  made: Plan,
): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    await writeFile(isAbsolute(file) ? file : join(folder, file), `${JSON.stringify(made, null, 2)}\n`);
    return undefined;
  } catch (thrown) {
    return `${file} cannot be written: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

function show({ options: given, out, page }: PlanCall, made: Plan): void {
  if (given.json) {
    out.data(JSON.stringify(made, null, 2));
    return;
  }
  const text = explain(made, { columns: page.columns, facts: given.explain });
  for (const line of text.trimEnd().split('\n')) out.data(line);
  if (made.run !== undefined) out.say(`Apply: belay apply ${made.planId}`);
}

/** What the shell is told of a plan. */
export function exitOf({ result, missing, guards }: Plan, isDetailed: boolean): number {
  if (result === 'noop') return exit.done;
  if (result === 'change') return isDetailed ? exit.changes : exit.done;
  const open = guards.filter(({ decision }) => decision === 'NO-GO');
  return missing.length > 0 && open.every(({ mayBeAccepted }) => mayBeAccepted)
    ? exit.riskMissing
    : exit.refused;
}
