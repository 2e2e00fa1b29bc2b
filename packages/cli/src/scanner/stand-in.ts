/**
 * In the place of a side that could not even be opened, because a secret is not at hand or a cloud is down: whoever asks
 * it is told so. With it a person can still stop everything, and bring back what was taken.
 */

import {
  type Inventory,
  type ItemKind,
  type Registry,
  type ScannerError,
  scannerError,
} from '@belay/scanner';
import { err, errAsync, type ResultAsync } from 'neverthrow';

/** An inventory that answers nothing. */
export function absentInventory(name: string, kinds: readonly ItemKind[], why: string): Inventory {
  const absent = absentBecause(name, why);
  return {
    name,
    kinds,
    now: absent,
    plantCanaries: absent,
    look: absent,
    // biome-ignore lint/correctness/useYield: it has nothing to give.
    read: async function* () {
      return err(errorOf(name, why));
    },
  };
}

/** A registry that answers nothing. */
export function absentRegistry(name: string, covers: readonly ItemKind[], why: string): Registry {
  const absent = absentBecause(name, why);
  return {
    name,
    covers,
    now: absent,
    plantCanaries: absent,
    lookUp: absent,
    claim: absent,
    release: absent,
    // biome-ignore lint/correctness/useYield: it has nothing to give.
    read: async function* () {
      return err(errorOf(name, why));
    },
  };
}

function absentBecause(name: string, why: string): <T>() => ResultAsync<T, ScannerError> {
  return () => errAsync(errorOf(name, why));
}

function errorOf(name: string, why: string): ScannerError {
  return scannerError('unavailable', why, { source: name });
}
