/** How much of each limit of a policy a plan would use, with what went before. Pure. */

import {
  type AllGone,
  type Amount,
  type OrphanClass,
  orphanClasses,
  type PlanItem,
  type Policy,
  type Tally,
} from '@belay/scanner';
import { nobody } from './plan-parts.ts';

/** What the limits are held against. */
export interface Against {
  readonly caps: Policy['caps'];
  /** What went before, of all scopes that share a budget. */
  readonly before: AllGone;
  /** What was stored at the last complete scan. */
  readonly stored: readonly Tally[];
}

/** One limit. */
export interface LimitUse {
  readonly name: string;
  readonly used: Amount;
  readonly cap: Amount;
  /** The larger share of the two: 1 is the limit. */
  readonly share: number;
}

/** Of each class that the plan has something of: every limit; of owners and prefixes the one that is nearest to its. */
export function limitUses(items: readonly PlanItem[], against: Against): readonly LimitUse[] {
  return orphanClasses.flatMap((orphan) => {
    const mine = items.filter((item) => item.class === orphan);
    return mine.length === 0 ? [] : usesOf(orphan, mine, against);
  });
}

function usesOf(
  orphan: OrphanClass,
  items: readonly PlanItem[],
  { caps, before, stored }: Against,
): readonly LimitUse[] {
  const { run, day, thirtyDays, share, shareFromItems } = caps[orphan];
  const now = amountOf(items);
  const gone = before.byClass[orphan];
  const all = storedAmount(stored);
  return [
    useOf(`${orphan}, one run`, plus(now, gone.besides), run),
    useOf(`${orphan}, 24 hours`, plus(now, gone.lastDay), day),
    useOf(`${orphan}, 30 days`, plus(now, gone.last30Days), thirtyDays),
    useOf(`${orphan}, of all`, now, times(all, share.total)),
    ...nearest(items, stored, ({ owner }) => owner ?? nobody, share.owner, shareFromItems, orphan),
    ...nearest(items, stored, ({ prefix }) => prefix, share.prefix, shareFromItems, orphan),
  ];
}

/** The owner, or the prefix, that comes nearest to its share; none where so few items go that shares are not asked. */
function nearest(
  items: readonly PlanItem[],
  stored: readonly Tally[],
  by: (one: { readonly owner?: string | undefined; readonly prefix: string }) => string,
  share: number,
  fromItems: number,
  orphan: OrphanClass,
): readonly LimitUse[] {
  const there = Map.groupBy(stored, by);
  const uses = [...Map.groupBy(items, by)]
    .filter(([, some]) => some.length > fromItems)
    .map(([name, some]) =>
      useOf(`${orphan}, of ${name}`, amountOf(some), times(storedAmount(there.get(name) ?? []), share)),
    );
  return uses.sort((a, b) => b.share - a.share).slice(0, 1);
}

function useOf(name: string, used: Amount, cap: Amount): LimitUse {
  return { name, used, cap, share: Math.max(used.items / cap.items, used.bytes / cap.bytes) };
}

function amountOf(items: readonly PlanItem[]): Amount {
  return { items: items.length, bytes: items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}

function storedAmount(lines: readonly Tally[]): Amount {
  return lines.reduce((all, { count, bytes }) => plus(all, { items: count, bytes }), { items: 0, bytes: 0 });
}

function plus(a: Amount, b: Amount): Amount {
  return { items: a.items + b.items, bytes: a.bytes + b.bytes };
}

function times({ items, bytes }: Amount, share: number): Amount {
  return { items: Math.floor(items * share), bytes: Math.floor(bytes * share) };
}
