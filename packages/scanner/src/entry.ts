/**
 * What is needed, one row of it. A row says that somebody refers to a key, and how matters stand with that somebody.
 */

import type { Hold } from './item.ts';
import type { ItemKey, ItemKind, OwnerId } from './key.ts';

/**
 * - `needed`: the owner is there and refers to it.
 * - `intent`: it is about to be written; it may not be stored yet. As good as needed.
 * - `owner-ended`: the row is there, its owner's service has ended. An orphan of the second class, once its own grace
 *   has passed.
 * - `unknown`: the source could not tell for this row. As good as needed.
 */
export const entryStates = ['needed', 'intent', 'owner-ended', 'unknown'] as const;

export type EntryState = (typeof entryStates)[number];

/** One row of a registry. */
export interface RegistryEntry {
  readonly key: ItemKey;
  readonly kind: ItemKind;
  readonly owner?: OwnerId | undefined;
  readonly state: EntryState;
  /** With `owner-ended`: when the service ended, by the registry's clock. ISO. Left out, it counts as just now. */
  readonly endedAt?: string | undefined;
  /** The nonce that it shows, where it is a canary of the scanner. */
  readonly canaryNonce?: string | undefined;
}

/** What a strong read of one key in one registry said, now. */
export type Reference =
  | { readonly key: ItemKey; readonly verdict: 'needed'; readonly why: string; readonly hold: Hold }
  /** `entry` is left out where there is no row at all, and is the row where its owner has ended. */
  | {
      readonly key: ItemKey;
      readonly verdict: 'not-needed';
      readonly entry?: RegistryEntry | undefined;
      /** A hold outlives its row: it is looked up by key. */
      readonly hold: Hold;
      /** A restore, a clone or a drill that reads it now, or somebody's claim on it, by name. */
      readonly inUseBy?: string | undefined;
      /**
       * When a row of this key was last deleted, where the registry has a record of it. ISO. It was needed until then,
       * whether a scan has seen it so or not, and its grace begins there.
       */
      readonly neededUntil?: string | undefined;
    }
  | { readonly key: ItemKey; readonly verdict: 'unknown'; readonly why: string };
