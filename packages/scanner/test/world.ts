// A small world with everything in memory: a store, a registry, people who are told, a clock that stands until it is
// moved, and what is truly needed, kept beside it by the test. Each test wraps the one verb that is to lie.

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Approval } from '../src/approval.ts';
import { approvePlan } from '../src/approval.ts';
import type { Budget } from '../src/budget.ts';
import type { RegistryEntry } from '../src/entry.ts';
import {
  type Inventory,
  openLedger,
  openScanner,
  openSweeper,
  policyOf,
  type Registry,
} from '../src/index.ts';
import type { StoredItem } from '../src/item.ts';
import { type ItemKey, type ItemKind, itemKey, itemKind, type OwnerId, ownerId } from '../src/key.ts';
import type { Ledger } from '../src/ledger.ts';
import { type MemoryAlerts, memoryAlerts } from '../src/memory/alerts.ts';
import { type StillClock, stillClock } from '../src/memory/clock.ts';
import { type MemoryRegistry, memoryRegistry } from '../src/memory/registry.ts';
import { type MemoryStore, memoryStore } from '../src/memory/store.ts';
import type { Plan } from '../src/plan.ts';
import type { Policy } from '../src/policy.ts';
import type { Remover } from '../src/remover.ts';
import type { Scanner } from '../src/scanner.ts';
import type { SourceIdentity } from '../src/statement.ts';
import type { Sweeper } from '../src/sweeper.ts';

export const hourMs = 3_600_000;
export const dayMs: number = 24 * hourMs;
export const archive: ItemKind = itemKind('archive')._unsafeUnwrap();
export const inventoryId: SourceIdentity = { id: 'memory:backups', environment: 'production', schema: '1' };
const registryId: SourceIdentity = { id: 'memory:orders', environment: 'production', schema: '1' };

const people = ['ann', 'bob'].map((name) => ({ name, ...generateKeyPairSync('ed25519') }));

/** A policy before it is read: its names are plain texts. */
export type PlainPolicy = Omit<Policy, 'scope'> & {
  readonly scope: { readonly prefixes: readonly string[]; readonly kinds: readonly string[] };
};

/** A policy as plain data, to be changed by a test. */
export function plainPolicy(): PlainPolicy {
  const much = { items: 1_000, bytes: 1_000_000 };
  const caps = {
    run: { items: 20, bytes: 20_000 },
    day: { items: 30, bytes: 30_000 },
    thirtyDays: { items: 60, bytes: 60_000 },
    share: { total: 0.5, owner: 0.8, prefix: 0.8 },
    shareFromItems: 3,
  };
  return {
    environment: 'production',
    scope: { prefixes: ['archives/'], kinds: ['archive'] },
    expect: {
      inventory: inventoryId,
      registries: { orders: registryId } as Record<string, typeof registryId>,
    },
    references: { archive: ['orders'] },
    withoutCanaries: [],
    scans: { count: 3, graceMs: 7 * dayMs, periodMs: dayMs, minAgeMs: dayMs },
    ownerEnded: { graceMs: 30 * dayMs, newOwners: 2 },
    unknownOwners: 'keep',
    belief: {
      clockToleranceMs: 5 * 60_000,
      unknownShare: 0.001,
      shrink: { rows: 5, share: 0.1 },
      growth: { rows: 50, share: 1 },
      vanished: { rows: 5, share: 0.05 },
    },
    caps: { 'no-entry': caps, 'owner-ended': caps },
    copies: { archive: { active: 0, ended: 0 } },
    selfDescription: 'required',
    undoWindowMs: 14 * dayMs,
    approval: {
      approvers: people.map(({ name, publicKey }) => ({
        name,
        publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      })),
      twoAbove: much,
      planValidMs: 2 * dayMs,
    },
  };
}

export interface WorldOptions {
  readonly policy?: (policy: PlainPolicy) => unknown;
  /** Wraps a side; what is not wrapped is honest. */
  readonly inventory?: (honest: Inventory) => Inventory;
  readonly registry?: (honest: Registry) => Registry;
  readonly remover?: (honest: Remover) => Remover;
  readonly more?: readonly Registry[];
  readonly ledgerPath?: string;
  readonly ledgerId?: string;
  readonly budget?: Budget;
  readonly clock?: StillClock;
  /** Another world, whose store and registry this one looks at too: only the scanner is another. */
  readonly beside?: Pick<World, 'clock' | 'store' | 'registry'>;
}

