/** The same question for each of several things, one after the other; the first failure is the answer. */

import type { Failure } from '@belay/cloud';
import { okAsync, type ResultAsync } from 'neverthrow';

export function oneByOne<A, T>(
  items: readonly A[],
  ask: (item: A, index: number) => ResultAsync<T, Failure>,
): ResultAsync<readonly T[], Failure> {
  return items.reduce<ResultAsync<readonly T[], Failure>>(
    (before, item, index) =>
      before.andThen((known) => ask(item, index).map((next): readonly T[] => [...known, next])),
    okAsync([]),
  );
}
