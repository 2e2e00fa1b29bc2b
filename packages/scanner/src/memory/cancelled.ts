import { type ScannerError, scannerError } from '../scanner-error.ts';

/** What a side says whose caller has given up before it began. */
export function cancelled(side: string): ScannerError {
  return scannerError('cancelled', `${side} was not asked: the caller has cancelled.`, { source: side });
}