export interface World {
  readonly clock: StillClock;
  readonly store: MemoryStore;
  readonly registry: MemoryRegistry;
  readonly alerts: MemoryAlerts;
  readonly ledger: Ledger;
  readonly policy: Policy;
  readonly scanner: Scanner;
  readonly sweeper: Sweeper;
  /** Stores an archive, with an entry unless it is to be an orphan. */
  archive(
    name: string,
    owner: string,
    more?: Partial<StoredItem> & {
      readonly state?: RegistryEntry['state'];
      readonly endedAt?: string;
      readonly entry?: boolean;
    },
  ): ItemKey;
  /** Scans once a day for so many days. */
  days(count: number): Promise<void>;
  /** Opens scanner and sweeper again on the same ledger, as after a restart, with other sides if wanted. */
  reopen(options?: Pick<WorldOptions, 'inventory' | 'registry' | 'remover'>): {
    scanner: Scanner;
    sweeper: Sweeper;
  };
  sign(plan: Plan, ...names: ('ann' | 'bob')[]): readonly Approval[];
  /** A person looks at every alert and closes the breaker. */
  attend(counts?: 'keep' | 'begin-anew'): Promise<void>;
  keys(): readonly string[];
}

function privateKeyOf(name: string): KeyObject {
  const person = people.find((one) => one.name === name);
  if (person === undefined) throw new Error(`nobody is called ${name}`);
  return person.privateKey;
}

/** Sixty needed archives of six owners, all of them old. */
export function world(options: WorldOptions = {}): World {
  const { beside } = options;
  const clock = beside?.clock ?? options.clock ?? stillClock();
  const store =
    beside?.store ??
    memoryStore({ name: 'backups', source: inventoryId, kinds: [archive], clock, batchRows: 16 });
  const registry =
    beside?.registry ??
    memoryRegistry({
      name: 'orders',
      source: registryId,
      covers: [archive],
      clock,
      batchRows: 16,
    });
  const alerts = memoryAlerts();
  const plain = plainPolicy();
  const policy = policyOf(options.policy?.(plain) ?? plain)._unsafeUnwrap();
  const ledger = openLedger({
    path: options.ledgerPath ?? ':memory:',
    id: options.ledgerId ?? 'ledger-1',
  })._unsafeUnwrap();
  let nonces = 0;

  const open = (given: Pick<WorldOptions, 'inventory' | 'registry' | 'remover'>) => {
    const first = given.registry?.(registry.port) ?? registry.port;
    const common = {
      name: 'scanner',
      policy,
      ledger,
      inventory: given.inventory?.(store.inventory) ?? store.inventory,
      registries: [first, ...(options.more ?? [])] as const,
      alerts: alerts.port,
      clock,
      budget: options.budget,
      nonce: () => {
        nonces += 1;
        return `${beside === undefined ? 'n' : 'other-'}${nonces}`;
      },
    };
    return {
      scanner: openScanner(common)._unsafeUnwrap(),
      sweeper: openSweeper({
        ...common,
        remover: given.remover?.(store.remover) ?? store.remover,
      })._unsafeUnwrap(),
    };
  };

  const longAgo = new Date(clock.now() - 100 * dayMs).toISOString();
  const made: World = {
    clock,
    store,
    registry,
    alerts,
    ledger,
    policy,
    ...open(options),
    archive(name, owner, { state = 'needed', endedAt, entry = true, ...more } = {}) {
      const key = keyOf(name);
      const whose = ownerId(owner)._unsafeUnwrap();
      store.put({
        key,
        kind: archive,
        owner: whose,
        version: 'v1',
        sizeBytes: 100,
        modifiedAt: longAgo,
        environment: 'production',
        verified: true,
        ...more,
      });
      if (entry) {
        const ended = endedAt === undefined ? {} : { endedAt };
        registry.put({ key, kind: archive, owner: whose, state, ...ended });
      }
      return key;
    },
    async days(count) {
      for (let day = 0; day < count; day += 1) {
        clock.pass(dayMs);
        (await made.scanner.scan())._unsafeUnwrap();
      }
    },
    reopen: (again = {}) => open(again),
    sign: (plan, ...names) => names.map((name) => approvePlan(plan, name, privateKeyOf(name))),
    async attend(counts = 'keep') {
      for (const { cause } of alerts.raised) alerts.acknowledge(cause);
      (await made.scanner.closeBreaker({ by: 'ann', reason: 'looked at it', counts }))._unsafeUnwrap();
    },
    keys: () => store.items().map(({ key }) => key),
  };
  for (let n = 0; n < 60 && beside === undefined; n += 1)
    made.archive(`needed-${String(n).padStart(2, '0')}.tar`, `owner-${n % 6}`);
  return made;
}

export function keyOf(name: string): ItemKey {
  return itemKey(`archives/${name}`)._unsafeUnwrap();
}

export function owner(name: string): OwnerId {
  return ownerId(name)._unsafeUnwrap();
}

/** Nine days of scans: after them an orphan of the first day may go. */
export async function ripen(one: World): Promise<Plan> {
  await one.days(9);
  return (await one.scanner.review())._unsafeUnwrap();
}

/** Sweeps what there is to sweep, and waits until what was taken is deleted. */
export async function sweepAndPurge(one: World, plan: Plan): Promise<void> {
  (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  await one.days(15);
  (await one.sweeper.purge())._unsafeUnwrap();
}
