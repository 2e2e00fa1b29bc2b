// Lives through one accident, three times: with the lie there from the first scan, from the middle of the grace period,
// and from the moment of the sweep. All the while somebody careless looks at every alert and closes the breaker each
// day. Whatever is needed must be there after every step, the registry must be untouched, and when the lie has ended the
// one true orphan must go.

import { expect } from 'vitest';
import type { Inventory } from '../src/inventory.ts';
import type { ItemKey } from '../src/key.ts';
import type { Registry } from '../src/registry.ts';
import type { Remover } from '../src/remover.ts';
import { type World, type WorldOptions, world } from './world.ts';

/** The sides as they are while the lie is told. */
export interface Lies {
  readonly registry?: (honest: Registry, one: World) => Partial<Registry>;
  readonly inventory?: (honest: Inventory, one: World) => Partial<Inventory>;
  readonly remover?: (honest: Remover, one: World) => Partial<Remover>;
  /** Done to the world as the lie begins, and taken back as it ends. */
  readonly begin?: (one: World) => void;
  readonly end?: (one: World) => void;
}

interface Lived {
  readonly one: World;
  /** Rules that doubted a scan while the lie was told. */
  readonly rules: ReadonlySet<string>;
}

const phases = ['from the first scan', 'from the middle of the grace', 'from the sweep on'] as const;

/** Gives the rules that spoke up, by phase. Fails where a needed item was lost or the orphan stays for ever. */
export async function survives(
  lies: Lies,
  options: Pick<WorldOptions, 'policy' | 'more'> = {},
): Promise<Record<(typeof phases)[number], ReadonlySet<string>>> {
  const heard: Partial<Record<(typeof phases)[number], ReadonlySet<string>>> = {};
  for (const phase of phases) heard[phase] = (await liveThrough(phase, lies, options)).rules;
  return heard as Record<(typeof phases)[number], ReadonlySet<string>>;
}

async function liveThrough(
  phase: (typeof phases)[number],
  lies: Lies,
  options: Pick<WorldOptions, 'policy' | 'more'>,
): Promise<Lived> {
  let isLying = false;
  const rules = new Set<string>();
  const one: World = world({
    ...options,
    registry: (honest) => switching(honest, () => (isLying ? lies.registry?.(honest, one) : undefined)),
    inventory: (honest) => switching(honest, () => (isLying ? lies.inventory?.(honest, one) : undefined)),
    remover: (honest) => switching(honest, () => (isLying ? lies.remover?.(honest, one) : undefined)),
  });
  const needed: readonly ItemKey[] = one.registry.rows().map(({ key }) => key);
  const orphan = one.archive('orphan.tar', 'owner-1', { entry: false });
  const rows = structuredClone(one.registry.rows());
  const set = (on: boolean): void => {
    isLying = on;
    (on ? lies.begin : lies.end)?.(one);
  };
  const day = async (): Promise<void> => {
    one.clock.pass(24 * 3_600_000);
    const scan = await one.scanner.scan();
    if (isLying && scan.isOk()) for (const { rule } of scan.value.doubts) rules.add(rule);
    await tend(one);
    const plan = await one.scanner.review();
    if (plan.isOk()) {
      const swept = await one.sweeper.sweep(plan.value, []);
      if (isLying && swept.isErr()) rules.add(swept.error.kind);
      if (isLying && swept.isOk() && swept.value.why !== undefined) rules.add(swept.value.why);
      await tend(one);
    }
    const purged = await one.sweeper.purge();
    if (isLying && purged.isErr()) rules.add(purged.error.kind);
    await tend(one);
    expect(one.keys(), `${phase}: something needed is gone`).toEqual(expect.arrayContaining([...needed]));
  };
  const days = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) await day();
  };

  if (phase === 'from the first scan') set(true);
  await days(4);
  if (phase === 'from the middle of the grace') set(true);
  await days(3);
  if (phase === 'from the sweep on') set(true);
  await days(12);
  set(false);
  await days(27);
  expect(one.keys(), `${phase}: the orphan is still there`).not.toContain(orphan);
  expect(one.store.quarantined(), `${phase}: the orphan is still in quarantine`).toEqual([]);
  expect(one.registry.rows(), `${phase}: an entry was touched`).toEqual(rows);
  return { one, rules };
}

/** Looks at every alert and closes the breaker, as somebody does who is tired of it. */
async function tend(one: World): Promise<void> {
  for (const { cause } of one.alerts.raised) one.alerts.acknowledge(cause);
  const closed = await one.scanner.closeBreaker({
    by: 'ann',
    reason: 'it looked fine to me',
    counts: 'keep',
  });
  if (closed.isErr() && closed.error.kind !== 'unheard') throw new Error(closed.error.message);
}

/** Every verb asks anew who answers. */
function switching<T extends object>(honest: T, lie: () => Partial<T> | undefined): T {
  return new Proxy(honest, {
    get: (target, name) => {
      const told = lie();
      return Reflect.get(told !== undefined && Reflect.has(told, name) ? told : target, name);
    },
  });
}
