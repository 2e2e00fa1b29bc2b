/**
 * The port to what is needed. There is one for each kind of reference (rows of a database, images that use a snapshot,
 * files that name an archive), and each attests for itself: a scan believes that something is not needed only when all
 * registries that cover its kind have said so.
 *
 * The scanner never changes a row here. Its role in a database needs SELECT, and INSERT, UPDATE and DELETE on the two
 * tables of its own, claims and canaries.
 */

import type { EntryBatch } from './batch.ts';
import type { Call, Canary, CanaryRequest, ReadRequest, SideResult, SideStream } from './call.ts';
import type { Reference } from './entry.ts';
import type { ItemKey, ItemKind, RunId } from './key.ts';

/** Who claims, and with which fence. */
export interface ClaimRequest extends Call {
  readonly run: RunId;
  /** Of the scanner; a claim of a lower one may be taken over. */
  readonly fence: number;
}

/** One source of references. */
export interface Registry {
  /** For people and errors, and the name by which the scanner's options demand it. */
  readonly name: string;
  /** Of which kinds of item it knows all references of its sort. */
  readonly covers: readonly ItemKind[];

  /** The registry's own time, asked of the registry. ISO. */
  now(call: Call): SideResult<string>;

  /** Writes canaries with this nonce where reads will meet them, in place of the earlier ones. */
  plantCanaries(request: CanaryRequest): SideResult<readonly Canary[]>;

  /** All rows under the scope's prefixes, in strictly ascending byte order, from one consistent moment. */
  read(request: ReadRequest): SideStream<EntryBatch>;

  /**
   * A strong read of exactly these keys, at most 100, from the primary: rows, holds, and leases of who is reading them
   * now. One answer for each key, in the order of the question.
   */
  lookUp(keys: readonly ItemKey[], call: Call): SideResult<readonly Reference[]>;

  /**
   * Takes a claim on each key *in the same transaction* as a strong read of it. Whoever restores an item, refers to it
   * again or holds it takes the same claim, so that the read and the deletion cannot be parted. A key that somebody
   * else has claimed is answered as `not-needed` with `inUseBy`.
   */
  claim(keys: readonly ItemKey[], request: ClaimRequest): SideResult<readonly Reference[]>;

  /** Gives the run's claims on these keys back. Claims that are not there are no error. */
  release(keys: readonly ItemKey[], request: ClaimRequest): SideResult<void>;
}
