/**
 * A plan is approved by its digest, so that what runs is what was read; and it is looked at once more before it runs:
 * whole, unchanged, and still true enough.
 */

import type { Failure, IsoTime } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { Facts } from './facts.ts';
import { type Moved, movedFacts } from './moved.ts';
import type { Plan } from './plan.ts';
import type { RecoveryPlan } from './rescue/recovery.ts';
import type { TakeoverPlan } from './rescue/takeover.ts';
import { isWhole } from './sealed.ts';

/** Why a plan is not approved or run: a plain value. */
export interface PlanError extends Failure {
  readonly kind: /** Not a plan, or of a format that came after this version. */
    | 'not-a-plan'
    /** Its content does not match its digest. */
    | 'altered'
    /** The digest that was approved is another one. */
    | 'other-plan'
    /** The facts that it rests on have grown old: observe and plan again. */
    | 'stale'
    /** Facts have moved since: the message and `moved` name them. */
    | 'moved'
    /** Nothing to run: it was refused, nothing is to be done, or this version has no graph for it. */
    | 'nothing-to-run';
  /** With `moved`: what is no longer what it was. */
  readonly moved?: readonly Moved[] | undefined;
}

/** Who wanted which plan, and when. JSON, to be kept beside the plan. */
export interface Approval {
  readonly planId: string;
  readonly digest: string;
  readonly by: string;
  readonly at: IsoTime;
}

/** A plan of any kind, as far as approving it goes. */
export type AnyPlan = Plan | RecoveryPlan | TakeoverPlan;

/** Records that somebody wants exactly this plan. */
export function approve(
  plan: AnyPlan,
  { digest, by, at }: { readonly digest: string; readonly by: string; readonly at: IsoTime },
): Result<Approval, PlanError> {
  return verified(plan, at).andThen(() =>
    plan.digest === digest
      ? ok({ planId: plan.planId, digest, by, at })
      : err(failure('other-plan', `approved was ${digest}, this plan is ${plan.digest}`)),
  );
}

/** Is this a plan that may be run at this time? Takes what was read from a file as well as what `plan` gave. */
export function verifyPlan(value: unknown, { now }: { readonly now: IsoTime }): Result<Plan, PlanError> {
  if (!isPlan(value) || 'kind' in value)
    return err(failure('not-a-plan', 'this is no plan of a format that this version can read'));
  return verified(value, now);
}

/** The same for the plan of a recovery or a takeover. */
export function verifyRescue(
  value: unknown,
  { now }: { readonly now: IsoTime },
): Result<RecoveryPlan | TakeoverPlan, PlanError> {
  if (!isPlan(value) || !('kind' in value))
    return err(failure('not-a-plan', 'this is no plan of a rescue that this version can read'));
  return verified(value, now);
}

function verified<T extends AnyPlan>(plan: T, now: IsoTime): Result<T, PlanError> {
  const { planId, validUntil } = plan;
  if (!isWhole(plan)) return err(failure('altered', `plan ${planId} does not match its digest`));
  if (!(Date.parse(now) <= Date.parse(validUntil))) {
    return err(failure('stale', `plan ${planId} was valid until ${validUntil}`));
  }
  return ok(plan);
}

/**
 * Is this plan still to be run, with the facts as they are now? As `verifyPlan`, and what it rests on must not have
 * moved; the error names every fact that has.
 */
export function verifyFacts(
  value: unknown,
  { now, facts }: { readonly now: IsoTime; readonly facts: Facts },
): Result<Plan, PlanError> {
  return verifyPlan(value, { now }).andThen((plan) => {
    const moved = movedFacts(plan.facts, facts);
    if (moved.length === 0) return ok(plan);
    const message = `plan ${plan.planId} no longer holds: ${moved.map(({ sentence }) => sentence).join('; ')}`;
    return err({ ...failure('moved', message), moved });
  });
}

/** The digest covers the content; here it is enough to know that there is one and which format it has. */
function isPlan(value: unknown): value is AnyPlan {
  if (typeof value !== 'object' || value === null) return false;
  const format: unknown = Reflect.get(value, 'formatVersion');
  const texts = ['planId', 'digest', 'createdAt', 'validUntil'].map((name): unknown =>
    Reflect.get(value, name),
  );
  return typeof format === 'string' && /^1\./.test(format) && texts.every((text) => typeof text === 'string');
}

function failure(kind: PlanError['kind'], message: string): PlanError {
  return { kind, message };
}
