/**
 * What a sweeper is made of: all that a scanner is, and the one thing that a scanner never has.
 */

import type { Engine, ScannerOptions } from '../options.ts';
import type { Remover } from '../remover.ts';

/** Everything that a scanner takes, and what takes away. */
export interface SweeperOptions extends ScannerOptions {
  readonly remover: Remover;
}

/** The options, checked. */
export interface SweepEngine extends Engine {
  readonly remover: Remover;
}

/** A run that acts, with the fence under which it does. */
export interface Acting {
  readonly fence: number;
  /** Does the store carry a mark of who acts? */
  readonly hasMark: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The most items in one batch. */
export const batchItems = 100;
