import type { CloudError, CloudResult, DescribeBatch, WaitOptions } from '@belay/cloud';
import { err, ok } from 'neverthrow';
import type { KeyLook } from './key-looks.ts';
import { fail, type Span, wait } from './span.ts';

/**
 * Reads one resource, and believes that there is none only after several looks over the window of visibility: a read
 * may come from a replica that lags behind what was made a moment ago.
 */
export function lookUp<T>(span: Span, batch: DescribeBatch<T>, id: string): CloudResult<T | undefined> {
  let empty = 0;
  return wait<T | undefined>(span, {
    observe: (signal) => batch.get(id, { signal }),
    until(seen, elapsedMs) {
      if (seen !== undefined) return 'yes';
      empty += 1;
      return empty >= 3 && elapsedMs >= span.stack.visibilityMs ? 'yes' : 'not-yet';
    },
    applied: 'no',
  });
}

/** As {@link lookUp}; what is not there is `not-found`. */
export function mustExist<T>(span: Span, batch: DescribeBatch<T>, id: string): CloudResult<T> {
  return lookUp(span, batch, id).andThen((found) =>
    found === undefined ? err(missing(span, id)) : ok(found),
  );
}

/**
 * Looks at one resource until it is as wanted. That there is none is believed as in {@link lookUp}; one that was seen
 * and is no more is gone. Either is `not-found`.
 */
export function seenUntil<T>(
  span: Span,
  batch: DescribeBatch<T>,
  id: string,
  how: Pick<WaitOptions<T>, 'until' | 'stateOf' | 'applied'>,
): CloudResult<T> {
  let empty = 0;
  let wasSeen = false;
  return wait<T | undefined>(span, {
    observe: (signal) => batch.get(id, { signal }),
    until(seen, elapsedMs) {
      if (seen !== undefined) {
        wasSeen = true;
        return how.until(seen, elapsedMs);
      }
      empty += 1;
      const isBelieved = wasSeen || (empty >= 3 && elapsedMs >= span.stack.visibilityMs);
      return isBelieved ? missing(span, id) : 'not-yet';
    },
    stateOf: (seen) => (seen === undefined ? undefined : how.stateOf?.(seen)),
    applied: how.applied,
  }).andThen((seen) => (seen === undefined ? err(missing(span, id)) : ok(seen)));
}

function missing(span: Span, id: string): CloudError {
  return fail(span, 'not-found', `${span.operation}: ${id} does not exist.`, { resourceId: id });
}

/**
 * All that carry a key, given as they carry it. One look, shared with all that look at the same time. One that fails in
 * passing is made again.
 */
export function lookByKey<T>(span: Span, looks: KeyLook<T>, value: string): CloudResult<readonly T[]> {
  return wait<readonly T[] | undefined>(span, {
    observe: (signal) => looks.get(value, { signal }),
    until: () => 'yes',
    applied: 'no',
  }).map((found = []) => found);
}
