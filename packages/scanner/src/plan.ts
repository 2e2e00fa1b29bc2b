/**
 * A plan: exactly which items would go, why each of them, and how far beyond the limits that is. It is plain data with
 * a digest; a sweep takes this value, never a query, and may only do less than it says.
 */

import { digestOf } from './canonical.ts';
import type { ItemKey, ItemKind, KeyPrefix, OwnerId } from './key.ts';
import type { OrphanClass } from './policy.ts';
import type { Excess } from './rules/limits.ts';

/** One item that would go. */
export interface PlanItem {
  readonly key: ItemKey;
  readonly kind: ItemKind;
  readonly owner?: OwnerId | undefined;
  readonly prefix: KeyPrefix;
  readonly class: OrphanClass;
  readonly version: string;
  readonly sizeBytes: number;
  readonly modifiedAt: string;
  readonly verified: boolean;
  /** The numbers of the complete scans that saw it as an orphan, first and last, and how many. */
  readonly seen: { readonly firstScan: number; readonly lastScan: number; readonly scans: number };
  /** In one sentence. */
  readonly why: string;
}

/** Items that stay for now, by the rule that keeps them. */
export interface Staying {
  readonly rule: string;
  readonly count: number;
  readonly bytes: number;
  /** Up to five of them, with the rule's own words. */
  readonly examples: readonly { readonly key: string; readonly why: string }[];
}

/** The whole of it. */
export interface Plan {
  /** Over all other fields. */
  readonly digest: string;
  readonly environment: string;
  readonly ledger: string;
  readonly store: string;
  /** The number of the complete scan that it rests on. */
  readonly scan: number;
  /** By the store's clock. ISO. */
  readonly madeAt: string;
  readonly expiresAt: string;
  /** In ascending order of their keys. */
  readonly items: readonly PlanItem[];
  readonly totals: { readonly items: number; readonly bytes: number; readonly owners: number };
  /** What stands against it without a signature. */
  readonly excess: readonly Excess[];
  /** How many people must sign: none where it is within all limits. */
  readonly signatures: 0 | 1 | 2;
  readonly staying: readonly Staying[];
}

/** Puts the digest on a plan. */
export function sealPlan(plan: Omit<Plan, 'digest'>): Plan {
  return { ...plan, digest: planDigest(plan) };
}

/** The digest that a plan should have. */
export function planDigest(plan: Omit<Plan, 'digest'> & { readonly digest?: string }): string {
  const { digest: _, ...rest } = plan;
  return digestOf(rest);
}
