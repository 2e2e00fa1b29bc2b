/**
 * A plan for the person who is asked about it: what would go, whose, why, what waits, and how to stop it.
 */

import type { Plan } from './plan.ts';
import { inMiB } from './scan/report.ts';

const itemsShown = 20;

/** The plan in words. At most twenty items are named; the plan's own file has them all. */
export function planText(plan: Plan): string {
  const { items, totals, excess, signatures, staying } = plan;
  const head =
    items.length === 0
      ? [`Nothing would go (scan ${plan.scan} of ${plan.store}, ${plan.environment}).`]
      : [
          `${totals.items} items of ${totals.owners} owners, ${inMiB(totals.bytes)}, would go into quarantine (scan ${plan.scan} of ${plan.store}, ${plan.environment}).`,
          `Plan ${plan.digest}, made at ${plan.madeAt}, good until ${plan.expiresAt}.`,
        ];
  const named = items
    .slice(0, itemsShown)
    .flatMap(({ key, owner, sizeBytes, why }) => [
      `  ${key} (${owner ?? 'no owner'}, ${inMiB(sizeBytes)})`,
      `    ${why}`,
    ]);
  const more = items.length > itemsShown ? [`  and ${items.length - itemsShown} more`] : [];
  const limits = excess.map(({ limit, message }) => `  ${limit}: ${message}`);
  const waits = staying.flatMap(({ rule, count, examples }) => [
    `  ${count} by ${rule}, such as ${examples[0]?.key}: ${examples[0]?.why}`,
  ]);
  return [
    ...head,
    ...named,
    ...more,
    ...(limits.length === 0
      ? []
      : [`Beyond its limits; nothing goes without ${signatures} signatures over this digest:`, ...limits]),
    ...(waits.length === 0 ? [] : ['What stays for now:', ...waits]),
    ...(items.length === 0
      ? []
      : [
          'To stop it: do not sweep, open the breaker (belay breaker open), put a hold on an item, or give it an entry.',
        ]),
  ].join('\n');
}
