import { err, ok, type Result } from 'neverthrow';
import type { Refusal } from '../refusal.ts';

/**
 * The resources that a request names. EC2 shows none of them where one is unknown, and its refusal names exactly the
 * unknown ones.
 */
export function named<T>(
  ids: readonly string[],
  look: (id: string) => Result<T, Refusal>,
  what: string,
): Result<readonly T[], Refusal> {
  const found: T[] = [];
  const missing: { readonly id: string; readonly refusal: Refusal }[] = [];
  for (const id of new Set(ids)) {
    look(id).match(
      (one) => found.push(one),
      (refusal) => missing.push({ id, refusal }),
    );
  }
  const [first] = missing;
  if (first === undefined) return ok(found);
  const unknown = missing.map(({ id }) => id).join(', ');
  const message =
    missing.length === 1
      ? `The ${what} ID '${unknown}' does not exist`
      : `The ${what} IDs '${unknown}' do not exist`;
  return err({ ...first.refusal, message });
}
