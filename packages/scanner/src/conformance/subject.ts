import type { RegistryEntry } from '../entry.ts';
import type { Inventory } from '../inventory.ts';
import type { ItemKey } from '../key.ts';
import type { Registry } from '../registry.ts';
import type { Remover } from '../remover.ts';
import type { Scope } from '../scope.ts';

/**
 * What is put to the test: a side, the hands that change what lies behind it, and the faults that it can be made to
 * show. Hands go past the side, as an application or an operator does.
 */
export interface Subject {
  /** For the report: `postgres`, `s3 over moto`. */
  readonly name: string;
  /** Under which the cases may write: at least two prefixes. Nothing else lies there. */
  readonly scope: Scope;
  /** What it cannot do by its nature. */
  readonly lacks?: readonly SideTrait[] | undefined;
  readonly levers?: Levers | undefined;
}

/**
 * - `canaries`: something can be planted.
 * - `free-keys`: hands can choose keys, with all characters in them.
 * - `claims`: there are strong reads of keys, and claims.
 * - `history`: deletions are recorded.
 * - `holds`, `leases`, `quarantine`, `conditional`, `fence`: as the ports call them.
 * - `overwrite`: a key can be written again with another content.
 * - `cancels`: calls take time and listen to their signal.
 */
export type SideTrait =
  | 'canaries'
  | 'free-keys'
  | 'claims'
  | 'history'
  | 'holds'
  | 'leases'
  | 'quarantine'
  | 'conditional'
  | 'fence'
  | 'overwrite'
  | 'cancels';

/** Faults that a subject can be made to show. Each gives back how it ends. */
export interface Levers {
  /** Whoever asks gets no answer, or an error. */
  readonly cutOff?: (() => Promise<() => Promise<void>>) | undefined;
  /** The answer to a read stops short, as if that had been all. */
  readonly shorten?: (() => Promise<() => Promise<void>>) | undefined;
}

/** A registry with hands. */
export interface RegistrySubject extends Subject {
  readonly registry: Registry;
  readonly hands: {
    /** Writes these rows. */
    put(entries: readonly RegistryEntry[]): Promise<void>;
    /** `recorded`: with a record of the deletion, as a good application leaves one. */
    drop(key: ItemKey, how: { readonly recorded: boolean }): Promise<void>;
    /** An operator puts a hold on a key, or takes it off. */
    hold(key: ItemKey, held: boolean): Promise<void>;
    /** Somebody begins or ends to use a key. False where a scanner has claimed it. */
    lease(key: ItemKey, by: string | undefined): Promise<boolean>;
    /** Takes everything away again. */
    clear(): Promise<void>;
  };
}

/** An inventory with hands. */
export interface InventorySubject extends Subject {
  readonly inventory: Inventory;
  /** Names that this store cannot keep, though its kind can: an emulator's own limit. */
  readonly cannotKeep?: readonly string[] | undefined;
  readonly hands: {
    /** Stores something under a key; the second `body` is of another length. Gives the key, for stores that choose it. */
    put(key: ItemKey, body?: 'first' | 'second'): Promise<ItemKey>;
    /** Takes it away, past the side. */
    remove(key: ItemKey): Promise<void>;
    /** An operator puts a hold on a key, or takes it off. */
    hold(key: ItemKey, held: boolean): Promise<void>;
    /** Takes everything away again. */
    clear(): Promise<void>;
  };
}

/** A remover, with the inventory of the same store and its hands. */
export interface RemoverSubject extends InventorySubject {
  readonly remover: Remover;
}
