/**
 * The names of things, as types of their own: the key of a stored item is not the id of an owner, and neither is a
 * prefix. Each is made by a function that refuses what could later mean "everything": the empty text.
 */

import { err, ok, type Result } from 'neverthrow';
import { type ScannerError, scannerError } from './scanner-error.ts';

declare const brand: unique symbol;

/** The name of a stored item, unique within one inventory. Compared as UTF-8 bytes and never normalised. */
export type ItemKey = string & { readonly [brand]: 'ItemKey' };

/** What a scan looks at: all keys that begin with it. Never empty. */
export type KeyPrefix = string & { readonly [brand]: 'KeyPrefix' };

/** Whom an item belongs to: a customer, a service, a node. */
export type OwnerId = string & { readonly [brand]: 'OwnerId' };

/** What sort of thing an item is: `archive`, `volume`, `snapshot`. */
export type ItemKind = string & { readonly [brand]: 'ItemKind' };

/** One scan, sweep or undo, for ever. */
export type RunId = string & { readonly [brand]: 'RunId' };

/** The most bytes that a key may have. S3 allows 1024; a path of a file system 4096. */
export const longestKeyBytes = 4096;

/** A key of an item: not empty, well-formed Unicode, at most 4096 bytes. Anything else is `invalid`. */
export function itemKey(text: string): Result<ItemKey, ScannerError> {
  return named<ItemKey>(text, 'item key');
}

/** A prefix: the same demands. An empty one would mean everything, and nobody gets everything by leaving a field out. */
export function keyPrefix(text: string): Result<KeyPrefix, ScannerError> {
  return named<KeyPrefix>(text, 'prefix');
}

/** An owner's id: the same demands. */
export function ownerId(text: string): Result<OwnerId, ScannerError> {
  return named<OwnerId>(text, 'owner');
}

/** A kind of item: the same demands. */
export function itemKind(text: string): Result<ItemKind, ScannerError> {
  return named<ItemKind>(text, 'kind');
}

/** A run's id: the same demands. */
export function runId(text: string): Result<RunId, ScannerError> {
  return named<RunId>(text, 'run id');
}

/** Are two keys in ascending order, as the bytes of their UTF-8? Negative, zero or positive. */
export function compareKeys(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** The brand exists for the compiler only, so a cast is the one way to put it on; it is put on after the checks. */
function named<T extends string>(text: string, what: string): Result<T, ScannerError> {
  // Configuration read from a file may hold anything, whatever the type says.
  if (typeof text !== 'string' || text === '') return err(scannerError('invalid', `The ${what} is empty.`));
  if (!text.isWellFormed()) {
    return err(scannerError('invalid', `The ${what} ${JSON.stringify(text)} is not well-formed Unicode.`));
  }
  if (Buffer.byteLength(text) > longestKeyBytes) {
    return err(scannerError('invalid', `The ${what} has more than ${longestKeyBytes} bytes.`));
  }
  return ok(text as T);
}
