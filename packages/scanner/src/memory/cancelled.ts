import { errAsync } from 'neverthrow';
import type { Call, SideResult } from '../call.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';

/** What a side says whose caller has given up before it began. */
export function cancelled(side: string): ScannerError {
  return scannerError('cancelled', `${side} was not asked: the caller has cancelled.`, { source: side });
}

/** Does the work, unless the caller's signal has fired before. */
export function unlessCancelled<T>(side: string, { signal }: Call, work: () => SideResult<T>): SideResult<T> {
  return signal?.aborted === true ? errAsync(cancelled(side)) : work();
}
