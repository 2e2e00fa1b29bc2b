/**
 * When may a flagged item go into a plan? Each rule gives its reason to wait in words that also say what would change
 * it. An item goes only where no rule has one.
 */

import type { OwnerId } from '../key.ts';
import type { Flag } from '../ledger/flag.ts';
import type { Policy } from '../policy.ts';

/** What the rules know beside the flag itself. */
export interface Ripeness {
  readonly policy: Policy;
  /** The store's own time. */
  readonly storeNowMs: number;
  /** Complete scans, oldest first, by the store's clock. */
  readonly scans: readonly { readonly number: number; readonly storeAtMs: number }[];
  /** Owners of whom some registry has shown a row. */
  readonly knownOwners: ReadonlySet<OwnerId>;
  readonly ownersWithMissing: ReadonlySet<OwnerId | undefined>;
}

type RipeRule = (flag: Flag, known: Ripeness) => string | undefined;

/** The rules by name. */
export const ripeRules: Readonly<Record<string, RipeRule>> = {
  'kind-is-scanned': ({ kind }, { policy }) =>
    policy.scope.kinds.includes(kind) ? undefined : `Nobody knows who refers to a ${kind}.`,

  'enough-scans': (flag, known) => {
    const { count } = known.policy.scans;
    const seen = sightings(flag, known).length;
    const times = `${seen} complete ${seen === 1 ? 'scan' : 'scans'}`;
    return seen >= count ? undefined : `Seen as an orphan in ${times} of ${count}.`;
  },

  /** By time as well as by count, and spread out: one jump of all clocks cannot make two scans a week. */
  'over-the-grace-period': (flag, known) => {
    const { count, graceMs } = known.policy.scans;
    const seen = sightings(flag, known);
    const [first, last] = [seen[0] ?? 0, seen.at(-1) ?? 0];
    if (last - first < graceMs) {
      const soFar = last === first ? 'which has just begun' : `for ${days(last - first)} so far`;
      return `In its grace period of ${days(graceMs)}, ${soFar}.`;
    }
    const apartMs = graceMs / (2 * (count - 1));
    return spread(seen, apartMs) >= count
      ? undefined
      : `Its ${seen.length} sightings are too close together.`;
  },

  /** An upload that takes longer than a scan; an archive that is written before its row. */
  'old-enough': ({ modifiedAt }, { policy, storeNowMs }) => {
    const modifiedMs = Date.parse(modifiedAt);
    if (Number.isNaN(modifiedMs)) return 'The store does not say when it was written.';
    if (modifiedMs > storeNowMs) return `It was written in the future, by the store's own clock.`;
    return storeNowMs - modifiedMs >= policy.scans.minAgeMs
      ? undefined
      : `Younger than ${days(policy.scans.minAgeMs)}.`;
  },

  /** From another environment, whatever this registry says: it is not ours. */
  'of-this-environment': ({ environment }, { policy }) =>
    environment === undefined || environment === policy.environment
      ? undefined
      : `It says that it belongs to ${environment}.`,

  /** Row-level security hides a tenant from the first day on: no row of an owner is no evidence about the owner. */
  'owner-is-known': ({ owner }, { policy, knownOwners }) =>
    policy.unknownOwners === 'flag' || (owner !== undefined && knownOwners.has(owner))
      ? undefined
      : `No registry shows anything of its owner ${owner ?? '(none)'}: the policy keeps such items (unknownOwners).`,

  /** Where needed items are gone, something is wrong with this owner, and nobody knows yet what. */
  'owner-has-all': ({ owner }, { ownersWithMissing }) => {
    if (!mayBeMissing(owner, ownersWithMissing)) return undefined;
    return owner !== undefined && ownersWithMissing.has(owner)
      ? `Needed items of ${owner} are not stored.`
      : 'Needed items are not stored, and they may be of its owner.';
  },

  'owner-ended-long-ago': (flag, { policy, storeNowMs }) => {
    if (flag.class !== 'owner-ended') return undefined;
    const endedMs = flag.endedAt === undefined ? Number.NaN : Date.parse(flag.endedAt);
    if (Number.isNaN(endedMs)) return 'The registry does not say when its owner ended.';
    return storeNowMs - endedMs >= policy.ownerEnded.graceMs
      ? undefined
      : `Its owner ended at ${flag.endedAt}; the grace is ${days(policy.ownerEnded.graceMs)}.`;
  },
};

/** Why an item waits, by rule; empty where it may go. */
export function reasonsToWait(flag: Flag, known: Ripeness): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(ripeRules).flatMap(([rule, judge]) => {
      const reason = judge(flag, known);
      return reason === undefined ? [] : [[rule, reason]];
    }),
  );
}

/**
 * May this owner have needed items that are not stored? What nobody knows the owner of may be anybody's, on either side:
 * a key that is written in another way in the registry is missing there and an orphan here.
 */
export function mayBeMissing(
  owner: OwnerId | undefined,
  ownersWithMissing: ReadonlySet<OwnerId | undefined>,
): boolean {
  if (ownersWithMissing.has(owner) || ownersWithMissing.has(undefined)) return true;
  return owner === undefined && ownersWithMissing.size > 0;
}

/** When it was seen, within twice the grace period: what is older no longer counts. */
function sightings({ firstScan }: Flag, { scans, policy, storeNowMs }: Ripeness): readonly number[] {
  const sinceMs = storeNowMs - 2 * policy.scans.graceMs;
  return (
    scans
      .filter(({ number }) => number >= firstScan)
      // A scan of the future was made while the store's clock was wrong.
      .filter(({ storeAtMs }) => storeAtMs >= sinceMs && storeAtMs <= storeNowMs)
      .map(({ storeAtMs }) => storeAtMs)
  );
}

/** The most sightings of which each is so long after the one before. */
function spread(seen: readonly number[], apartMs: number): number {
  let count = 0;
  let next = Number.NEGATIVE_INFINITY;
  for (const atMs of seen) {
    if (atMs < next) continue;
    count += 1;
    next = atMs + apartMs;
  }
  return count;
}

function days(ms: number): string {
  const units = [
    [86_400_000, 'days'],
    [3_600_000, 'hours'],
    [60_000, 'minutes'],
  ] as const;
  const [size, unit] = units.find(([least]) => ms >= least) ?? [1_000, 'seconds'];
  return `${Number((ms / size).toFixed(1))} ${unit}`;
}
