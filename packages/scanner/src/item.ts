/**
 * What is stored, one thing of it: as the listing shows it, and as a strong look at that one thing shows it. A field
 * that the store does not give is left out, and what is left out never counts as harmless.
 */

import type { ItemKey, ItemKind, OwnerId } from './key.ts';

/** A hold, as some side sees it. A hold that could not be read is a hold. */
export type Hold = 'none' | 'held' | 'unknown';

/** One item as the listing shows it. */
export interface StoredItem {
  readonly key: ItemKey;
  readonly kind: ItemKind;
  /** `undefined` where the store does not tell; such items are one group of their own. */
  readonly owner?: OwnerId | undefined;
  /** ETag, version id, generation: another content has another one. */
  readonly version: string;
  readonly sizeBytes: number;
  /** When the content was last written, by the store's clock. ISO. */
  readonly modifiedAt: string;
  /** Has somebody proved that this copy can be restored? Left out where nobody keeps such a proof. */
  readonly verified?: boolean | undefined;
  /** Which environment wrote it, by its own metadata: `production`. */
  readonly environment?: string | undefined;
  /** The nonce that it shows, where it is a canary of the scanner. */
  readonly canaryNonce?: string | undefined;
}

/** What a strong look at one key found, now. */
export type Looked =
  | (StoredItem & {
      readonly found: 'yes';
      /** The store's own lock: Object Lock, a protected volume, `zfs hold`. */
      readonly hold: Hold;
      /** What would break without it: increments, clones, images, attachments. `unknown` counts as some. */
      readonly dependants: readonly string[] | 'unknown';
    })
  /** A read that may be believed found nothing under this key: a ghost of the listing, or taken meanwhile. */
  | { readonly found: 'no'; readonly key: ItemKey }
  /** It could not be asked for: denied, timed out, half an answer. */
  | { readonly found: 'unknown'; readonly key: ItemKey; readonly why: string };
