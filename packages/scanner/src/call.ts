/**
 * How the ports are called, and what their answers look like.
 */

import type { Result, ResultAsync } from 'neverthrow';
import type { KeyPrefix } from './key.ts';
import type { ScannerError } from './scanner-error.ts';
import type { Scope } from './scope.ts';
import type { SideStatement } from './statement.ts';

/** What every call takes. */
export interface Call {
  /** Ends the call within a second; the error then says `cancelled`. */
  readonly signal?: AbortSignal | undefined;
}

/** An answer of a port: a value or an error, never an exception. */
export type SideResult<T> = ResultAsync<T, ScannerError>;

/** What a side is asked to read. */
export interface ReadRequest extends Call {
  readonly scope: Scope;
  /** Where its last believed answer stood: `position` of that statement. `undefined` at first. */
  readonly since?: string | undefined;
}

/**
 * An answer that comes in pieces. What a generator *returns* is the source's statement, so that a stream which merely
 * stops has not answered: write `async function*`, `yield` each batch, and `return` ok with the statement or err. An
 * exception counts as `unavailable`. The scanner calls `return()` when it stops early.
 */
export type SideStream<B> = AsyncGenerator<B, Result<SideStatement, ScannerError>, void>;

/** Where a canary stands among its prefix's keys. */
export const canaryPlaces = ['first', 'middle', 'last'] as const;

export type CanaryPlace = (typeof canaryPlaces)[number];

/** A row or an object that the scanner itself has put there, to be seen again. */
export interface Canary {
  readonly key: string;
  readonly prefix: KeyPrefix;
  readonly place: CanaryPlace;
}

/** What is to be planted. */
export interface CanaryRequest extends Call {
  readonly scope: Scope;
  /** Of this run alone. A listing that does not show it is older than this run. */
  readonly nonce: string;
}
