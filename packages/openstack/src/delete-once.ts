import type { CloudError, CloudResult, DescribeBatch } from '@belay/cloud';
import { fail, lookUp, wait } from '@belay/cloud/adapter';
import { errAsync, okAsync } from 'neverthrow';
import type { CallName } from './calls.ts';
import { repeat, type Span } from './span.ts';

/** What Cinder keeps, with its own word for the state. */
interface Kept {
  readonly status: string;
}

/** How one kind of what Cinder keeps is deleted. */
export interface Deletion<T extends Kept> {
  readonly batch: DescribeBatch<T>;
  readonly call: CallName;
  /** Is it gone, or on its way out? */
  readonly isGone: (seen: T) => boolean;
  /** Why this one must be kept. */
  readonly refusal?: (seen: T) => CloudError | undefined;
}

/** Deletes what Cinder keeps, and waits until it is seen no more; gone already, or on its way out, is fine. */
export function deleteOnce<T extends Kept>(span: Span, id: string, deletion: Deletion<T>): CloudResult<void> {
  const { batch, call, isGone, refusal } = deletion;
  return lookUp(span, batch, id).andThen((seen) => {
    if (seen === undefined || seen.status === 'deleted') return okAsync(undefined);
    const refused = refusal?.(seen);
    if (refused !== undefined) return errAsync(refused);
    const asked = isGone(seen)
      ? okAsync(undefined)
      : repeat(span, call, { path: { id } })
          .map(() => undefined)
          .orElse((error) => (error.kind === 'not-found' ? okAsync(undefined) : errAsync(error)));
    return asked.andThen(() => untilDeleted(span, batch, id));
  });
}

function untilDeleted<T extends Kept>(span: Span, batch: DescribeBatch<T>, id: string): CloudResult<void> {
  return wait<T | undefined>(span, {
    observe: (signal) => batch.get(id, { signal }),
    until(seen) {
      if (seen === undefined || seen.status === 'deleted') return 'yes';
      if (seen.status !== 'error_deleting') return 'not-yet';
      return fail(span, 'failed', `${id} could not be deleted.`, { lastState: seen.status });
    },
    stateOf: (seen) => seen?.status,
    applied: 'unknown',
  }).map(() => undefined);
}
