/**
 * A person's word for one plan: an Ed25519 signature over the plan's digest, the environment, the ledger and the time
 * until which it holds. It fits no other plan, no other place and no later day.
 */

import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalJson } from './canonical.ts';
import type { Plan } from './plan.ts';
import type { Policy } from './policy.ts';

/** A signature with what it covers. */
export interface Approval {
  readonly by: string;
  readonly plan: string;
  readonly environment: string;
  readonly ledger: string;
  /** ISO. Not later than the plan's own end. */
  readonly expiresAt: string;
  /** Base64. */
  readonly signature: string;
}

/** Signs a plan. For whoever holds the private key: the scanner never does. */
export function approvePlan(plan: Plan, by: string, privateKey: KeyObject): Approval {
  const said = {
    by,
    plan: plan.digest,
    environment: plan.environment,
    ledger: plan.ledger,
    expiresAt: plan.expiresAt,
  };
  return { ...said, signature: sign(null, Buffer.from(canonicalJson(said)), privateKey).toString('base64') };
}

/** The names of those who have truly signed this plan, each once. What does not count is left out. */
export function signersOf(
  plan: Plan,
  approvals: readonly Approval[],
  policy: Policy,
  nowMs: number,
): readonly string[] {
  const names = approvals
    .filter((approval) => fits(plan, approval, nowMs) && isGenuine(approval, policy))
    .map(({ by }) => by);
  return [...new Set(names)];
}

function fits(plan: Plan, approval: Approval, nowMs: number): boolean {
  return (
    approval.plan === plan.digest &&
    approval.environment === plan.environment &&
    approval.ledger === plan.ledger &&
    Date.parse(approval.expiresAt) <= Date.parse(plan.expiresAt) &&
    nowMs < Date.parse(approval.expiresAt)
  );
}

function isGenuine({ signature, ...said }: Approval, { approval: { approvers } }: Policy): boolean {
  const approver = approvers.find(({ name }) => name === said.by);
  if (approver === undefined) return false;
  // Only what a signature is made over: a field more would not be covered by it.
  const { by, plan, environment, ledger, expiresAt } = said;
  const covered = canonicalJson({ by, plan, environment, ledger, expiresAt });
  return verify(
    null,
    Buffer.from(covered),
    createPublicKey(approver.publicKey),
    Buffer.from(signature, 'base64'),
  );
}
