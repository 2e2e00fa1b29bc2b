/**
 * What a scan is held against: the last complete one, unless a person has closed the breaker since and said that things
 * are right as they are now. Then the next scan only records, as a first one does.
 */

import { ok, type Result, safeTry } from 'neverthrow';
import type { Baseline } from '../ledger/baseline.ts';
import type { Engine } from '../options.ts';
import type { ScannerError } from '../scanner-error.ts';

type Memory = Pick<Engine, 'ledger'>;

/** The store's time at that scan; `undefined` where there is none to be held against. */
export function heldAgainstMs({ ledger }: Memory): Result<number | undefined, ScannerError> {
  return safeTry(function* () {
    const last = yield* ledger.log.last('scan-completed');
    if (last === undefined) return ok(undefined);
    const closed = yield* ledger.log.last('breaker-closed');
    const isAnew = closed !== undefined && closed.seq > last.seq && closed.event.counts === 'begin-anew';
    return ok(isAnew ? undefined : last.event.storeAtMs);
  });
}

/** Its counts. */
export function heldAgainst(memory: Memory): Result<Baseline | undefined, ScannerError> {
  return heldAgainstMs(memory).andThen((atMs) =>
    atMs === undefined ? ok(undefined) : memory.ledger.baseline(),
  );
}
