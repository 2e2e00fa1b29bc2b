/**
 * The port to what is stored. It only reads, with credentials that can only read and write canaries: a scanner that
 * holds nothing else cannot delete, whatever is wrong with it.
 */

import type { ItemBatch } from './batch.ts';
import type { Call, Canary, CanaryRequest, ReadRequest, SideResult, SideStream } from './call.ts';
import type { Looked } from './item.ts';
import type { ItemKey, ItemKind } from './key.ts';

/** A store, to be listed. */
export interface Inventory {
  /** For people and errors: `s3 backups`. */
  readonly name: string;
  readonly kinds: readonly ItemKind[];

  /** The store's own time, asked of the store. ISO. */
  now(call: Call): SideResult<string>;

  /**
   * Puts a canary with this nonce at the beginning, in the middle and at the end of every prefix, and takes away those
   * of earlier runs. Resolves when they are written. A store where nothing can be planted gives none.
   */
  plantCanaries(request: CanaryRequest): SideResult<readonly Canary[]>;

  /**
   * All that lies under the scope's prefixes, in strictly ascending byte order. A store that does not list in this
   * order is sorted by its side beforehand.
   */
  read(request: ReadRequest): SideStream<ItemBatch>;

  /**
   * A strong look at exactly these keys, at most 100: not the listing, the things themselves. One answer for each key,
   * in the order of the question.
   */
  look(keys: readonly ItemKey[], call: Call): SideResult<readonly Looked[]>;
}
