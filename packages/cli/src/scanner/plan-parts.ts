/** Parts of a plan for people that more than one report has: whose it is, and what stays and why. Pure. */

import type { Plan, PlanItem } from '@belay/scanner';
import { counted, inBytes } from './amount.ts';
import type { Writer } from './labelled.ts';

/** One owner's part of a plan. */
export interface OwnerPart {
  readonly owner: string;
  readonly count: number;
  readonly bytes: number;
}

/** What people read where an item belongs to nobody. */
export const nobody = '(no owner)';

/** By owner, the largest part first. */
export function ownersOf(items: readonly PlanItem[]): readonly OwnerPart[] {
  return partsBy(items, ({ owner }) => owner ?? nobody).map(({ name, ...part }) => ({
    owner: name,
    ...part,
  }));
}

/** By whatever, the largest part first. */
export function partsBy(
  items: readonly PlanItem[],
  by: (item: PlanItem) => string,
): readonly { readonly name: string; readonly count: number; readonly bytes: number }[] {
  return [...Map.groupBy(items, by)]
    .map(([name, some]) => ({
      name,
      count: some.length,
      bytes: some.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    }))
    .sort((a, b) => b.bytes - a.bytes || b.count - a.count || (a.name < b.name ? -1 : 1));
}

/** `12 items, 3.0 GiB`. */
export function amountOf(count: number, bytes: number): string {
  return `${counted(count, 'item')}, ${inBytes(bytes)}`;
}

/** What stays for now, by the rule that keeps it, with an example in the rule's own words. */
export function stayingLines(staying: Plan['staying'], on: Writer): readonly string[] {
  return staying.flatMap(({ rule, count, bytes, examples: [one] }, i) => [
    ...on.entry(i === 0 ? 'Stays' : '', `${amountOf(count, bytes)}, by ${rule}`),
    ...(one === undefined ? [] : [...on.block('', [`such as ${one.key}`]), ...on.entry('', one.why)]),
  ]);
}
