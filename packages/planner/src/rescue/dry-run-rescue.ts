/**
 * A dry run of a rescue: what is left of the workload is asked once more, and the way that the plan chose is judged by
 * the very conditions that chose it; then what its steps may do, and what they need of the house. Changes nothing. What
 * only the run can see, such as a fence that is read back, it asks itself.
 */

import type { Clouds, Hosts, IsoTime, StorageVolume } from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { PlanError } from '../approval.ts';
import { verifyRescue } from '../approval.ts';
import { goTable, type TableRow } from '../guards.ts';
import type { Known } from '../known.ts';
import type { World } from '../move/move-input.ts';
import type { ObserveCancelled } from '../observe.ts';
import { change, type Finding, fails, holds, type Judged, unclear } from '../precondition.ts';
import type { Target } from '../target.ts';
import type { Loss } from './loss.ts';
import { type ObserveRescueOptions, observeRescue } from './observe-rescue.ts';
import { assessRecovery, type RecoveryPlan } from './recovery.ts';
import { rescueCalls } from './rescue-calls.ts';
import type { RescueFacts } from './rescue-facts.ts';
import { snapshotsKnown } from './snapshot-set.ts';
import { assessTakeover, type TakeoverPlan } from './takeover.ts';

/** What was found. JSON. */
export interface RescueDryRun {
  readonly planId: string;
  readonly at: IsoTime;
  /** Would the run get as far as it can be told without touching anything? */
  readonly isGo: boolean;
  /** What the chosen way stands on and is no longer as it was, in sentences. */
  readonly moved: readonly string[];
  readonly checks: readonly RescueCheck[];
  /** The checks as a table for people. */
  readonly table: string;
}

/** One thing that was looked at. */
export interface RescueCheck extends Judged, Pick<TableRow, 'id' | 'accepted'> {
  readonly decision: 'GO' | 'NO-GO' | 'RISK ACCEPTED';
}

/** What the house must have for a rescue, beside clouds and hosts. */
export type RescueServices = Clouds & Hosts & Partial<Pick<World, 'restores' | 'secrets' | 'standbys'>>;

/** Looks. An error where the plan is none, was altered, has grown old or has nothing to run, or where the caller stopped it. */
export function dryRunRescue(
  plan: RecoveryPlan | TakeoverPlan,
  services: RescueServices,
  options: ObserveRescueOptions,
): ResultAsync<RescueDryRun, PlanError | ObserveCancelled> {
  const now = (): IsoTime => new Date(options.clock.now()).toISOString();
  return verifyRescue(plan, { now: now() })
    .andThen(mustBeRunnable)
    .asyncAndThen(() => observeRescue(plan.facts.workload, targetOf(plan), services, options))
    .andThen((facts) =>
      allowed(plan, services, options).map((may) => looked(plan, facts, services, may, now())),
    );
}

function looked(
  plan: RecoveryPlan | TakeoverPlan,
  facts: RescueFacts,
  services: RescueServices,
  may: Finding,
  now: IsoTime,
): RescueDryRun {
  const chosen = chosenOf(plan, facts, now);
  const checks = [
    ...(chosen?.findings ?? []).map((finding) => decided('', finding)),
    decided('G25', {
      name: 'allowed',
      sentence: 'the account may do every step, and every step back',
      ...may,
    }),
    decided('', {
      name: 'house-has',
      sentence: 'the house has what the steps ask for',
      ...houseHas(plan, services),
    }),
    ...(chosen === undefined ? [] : [lossCheck(plan, chosen.loss)]),
  ];
  return {
    planId: plan.planId,
    at: now,
    isGo: checks.every(({ decision }) => decision !== 'NO-GO'),
    moved: movedOf(plan, facts),
    checks,
    table: goTable(checks),
  };
}

interface Chosen {
  readonly findings: readonly Judged[];
  readonly loss: Loss;
}

function chosenOf(plan: RecoveryPlan | TakeoverPlan, facts: RescueFacts, now: IsoTime): Chosen | undefined {
  if (plan.kind === 'takeover') return assessTakeover(facts, { now }).find(({ mode }) => mode === plan.mode);
  const accept = plan.acceptedMoments === undefined ? [] : [{ guard: 'one-moment', ...plan.acceptedMoments }];
  return assessRecovery(facts, plan.target, { now, accept }).find(({ way }) => way === plan.way);
}

function decided(id: string, judged: Judged): RescueCheck {
  return { id, ...judged, decision: judged.verdict === 'holds' ? 'GO' : 'NO-GO' };
}

/** A loss that somebody has taken may have grown since; one that nobody has taken may not. */
function lossCheck(plan: RecoveryPlan | TakeoverPlan, { seconds, sentence }: Loss): RescueCheck {
  const asked = { name: 'expected-loss', sentence: 'no more is lost than was agreed' };
  const evidence = `loses ${sentence}`;
  if (plan.acceptedLoss !== undefined)
    return {
      id: '',
      ...asked,
      verdict: 'fails',
      evidence,
      decision: 'RISK ACCEPTED',
      accepted: plan.acceptedLoss,
    };
  const { maxLossSeconds = 0 } = plan;
  if (seconds === undefined) return decided('', { ...asked, ...unclear(evidence) });
  if (seconds <= maxLossSeconds) return decided('', { ...asked, ...holds(evidence) });
  const instead = change('say', 'plan again, and take expected-loss by name and reason');
  return decided('', { ...asked, ...fails(evidence, instead) });
}

