/**
 * How much may go without a person's word. The limits are held against the whole plan before the first item is touched:
 * beyond one of them nothing goes at all, since "the first hundred" of a wrong list are wrong too.
 */

import type { Spending } from '../budget.ts';
import type { Tally } from '../merge/tally.ts';
import type { Amount, Caps, OrphanClass, Policy } from '../policy.ts';

/** What of one class has gone before, as the limits count it. */
export interface GoneBefore {
  /** In the last 24 hours. */
  readonly lastDay: Amount;
  readonly last30Days: Amount;
  /** What other shards take in the same period: one run of them all. */
  readonly besides: Amount;
}

/** What is asked of the limits. */
export interface Blast extends GoneBefore {
  readonly policy: Policy;
  readonly class: OrphanClass;
  readonly items: readonly {
    readonly prefix: string;
    readonly owner?: string | undefined;
    readonly sizeBytes: number;
  }[];
  /** What was stored at the last complete scan. */
  readonly stored: readonly Tally[];
}

/** What the other shards have taken or are about to take, as the budget has it. */
export interface Others {
  readonly spendings: readonly Spending[];
  /** Of the budget, when it was asked; left out where there is none. */
  readonly turn?: number;
}

/** Of these, what was taken of a class since then. */
export function takenSince({ spendings }: Others, orphan: OrphanClass, sinceMs: number): Amount {
  return spendings
    .filter((one) => one.class === orphan && !(one.atMs <= sinceMs))
    .reduce((all, { items, bytes }) => sum(all, { items, bytes }), { items: 0, bytes: 0 });
}

/** A limit that a plan is beyond. */
export interface Excess {
  readonly limit: string;
  readonly message: string;
}

type LimitRule = (blast: Blast, caps: Caps) => string | undefined;

/** The rules by name. */
export const limitRules: Readonly<Record<string, LimitRule>> = {
  'per-run': ({ items, besides }, { run }) => beyond('in one run', sum(amountOf(items), besides), run),
  'per-day': ({ items, lastDay }, { day }) => beyond('in 24 hours', sum(amountOf(items), lastDay), day),
  /** One per cent a week more than is right, each week below every other limit. */
  'per-30-days': ({ items, last30Days }, { thirtyDays }) =>
    beyond('in 30 days', sum(amountOf(items), last30Days), thirtyDays),
  'share-of-all': ({ items, stored }, { share }) =>
    tooMuch('of all', amountOf(items), storedAmount(stored), share.total),
  'share-of-an-owner': ({ items, stored }, { share, shareFromItems }) =>
    firstTooMuch(items, stored, (one) => one.owner ?? '(no owner)', share.owner, shareFromItems),
  'share-of-a-prefix': ({ items, stored }, { share, shareFromItems }) =>
    firstTooMuch(items, stored, (one) => one.prefix, share.prefix, shareFromItems),
};

/** Every limit that these items are beyond. */
export function excessOf(blast: Blast): readonly Excess[] {
  const caps = blast.policy.caps[blast.class];
  if (blast.items.length === 0) return [];
  return Object.entries(limitRules).flatMap(([rule, judge]) => {
    const message = judge(blast, caps);
    return message === undefined ? [] : [{ limit: `${blast.class}/${rule}`, message }];
  });
}

function amountOf(items: readonly { readonly sizeBytes: number }[]): Amount {
  return { items: items.length, bytes: items.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0) };
}

function storedAmount(lines: readonly Tally[]): Amount {
  return lines.reduce((all, { count, bytes }) => sum(all, { items: count, bytes }), { items: 0, bytes: 0 });
}

/** Both together. */
export function sum(a: Amount, b: Amount): Amount {
  return { items: a.items + b.items, bytes: a.bytes + b.bytes };
}

// Written as "not within", so that a size which is no number is beyond every limit.
function beyond(when: string, amount: Amount, cap: Amount): string | undefined {
  if (amount.items <= cap.items && amount.bytes <= cap.bytes) return undefined;
  return `${amount.items} items and ${amount.bytes} bytes ${when}; ${cap.items} and ${cap.bytes} are allowed.`;
}

function tooMuch(what: string, amount: Amount, all: Amount, share: number): string | undefined {
  if (amount.items <= all.items * share && amount.bytes <= all.bytes * share) return undefined;
  return `${amount.items} of ${all.items} items and ${amount.bytes} of ${all.bytes} bytes ${what}; a share of ${share} is allowed.`;
}

function firstTooMuch<T extends { readonly prefix: string; readonly owner?: string | undefined }>(
  items: readonly (T & { readonly sizeBytes: number })[],
  stored: readonly Tally[],
  by: (one: { readonly prefix: string; readonly owner?: string | undefined }) => string,
  share: number,
  fromItems: number,
): string | undefined {
  const all = Map.groupBy(stored, by);
  for (const [name, some] of Map.groupBy(items, by)) {
    if (some.length <= fromItems) continue;
    const found = tooMuch(`of ${name}`, amountOf(some), storedAmount(all.get(name) ?? []), share);
    if (found !== undefined) return found;
  }
  return undefined;
}
