/**
 * The last look at one item, a moment before it is touched: what every registry says now, what the store says now, who
 * holds it and who uses it. It comes after everything else, so no other way leads past it.
 */

import type { Reference } from '../entry.ts';
import type { Looked } from '../item.ts';
import type { Flag } from '../ledger/flag.ts';
import type { PlanItem } from '../plan.ts';
import type { Policy } from '../policy.ts';

/** All that was just read about one item. */
export interface LastLook {
  readonly item: PlanItem;
  readonly policy: Policy;
  /** By registry; one that gave no answer for the key is left out. */
  readonly references: Readonly<Record<string, Reference>>;
  readonly looked: Looked;
  /** The flag as it stands now. */
  readonly flag: Flag | undefined;
  readonly storeNowMs: number;
}

type LastRule = (look: LastLook) => string | undefined;

/** Something turned out to be needed: the plan rests on a wrong premise, and the whole sweep stops. */
export const stopRules: Readonly<Record<string, LastRule>> = {
  'became-needed': ({ item, references }) => {
    const found = Object.entries(references).find(([, { verdict }]) => verdict === 'needed');
    return found === undefined ? undefined : `${item.key} is needed: ${found[0]} says so.`;
  },

  'every-registry-spoke': ({ item, policy, references }) => {
    const silent = (policy.references[item.kind] ?? []).find((name) => references[name] === undefined);
    return silent === undefined ? undefined : `${silent} did not answer for ${item.key}.`;
  },

  'no-registry-in-doubt': ({ item, references }) => {
    const found = Object.entries(references).find(([, { verdict }]) => verdict === 'unknown');
    return found === undefined ? undefined : `${found[0]} cannot tell about ${item.key}.`;
  },
};

/** Something about this one item: it stays, and the sweep goes on. */
export const stayRules: Readonly<Record<string, LastRule>> = {
  'still-there': ({ looked }) => (looked.found === 'yes' ? undefined : 'The store does not show it now.'),

  'same-version': ({ item, looked }) =>
    looked.found === 'yes' && looked.version === item.version ? undefined : 'Its content is another one now.',

  'same-owner': ({ item, looked }) =>
    looked.found === 'yes' && (looked.owner ?? item.owner) === item.owner && looked.kind === item.kind
      ? undefined
      : 'It belongs to somebody else now.',

  'same-class': ({ item, references }) => {
    const isEnded = Object.values(references).some(
      (one) => one.verdict === 'not-needed' && one.entry !== undefined,
    );
    return isEnded === (item.class === 'owner-ended') ? undefined : 'It is an orphan of another class now.';
  },

  'still-flagged': ({ item, flag }) =>
    flag !== undefined && flag.version === item.version && flag.class === item.class
      ? undefined
      : 'A later scan has cleared it.',

  'owner-still-ended': ({ item, policy, references, storeNowMs }) => {
    if (item.class !== 'owner-ended') return undefined;
    const isLongAgo = Object.values(references).every((one) => {
      const entry = one.verdict === 'not-needed' ? one.entry : undefined;
      if (entry === undefined) return true;
      const endedMs = Date.parse(entry.endedAt ?? '');
      return entry.state === 'owner-ended' && storeNowMs - endedMs >= policy.ownerEnded.graceMs;
    });
    return isLongAgo ? undefined : 'Its owner ended less than the grace ago.';
  },

  /** Referred to again and let go between two scans: no scan has seen it, and its grace begins anew all the same. */
  'not-needed-for-long': ({ references, policy, storeNowMs }) => {
    const until = Object.values(references)
      .flatMap((one) =>
        one.verdict === 'not-needed' && one.neededUntil !== undefined ? [one.neededUntil] : [],
      )
      .find((at) => !(storeNowMs - Date.parse(at) >= policy.scans.graceMs));
    return until === undefined ? undefined : `It was needed until ${until}, less than the grace ago.`;
  },

  'not-in-use': ({ references }) => {
    const user = Object.values(references)
      .map((one) => (one.verdict === 'not-needed' ? one.inUseBy : undefined))
      .find((by) => by !== undefined);
    return user === undefined ? undefined : `${user} uses it now.`;
  },

  'nothing-depends-on-it': ({ looked }) =>
    looked.found === 'yes' && looked.dependants !== 'unknown' && looked.dependants.length === 0
      ? undefined
      : 'Other things depend on it, or nobody can tell.',

  'says-whose-it-is': ({ looked, policy }) => {
    const environment = looked.found === 'yes' ? looked.environment : undefined;
    if (environment === policy.environment) return undefined;
    return environment === undefined && policy.selfDescription === 'not-used'
      ? undefined
      : `It does not say of itself that it belongs to ${policy.environment}.`;
  },

  'old-enough-now': ({ looked, policy, storeNowMs }) =>
    looked.found === 'yes' && storeNowMs - Date.parse(looked.modifiedAt) >= policy.scans.minAgeMs
      ? undefined
      : 'It is too young.',
};

/** Holds, asked last of all and again at the call itself. A hold that cannot be read is a hold. */
export const holdRules: Readonly<Record<string, LastRule>> = {
  'no-hold-in-the-store': ({ looked }) =>
    looked.found === 'yes' && looked.hold === 'none' ? undefined : 'The store holds it, or nobody can tell.',

  'no-hold-in-a-registry': ({ references }) =>
    Object.values(references).every((one) => one.verdict !== 'unknown' && one.hold === 'none')
      ? undefined
      : 'A registry holds it, or cannot tell.',
};

/** What the rules say to one item: the first reason to stop everything, else the reasons for which it stays. */
export function judgeLastLook(look: LastLook): {
  readonly stop: { readonly rule: string; readonly message: string } | undefined;
  readonly stay: Readonly<Record<string, string>>;
} {
  const said = (rules: Readonly<Record<string, LastRule>>) =>
    Object.entries(rules).flatMap(([rule, judge]) => {
      const message = judge(look);
      return message === undefined ? [] : [{ rule, message }];
    });
  const reasons = [...said(stayRules), ...said(holdRules)];
  return {
    stop: said(stopRules)[0],
    stay: Object.fromEntries(reasons.map(({ rule, message }) => [rule, message])),
  };
}
