import type { CloudResult } from '@belay/cloud';
import { type Creation as AnyCreation, createOnce as createOnceOf, findByKey } from '@belay/cloud/adapter';
import type { Span } from './span.ts';

/** A resource to be made once for one key. OpenStack takes no token for a create. */
export interface Creation<T> extends Omit<AnyCreation<T>, 'turns' | 'settleMs'> {
  readonly span: Span;
}

/** Looks for what carries the key, makes it where nothing does, and looks again where the answer was lost. */
export function createOnce<T>(creation: Creation<T>): CloudResult<T> {
  const { turns, settleMs } = creation.span.stack;
  return createOnceOf({ ...creation, turns, settleMs });
}

/**
 * What carries the key. Whoever asks wants to know what became of a create whose answer nobody got, and the request may
 * still be on its way to a slow service: so that there is nothing is said only when it would have arrived.
 */
export function findUnder<T extends { readonly id: string }>(
  span: Span,
  key: string,
  livingUnder: (span: Span, key: string) => CloudResult<readonly T[]>,
): CloudResult<T | undefined> {
  const { visibilityMs, settleMs } = span.stack;
  const look = (): CloudResult<readonly T[]> => livingUnder(span, key);
  return findByKey({ span, key, look, idOf: ({ id }) => id }, Math.max(visibilityMs, settleMs));
}
