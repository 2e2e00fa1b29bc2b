/** `belay apply --dry-run` of a rescue: everything that can be looked at without touching anything, as one table. */

import { dryRunRescue, type RecoveryPlan, type TakeoverPlan } from '@belay/planner';
import type { Call } from '../command.ts';
import { exit } from '../exit.ts';
import type { Session } from '../session/session.ts';

/** Resolves with the exit code. */
export async function dryRescue(
  { out, signal }: Pick<Call, 'out' | 'signal'>,
  { clock, services, loaded }: Session,
  plan: RecoveryPlan | TakeoverPlan,
): Promise<number> {
  const { backups, standbyEvidence } = loaded.config.services ?? {};
  const { lastServedAt } = plan.facts;
  out.say(`Looking at everything once more …`);
  const dry = await dryRunRescue(plan, services, {
    clock,
    signal,
    ...(backups !== undefined && { backups }),
    ...(standbyEvidence !== undefined && { standby: standbyEvidence }),
    ...(lastServedAt.known && { lastServedAt: lastServedAt.value }),
  });
  if (dry.isErr()) {
    const { kind, message } = dry.error;
    out.say(`belay apply: ${message}`);
    return kind === 'stale' || kind === 'moved' ? exit.stale : exit.error;
  }
  const { table, moved, isGo, checks } = dry.value;
  for (const line of table.trimEnd().split('\n')) out.data(line);
  if (moved.length > 0) {
    out.say('The plan is no longer true:');
    for (const sentence of moved) out.say(`  ${sentence}`);
    out.say(`Plan again: belay ${plan.kind} ${plan.facts.workload.name}`);
    return exit.stale;
  }
  const open = checks.filter(({ decision }) => decision === 'NO-GO').map(({ name }) => name);
  out.say(isGo ? 'Nothing was touched.' : `NO-GO: ${open.join(', ')}. Nothing was touched.`);
  return isGo ? exit.done : exit.refused;
}
