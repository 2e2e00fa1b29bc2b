/**
 * What the store has against the removal of single items, as things are now: locks, things that depend on them, another
 * content than the one that was judged. For a person who reads a plan; a sweep asks all of it again at its last look, and
 * every registry besides.
 */

import { ok, safeTry } from 'neverthrow';
import type { Call, SideResult } from './call.ts';
import { guarded } from './guarded.ts';
import type { Looked } from './item.ts';
import type { ItemKey } from './key.ts';
import type { Engine } from './options.ts';
import type { PlanItem } from './plan.ts';
import { stayRules } from './rules/just-before.ts';
import { storeTime } from './store-time.ts';
import { looksIn } from './sweep/answers.ts';

/** The keys that would stay if they were to go now, each with its reasons in sentences. */
export type Obstacles = ReadonlyMap<ItemKey, readonly string[]>;

/** So many keys are asked for at once. */
const batchKeys = 100;

/** Looks at these items. Nothing is changed, and a store that cannot be asked is an error. */
export function obstaclesTo(engine: Engine, items: readonly PlanItem[], call: Call): SideResult<Obstacles> {
  const { inventory, policy } = engine;
  return safeTry(async function* () {
    const obstacles = new Map<ItemKey, readonly string[]>();
    if (items.length === 0) return ok(obstacles);
    const storeNowMs = yield* storeTime(engine, call);
    for (let start = 0; start < items.length; start += batchKeys) {
      const some = items.slice(start, start + batchKeys);
      const keys = some.map(({ key }) => key);
      const looked = looksIn(yield* guarded(inventory.name, () => inventory.look(keys, call), call));
      for (const item of some) {
        const reasons = reasonsAgainst(item, looked.get(item.key), policy, storeNowMs);
        if (reasons.length > 0) obstacles.set(item.key, reasons);
      }
    }
    return ok(obstacles);
  });
}

/** Those of the last look's rules that ask the store alone, beside locks and dependants. */
const storeRules: readonly string[] = ['same-version', 'same-owner', 'says-whose-it-is', 'old-enough-now'];

function reasonsAgainst(
  item: PlanItem,
  looked: Looked | undefined,
  policy: Engine['policy'],
  storeNowMs: number,
): readonly string[] {
  if (looked === undefined) return ['The store gave no answer for it.'];
  if (looked.found === 'unknown') return [`The store cannot tell about it: ${looked.why}.`];
  if (looked.found === 'no') return ['The store does not show it now.'];
  const look = { item, policy, references: {}, looked, flag: undefined, storeNowMs };
  const others = storeRules.map((rule) => stayRules[rule]?.(look));
  return [lockOn(looked), useOf(looked), ...others].filter((reason) => reason !== undefined);
}

function lockOn({ hold }: Looked & { readonly found: 'yes' }): string | undefined {
  if (hold === 'none') return undefined;
  return hold === 'held'
    ? 'The store holds it: a lock, or a hold.'
    : 'Nobody can tell whether the store locks it, so it counts as locked.';
}

function useOf({ dependants }: Looked & { readonly found: 'yes' }): string | undefined {
  if (dependants === 'unknown') return 'Nobody can tell what depends on it.';
  const [first, ...others] = dependants;
  if (first === undefined) return undefined;
  return others.length === 0 ? `${first} depends on it.` : `${first} and ${others.length} more depend on it.`;
}
