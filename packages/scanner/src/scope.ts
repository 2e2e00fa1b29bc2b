/**
 * What one scan looks at. Every field is said aloud: there is no default that could mean "all of it".
 */

import { err, ok, type Result } from 'neverthrow';
import { compareKeys, type ItemKind, type KeyPrefix } from './key.ts';
import { type ScannerError, scannerError } from './scanner-error.ts';

/** The part of a store that is scanned: one shard, where several processes share the work. */
export interface Scope {
  /** In ascending byte order; none begins with another, so that a key lies under at most one. */
  readonly prefixes: readonly [KeyPrefix, ...KeyPrefix[]];
  readonly kinds: readonly [ItemKind, ...ItemKind[]];
}

/** A scope, with its prefixes sorted. `invalid` where a list is empty or one prefix begins with another. */
export function scopeOf(given: {
  readonly prefixes: readonly KeyPrefix[];
  readonly kinds: readonly ItemKind[];
}): Result<Scope, ScannerError> {
  const [prefix, ...prefixes] = [...(given.prefixes ?? [])].sort(compareKeys);
  const [kind, ...kinds] = [...new Set(given.kinds ?? [])];
  if (prefix === undefined) return err(scannerError('invalid', 'A scope names at least one prefix.'));
  if (kind === undefined) return err(scannerError('invalid', 'A scope names at least one kind of item.'));
  if ([prefix, ...prefixes].some((one) => one === '')) {
    return err(scannerError('invalid', 'An empty prefix would mean everything. Name what is to be scanned.'));
  }
  // In ascending order, what begins with a prefix comes right after it.
  const sorted = [prefix, ...prefixes];
  const inside = sorted.findIndex((one, index) => index > 0 && one.startsWith(sorted[index - 1] ?? one));
  if (inside > 0) {
    return err(scannerError('invalid', `The prefix ${sorted[inside]} lies within ${sorted[inside - 1]}.`));
  }
  return ok({ prefixes: [prefix, ...prefixes], kinds: [kind, ...kinds] });
}
