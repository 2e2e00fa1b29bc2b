/** Looks of a gate: what an answer says, or why there was none. An answer that did not come is never taken for a no. */

import type { Failure, IsoTime } from '@belay/cloud';
import type { ResultAsync } from 'neverthrow';
import { type Known, known, unknown } from '../known.ts';

/** Learns one thing. Never fails: what could not be learned says so. */
export async function look<T, V>(
  source: string,
  at: IsoTime,
  answer: ResultAsync<T, Failure>,
  value: (answer: T) => V,
): Promise<Known<V>> {
  const learned = { at, source };
  return (await answer).match(
    (found) => known(value(found), learned),
    ({ kind, message }) => unknown(`${kind}: ${message}`, learned),
  );
}
