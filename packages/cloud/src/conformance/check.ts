import type { Result } from 'neverthrow';
import type { CloudError, CloudErrorKind } from '../cloud-error.ts';

/**
 * How a case says that a promise is broken: it throws a sentence, which becomes its verdict. Nobody outside of the
 * frame sees anything thrown.
 */

/** A promise that was broken, in a sentence. */
export class CaseFailed extends Error {
  override readonly name = 'CaseFailed';
}

/** Breaks the promise where the condition does not hold; the sentence says how. */
export function check(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new CaseFailed(otherwise);
}

/** The value; an error breaks the promise. */
export function valueIn<T>(result: Result<T, CloudError>): T {
  return result.match(
    (value) => value,
    (error) => {
      throw new CaseFailed(`${error.operation} failed as ${error.kind}: ${error.message}`);
    },
  );
}

/** An error of one of these kinds; a value, or another kind, breaks the promise. */
export function errorIn(result: Result<unknown, CloudError>, kinds: readonly CloudErrorKind[]): CloudError {
  return result.match(
    () => {
      throw new CaseFailed(`It worked, and should have failed as ${kinds.join(' or ')}.`);
    },
    (error) => {
      check(
        kinds.includes(error.kind),
        `${error.operation} failed as ${error.kind} and not as ${kinds.join(' or ')}: ${error.message}`,
      );
      return error;
    },
  );
}

/** Everything that a list gives; an error in it breaks the promise. */
export async function all<T>(list: AsyncIterable<Result<T, CloudError>>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const item of list) {
    if (item.isErr()) throw new CaseFailed(`${item.error.operation} failed: ${item.error.message}`);
    items.push(item.value);
  }
  return items;
}

/** Neither gone nor on its way out. */
export function isAlive(state: string): boolean {
  return state !== 'gone' && state !== 'deleting';
}

/** Is it the same after a journey as JSON? An `Error`, a date or a function is not. */
export function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlain);
  if (typeof value !== 'object' || value === null) {
    return (
      value === null || ['string', 'boolean', 'undefined'].includes(typeof value) || Number.isFinite(value)
    );
  }
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain);
}
