/**
 * What goes wrong in a history: each fault lies over an honest port while it is active. A fault of the registry either
 * shows in a listing or in a look, as it would in earnest: one that lied in both for longer than the grace would be a
 * registry that truly does not need the item.
 */

import type { Inventory, Registry, RegistryEntry, Remover, SideStream, StoredItem } from '@belay/scanner';
import { type EntryBatch, entryBatch, itemBatch, scannerError } from '@belay/scanner';
import { err, errAsync, ok, okAsync } from 'neverthrow';
import type { Chance } from './chance.ts';

/** One way to go wrong, by the side that does. */
export interface Fault {
  readonly name: string;
  readonly inventory?: (honest: Inventory, chance: Chance) => Partial<Inventory>;
  readonly registry?: (honest: Registry, chance: Chance) => Partial<Registry>;
  readonly remover?: (honest: Remover, chance: Chance) => Partial<Remover>;
  readonly alertsAreDown?: true;
  /** The wall clock is this far off while it lasts. */
  readonly clockOffMs?: number;
}

const hourMs = 3_600_000;
const unavailable = (message: string) => errAsync(scannerError('unavailable', message));

export const faults: readonly Fault[] = [
  entries('rows are cut off at the end', (rows, chance) => rows.slice(0, chance.below(rows.length))),
  entries('rows are cut off at the beginning', (rows, chance) => rows.slice(1 + chance.below(rows.length))),
  entries('a hole in the rows', hole),
  entries('no rows at all', () => []),
  entries('one tenant is hidden', (rows, chance) => {
    const { owner } = chance.pick(rows);
    return rows.filter((row) => row.owner !== owner || row.canaryNonce !== undefined);
  }),
  entries('a page of rows comes twice', (rows, chance) => twice(rows, chance)),
  entries('rows in another order', (rows) => rows.toReversed()),
  entries('canaries of another day', (rows) => rows.filter(({ canaryNonce }) => canaryNonce === undefined)),
  entries('everybody is inactive', (rows) =>
    rows.map((row) =>
      row.canaryNonce === undefined
        ? { ...row, state: 'owner-ended', endedAt: '2020-01-01T00:00:00.000Z' }
        : row,
    ),
  ),
  entries('nobody can tell about some rows', (rows) =>
    rows.map((row, n) => (n % 5 === 2 && row.canaryNonce === undefined ? { ...row, state: 'unknown' } : row)),
  ),
  {
    name: 'another database answers',
    registry: (honest) => ({
      read: async function* (ask): SideStream<EntryBatch> {
        const said = yield* honest.read(ask);
        return said.map((statement) => ({ ...statement, source: { ...statement.source, id: 'staging' } }));
      },
    }),
  },
  {
    name: 'the rows stop in the middle',
    registry: (honest, chance) => ({ read: (ask) => stopping(honest.read(ask), chance) }),
  },
  {
    name: 'the database is dead',
    registry: () => {
      const dead = () => unavailable('connect ECONNREFUSED');
      return { now: dead, plantCanaries: dead, lookUp: dead, claim: dead, release: dead };
    },
  },
  {
    name: 'the database dies while it is asked about single rows',
    registry: (honest, chance) => ({
      claim: (keys, call) => (chance.often(0.5) ? unavailable('read ECONNRESET') : honest.claim(keys, call)),
    }),
  },
  {
    name: 'the database cannot tell about single rows',
    registry: () => ({
      claim: (keys) => okAsync(keys.map((key) => ({ key, verdict: 'unknown', why: 'timeout' }) as const)),
    }),
  },
  {
    name: 'the database leaves answers out',
    registry: (honest, chance) => ({
      claim: (keys, call) => honest.claim(keys, call).map((all) => all.filter(() => chance.often(0.7))),
    }),
  },
  items('the listing is cut off', (all, chance) => all.slice(0, chance.below(all.length))),
  items('a hole in the listing', hole),
  items('an empty listing', () => []),
  items('a page of the listing comes twice', (all, chance) => twice(all, chance)),
  items('the listing in another order', (all) => all.toReversed()),
  {
    name: 'the listing stops in the middle',
    inventory: (honest, chance) => ({ read: (ask) => stopping(honest.read(ask), chance) }),
  },
  {
    name: 'the store denies a look',
    inventory: () => ({
      look: (keys) => okAsync(keys.map((key) => ({ found: 'unknown', key, why: 'AccessDenied' }) as const)),
    }),
  },
  {
    name: 'the answer of a removal is lost',
    remover: (honest) => ({
      quarantine: (all, call) => honest.quarantine(all, call).andThen(() => unavailable('socket hang up')),
      restore: (all, call) => honest.restore(all, call).andThen(() => unavailable('socket hang up')),
      delete: (all, call) => honest.delete(all, call).andThen(() => unavailable('socket hang up')),
    }),
  },
  {
    name: 'a removal does a part',
    remover: (honest, chance) => ({
      quarantine: (all, call) =>
        honest.quarantine(
          all.filter(() => chance.often(0.5)),
          call,
        ),
      delete: (all, call) =>
        honest.delete(
          all.filter(() => chance.often(0.5)),
          call,
        ),
    }),
  },
  {
    name: 'a removal does nothing and says that it did',
    remover: () => ({
      quarantine: (all) =>
        okAsync(all.map(({ key }) => ({ key, outcome: 'done', token: 'nowhere' }) as const)),
      delete: (all) => okAsync(all.map(({ key, token }) => ({ key, outcome: 'done', token }) as const)),
    }),
  },
  {
    name: 'the store cannot tell what became of a removal',
    remover: (honest) => ({
      quarantine: (all, call) => honest.quarantine(all, call).andThen(() => unavailable('timeout')),
      find: (all) => okAsync(all.map(({ key }) => ({ key, at: 'unknown', message: 'timeout' }) as const)),
    }),
  },
  { name: 'nobody can be told', alertsAreDown: true },
  { name: 'the clock is a month ahead', clockOffMs: 30 * 24 * hourMs },
  { name: 'the clock is a week behind', clockOffMs: -7 * 24 * hourMs },
  { name: 'the clock is an hour ahead', clockOffMs: hourMs },
];

