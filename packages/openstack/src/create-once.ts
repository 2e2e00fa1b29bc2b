import type { CloudResult } from '@belay/cloud';
import { type Creation as AnyCreation, createOnce as createOnceOf } from '@belay/cloud/adapter';
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
