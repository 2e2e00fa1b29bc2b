/**
 * What can go wrong in a scan or a sweep, as a closed list. Every one of them leaves things as they are: the scanner
 * has no error after which it goes on to delete.
 */

import type { Applied, Failure } from '@belay/cloud';

export const scannerErrorKinds = [
  /** A name, an option or a plan is wrong in itself: the message names it. */
  'invalid',
  /** A source could not be asked, or stopped answering. Says nothing about what it holds. */
  'unavailable',
  /** A source answered, and the answer cannot be believed: out of order, short, stale, another source. */
  'not-believed',
  /** The clocks disagree, or time moved in a way that no clock does. */
  'clock',
  /** The breaker is open: a named person closes it, with a reason. */
  'breaker-open',
  /** Another scanner has taken over: this one is to stop. */
  'fenced-out',
  /** The plan may not be carried out: over a limit without enough signatures, expired, used, or edited. */
  'not-approved',
  /** Something in the plan turned out to be needed. Nothing of the batch was touched, the rest is not done. */
  'needed',
  /** The ledger cannot be read or written, or its chain is broken. */
  'ledger',
  /** An alert could not be handed over, so nobody would know. */
  'unheard',
  /** The side cannot do that: it has no quarantine, or no conditional delete. */
  'unsupported',
  /** The caller's signal fired. */
  'cancelled',
] as const;

export type ScannerErrorKind = (typeof scannerErrorKinds)[number];

/** An error of the scanner or of one of its sides, as a plain value. */
export interface ScannerError extends Failure {
  readonly kind: ScannerErrorKind;
  /** Which side or source it comes from, by its name. */
  readonly source?: string | undefined;
}

/** Makes an error; fields that are `undefined` are left out, so that the value equals its JSON. */
export function scannerError(
  kind: ScannerErrorKind,
  message: string,
  more: { readonly source?: string; readonly applied?: Applied; readonly cause?: Failure } = {},
): ScannerError {
  return { kind, message, ...more };
}
