/** Plans of every kind carry an id and a digest over everything else, so that what runs is what was read. */

import { digestOf } from './digest.ts';

/** A value with its digest, and an id that is short enough to be said aloud. */
export type Sealed<T> = T & { readonly planId: string; readonly digest: string };

/** Seals a JSON value. */
export function sealed<T extends object>(content: T): Sealed<T> {
  const digest = digestOf(content);
  return { planId: `p-${digest.slice('sha256:'.length, 'sha256:'.length + 8)}`, digest, ...content };
}

/** Does the digest fit? */
export function isWhole(value: Sealed<object>): boolean {
  const { planId: _, digest, ...content } = value;
  return digestOf(content) === digest;
}
