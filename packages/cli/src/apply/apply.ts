/**
 * `belay apply`: carries an approved plan out, or carries on a run that nobody carries any more. Everything is looked
 * at once more first, by the guards that the plan asked; a fact that has moved ends it before anything is touched.
 */

import {
  type AnyPlan,
  type DryRun,
  dryRun,
  type Plan,
  type PlanError,
  type RecoveryPlan,
  type TakeoverPlan,
  verifyPlan,
  verifyRescue,
} from '@belay/planner';
import type { RunRow } from '@belay/runner';
import { err, ok, type Result } from 'neverthrow';
import { type Call, type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { lookingOf } from '../plan/looking.ts';
import { exitOf } from '../plan/plan.ts';
import { findPlan } from '../plan/plan-store.ts';
import { runNamed } from '../run/find-run.ts';
import { reportRun } from '../run/report.ts';
import { type OutputKind, watchOptions } from '../run/screen-for.ts';
import { carryOn, type RunToStart, startRun } from '../run/start-run.ts';
import { withRun } from '../run/with-run.ts';
import type { Desk } from '../session/desk.ts';
import type { Session } from '../session/session.ts';
import { applyRescue } from './apply-rescue.ts';
import { type ApprovalAsk, approvedBy } from './approved-by.ts';
import { detach } from './detach.ts';
import { dryRescue } from './dry-rescue.ts';
import { secretOptions } from './typed-secret.ts';

const options = {
  digest: { type: 'string', value: 'DIGEST', help: 'approve the plan of exactly this digest' },
  yes: { type: 'boolean', short: 'y', help: 'approve the plan that is kept under this id' },
  by: { type: 'string', value: 'NAME', help: 'who approves; the user of this process where absent' },
  'dry-run': {
    type: 'boolean',
    help: 'look at everything once more, print the go/no-go table, and change nothing',
  },
  hold: { type: 'boolean', help: 'wait for a person before anything is stopped' },
  detach: {
    type: 'boolean',
    help: 'let a process of its own carry the run, which outlives this terminal; its log is beside the plan',
  },
  'exit-at-hold': { type: 'boolean', help: 'do not wait for that person: end with 15, the run rests' },
  ...secretOptions,
  ...watchOptions,
} as const;

type ApplyCall = Call<typeof options>;

export const apply: Command = defineCommand({
  name: 'apply',
  summary: 'Carry a plan out, or carry on a run that was left',
  usage: '<plan id|file|digest|run> [options]',
  about:
    'This process carries the run: Ctrl-C lets it rest in order, and the same command carries it on. A terminal that is closed does not end it. While nobody serves, the first Ctrl-C waits until somebody does.',
  options,
  words: { least: 1, most: 1 },
  examples: [
    'belay apply p-7f3a91c2',
    'belay apply plan.json --digest sha256:7f3a91c2…',
    'belay apply p-7f3a91c2 --dry-run',
    'belay apply p-7f3a91c2 --yes --output=json > run.ndjson',
  ],
  exits: {
    [exit.refused]: 'a guard says NO-GO, or the plan was refused',
    [exit.riskMissing]: 'a guard says NO-GO whose risk could be taken by name: plan again with --accept-risk',
    [exit.reverted]: 'it failed and was taken back: the source serves',
    [exit.stuck]: 'something could not be taken back, or nobody can tell what became of it: act now',
    [exit.background]: 'it goes on without the keys of the workload',
    [exit.pastReturn]: 'it failed past the point of no return: the target is the truth',
    [exit.stale]: 'the plan is no longer true: plan again',
    [exit.held]: 'it waits for a person',
    [exit.interrupted]: 'Ctrl-C: it rests, and the same command carries it on',
  },
  async run(call) {
    const { output, detach: isDetached, 'dry-run': isDry } = call.options;
    if (isDetached && !isDry) return await detached(call);
    const asked = {
      name: 'apply',
      output,
      needsReason: false,
      journal: isDry ? 'if-there' : 'made',
    } as const;
    return await withRun(call, asked, (session, kind) => applied(call, session, kind));
  },
});

async function detached(call: ApplyCall): Promise<number> {
  const { hold, verbose, 'exit-at-hold': endsAtHold, 'secret-env': secret } = call.options;
  const ask = askOf(call);
  const more = [
    ...['--by', ask.by],
    ...(hold ? ['--hold'] : []),
    ...(endsAtHold ? ['--exit-at-hold'] : []),
    ...(verbose ? ['--verbose'] : []),
    ...(secret === undefined ? [] : ['--secret-env', secret]),
  ];
  const approval = (desk: Desk, plan: AnyPlan): Promise<Result<string, string>> =>
    approvedBy(call, desk, plan, ask);
  return await detach(call, { word: ask.word, approve: approval, more, hasSecret: secret !== undefined });
}

function askOf({ options: given, words, user }: ApplyCall): ApprovalAsk {
  const [word = ''] = words;
  return { word, digest: given.digest, yes: given.yes, by: given.by ?? user };
}

async function applied(call: ApplyCall, session: Session, output: OutputKind): Promise<number> {
  const [word = ''] = call.words;
  const rows = session.runner === undefined ? ok([]) : await session.runner.list();
  if (rows.isErr()) return said(call, rows.error.message);
  const run = runNamed(rows.value, word.startsWith('sha256:') ? `p-${word.slice(7, 15)}` : word);
  if (run !== undefined) return await carriedOn(call, session, run, output);
  const found = await findPlan(session.loaded, word, call.folder);
  if (found.isErr()) return said(call, found.error.message);
  // Looking again may take minutes: a plan that was good when it was asked for is not refused for that.
  const now = new Date(session.clock.now()).toISOString();
  const rescue = verifyRescue(found.value, { now });
  if (rescue.isOk()) return await rescued(call, session, rescue.value, output);
  if (rescue.error.kind !== 'not-a-plan') return refusedPlan(call, rescue.error);
  const plan = verifyPlan(found.value, { now });
  if (plan.isErr()) return refusedPlan(call, plan.error);
  const already = rows.value.find(({ runId }) => runId === plan.value.planId);
  if (already !== undefined) return await carriedOn(call, session, already, output, plan.value);
  const planned = session.planner.runOf(plan.value, { now });
  if (planned.isErr()) {
    call.out.say(`belay apply: ${planned.error.message}`);
    return plan.value.result === 'change' ? exit.error : exitOf(plan.value, false);
  }
  const looked = await lookedAgain(call, session, plan.value);
  if (looked.isErr()) return looked.error;
  if (call.options['dry-run']) return exit.done;
  const approved = await approvedBy(call, session, plan.value, { ...askOf(call), at: now });
  if (approved.isErr()) return said(call, approved.error);
  const { graph, input, keys } = planned.value;
  const held = call.options.hold ? { ...input, hold: true } : input;
  const start: RunToStart = { id: plan.value.planId, graph, input: held, keys };
  return await reportRun(call, session, startRun(session, start), {
    row: { runId: start.id, graph, input: JSON.parse(JSON.stringify(held)) },
    output,
    isVerbose: call.options.verbose,
    endsAtHold: call.options['exit-at-hold'],
    plan: plan.value,
  });
}

async function rescued(
  call: ApplyCall,
  session: Session,
  plan: RecoveryPlan | TakeoverPlan,
  output: OutputKind,
): Promise<number> {
  const { options: given } = call;
  if (given['dry-run'] && plan.run !== undefined) return await dryRescue(call, session, plan);
  return await applyRescue(call, session, plan, {
    ...askOf(call),
    hold: given.hold,
    endsAtHold: given['exit-at-hold'],
    output,
    isVerbose: given.verbose,
    secret: { fd: given['secret-fd'], env: given['secret-env'] },
  });
}

/** The run is there already: it is watched, or carried on where nobody does that. */
async function carriedOn(
  call: ApplyCall,
  session: Session,
  row: RunRow,
  output: OutputKind,
  plan?: Plan,
): Promise<number> {
  if (call.options['dry-run']) return said(call, `${row.runId} has begun: belay status ${row.runId}`);
  const known = plan ?? (await planOfRun(session, row.runId));
  return await reportRun(call, session, carryOn(session, row, call.options.by ?? call.user), {
    row,
    output,
    isVerbose: call.options.verbose,
    endsAtHold: call.options['exit-at-hold'],
    plan: known,
    // A program may want the whole; people have seen it, or ask `status`.
    knownUpTo: output === 'json' ? 0 : row.lastSeq,
  });
}

/** The plan that a run was made of, for what it foretold; a run can do without. */
async function planOfRun({ loaded }: Session, runId: string): Promise<Plan | undefined> {
  const found = await findPlan(loaded, runId, loaded.folder);
  if (found.isErr()) return undefined;
  // It may have grown old since: what it foretold still counts.
  const then: unknown =
    typeof found.value === 'object' && found.value !== null ? Reflect.get(found.value, 'createdAt') : '';
  return verifyPlan(found.value, { now: String(then) }).unwrapOr(undefined);
}

/** The guards of plan and window, asked again with fresh facts. An error is the exit code: it has been said why. */
async function lookedAgain(call: ApplyCall, session: Session, plan: Plan): Promise<Result<DryRun, number>> {
  const { out, signal } = call;
  const { fixes } = session.loaded.config.planning ?? {};
  out.say(`Looking at everything once more …`);
  const dry = await dryRun(plan, session.services, {
    ...lookingOf(session, plan.facts.workload, signal),
    ...(fixes !== undefined && { fixes }),
  });
  if (dry.isErr()) {
    const { kind, message } = dry.error;
    out.say(`belay apply: ${message}`);
    return err(kind === 'stale' || kind === 'moved' ? exit.stale : exit.error);
  }
  const { table, moved, isGo, guards } = dry.value;
  const print = call.options['dry-run'] ? out.data : out.say;
  for (const line of table.trimEnd().split('\n')) print(line);
  if (moved.length > 0) {
    out.say('The plan is no longer true:');
    for (const { sentence } of moved) out.say(`  ${sentence}`);
    out.say(`Plan again: belay plan ${plan.facts.workload.name} --to ${plan.target.product ?? '…'}`);
    return err(exit.stale);
  }
  if (isGo) return ok(dry.value);
  const open = guards.filter(({ decision }) => decision === 'NO-GO');
  out.say(`NO-GO: ${open.map(({ name }) => name).join(', ')}. Nothing was touched.`);
  return err(open.every(({ mayBeAccepted }) => mayBeAccepted) ? exit.riskMissing : exit.refused);
}

function refusedPlan(call: ApplyCall, { kind, message }: PlanError): number {
  call.out.say(`belay apply: ${message}`);
  if (kind !== 'stale' && kind !== 'moved') return exit.error;
  call.out.say('Plan again: nothing was touched.');
  return exit.stale;
}

function said({ out }: ApplyCall, sentence: string): number {
  out.say(`belay apply: ${sentence}`);
  return exit.error;
}
