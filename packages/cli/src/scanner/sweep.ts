/**
 * `belay sweep`: puts the items of one plan into quarantine. Dry, until the digest is said. It is another object than the
 * scanner, with other credentials, and ends at the border of a batch when somebody presses Ctrl-C.
 */

import { type Approval, affectedBy, runId, signersOf } from '@belay/scanner';
import { err, ok, type Result } from 'neverthrow';
import { type Call, type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { isDigestOf } from './approve.ts';
import { findPlan } from './find-run.ts';
import { approvalsBeside, type KeptPlan, readApproval } from './kept-plans.ts';
import { patientRemover } from './patient-remover.ts';
import { showProgress } from './progress.ts';
import { sweepProgress } from './progress-text.ts';
import type { Scope } from './scope.ts';
import { affectedLines, dryLines, sweptLines } from './sweep-text.ts';
import { ofScanner, type Trouble } from './trouble.ts';
import { complain, pageOf, print, withScope } from './with-scope.ts';

const options = {
  digest: { type: 'string', value: 'DIGEST', help: 'the digest of the plan, at least 12 characters: do it' },
  approval: {
    type: 'string',
    multiple: true,
    value: 'FILE',
    help: 'a signature; those beside the plan are found',
  },
  json: { type: 'boolean', help: 'one JSON value' },
  'detailed-exitcode': { type: 'boolean', help: 'exit with 2 where a dry sweep would do something' },
} as const;

export const sweep: Command = defineCommand({
  name: 'sweep',
  summary: 'Put what a plan names into quarantine; dry, unless its digest is given',
  usage: '<plan.json>|<digest>|<scan> [--digest DIGEST] [options]',
  about:
    'Every batch is verified a moment before it goes: claims, holds, versions, dependants. One item that turns out to be needed ends it all. What is in quarantine comes back with belay undo.',
  options,
  words: { least: 1, most: 1 },
  examples: [
    'belay sweep 3f2a9c1b04de',
    'belay sweep 3f2a9c1b04de --digest 3f2a9c1b04de',
    'belay sweep plan.json --digest 3f2a9c1b04de --approval ann.approval.json',
  ],
  exits: {
    [exit.changes]: 'dry, with --detailed-exitcode: something would be swept',
    [exit.refused]: 'a side or a clock is not believed: nothing was touched',
    [exit.riskMissing]: 'a person is needed: a signature, the breaker, or an alert that nobody has looked at',
    [exit.stuck]: 'stopped: something turned out to be needed, or a side went away; the breaker is open',
    [exit.stale]: 'the plan was edited, has expired, or was carried out before',
    [exit.interrupted]: 'ended by Ctrl-C after a batch; says what was done',
  },
  async run(call) {
    const [typed = ''] = call.words;
    const kept = await findPlan(call, typed);
    if (kept.isErr()) return complain(call, 'sweep', kept.error);
    return await withScope(call, 'sweep', kept.value.scope, (scope) => swept(call, scope, kept.value, typed));
  },
});

async function swept(
  call: Call<typeof options>,
  scope: Scope,
  kept: KeptPlan,
  typed: string,
): Promise<number> {
  const { plan } = kept;
  const { name, policy } = scope;
  let handled = 0;
  const sweeper = await scope.openSweeper((remover) =>
    patientRemover(remover, (items) => {
      handled += items;
    }),
  );
  if (sweeper.isErr()) return complain(call, 'sweep', sweeper.error);
  const approvals = await approvalsFor(call, kept);
  if (approvals.isErr()) return complain(call, 'sweep', approvals.error);
  const stale = staleness(call, scope, kept);
  if (stale !== undefined) return complain(call, 'sweep', stale);
  const { digest, json } = call.options;
  if (digest === undefined) {
    const signers = signersOf(plan, approvals.value, policy, call.clock.now());
    if (json) call.out.data(JSON.stringify({ formatVersion: '1.0', dry: true, plan, signers }));
    else print(call, dryLines({ plan, scope: name, signers, typed }, pageOf(call)));
    return call.options['detailed-exitcode'] && plan.items.length > 0 ? exit.changes : exit.done;
  }
  if (!isDigestOf(plan.digest, digest)) {
    const message = `${digest} is not the digest of this plan: nothing was touched. It is ${plan.digest}.`;
    return complain(call, 'sweep', { message, code: exit.riskMissing });
  }
  const total = plan.items.length;
  const line = showProgress(call, (ms) => sweepProgress(`Sweep of ${name}`, { handled, total }, ms));
  const done = await sweeper.value.sweep(plan, approvals.value, { signal: call.signal });
  line.end();
  if (done.isErr()) {
    if (done.error.kind === 'cancelled') return interrupted(call, scope, kept);
    return complain(call, 'sweep', ofScanner(done.error, name));
  }
  if (json) call.out.data(JSON.stringify({ formatVersion: '1.0', dry: false, report: done.value }));
  else print(call, sweptLines(done.value, name, pageOf(call)));
  return done.value.outcome === 'done' ? exit.done : exit.stuck;
}

async function approvalsFor(
  call: Call<typeof options>,
  { path }: KeptPlan,
): Promise<Result<readonly Approval[], Trouble>> {
  const all = [...(await approvalsBeside(path))];
  for (const file of call.options.approval) {
    const one = await readApproval(file);
    if (one.isErr()) return err(one.error);
    all.push(one.value);
  }
  return ok(all);
}

/** What no signature can mend. The sweeper refuses the same; here it is a code of its own. */
function staleness(call: Call, { ledger }: Scope, { plan }: KeptPlan): Trouble | undefined {
  if (call.clock.now() >= Date.parse(plan.expiresAt)) {
    return {
      message: `the plan was good until ${plan.expiresAt}. Make a new one: belay review.`,
      code: exit.stale,
    };
  }
  const ended = ledger.log
    .since('sweep-ended', 0)
    .map((lines) => lines.some(({ event }) => event.plan === plan.digest));
  return ended.unwrapOr(false)
    ? { message: 'the plan was carried out before. Make a new one: belay review.', code: exit.stale }
    : undefined;
}

/** Ctrl-C: says what is done by now. The same plan goes on where it was. */
function interrupted(call: Call<typeof options>, { ledger, name }: Scope, { plan }: KeptPlan): number {
  const found = runId(`sweep-${plan.digest.slice(0, 32)}`).andThen((run) => affectedBy(ledger, run));
  if (found.isErr()) return complain(call, 'sweep', ofScanner(found.error, name));
  if (call.options.json)
    call.out.data(
      JSON.stringify({ formatVersion: '1.0', dry: false, interrupted: true, affected: found.value }),
    );
  else print(call, affectedLines(found.value, pageOf(call)));
  call.out.say('Ended after a batch: the rest was not begun. The same command goes on where it was.');
  return exit.interrupted;
}
