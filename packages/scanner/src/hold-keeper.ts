/**
 * Where holds are kept that belay can set itself: a key with a hold is never taken away, needed or not, and the hold is
 * asked for at the very last moment.
 */

import type { ResultAsync } from 'neverthrow';
import type { ScannerError } from './scanner-error.ts';

/** A hold on one key. */
export interface Held {
  readonly key: string;
  readonly by: string;
  readonly reason: string;
}

/** A side that keeps holds. */
export interface HoldKeeper {
  /** Of the side. */
  readonly name: string;
  /** Sets one. A key that is held already keeps the hold that it has. */
  add(held: Held): ResultAsync<'added' | 'was-held', ScannerError>;
  /** Takes one off, and gives what it was; `undefined` where there was none. */
  remove(key: string): ResultAsync<Held | undefined, ScannerError>;
  /** All of them, in the order of their keys. */
  list(): ResultAsync<readonly Held[], ScannerError>;
}