type Change<T> = (rows: readonly T[], chance: Chance) => readonly T[];

function entries(name: string, change: Change<RegistryEntry>): Fault {
  return {
    name,
    registry: (honest, chance) => ({
      read: (ask) =>
        changed(
          honest.read(ask),
          (batch, row) => batch.entry(row),
          (rows) => change(rows, chance),
          entryBatch,
        ),
    }),
  };
}

function items(name: string, change: Change<StoredItem>): Fault {
  return {
    name,
    inventory: (honest, chance) => ({
      read: (ask) =>
        changed(
          honest.read(ask),
          (batch, row) => batch.item(row),
          (rows) => change(rows, chance),
          itemBatch,
        ),
    }),
  };
}

/** Other rows, and a statement that agrees with them: the lie is whole. */
async function* changed<B extends { readonly count: number }, T extends StoredItem | RegistryEntry>(
  honest: SideStream<B>,
  rowAt: (batch: B, row: number) => T,
  change: (rows: readonly T[]) => readonly T[],
  pack: (rows: readonly T[]) => B,
): SideStream<B> {
  const rows: T[] = [];
  for (;;) {
    const next = await honest.next();
    if (next.done !== true) {
      for (let row = 0; row < next.value.count; row += 1) rows.push(rowAt(next.value, row));
      continue;
    }
    if (next.value.isErr()) return err(next.value.error);
    const told = rows.length === 0 ? [] : change(rows);
    if (told.length > 0) yield pack(told);
    const bytes = told.reduce((sum, row) => sum + ('sizeBytes' in row ? row.sizeBytes : 0), 0);
    const ends = { firstKey: told[0]?.key, lastKey: told.at(-1)?.key };
    return ok({ ...next.value.value, count: told.length, bytes, ...ends });
  }
}

async function* stopping<B>(honest: SideStream<B>, chance: Chance): SideStream<B> {
  while (chance.often(0.6)) {
    const next = await honest.next();
    if (next.done === true) break;
    yield next.value;
  }
  if (chance.often(0.5)) throw new Error('read ECONNRESET');
  return err(scannerError('unavailable', 'the server closed the connection'));
}

function hole<T>(rows: readonly T[], chance: Chance): readonly T[] {
  const from = chance.below(rows.length);
  return [...rows.slice(0, from), ...rows.slice(from + 1 + chance.below(8))];
}

function twice<T>(rows: readonly T[], chance: Chance): readonly T[] {
  const at = chance.below(rows.length);
  return [...rows.slice(0, at + 1), ...rows.slice(at)];
}