/** The clouds are asked about every call; one that cannot be asked is no reason to stop, one that says no is. */
function allowed(
  plan: RecoveryPlan | TakeoverPlan,
  { clouds }: Clouds,
  { signal, timeoutMs = 10_000 }: ObserveRescueOptions,
): ResultAsync<Finding, never> {
  const asked = rescueCalls(plan).map(({ at, calls }) =>
    clouds.get(at).permissions.check(calls, { signal, timeoutMs }),
  );
  const found = Promise.all(asked).then((answers) => {
    const all = answers.flatMap((answer) => answer.unwrapOr([]));
    const denied = all.filter(({ allowed: word }) => word === 'no').map(({ verb }) => verb);
    if (denied.length > 0)
      return fails(
        `denied: ${[...new Set(denied)].join(', ')}`,
        change('configure', 'let the account do it'),
      );
    const open = all.filter(({ allowed: word }) => word === 'unknown').length;
    const silent = answers.flatMap((answer) => (answer.isErr() ? [answer.error.message] : []));
    const words = [
      `${all.length - open} calls allowed`,
      ...(open > 0 ? [`the cloud cannot be asked about ${open}`] : []),
      ...silent.map((message) => `not asked: ${message}`),
    ];
    return holds(words.join(', '));
  });
  return ResultAsync.fromSafePromise(found);
}

/** The same that the steps would miss, only before anything is touched. */
function houseHas(
  { run }: RecoveryPlan | TakeoverPlan,
  { restores, secrets, standbys }: RescueServices,
): Finding {
  const needed =
    run?.graph === 'takeover'
      ? { secrets, standbys }
      : run?.graph === 'recover' && run.input.way.kind === 'from-backup'
        ? { restores }
        : {};
  const missing = Object.entries(needed).flatMap(([name, service]) => (service === undefined ? [name] : []));
  return missing.length === 0
    ? holds(Object.keys(needed).join(', ') || 'nothing but clouds and servers')
    : fails(missing.map((name) => `services.${name} is missing`).join(', '));
}

/** What the way stands on, fact by fact, in words that are compared. What was not known then was not stood on. */
function movedOf(plan: RecoveryPlan | TakeoverPlan, fresh: RescueFacts): readonly string[] {
  const was = standingOf(plan, plan.facts);
  const is = standingOf(plan, fresh);
  return Object.entries(was).flatMap(([name, then]) => {
    const now = is[name] ?? 'not known';
    return then === undefined || then === now ? [] : [`${name}: was ${then}, is ${now}`];
  });
}

function standingOf(
  plan: RecoveryPlan | TakeoverPlan,
  facts: RescueFacts,
): Readonly<Record<string, string | undefined>> {
  const { run } = plan;
  const way = run?.graph === 'recover' ? run.input.way.kind : undefined;
  return {
    source: told(facts.source, ({ id, state }) => `${id} ${state}`),
    volume: told(facts.volume, disk),
    moreVolumes: told(facts.moreVolumes, (all) => all.map(disk).join(', ')),
    addresses: told(facts.addresses, (all) =>
      all.map(({ address, instanceId }) => `${address} ${instanceId ?? 'nowhere'}`).join(', '),
    ),
    ...(way === 'from-snapshot' && {
      snapshot: told(snapshotsKnown(facts), (all) => all.map((one) => one?.id ?? 'none').join(', ')),
    }),
    ...(way === 'from-backup' && { backup: told(facts.backup, (one) => one?.id ?? 'none') }),
    ...(run?.graph === 'takeover' && {
      standby: told(facts.standby, (one) =>
        one === null ? 'none' : `${one.instance.id} ${one.import.state}`,
      ),
    }),
  };
}

function disk({ id, state, attachments }: StorageVolume): string {
  return [id, state, ...attachments.map(({ instanceId }) => `on ${instanceId}`)].join(' ');
}

function told<T>(fact: Known<T>, words: (value: T) => string): string | undefined {
  return fact.known ? words(fact.value) : undefined;
}

/** A takeover makes no server: nothing is looked for elsewhere. */
function targetOf(plan: RecoveryPlan | TakeoverPlan): Target {
  if (plan.kind === 'recover') return plan.target;
  const { name, instance } = plan.facts.workload;
  const { provider, account, region } = instance;
  const at = { provider, account, region };
  return { at, name, zones: [], instanceType: '', imageId: '', diskType: '', sizeGiB: 1 };
}

function mustBeRunnable(plan: RecoveryPlan | TakeoverPlan): Result<RecoveryPlan | TakeoverPlan, PlanError> {
  if (plan.run !== undefined) return ok(plan);
  return err({ kind: 'nothing-to-run', message: `plan ${plan.planId} has nothing to run` });
}
