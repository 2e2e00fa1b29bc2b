/** What a rescue rests on: the workload, where it would live again, and what is left of it. Only reads. */

import { observeRescue, type RescueFacts, type RescueWord, type Target, type Workload } from '@belay/planner';
import { err, ok, type Result } from 'neverthrow';
import type { Call } from '../command.ts';
import { acceptancesOf, rescueRisks } from '../plan/acceptance.ts';
import { targetOf, workloadOf } from '../plan/workload-target.ts';
import { livesElsewhere, mustLiveThere } from '../run/lives-at.ts';
import { type Session, withoutDoors } from '../session/session.ts';

/** The options that a recovery and a takeover share. */
export const rescueOptions = {
  'max-loss': {
    type: 'string',
    value: 'SECONDS',
    help: 'so much may be lost without a word; nothing where absent',
  },
  'last-served-at': {
    type: 'string',
    value: 'TIME',
    help: 'when it last served, by monitoring: an ISO time',
  },
  json: { type: 'boolean', help: 'the plan itself as JSON' },
} as const;

/** What has been learned, and what people have said. */
export interface Learned {
  readonly workload: Workload;
  readonly target: Target;
  readonly facts: RescueFacts;
  readonly word: RescueWord;
  readonly maxLossSeconds: number | undefined;
  readonly now: string;
}

/** What people said on the command line. */
export interface Said {
  readonly workload: string;
  readonly to: string | undefined;
  readonly by: string | undefined;
  readonly reason: string | undefined;
  readonly acceptRisk: readonly string[];
  readonly maxLoss: string | undefined;
  readonly lastServedAt: string | undefined;
  /** Nothing is made anew: a place to live is not asked for. */
  readonly needsTarget: boolean;
  /** It must be looked at whether the workload serves. */
  readonly needsInside: boolean;
}

/** The sentence of an error says what to write instead. */
export async function learnRescue(
  call: Call,
  session: Session,
  said: Said,
): Promise<Result<Learned, string>> {
  const { loaded, clock, services } = session;
  const { signal, out, user } = call;
  const now = (): string => new Date(clock.now()).toISOString();
  const by = said.by ?? user;
  const known = [...rescueRisks, livesElsewhere];
  const accept = acceptancesOf(said.acceptRisk, { by, reason: said.reason, known });
  if (accept.isErr()) return err(accept.error);
  const maxLossSeconds = said.maxLoss === undefined ? undefined : Number(said.maxLoss);
  if (maxLossSeconds !== undefined && !(maxLossSeconds >= 0)) return err('--max-loss is a number of seconds');
  const { lastServedAt } = said;
  if (lastServedAt !== undefined && Number.isNaN(Date.parse(lastServedAt))) {
    return err('--last-served-at is an ISO time, such as 2026-11-22T11:04:52Z');
  }
  const workload = await workloadOf(loaded, said.workload, signal);
  if (workload.isErr()) return err(workload.error.message);
  const stale = await mustLiveThere(session, workload.value, accept.value);
  if (stale !== undefined) return err(stale);
  // Silence means that it does not serve only where somebody could have heard it.
  const closed = said.needsInside ? withoutDoors(session, workload.value.instance) : undefined;
  if (closed !== undefined) return err(`${closed}, not even whether it serves`);
  const product = said.to ?? workload.value.product;
  if (product === undefined && said.needsTarget) {
    return err(`${said.workload} has no product: say what it shall be again: --to <product>`);
  }
  const target =
    product === undefined
      ? ok(nowhere(workload.value))
      : await targetOf(loaded, product, { name: workload.value.name, now: now() });
  if (target.isErr()) return err(target.error.message);
  out.say(`Asking what is left of ${said.workload} …`);
  const { backups, standbyEvidence } = loaded.config.services ?? {};
  const facts = await observeRescue(workload.value, target.value, services, {
    clock,
    signal,
    ...(backups !== undefined && { backups }),
    ...(standbyEvidence !== undefined && { standby: standbyEvidence }),
    ...(lastServedAt !== undefined && { lastServedAt }),
  });
  if (facts.isErr()) return err(facts.error.message);
  const secret = loaded.config.planning?.takeoverSecret;
  const word: RescueWord = {
    accept: accept.value.filter(({ guard }) => guard !== livesElsewhere),
    ...(said.reason !== undefined && { word: { by, reason: said.reason } }),
    ...(secret !== undefined && { password: { secret } }),
  };
  return ok({
    workload: workload.value,
    target: target.value,
    facts: facts.value,
    word,
    maxLossSeconds,
    now: now(),
  });
}

/** A takeover goes to a server that is there: nothing is looked for elsewhere. */
function nowhere({ name, instance: { provider, account, region } }: Workload): Target {
  const at = { provider, account, region };
  return { at, name, zones: [], instanceType: '', imageId: '', diskType: '', sizeGiB: 1 };
}
