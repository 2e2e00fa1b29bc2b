/**
 * The port to taking things away. It is a value of its own, with credentials of its own that can only do this, and
 * nothing that scans ever holds it. Nothing goes at once: what is removed lies in quarantine first, from where it comes
 * back with its content, its metadata and its version known.
 */

import type { Call, SideResult } from './call.ts';
import type { ItemKey, ItemKind, RunId } from './key.ts';

/** What the store behind it can do. */
export interface RemoverTraits {
  /** Is a removal refused by the store itself when the version is another one? Proved by `prove`. */
  readonly conditional: boolean;
  /**
   * `native`: the store keeps it (a delete marker, a recycle bin). `copy`: it is copied aside first. `none`: it cannot
   * be brought back, and so is only reported on.
   */
  readonly quarantine: 'native' | 'copy' | 'none';
  /** For how long at least the store keeps what is in quarantine by itself; left out where it has no end of its own. */
  readonly keptMs?: number | undefined;
}

/** Who acts. */
export interface RemovalCall extends Call {
  readonly run: RunId;
  readonly fence: number;
}

/** One item and the version that was judged. Another version is another thing, and is not touched. */
export interface Removal {
  readonly key: ItemKey;
  readonly kind: ItemKind;
  readonly version: string;
}

/** An item in quarantine. */
export interface Quarantined extends Removal {
  /** How the store finds it again: the delete marker's version, the key in the trash. */
  readonly token: string;
}

/** What became of one item of a batch. Batches succeed and fail by item. */
export type Removed =
  | { readonly key: ItemKey; readonly outcome: 'done'; readonly token: string }
  /** It is as it was. */
  | {
      readonly key: ItemKey;
      readonly outcome: 'refused';
      readonly because: 'version' | 'held' | 'absent' | 'denied' | 'failed';
      readonly message: string;
    }
  /** Nobody knows. It is looked for by `find` before anything else is done with it. */
  | { readonly key: ItemKey; readonly outcome: 'unknown'; readonly message: string };

/** Where an item is now. */
export type Whereabouts =
  | { readonly key: ItemKey; readonly at: 'stored'; readonly version: string }
  | { readonly key: ItemKey; readonly at: 'quarantine'; readonly version: string; readonly token: string }
  /** Neither stored nor in quarantine, seen by a read that may be believed. */
  | { readonly key: ItemKey; readonly at: 'gone' }
  | { readonly key: ItemKey; readonly at: 'unknown'; readonly message: string };

/** What the store's ownership mark says. */
export interface FenceMark {
  /** The ledger that the scanner writes. Another one is another scanner, or a scanner that has lost its memory. */
  readonly ledger: string;
  readonly fence: number;
  /**
   * The ledger's last line when the mark was set. A ledger that does not hold it is an older copy, or was cut off. Left
   * out where the store does not keep it.
   */
  readonly line?: { readonly seq: number; readonly hash: string } | undefined;
}

/** A store, to take from. */
export interface Remover {
  readonly name: string;
  readonly traits: RemoverTraits;

  /**
   * Shows on a probe object of its own that a removal with the wrong version is refused and leaves the object there,
   * and that what is quarantined comes back. `conditional` is what was seen, whatever the traits say.
   */
  prove(call: Call): SideResult<{ readonly conditional: boolean; readonly restores: boolean }>;

  /** The mark as it stands in the store; `undefined` where there is none yet. */
  fence(call: Call): SideResult<FenceMark | undefined>;

  /**
   * Sets the mark, if it is still `from`: a compare-and-set in the store. `fenced-out` where it is not. A store that
   * cannot do this gives `unsupported`, and the ledger's own fence is all that there is.
   */
  raiseFence(from: FenceMark | undefined, to: FenceMark, call: Call): SideResult<void>;

  /** Puts these into quarantine, each only if it has this version. At most 100. One answer for each. */
  quarantine(items: readonly Removal[], call: RemovalCall): SideResult<readonly Removed[]>;

  /** Brings these back under their keys, each only if nothing else has taken the key meanwhile. */
  restore(items: readonly Quarantined[], call: RemovalCall): SideResult<readonly Removed[]>;

  /** Deletes these for good, out of quarantine only: never what is stored. */
  delete(items: readonly Quarantined[], call: RemovalCall): SideResult<readonly Removed[]>;

  /** Where these are now. With `token` left out, whatever this run has put into quarantine under the key. */
  find(
    items: readonly (Removal & { readonly token?: string })[],
    call: RemovalCall,
  ): SideResult<readonly Whereabouts[]>;
}
