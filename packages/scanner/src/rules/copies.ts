/**
 * Never the last copies that are proved to be restorable, whatever else says that they may go: so many stay with each
 * owner and kind. An item that would take an owner below that waits.
 */

import type { Tally } from '../merge/tally.ts';
import type { Policy } from '../policy.ts';

/** An item that would go. */
export interface Leaving {
  readonly kind: string;
  readonly owner?: string | undefined;
  readonly verified: boolean;
  readonly class: 'no-entry' | 'owner-ended';
}

/** Splits items into those that may go and those that stay for this reason. The order is kept. */
export function sparingLastCopies<T extends Leaving>(
  items: readonly T[],
  stored: readonly Tally[],
  policy: Policy,
): { readonly go: readonly T[]; readonly stay: readonly T[] } {
  const left = new Map<string, number>();
  for (const { kind, owner, verified } of stored) {
    left.set(nameOf(kind, owner), (left.get(nameOf(kind, owner)) ?? 0) + verified);
  }
  const go: T[] = [];
  const stay: T[] = [];
  for (const item of items) {
    const name = nameOf(item.kind, item.owner);
    const after = (left.get(name) ?? 0) - (item.verified ? 1 : 0);
    if (after < keptOf(item, policy)) {
      stay.push(item);
    } else {
      left.set(name, after);
      go.push(item);
    }
  }
  return { go, stay };
}

function keptOf({ kind, class: orphan }: Leaving, { copies }: Policy): number {
  const kept = copies[kind];
  // A kind that the policy does not name keeps all that it has.
  if (kept === undefined) return Number.POSITIVE_INFINITY;
  return orphan === 'owner-ended' ? kept.ended : kept.active;
}

function nameOf(kind: string, owner: string | undefined): string {
  return JSON.stringify([kind, owner ?? null]);
}
