/**
 * Is a scan, whose sides are each believed, plausible beside the last one? A whole answer can still be a wrong one: a
 * tenant's filter, a migration half done, a billing fault that ends every customer at once.
 */

import type { Doubt } from '../doubt.ts';
import type { OwnerId } from '../key.ts';
import type { Baseline } from '../ledger/baseline.ts';
import type { Tally } from '../merge/tally.ts';
import type { Bound, Policy } from '../policy.ts';
import type { RecordedDeletions } from '../statement.ts';

/** What a scan saw, beside what the last complete one saw. */
export interface Comparison {
  readonly policy: Policy;
  /** `undefined` on a first scan, which only records. */
  readonly before: Baseline | undefined;
  readonly inventory: string;
  readonly tallies: Readonly<Record<string, readonly Tally[]>>;
  /** By registry. */
  readonly deletions: Readonly<Record<string, readonly RecordedDeletions[]>>;
  /** What this scanner itself has taken away since. */
  readonly taken: readonly Pick<Tally, 'prefix' | 'kind' | 'owner' | 'count'>[];
  /** Orphans without a row that were stored before the last complete scan and were not orphans in it. */
  readonly vanished: ReadonlyMap<OwnerId | undefined, number>;
  readonly endedOwners: ReadonlyMap<OwnerId, string | undefined>;
  readonly items: number;
  /** Items about which a row, or their own bytes, left a doubt. */
  readonly inDoubt: number;
}

type SanityRule = (comparison: Comparison) => string | undefined;

/** The rules by name. */
export const sanityRules: Readonly<Record<string, SanityRule>> = {
  'shrank-too-much': (comparison) => {
    const found = changes(comparison).find(({ was, is, explained }) =>
      isBeyond(was - is - explained, was, comparison.policy.belief.shrink),
    );
    return found === undefined ? undefined : `${found.what}: ${found.was} before, ${found.is} now.`;
  },

  /** What is said to have gone must have been there: deletions that are recorded twice over explain any loss. */
  'grew-too-much': (comparison) => {
    const found = changes(comparison).find(({ was, is, explained }) =>
      isBeyond(is - was + explained, was, comparison.policy.belief.growth),
    );
    if (found === undefined) return undefined;
    const gone = found.explained === 0 ? '' : `, and ${found.explained} are said to have gone meanwhile`;
    return `${found.what}: ${found.was} before, ${found.is} now${gone}.`;
  },

  /** The pool was exhausted for one tenant only; row-level security hides one. Small tenants are under every bound. */
  'owner-vanished': (comparison) => {
    const found = changes(comparison).find(
      ({ isRegistry, owner, was, is, explained }) =>
        isRegistry && owner !== undefined && is === 0 && was > explained,
    );
    return found === undefined
      ? undefined
      : `${found.what}: all ${found.was} rows are gone, and ${found.explained} deletions are recorded.`;
  },

  /** Rows that a dying registry does not show turn needed items into orphans: each is one that was not one before. */
  'rows-vanished': ({ before, vanished, deletions, policy, items }) => {
    if (before === undefined) return undefined;
    const recorded = Object.values(deletions).flat();
    const unexplained = [...vanished].reduce((sum, [owner, count]) => {
      const known = recorded
        .filter((one) => one.owner === owner)
        .reduce((total, one) => total + one.count, 0);
      return sum + Math.max(0, count - known);
    }, 0);
    return isBeyond(unexplained, items, policy.belief.vanished)
      ? `${unexplained} items have lost their row since the last complete scan, and nobody recorded a deletion.`
      : undefined;
  },

  'too-many-owners-ended': ({ before, endedOwners, policy }) => {
    if (before === undefined) return undefined;
    const fresh = [...endedOwners.keys()].filter((owner) => !before.endedOwners.has(owner));
    return fresh.length > policy.ownerEnded.newOwners
      ? `${fresh.length} owners have ended since the last complete scan, ${fresh[0]} among them; ${policy.ownerEnded.newOwners} are plausible.`
      : undefined;
  },

  /** Denied, timed out, no text, no field: each is one item in doubt, and many of them are a fault. */
  'too-much-in-doubt': ({ items, inDoubt, policy }) =>
    inDoubt > items * policy.belief.unknownShare
      ? `${inDoubt} of ${items} items are in doubt; a share of ${policy.belief.unknownShare} is allowed.`
      : undefined,
};

/** All that speaks against a scan. */
export function implausible(comparison: Comparison): readonly Doubt[] {
  return Object.entries(sanityRules).flatMap(([rule, judge]) => {
    const message = judge(comparison);
    return message === undefined ? [] : [{ rule, message }];
  });
}

interface Change {
  readonly what: string;
  readonly isRegistry: boolean;
  readonly owner: OwnerId | undefined;
  readonly was: number;
  readonly is: number;
  readonly explained: number;
}

/** Every line of the last scan, and sums of them by prefix and kind and by kind, beside the same of this one. */
function changes(comparison: Comparison): readonly Change[] {
  const { before, tallies, inventory } = comparison;
  if (before === undefined) return [];
  return Object.entries(before.tallies).flatMap(([side, lines]) => {
    const isRegistry = side !== inventory;
    const now = sums(tallies[side] ?? []);
    return [...sums(lines)].map(([name, was]) => ({
      what: `${side}, ${was.what}`,
      isRegistry,
      owner: was.owner,
      was: was.count,
      is: now.get(name)?.count ?? 0,
      explained: isRegistry ? recordedFor(comparison, side, was) : takenFrom(comparison, was),
    }));
  });
}

interface Sum {
  readonly what: string;
  readonly kind: string;
  readonly prefix: string | undefined;
  readonly owner: OwnerId | undefined;
  /** A sum of all owners, and not of those whose owner nobody knows. */
  readonly isOfAll: boolean;
  count: number;
}

function sums(lines: readonly Tally[]): ReadonlyMap<string, Sum> {
  const found = new Map<string, Sum>();
  const add = (sum: Omit<Sum, 'count'>, count: number): void => {
    const name = JSON.stringify([sum.prefix, sum.kind, sum.isOfAll ? 'all' : [sum.owner]]);
    const known = found.get(name);
    if (known === undefined) found.set(name, { ...sum, count });
    else known.count += count;
  };
  for (const { prefix, kind, owner, count } of lines) {
    const whose = owner ?? 'no owner';
    add({ what: `${kind} of ${whose} under ${prefix}`, kind, prefix, owner, isOfAll: false }, count);
    add({ what: `${kind} under ${prefix}`, kind, prefix, owner: undefined, isOfAll: true }, count);
    add({ what: `${kind}`, kind, prefix: undefined, owner: undefined, isOfAll: true }, count);
  }
  return found;
}

function recordedFor({ deletions }: Comparison, side: string, { kind, owner, isOfAll }: Sum): number {
  return (deletions[side] ?? [])
    .filter((one) => one.kind === kind && (isOfAll || one.owner === owner))
    .reduce((sum, { count }) => sum + count, 0);
}

function takenFrom({ taken }: Comparison, { kind, prefix, owner, isOfAll }: Sum): number {
  return taken
    .filter((one) => one.kind === kind && (prefix === undefined || one.prefix === prefix))
    .filter((one) => isOfAll || one.owner === owner)
    .reduce((sum, { count }) => sum + count, 0);
}

function isBeyond(change: number, was: number, { rows, share }: Bound): boolean {
  return change > rows && change > was * share;
}
