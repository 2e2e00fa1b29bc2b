// A registry that lies about its rows: in its listing alone, or in every answer alike, so that no question finds it out.

import type { Reference, RegistryEntry } from '../src/entry.ts';
import type { Registry } from '../src/registry.ts';
import type { SideStatement } from '../src/statement.ts';
import { otherEntries } from './lies.ts';
import { type World, type WorldOptions, world } from './world.ts';

export type Rows = readonly RegistryEntry[];
type Change = (rows: Rows) => Rows;
type Say = (statement: SideStatement) => Partial<SideStatement>;
/** What a lie puts in the place of a registry's verbs. */
export type Lie = (honest: Registry, one: World) => Partial<Registry>;

/** Changes every row that is no canary, and puts all in order; `undefined` leaves a row out. */
export function each(change: (row: RegistryEntry, n: number) => RegistryEntry | undefined): Change {
  return (rows) =>
    rows
      .flatMap((row, n) => {
        const told = row.canaryNonce === undefined ? change(row, n) : row;
        return told === undefined ? [] : [told];
      })
      .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}

/** Lies in the listing alone. */
export function listing(change: Change, say?: Say): Lie {
  return (honest) => ({ read: (ask) => otherEntries(honest.read(ask), change, say) });
}

/** Lies in the listing and in every look: a row that the listing does not show is not there at all. */
export function everywhere(change: Change, say?: Say): Lie {
  return (honest, one) => {
    const asShown = (all: readonly Reference[]): readonly Reference[] => {
      const rows = new Map(change(one.registry.rows()).map((row) => [row.key, row]));
      return all.map((said) => {
        const row = rows.get(said.key);
        if (row === undefined) return { key: said.key, verdict: 'not-needed', hold: 'none' };
        if (row.state !== 'owner-ended') return said;
        return { key: said.key, verdict: 'not-needed', hold: 'none', entry: row };
      });
    };
    return {
      ...listing(change, say)(honest, one),
      lookUp: (keys, call) => honest.lookUp(keys, call).map(asShown),
      claim: (keys, request) => honest.claim(keys, request).map(asShown),
    };
  };
}

/** A world whose registry can begin to lie. */
export function worldWithLiar(
  lie: Lie,
  options: Pick<WorldOptions, 'policy' | 'inventory'> = {},
): { readonly one: World; lieFrom(): void } {
  let isLying = false;
  const one: World = world({
    ...options,
    registry: (honest) =>
      new Proxy(honest, {
        get: (target, name) => Reflect.get(isLying ? { ...target, ...lie(target, one) } : target, name),
      }),
  });
  return {
    one,
    lieFrom() {
      isLying = true;
    },
  };
}

/** What speaks against the first scan of a lie that begins after some honest ones. Nothing may have changed by it. */
export async function doubtsUnder(lie: Lie): Promise<readonly string[]> {
  const { one, lieFrom } = worldWithLiar(lie);
  await one.days(3);
  const before = (await one.scanner.review())._unsafeUnwrap();
  lieFrom();
  one.clock.pass(24 * 3_600_000);
  const scan = (await one.scanner.scan())._unsafeUnwrap();
  const now = (await one.scanner.review())._unsafeUnwrap();
  if (scan.outcome === 'complete') return [];
  if (now.items.length !== before.items.length || now.scan !== before.scan) return ['it changed the plan'];
  return scan.doubts.map(({ rule }) => rule);
}
