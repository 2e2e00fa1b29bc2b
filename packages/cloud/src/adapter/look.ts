import { err, ok } from 'neverthrow';
import type { CloudResult } from '../call.ts';
import type { CloudError } from '../cloud-error.ts';
import type { DescribeBatch } from '../describe-batch.ts';
import type { Applied } from '../failure.ts';
import type { WaitOptions } from '../wait.ts';
import { type Absence, absenceOf } from './absence.ts';
import { fail, type Span, wait } from './span.ts';

/**
 * Looks at resources by the shared reads of an account, region and kind. That there is none is believed only after
 * several looks over the cloud's window of visibility: a read may come from a replica that lags behind what was made a
 * moment ago.
 */

/** Reads one resource; `undefined` where it may be believed that there is none. */
export function lookUp<T>(span: Span, batch: DescribeBatch<T>, id: string): CloudResult<T | undefined> {
  let empty = 0;
  return wait<T | undefined>(span, {
    observe: (signal) => batch.get(id, { signal }),
    until(seen, elapsedMs) {
      if (seen !== undefined) return 'yes';
      empty += 1;
      return isBelieved(span, empty, elapsedMs) ? 'yes' : 'not-yet';
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
 * Looks at one resource until it is as wanted. That there is none is believed as in {@link lookUp}, of one that was seen
 * as in {@link absenceOf}. Either is `not-found`.
 */
export function seenUntil<T>(
  span: Span,
  batch: DescribeBatch<T>,
  id: string,
  how: Pick<WaitOptions<T>, 'until' | 'stateOf' | 'applied'>,
): CloudResult<T> {
  let empty = 0;
  let absence: Absence | undefined;
  return wait<T | undefined>(span, {
    observe: (signal) => batch.get(id, { signal }),
    until(seen, elapsedMs) {
      if (seen !== undefined) {
        absence ??= absenceOf(span, span.visibilityMs);
        absence.seen();
        return how.until(seen, elapsedMs);
      }
      empty += 1;
      const isGone =
        absence === undefined ? isBelieved(span, empty, elapsedMs) : absence.isBelieved(elapsedMs);
      return isGone ? missing(span, id, how.applied ?? 'unknown') : 'not-yet';
    },
    stateOf: (seen) => (seen === undefined ? undefined : how.stateOf?.(seen)),
    applied: how.applied,
  }).andThen((seen) => (seen === undefined ? err(missing(span, id)) : ok(seen)));
}

/**
 * All that carry a key, given as they carry it, in whatever state. One look, shared with all that look at the same
 * time. One that fails in passing is made again.
 */
export function lookByKey<T>(
  span: Span,
  looks: DescribeBatch<readonly T[]>,
  value: string,
): CloudResult<readonly T[]> {
  return wait<readonly T[] | undefined>(span, {
    observe: (signal) => looks.get(value, { signal }),
    until: () => 'yes',
    applied: 'no',
  }).map((found = []) => found);
}

const fewestLooks = 3;

function isBelieved({ visibilityMs }: Span, emptyLooks: number, elapsedMs: number): boolean {
  return emptyLooks >= fewestLooks && elapsedMs >= visibilityMs;
}

function missing(span: Span, id: string, applied: Applied = 'no'): CloudError {
  return fail(span, 'not-found', `${span.operation}: ${id} does not exist.`, { resourceId: id, applied });
}
