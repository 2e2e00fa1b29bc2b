import type { Result } from 'neverthrow';
import type { CloudResult } from '../call.ts';
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
export async function must<T>(result: CloudResult<T>): Promise<T> {
  return (await result).match(
    (value) => value,
    (error) => {
      throw new CaseFailed(`${error.operation} failed as ${error.kind}: ${error.message}`);
    },
  );
}

/** An error of one of these kinds; a value, or another kind, breaks the promise. */
export async function mustFail(
  result: CloudResult<unknown>,
  ...kinds: readonly CloudErrorKind[]
): Promise<CloudError> {
  return (await result).match(
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
