/** `belay review`: exactly what would be deleted, each item with its evidence. Nothing happens by looking. */

import type { Obstacles, Plan, PlanItem } from '@belay/scanner';
import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import { type Call, type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { short } from './amount.ts';
import { scopeOrRun } from './find-run.ts';
import { keepPlan, plansBeside, writePlan } from './kept-plans.ts';
import type { Against } from './limit-uses.ts';
import { pathIn } from './place.ts';
import { itemsShown, planLines } from './plan-text.ts';
import { holdKeepers, type Scope } from './scope.ts';
import { ofScanner, type Trouble } from './trouble.ts';
import { complain, pageOf, print, withScope } from './with-scope.ts';

const options = {
  owner: { type: 'string', value: 'NAME', help: 'only the items of this owner' },
  all: { type: 'boolean', help: 'every item in full, not only the first five' },
  json: { type: 'boolean', help: 'the plan as one JSON value' },
  out: { type: 'string', value: 'FILE', help: 'write the plan there, for whoever signs it' },
  'detailed-exitcode': { type: 'boolean', help: 'exit with 2 where something would go' },
} as const;

export const review: Command = defineCommand({
  name: 'review',
  summary: 'Show what would be deleted, why, and how to stop it',
  usage: '<scope>|<scan> [options]',
  about:
    'Makes the plan that the last complete scan leads to, keeps it beside the ledger under its digest, and shows it. Nothing happens by making one.',
  options,
  words: { least: 1, most: 1 },
  examples: [
    'belay review offsite',
    'belay review offsite --owner ann --all',
    'belay review offsite --out plan.json',
  ],
  exits: {
    [exit.changes]: 'with --detailed-exitcode: something would go',
    [exit.refused]: 'no scan was complete yet, or the store cannot be asked',
    [exit.stale]: 'the scan is not the last complete one any more',
  },
  async run(call) {
    const [typed = ''] = call.words;
    const found = await scopeOrRun(call, typed);
    if (found.isErr()) return complain(call, 'review', found.error);
    const { place, run } = found.value;
    return await withScope(call, 'review', place.scope, async (scope) => {
      const last = lastScan(scope, run);
      if (last.isErr()) return complain(call, 'review', last.error);
      return await reviewed(call, scope, last.value);
    });
  },
});

/** The last complete scan; a plan can be made of no other. */
function lastScan({ ledger, name }: Scope, wanted: string | undefined): Result<string, Trouble> {
  const last = ledger.log.last('scan-completed');
  if (last.isErr()) return err(ofScanner(last.error, name));
  const run = last.value?.event.run;
  if (run === undefined) {
    return err({
      message: `no scan of ${name} was complete yet: there is nothing to plan on.`,
      code: exit.refused,
    });
  }
  if (wanted !== undefined && wanted !== run) {
    return err({
      message: `${wanted} is not the last complete scan of ${name}. That is ${run}.`,
      code: exit.stale,
    });
  }
  return ok(run);
}

async function reviewed(call: Call<typeof options>, scope: Scope, run: string): Promise<number> {
  const { scanner, policy, name } = scope;
  const made = await scanner.review({ signal: call.signal });
  if (made.isErr()) return complain(call, 'review', ofScanner(made.error, name));
  const plan = made.value;
  const { place } = scope.sides;
  const kept = await keepPlan(plansBeside(pathIn(place, place.section.ledger)), { plan, scope: name, run });
  if (kept.isErr()) return complain(call, 'review', kept.error);
  const { out, owner, all, json } = call.options;
  if (out !== undefined) {
    const written = await writePlan(out, {
      plan,
      scope: name,
      run,
    });
    if (written.isErr()) return complain(call, 'review', written.error);
  }
  if (json) call.out.data(JSON.stringify(plan));
  else {
    const most = all ? Number.POSITIVE_INFINITY : 5;
    const limits = await limitsOf(call, scope, plan);
    if (limits.isErr()) return complain(call, 'review', limits.error);
    const held = await heldNow(call, scope);
    const obstacles = await obstaclesNow(call, scope, itemsShown(plan, { owner, most }));
    const view = { scope: name, plan, policy, limits: limits.value, held, obstacles, owner, most };
    print(call, planLines(view, pageOf(call)));
  }
  if (plan.items.length > 0) sayNext(call, scope, plan, out);
  return call.options['detailed-exitcode'] && plan.items.length > 0 ? exit.changes : exit.done;
}

function sayNext({ out: lines }: Call, { name, canSweep }: Scope, plan: Plan, out: string | undefined): void {
  lines.say('');
  if (out !== undefined) lines.say(`The plan is in ${out}.`);
  if (!canSweep) {
    lines.say(`This config has no scanner.${name}.sweeper: it can only look.`);
    return;
  }
  const digest = short(plan.digest);
  if (plan.signatures > 0) lines.say(`To sign it:  belay approve ${out ?? digest} --key FILE --by NAME`);
  lines.say(`To do it:    belay sweep ${digest} --digest ${digest}`);
}

/** Who holds what at this moment, where belay can ask. */
async function heldNow({ out }: Call, { sides }: Scope): Promise<ReadonlyMap<string, string>> {
  const held = new Map<string, string>();
  for (const keeper of holdKeepers(sides)) {
    const all = await keeper.list();
    if (all.isErr()) out.say(`belay review: the holds cannot be read now: ${all.error.message}`);
    else for (const { key, by, reason } of all.value) held.set(key, `${by}, in ${keeper.name}: ${reason}`);
  }
  return held;
}

/** What the limits are held against: what has gone before, and what is stored. */
function limitsOf(
  { signal }: Call,
  { scanner, ledger, policy, name }: Scope,
  { store }: Plan,
): ResultAsync<Against, Trouble> {
  return scanner
    .gone({ signal })
    .andThen((before) =>
      ledger.baseline().map(({ tallies }) => ({ caps: policy.caps, before, stored: tallies[store] ?? [] })),
    )
    .mapErr((error) => ofScanner(error, name));
}

/** What the store has against the items that are shown. A store that cannot be asked now is said, and ends nothing. */
async function obstaclesNow(
  { out, signal }: Call,
  { scanner }: Scope,
  shown: readonly PlanItem[],
): Promise<Obstacles | undefined> {
  const asked = await scanner.obstacles(shown, { signal });
  if (asked.isOk()) return asked.value;
  out.say(`belay review: the store cannot be asked what it locks: ${asked.error.message}`);
  return undefined;
}
