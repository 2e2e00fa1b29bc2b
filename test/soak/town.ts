/**
 * The town that a history happens in: customers with archives, an application that refers to them, and what is truly
 * needed, kept apart from everything that the scanner sees.
 */

import {
  type ItemKey,
  itemKey,
  itemKind,
  type OwnerId,
  ownerId,
  type RegistryEntry,
  type StoredItem,
} from '@belay/scanner';
import {
  type MemoryAlerts,
  type MemoryRegistry,
  type MemoryStore,
  memoryAlerts,
  memoryRegistry,
  memoryStore,
  type StillClock,
  stillClock,
} from '@belay/scanner/memory';
import type { Chance } from './chance.ts';

export const hourMs = 3_600_000;
export const stepMs: number = 12 * hourMs;
export const storeSource = { id: 'town:store', environment: 'town', schema: '1' } as const;
export const registrySource = { id: 'town:registry', environment: 'town', schema: '1' } as const;
const kind = itemKind('archive')._unsafeUnwrap();

/** The town and what people in it do. */
export interface Town {
  readonly clock: StillClock;
  readonly store: MemoryStore;
  readonly registry: MemoryRegistry;
  readonly alerts: MemoryAlerts;
  /** Something happens that is nobody's fault. Gives its name. */
  live(): string;
  /** Leases end; and where everybody has left, somebody moves in: of a store that is empty nothing is believed. */
  calm(): void;
  /** What is wrong with the world now: one sentence for each needed thing that is gone. */
  wrongs(): readonly string[];
  /** What should have been deleted and is still stored or in quarantine. */
  leftovers(): readonly string[];
}

/** A town of some customers with some archives each, and a few orphans. */
export function town(chance: Chance): Town {
  const clock = stillClock();
  const store = memoryStore({ name: 'store', source: storeSource, kinds: [kind], clock, batchRows: 8 });
  const registry = memoryRegistry({
    name: 'registry',
    source: registrySource,
    covers: [kind],
    clock,
    batchRows: 8,
  });
  const alerts = memoryAlerts();
  const owners = Array.from({ length: 4 }, (_, n) => ownerId(`customer-${n}`)._unsafeUnwrap());
  /** Needed ever since; a thing that became needed in quarantine must only not be deleted. */
  const neededSince = new Map<ItemKey, 'stored' | 'in quarantine'>();
  const held = new Set<ItemKey>();
  const leased = new Set<ItemKey>();
  let made = 0;

  const iso = (ms: number) => new Date(ms).toISOString();
  const put = (owner: OwnerId, more: Partial<StoredItem> = {}): ItemKey => {
    made += 1;
    const key = itemKey(`archives/${owner}/${chance.below(1_000)}-${made}`)._unsafeUnwrap();
    store.put({
      key,
      kind,
      owner,
      version: 'v1',
      sizeBytes: 1 + chance.below(1_000),
      modifiedAt: iso(clock.now() - 60 * 24 * hourMs),
      environment: 'town',
      ...more,
    });
    return key;
  };
  const need = (key: ItemKey, owner: OwnerId, state: RegistryEntry['state'] = 'needed'): void => {
    registry.put({ key, kind, owner, state });
    neededSince.set(key, isStored(key) ? 'stored' : 'in quarantine');
  };
  const isStored = (key: ItemKey) => store.items().some((item) => item.key === key);
  const isKept = (key: ItemKey) => store.quarantined().some((item) => item.key === key);
  const rowOf = (key: ItemKey) => registry.rows().find((row) => row.key === key);
  const orphans = () => store.items().filter(({ key }) => rowOf(key) === undefined);

  for (const owner of owners) {
    const count = 6 + chance.below(5);
    for (let n = 0; n < count; n += 1) need(put(owner), owner);
    if (chance.often(0.6)) put(owner);
  }

  const events: Readonly<Record<string, () => void>> = {
    'a backup is made': () => {
      const owner = chance.pick(owners);
      need(put(owner, { modifiedAt: iso(clock.now()) }), owner);
    },
    'a backup is being made': () => {
      const owner = chance.pick(owners);
      const key = put(owner, { modifiedAt: iso(clock.now()) });
      need(key, owner, 'intent');
    },
    'a backup expires, on record': () => {
      const row = chance.pick(registry.rows());
      neededSince.delete(row.key);
      registry.drop(row.key, { recorded: true });
    },
    'a backup expires, and nobody writes it down': () => {
      const row = chance.pick(registry.rows());
      neededSince.delete(row.key);
      registry.drop(row.key, { recorded: false });
    },
    'a customer leaves': () => {
      const owner = chance.pick(owners);
      for (const row of registry.rows().filter((one) => one.owner === owner)) {
        neededSince.delete(row.key);
        registry.put({ ...row, state: 'owner-ended', endedAt: iso(clock.now()) });
      }
    },
    'a customer comes back': () => {
      const left = registry.rows().filter(({ state }) => state === 'owner-ended');
      if (left.length === 0) return;
      const { owner } = chance.pick(left);
      for (const row of left.filter((one) => one.owner === owner)) {
        if (registry.claimed().includes(row.key) || !(isStored(row.key) || isKept(row.key))) {
          registry.drop(row.key, { recorded: true });
        } else if (owner !== undefined) need(row.key, owner);
      }
    },
    'an orphan is adopted': () => {
      const some = orphans().filter(({ key }) => !registry.claimed().includes(key));
      const item = some.length === 0 ? undefined : chance.pick(some);
      if (item?.owner !== undefined) need(item.key, item.owner);
    },
    'an orphan is written over': () => {
      const some = orphans();
      if (some.length > 0)
        store.put({ ...chance.pick(some), version: `v${made}`, modifiedAt: iso(clock.now()) });
    },
    'somebody puts a hold on an orphan': () => {
      const some = orphans();
      if (some.length === 0) return;
      const { key } = chance.pick(some);
      held.add(key);
      chance.pick([store, registry]).hold(key, chance.pick(['held', 'unknown']));
    },
    'somebody reads an orphan': () => {
      const some = orphans();
      if (some.length === 0) return;
      const { key } = chance.pick(some);
      if (registry.lease(key, 'a restore')) leased.add(key);
    },
    'nothing happens': () => undefined,
  };

  return {
    clock,
    store,
    registry,
    alerts,
    live() {
      const name = chance.pick(Object.keys(events));
      events[name]?.();
      return name;
    },
    calm() {
      for (const key of leased) registry.lease(key, undefined);
      leased.clear();
      const newcomer = ownerId('newcomer')._unsafeUnwrap();
      if (neededSince.size === 0) need(put(newcomer), newcomer);
    },
    wrongs() {
      const gone = [...neededSince].flatMap(([key, since]) => {
        if (isStored(key)) {
          neededSince.set(key, 'stored');
          return [];
        }
        if (since === 'in quarantine' && isKept(key)) return [];
        return [`${key} is needed and is ${isKept(key) ? 'in quarantine' : 'gone'}`];
      });
      const taken = [...held, ...leased].filter((key) => !isStored(key) && !isKept(key));
      return [...gone, ...taken.map((key) => `${key} is held or read, and is gone`)];
    },
    leftovers() {
      const isFree = (key: ItemKey) => !held.has(key) && !neededSince.has(key);
      const stored = store.items().filter(({ key }) => isFree(key));
      const kept = store.quarantined().filter(({ key }) => isFree(key));
      return [
        ...stored.map(({ key }) => `${key} is still stored`),
        ...kept.map(({ key }) => `${key} is still in quarantine`),
      ];
    },
  };
}
