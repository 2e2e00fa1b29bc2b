// Whose signature counts: over exactly this plan, from here, not run out, and by somebody whom the policy names. Each
// approval here is signed truly; what is wrong is the one thing that it was signed over.

import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Approval, approvePlan, signersOf } from '../src/approval.ts';
import { type Plan, sealPlan } from '../src/plan.ts';
import { policyOf } from '../src/policy.ts';
import { dayMs, plainPolicy } from './world.ts';

const now = Date.UTC(2026, 0, 31);
const iso = (ms: number) => new Date(ms).toISOString();
const people = Object.fromEntries(
  ['ann', 'bob', 'eve'].map((name) => [name, generateKeyPairSync('ed25519')] as const),
);
const keyOf = (name: string) => {
  const pair = people[name];
  if (pair === undefined) throw new Error(`nobody is called ${name}`);
  return pair;
};
const policy = policyOf({
  ...plainPolicy(),
  approval: {
    ...plainPolicy().approval,
    approvers: ['ann', 'bob'].map((name) => ({
      name,
      publicKey: keyOf(name).publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    })),
  },
})._unsafeUnwrap();
const plan: Plan = sealPlan({
  environment: 'production',
  ledger: 'ledger-1',
  store: 'backups',
  scan: 9,
  madeAt: iso(now - dayMs),
  expiresAt: iso(now + dayMs),
  items: [],
  totals: { items: 0, bytes: 0, owners: 0 },
  excess: [],
  signatures: 1,
  staying: [],
});

/** What a person signs who is shown the plan with this changed. */
const signed = (by: string, change: Partial<Plan> = {}, hand = by): Approval =>
  approvePlan({ ...plan, ...change }, by, keyOf(hand).privateKey);
const counting = (...approvals: readonly Approval[]) => signersOf(plan, approvals, policy, now);

test('a true signature counts, and each person once', () => {
  expect(counting(signed('ann'))).toEqual(['ann']);
  expect(counting(signed('ann'), signed('bob'), signed('ann'))).toEqual(['ann', 'bob']);
  expect(counting()).toEqual([]);
});

test('one over another plan, environment or ledger does not, however truly it is signed', () => {
  for (const change of [{ digest: 'f'.repeat(64) }, { environment: 'staging' }, { ledger: 'ledger-2' }]) {
    expect(counting(signed('ann', change)), JSON.stringify(change)).toEqual([]);
  }
});

test('one may end sooner than the plan, never later, and counts until its last moment', () => {
  expect(counting(signed('ann', { expiresAt: iso(now + 1) }))).toEqual(['ann']);
  expect(counting(signed('ann', { expiresAt: iso(now) }))).toEqual([]);
  expect(counting(signed('ann', { expiresAt: iso(now + dayMs + 1) }))).toEqual([]);
  expect(counting(signed('ann', { expiresAt: 'never' }))).toEqual([]);
});

test('one by somebody whom the policy does not name, or by another hand than the name says, does not', () => {
  expect(counting(signed('eve'))).toEqual([]);
  expect(counting(signed('ann', {}, 'bob'))).toEqual([]);
  expect(counting({ ...signed('ann'), by: 'bob' })).toEqual([]);
});

test('a signature covers every field that is asked for: none can be changed afterwards', () => {
  const late = signed('ann', { expiresAt: iso(now - 1) });
  expect(counting({ ...late, expiresAt: plan.expiresAt })).toEqual([]);
  const elsewhere = signed('ann', { environment: 'staging' });
  expect(counting({ ...elsewhere, environment: 'production' })).toEqual([]);
  const other = signed('ann', { ledger: 'ledger-2' });
  expect(counting({ ...other, ledger: 'ledger-1' })).toEqual([]);
  const digest = signed('ann', { digest: 'f'.repeat(64) });
  expect(counting({ ...digest, plan: plan.digest })).toEqual([]);
  expect(counting({ ...signed('ann'), signature: '' })).toEqual([]);
});
