/**
 * A row of a registry as a database gives it, and what it means. Whatever is missing or unknown in it makes the row
 * `unknown`, which is as good as needed; a key that is none makes the whole answer worth nothing.
 */

import { err, ok, type Result } from 'neverthrow';
import { type EntryState, entryStates, type RegistryEntry } from '../entry.ts';
import { itemKey, itemKind, ownerId } from '../key.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';

/** The columns, as text or nothing. */
export interface Row {
  readonly key: string | null;
  readonly kind: string | null;
  readonly owner: string | null;
  readonly state: string | null;
  /** ISO, UTC. */
  readonly endedAt: string | null;
  /** Only canaries have one. */
  readonly nonce: string | null;
}

/** The entry of a row; `not-believed` where its key or kind is none. */
export function entryOf(row: Row, source: string): Result<RegistryEntry, ScannerError> {
  const key = itemKey(row.key ?? '');
  if (key.isErr())
    return err(notBelieved(`${source} has a row whose key is none: ${key.error.message}`, source));
  const kind = itemKind(row.kind ?? '');
  if (kind.isErr()) return err(notBelieved(`${source} does not say what kind ${key.value} is of.`, source));
  const owner = ownerOf(row);
  return ok({
    key: key.value,
    kind: kind.value,
    ...(owner !== undefined && { owner }),
    state: stateOf(row.state),
    ...(row.endedAt !== null && !Number.isNaN(Date.parse(row.endedAt)) && { endedAt: row.endedAt }),
    ...(row.nonce !== null && { canaryNonce: row.nonce }),
  });
}

/**
 * Brings rows of one key together: two references to one archive are one entry, and the one that needs it most speaks.
 * Rows must come in ascending order; the last one of a piece is kept back until its successor is known.
 */
export class Joiner {
  #last: RegistryEntry | undefined;
  #joined = 0;

  /** How many rows went into an earlier one. */
  get joined(): number {
    return this.#joined;
  }

  /** The entry that is now known to be complete, if any. */
  add(entry: RegistryEntry): RegistryEntry | undefined {
    const before = this.#last;
    if (before !== undefined && before.key === entry.key) {
      this.#joined += 1;
      this.#last = stronger(before, entry);
      return undefined;
    }
    this.#last = entry;
    return before;
  }

  /** The last one. */
  end(): RegistryEntry | undefined {
    const last = this.#last;
    this.#last = undefined;
    return last;
  }
}

/** Of two rows of one key the one that needs it more. */
export function stronger(a: RegistryEntry, b: RegistryEntry): RegistryEntry {
  return strength[b.state] > strength[a.state] ? b : a;
}

const strength: Readonly<Record<EntryState, number>> = { needed: 3, intent: 2, unknown: 1, 'owner-ended': 0 };

function ownerOf({ owner }: Row): RegistryEntry['owner'] {
  return owner === null ? undefined : ownerId(owner).unwrapOr(undefined);
}

function stateOf(text: string | null): EntryState {
  return entryStates.find((state) => state === text) ?? 'unknown';
}

function notBelieved(message: string, source: string): ScannerError {
  return scannerError('not-believed', message, { source });
}
